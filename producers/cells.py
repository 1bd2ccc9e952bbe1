"""Single cells of a CSV row: instants, times of day, counts, amounts and words."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from schemas.transaction import EARLIEST_MS, LATEST_MS, MAX_AMOUNT, MAX_COUNT
from schemas.words import MAX_WORD, word_of

TIME_OF_DAY: Final = re.compile(r"([0-9]{1,2})h ?([0-9]{2})")
"""`00h 00`: hour and minute of a day that the file does not name."""
WHOLE: Final = re.compile(r"([0-9]+)(?:\.0*)?")
"""A number of things; some programs write every number with a point."""
CACHED: Final = 100_000
"""So many distinct cells are remembered, then forgotten all at once."""

Parsed = TypeVar("Parsed")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class CellError(ValueError):
    """A cell cannot be read; the message is the rest of a sentence that begins with its value."""


class Cells(dict[str, Parsed]):
    """A parser that remembers what it has parsed: files repeat their instants, words and counts for ever."""

    def __init__(self, parse: Callable[[str], Parsed]) -> None:
        self._parse = parse

    def __missing__(self, text: str) -> Parsed:
        """Parse a cell that is not known; raises `CellError`."""
        if len(self) >= CACHED:
            self.clear()
        value = self[text] = self._parse(text)
        return value


def instant(text: str) -> int:
    """An instant as epoch milliseconds: ISO 8601 with or without a zone (then UTC), or such milliseconds.

    Raises:
        CellError: It is none, has no time of day, or lies outside of `[EARLIEST_MS, LATEST_MS)`.
    """
    cell = text.strip()
    if cell.isascii() and cell.isdigit():
        return _in_range(int(cell[:20]))
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        found = None
    if found is None or ":" not in cell:
        raise CellError("is no instant; write it as 2025-07-12 13:45:00 (UTC), with a zone, or as epoch milliseconds")
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return _in_range((aware - _EPOCH) // _MILLISECOND)


def time_on(day: date) -> Callable[[str], int]:
    """A parser of times of day like `00h 00`, to epoch milliseconds on `day` in UTC."""
    midnight_ms = (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // _MILLISECOND

    def time_of_day(text: str) -> int:
        found = TIME_OF_DAY.fullmatch(text.strip())
        hour, minute = (int(part) for part in found.groups()) if found else (24, 60)
        if hour > 23 or minute > 59:
            raise CellError("is no time of day from 00h 00 to 23h 59, as the other rows of the file have")
        return _in_range(midnight_ms + (hour * 60 + minute) * 60_000)

    return time_of_day


def count(text: str) -> int:
    """A count from 0 to `MAX_COUNT`; raises `CellError`."""
    return _whole(text, MAX_COUNT, "correct it")


def amount(text: str) -> int | None:
    """An amount in minor units from 0 to `MAX_AMOUNT`, None when the cell is empty; raises `CellError`."""
    return _whole(text, MAX_AMOUNT, "amounts are in minor units, such as cents") if text.strip() else None


def word(text: str) -> str | None:
    """A word in its plain form (`schemas.words`), None when the cell is empty.

    Raises:
        CellError: It is too long, or has characters that no word may have.
    """
    cell = text.strip()
    if not cell:
        return None
    found = word_of(cell)
    if found is None:
        raise CellError(
            f"is no word of at most {MAX_WORD} characters, one of them to be seen, without | and control characters"
        )
    return found


def _whole(text: str, largest: int, remedy: str) -> int:
    found = WHOLE.fullmatch(text.strip())
    if found is None or len(found[1]) > 20 or int(found[1]) > largest:
        raise CellError(f"is no whole number from 0 to {largest}; {remedy}")
    return int(found[1])


def _in_range(instant_ms: int) -> int:
    if not EARLIEST_MS <= instant_ms < LATEST_MS:
        hint = (
            "; it looks like seconds where milliseconds are due" if EARLIEST_MS <= instant_ms * 1000 < LATEST_MS else ""
        )
        raise CellError(f"lies outside of the years 2000 to 2099{hint}")
    return instant_ms
