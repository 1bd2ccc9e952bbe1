"""Cells of an hourly checkout file."""

import re
from typing import Final

from producers.files.numerals import DoubtError, Numeral, Sign, number
from schemas.transaction import MAX_COUNT

_HOUR: Final = re.compile(r"([0-9]{1,2})(?: ?h ?(?:00)?|:00(?::00)?)?", re.IGNORECASE)


class BadCellError(ValueError):
    """A cell cannot be read; the message is the rest of a sentence that begins with its value."""


def hour(text: str) -> int:
    """The hour, 0 to 23, of 08h, 8, 08:00 or 08h 00; raises `BadCellError`."""
    found = _HOUR.fullmatch(text.strip())
    if found is None or int(found[1]) > 23:
        raise BadCellError("is no full hour of a day; write 00h to 23h")
    return int(found[1])


def count(text: str, decimal: Sign | None = None) -> int | None:
    """A whole number, None of an empty cell; `decimal` is the sign before decimals. Raises `BadCellError`."""
    if not text.strip():
        return None
    found = _number(text, decimal)
    if found is None or found.fraction.strip("0") or len(found.digits) > 20 or int(found.digits) > MAX_COUNT:
        raise BadCellError(f"is no count; write a whole number from 0 to {MAX_COUNT:,}, or nothing where none is known")
    return int(found.digits)


def amount(text: str, decimal: Sign | None = None) -> float | None:
    """A number that is not negative, None of an empty cell; `decimal` as of a count. Raises `BadCellError`."""
    if not text.strip():
        return None
    found = _number(text, decimal)
    if found is None or len(found.digits) > 20 or float(found.value) > MAX_COUNT:
        raise BadCellError(f"is no number from 0 to {MAX_COUNT:,}; correct it, or leave it empty where none is known")
    return float(found.value)


def _number(text: str, decimal: Sign | None) -> Numeral | None:
    try:
        return number(text, decimal)
    except DoubtError as error:
        raise BadCellError(str(error)) from None
