"""Single cells of a CSV row: instants, times of day, counts, amounts and words."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, TypeVar

from producers.files.numerals import DoubtError, Sign, number
from schemas.transaction import EARLIEST_MS, LATEST_MS, MAX_AMOUNT, MAX_COUNT
from schemas.words import MAX_WORD, word_of

TIME_OF_DAY: Final = re.compile(r"([0-9]{1,2})h ?([0-9]{2})")
"""`00h 00`: hour and minute of a day that the file does not name."""
MAX_CACHED: Final = 100_000
"""How many distinct cells are remembered, then forgotten all at once."""

Parsed = TypeVar("Parsed")

_NO_UTF8: Final = re.compile("[\udc80-\udcff]")
"""What a byte becomes that is no UTF-8."""
_UNITS: Final = (
    ("seconds", 1000, 1),
    ("microseconds", 1, 1000),
    ("nanoseconds", 1, 1_000_000),
)
"""Units that people take for milliseconds: how many milliseconds are how many of them."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class CellError(ValueError):
    """A cell cannot be read; the message is the rest of a sentence that begins with its value."""


class AmbiguousError(CellError):
    """A cell is two different numbers, and nothing says which."""


class Cells(dict[str, Parsed]):
    """A parser that remembers what it has parsed: files repeat their instants, words and counts for ever."""

    def __init__(self, parse: Callable[[str], Parsed]) -> None:
        self._parse = parse

    def __missing__(self, text: str) -> Parsed:
        """Parse a cell that is not known; raises `CellError`."""
        if len(self) >= MAX_CACHED:
            self.clear()
        value = self[text] = self._parse(text)
        return value


def instant(text: str, zone: tzinfo = UTC) -> int:
    """An instant as epoch milliseconds: ISO 8601, of `zone` when it names none, or such milliseconds.

    Raises:
        CellError: It is none, has no time of day, lies outside of `[EARLIEST_MS, LATEST_MS)`, or is one that the
            clocks of the zone show twice or never.
    """
    cell = text.strip()
    if cell.isascii() and cell.isdigit():
        return _in_range(int(cell[:20]))
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        found = None
    if found is None or ":" not in cell:
        raise CellError("is no instant; write it as 2025-07-12 13:45:00, with a zone, or as epoch milliseconds")
    aware = found if found.tzinfo else _local(found, zone)
    return _in_range((aware - _EPOCH) // _MILLISECOND)


def names_zone(text: str) -> bool:
    """Whether an instant says itself which one it is: epoch milliseconds, or a time with a zone."""
    cell = text.strip()
    return cell.isdigit() or datetime.fromisoformat(cell).tzinfo is not None


def time_on(day: date, zone: tzinfo = UTC) -> Callable[[str], int]:
    """A parser of times of day like `00h 00`, to epoch milliseconds on `day` in the zone."""

    def time_of_day(text: str) -> int:
        found = TIME_OF_DAY.fullmatch(text.strip())
        hour, minute = (int(part) for part in found.groups()) if found else (24, 60)
        if hour > 23 or minute > 59:
            raise CellError("is no time of day from 00h 00 to 23h 59, as the other rows of the file have")
        local = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - the zone is put on below
        return _in_range((_local(local, zone) - _EPOCH) // _MILLISECOND)

    return time_of_day


def count(text: str, decimal: Sign | None = None) -> int:
    """A count from 0 to `MAX_COUNT`; `decimal` is the sign before decimals, where it is known.

    Raises:
        AmbiguousError: It may be either of two numbers.
        CellError: It is none.
    """
    return _whole(text, decimal, MAX_COUNT, "correct it")


def amount(text: str, decimal: Sign | None = None) -> int | None:
    """An amount in minor units from 0 to `MAX_AMOUNT`, None when the cell is empty; else as `count`."""
    return _whole(text, decimal, MAX_AMOUNT, "amounts are in minor units, such as cents") if text.strip() else None


def word(text: str) -> str | None:
    """A word in its plain form (`schemas.words`), None when the cell is empty.

    Raises:
        CellError: It is too long, or has characters that no word may have.
    """
    cell = text.strip()
    if not cell:
        return None
    found = word_of(cell)
    if found is None and _NO_UTF8.search(cell):
        raise CellError("is not UTF-8 text; save the file as CSV in UTF-8")
    if found is None:
        raise CellError(
            f"is no word of at most {MAX_WORD} characters, one of them to be seen, without | and control characters"
        )
    return found


def _whole(text: str, decimal: Sign | None, largest: int, remedy: str) -> int:
    try:
        found = number(text, decimal)
    except DoubtError as error:
        raise AmbiguousError(str(error)) from None
    if found is None or found.fraction.strip("0") or len(found.digits) > 20 or int(found.digits) > largest:
        raise CellError(f"is no whole number from 0 to {largest}; {remedy}")
    return int(found.digits)


def _local(naive: datetime, zone: tzinfo) -> datetime:
    """The instant at which the clocks of the zone show this; raises `CellError` when that is not one instant."""
    found = naive.replace(tzinfo=zone)
    if found.utcoffset() == found.replace(fold=1).utcoffset():
        return found
    if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive:
        raise CellError(f"comes twice in {zone}, where the clocks go back; write it with its offset, like -03:00")
    raise CellError(f"never comes in {zone}, where the clocks go forward; name another --time-zone, or correct it")


def _in_range(instant_ms: int) -> int:
    if not EARLIEST_MS <= instant_ms < LATEST_MS:
        units = (name for name, per, of in _UNITS if EARLIEST_MS <= instant_ms * per // of < LATEST_MS)
        hint = "".join(f"; it looks like {name} where milliseconds are due" for name in units)
        raise CellError(f"lies outside of the years 2000 to 2099{hint}")
    return instant_ms
