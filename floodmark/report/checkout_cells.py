"""Cells of an hourly checkout file."""

import re
from typing import Final

from schemas.transaction import MAX_COUNT

_HOUR: Final = re.compile(r"([0-9]{1,2})(?: ?h ?(?:00)?|:00(?::00)?)?", re.IGNORECASE)
_WHOLE: Final = re.compile(r"([0-9]+)(?:\.0*)?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]*)?", re.ASCII)


class BadCellError(ValueError):
    """A cell cannot be read; the message is the rest of a sentence that begins with its value."""


def hour(text: str) -> int:
    """The hour, 0 to 23, of 08h, 8, 08:00 or 08h 00; raises `BadCellError`."""
    found = _HOUR.fullmatch(text.strip())
    if found is None or int(found[1]) > 23:
        raise BadCellError("is no full hour of a day; write 00h to 23h")
    return int(found[1])


def count(text: str) -> int | None:
    """A whole number, None of an empty cell; raises `BadCellError`."""
    cell = text.strip()
    if not cell:
        return None
    found = _WHOLE.fullmatch(cell)
    if found is None or len(found[1]) > 20 or int(found[1]) > MAX_COUNT:
        raise BadCellError(f"is no count; write a whole number from 0 to {MAX_COUNT:,}, or nothing where none is known")
    return int(found[1])


def amount(text: str) -> float | None:
    """A number that is not negative, None of an empty cell; raises `BadCellError`."""
    cell = text.strip()
    if not cell:
        return None
    value = float(cell) if _NUMBER.fullmatch(cell) else -1.0
    if not 0 <= value <= MAX_COUNT:
        raise BadCellError(f"is no number from 0 to {MAX_COUNT:,}; correct it, or leave it empty where none is known")
    return value
