"""From the bytes of a chunk to columns of rows, and to the reasons why some bytes are none.

The fast way takes a chunk in which every record is good; it is all C loops over the whole chunk. Where any
record is not, the chunk is read again record by record, to find out which and why. What is whole but written with a
point (`1.0`), and an auth code that is a number, is good only there: looking for them costs the fast way too much.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Final, cast

import msgspec
import numpy as np
from msgspec import Meta, Struct

from processors.domain.counting.rows import PUNCTUATION, Ints, Place, Rows
from schemas.codec import NOT_DECODED
from schemas.transaction import EARLIEST_MS, LATEST_MS, LEAST_CODE, MAX_AMOUNT, MAX_COUNT, DeadReason, code, whole
from schemas.words import MAX_WORD, word_of

MAX_BYTES: Final = 1_000_000
"""The longest record that is read, in bytes."""
FUTURE: Final = "future"
"""Reason why a record is refused that is of a time which has not come yet."""

Instant = Annotated[int, Meta(ge=EARLIEST_MS, lt=LATEST_MS)]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAPS: Final = re.compile(r"\.[0-9]{3}999[5-9]")
"""A fraction of a second that the decoder, which rounds to microseconds, takes to the next millisecond."""
_DIGITS: Final = 30
_POINT, _NINE = b".9"


class WireRecord(Struct, gc=False):
    """A transaction or a punctuation, as it lies on the wire: the limits of schemas.transaction.

    Words are looked at once for each distinct place, not here: measuring every string costs as much again
    as the rest of the decoding.
    """

    timestamp: int | Annotated[datetime, Meta(tz=True)] | None = None
    status: str | None = None
    count: Annotated[int, Meta(ge=0, le=MAX_COUNT)] = 1
    auth_code: str | None = None
    scope: str = "all"
    amount: Annotated[int, Meta(ge=0, le=MAX_AMOUNT)] | None = 0
    id: str | None = None
    source: str | None = None
    punctuation: Instant | None = None


class LooseRecord(Struct, gc=False):
    """A record whose numbers may be written otherwise than we would; `_tightened` makes a Record of it."""

    timestamp: int | Annotated[datetime, Meta(tz=True)] | None = None
    status: str | None = None
    count: int | float = 1
    auth_code: str | int | float | None = None
    scope: str = "all"
    amount: int | float | None = 0
    id: str | None = None
    source: str | None = None
    punctuation: Instant | None = None


class Stamp(Struct, gc=False):
    """The timestamp of a record as it is written."""

    timestamp: str | int | None = None


class Numbering(dict[tuple[str, str | None, str | None], int]):
    """What is asked for gets the next number, from 0, where it has none."""

    def __missing__(self, raw: tuple[str, str | None, str | None]) -> int:
        """A raw place that was not seen before."""
        self[raw] = number = len(self)
        return number


_decode: Final = msgspec.json.Decoder(WireRecord).decode
_decode_loosely: Final = msgspec.json.Decoder(LooseRecord).decode
_stamp: Final = msgspec.json.Decoder(Stamp).decode
_times: Final = attrgetter("timestamp")
_places: Final = attrgetter("scope", "status", "auth_code")
_counts: Final = attrgetter("count")
_amounts: Final = attrgetter("amount")


@dataclass(frozen=True, slots=True)
class UnreadableValue:
    """Why the value at `index` of a chunk is no transaction; `field` is empty when it is the whole."""

    index: int
    reason: DeadReason
    field: str
    detail: str


class _Bad(Exception):
    def __init__(self, reason: DeadReason, field: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.field = reason, field


def read(values: Sequence[bytes | None], offsets: Ints, newest_ms: int) -> tuple[Rows, list[UnreadableValue]]:
    """The rows in `values` (which lie at `offsets`), and the values that hold none.

    Args:
        values: The records' values; None is a null value.
        offsets: Their offsets, ascending.
        newest_ms: Events later than this are from the future and unreadable, in epoch milliseconds.
    """
    ahead = ReadAhead()
    ahead.take(values)
    rows = ahead.rows(offsets)
    if rows is not None and not has_future(rows, newest_ms):
        return rows, []
    return _one_by_one(values, offsets, newest_ms)


def has_future(rows: Rows, newest_ms: int) -> bool:
    """Whether a row is of a time later than that."""
    return bool(len(rows.times_ms)) and int(rows.times_ms.max()) > newest_ms


class ReadAhead:
    """Reads values piece by piece as they come, the fast way.

    What has just been fetched is still in the processor's cache: a piece of some thousand records is read in two
    thirds of the time that it takes when a hundred thousand others have been fetched since.
    """

    def __init__(self) -> None:
        self._index = Numbering()
        self._columns: list[list[Ints]] | None = []

    def take(self, values: Sequence[bytes | None]) -> None:
        """Read these as well; they follow on those before."""
        if self._columns is None:
            return
        records = _all_at_once(values)
        columns = None if records is None else _columns(records, cast("Sequence[bytes]", values), self._index)
        if columns is None:
            self._columns = None
        else:
            self._columns.append(columns)

    def rows(self, offsets: Ints) -> Rows | None:
        """The rows of all values taken, which lie at these offsets; None where any must be looked at by itself."""
        if self._columns is None:
            return None
        whole = (
            self._columns[0]
            if len(self._columns) == 1
            else [np.concatenate(each) for each in zip(*self._columns, strict=True)]
        )
        return _rows(whole, self._index, offsets)


def _all_at_once(values: Sequence[bytes | None]) -> list[WireRecord] | None:
    try:
        # All of a piece are seldom as long as one may be, and then none of them is too long.
        if len(b"".join(values)) > MAX_BYTES < max(map(len, values)):  # type: ignore[arg-type]
            return None
        return list(map(_decode, values))  # type: ignore[arg-type]
    except (TypeError, *NOT_DECODED):
        return None


def _columns(records: Sequence[WireRecord], values: Sequence[bytes], index: Numbering) -> list[Ints] | None:
    """Times, places by their number, counts and amounts; None when any record must be looked at by itself."""
    size = len(records)
    codes = np.fromiter(map(index.__getitem__, map(_places, records)), np.int64, size)
    try:
        times = np.fromiter(map(_times, records), np.int64, size)
    except (TypeError, OverflowError):
        times = _instants(records, values)
    if size and (int(times.min()) < EARLIEST_MS or int(times.max()) >= LATEST_MS):
        return None
    counts = np.fromiter(map(_counts, records), np.int64, size)
    try:
        amounts = np.fromiter(map(_amounts, records), np.int64, size)
    except TypeError:
        amounts = np.fromiter((r.amount or 0 for r in records), np.int64, size)
    return [times, codes, counts, amounts]


def _rows(columns: Sequence[Ints], index: Numbering, offsets: Ints) -> Rows | None:
    """The rows, or None when a place is none."""
    places = [place for raw in index if (place := place_of(*raw)) is not None]
    if len(places) < len(index):
        return None
    times, codes, counts, amounts = columns
    return Rows(offsets, times, places, codes, counts, amounts)


def place_of(scope: str, status: str | None, auth_code: str | None) -> Place | None:
    """The place in plain words, or None when one of them is no word or the record would count nowhere."""
    where, state, answer = word_of(scope), None, None
    if where is None or (status is None and auth_code is None):
        return None
    if status is not None and (state := word_of(status)) is None:
        return None
    if auth_code is not None and (answer := word_of(auth_code)) is None:
        return None
    return where, state, answer


def _instants(records: Sequence[WireRecord], values: Sequence[bytes]) -> Ints:
    """Their times, where some are texts."""
    try:
        seconds = np.fromiter(map(datetime.timestamp, map(_times, records)), np.float64, len(records))
    except TypeError:
        times_ms = np.fromiter((_milliseconds(r.timestamp) for r in records), np.int64, len(records))
    else:
        # To the year 2100 such a float is within half a microsecond; later ones are refused whatever they are.
        times_ms = np.rint(seconds * 1e6).astype(np.int64) // 1000
    _cut_off(times_ms, values)
    return times_ms


def _cut_off(times_ms: Ints, values: Sequence[bytes]) -> None:
    """Put right the times that the decoder has rounded up: an instant is in the millisecond that has begun."""
    written = np.frombuffer(b"".join(values) + bytes(7), np.uint8)
    points = np.flatnonzero(written == _POINT)
    for digit in (4, 5, 6):
        points = points[written[points + digit] == _NINE]
    if points.size:
        ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
        for index in set(np.searchsorted(ends, points, "right").tolist()):
            times_ms[index] = _cut(values[index], int(times_ms[index]))


def _cut(value: bytes, time_ms: int) -> int:
    """The milliseconds of a record that were decoded as `time_ms`, or as the next one."""
    written = _stamp(value).timestamp
    return time_ms - 1 if isinstance(written, str) and _LEAPS.search(written) else time_ms


def _milliseconds(timestamp: int | datetime | None) -> int:
    if timestamp is None:
        return -1
    if isinstance(timestamp, int):
        return max(-1, min(timestamp, LATEST_MS))  # out of range all the same, and fits into 64 bits
    since = timestamp - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _one_by_one(values: Sequence[bytes | None], offsets: Ints, newest_ms: int) -> tuple[Rows, list[UnreadableValue]]:
    index: dict[Place, int] = {}
    good: list[tuple[int, int, int, int, int]] = []
    bad: list[UnreadableValue] = []
    for i, value in enumerate(values):
        try:
            time_ms, place, count, amount = _checked(value, newest_ms)
        except _Bad as exc:
            bad.append(UnreadableValue(i, exc.reason, exc.field, str(exc)))
        else:
            good.append((int(offsets[i]), time_ms, index.setdefault(place, len(index)), count, amount))
    columns: Any = np.array(good, dtype=np.int64).reshape(-1, 5).T
    return Rows(columns[0], columns[1], list(index), columns[2], columns[3], columns[4]), bad


def _checked(value: bytes | None, newest_ms: int) -> tuple[int, Place, int, int]:
    record = _decoded(value)
    if record.punctuation is not None and record.timestamp is None:
        if record.punctuation > newest_ms:
            raise _Bad(FUTURE, "punctuation", f"{record.punctuation} ms is later than now")
        return record.punctuation, PUNCTUATION, 0, 0
    if record.timestamp is None:
        raise _Bad("missing", "timestamp", "timestamp is needed: ISO 8601 with a zone, or epoch milliseconds")
    if record.status is None and record.auth_code is None:
        raise _Bad("missing", "status", "status or auth_code is needed: the record would count nowhere")
    place = place_of(record.scope, record.status, record.auth_code)
    if place is None:
        raise _no_word(record)
    time_ms = _milliseconds(record.timestamp)
    if value is not None and isinstance(record.timestamp, datetime):
        time_ms = _cut(value, time_ms)
    if time_ms < EARLIEST_MS:
        raise _Bad("too_old", "timestamp", f"{_written(record.timestamp, 'seconds')} is before 2000")
    if time_ms > min(newest_ms, LATEST_MS - 1):
        finer = "microseconds or nanoseconds" if time_ms >= LATEST_MS else ""
        raise _Bad(FUTURE, "timestamp", f"{_written(record.timestamp, finer)} is later than now")
    return time_ms, place, record.count, record.amount or 0


def _no_word(record: WireRecord) -> _Bad:
    """Which field of a record that has no place is no word."""
    words = (("status", record.status), ("auth_code", record.auth_code), ("scope", record.scope))
    field, text = next((field, text) for field, text in words if text is not None and word_of(text) is None)
    what = f"a word has 1 to {MAX_WORD} characters, one of them to be seen, without | and control characters"
    shown = repr(text) if len(text) <= MAX_WORD else f"{text[:MAX_WORD]!r}… ({len(text):,} characters)"
    return _Bad("word", field, f"{shown} is no word: {what}")


def _written(timestamp: int | datetime, unit: str) -> str:
    """A time as it is written, and which unit it may be in, where it is digits."""
    if isinstance(timestamp, datetime):
        return timestamp.isoformat()
    return f"{str(timestamp)[:_DIGITS]} ms{f' (are these {unit}?)' if unit else ''}"


def _decoded(value: bytes | None) -> WireRecord:
    if value is None:
        raise _Bad("null", "", "the value is null")
    if len(value) > MAX_BYTES:
        raise _Bad("too_large", "", f"{len(value):,} bytes; the limit is {MAX_BYTES:,}, and only so many are kept")
    try:
        with suppress(msgspec.ValidationError):
            return _decode(value)
        return _tightened(_decode_loosely(value))
    except msgspec.ValidationError as exc:
        text, _, where = str(exc).partition(" - at `$")
        field = where.strip("`").lstrip(".")
        raise _Bad(_reason(text, field), field, text) from None
    except (msgspec.DecodeError, RecursionError) as exc:
        raise _Bad(_utf8_or("not_json", value), "", str(exc)) from None
    except UnicodeDecodeError as exc:
        raise _Bad("not_utf8", "", str(exc)) from None


def _tightened(loose: LooseRecord) -> WireRecord:
    """The record with its numbers as we write them; raises `_Bad` where that would be a guess."""
    answer = code(loose.auth_code)
    if not isinstance(answer, str | None):
        what = f"{answer} is a number below {LEAST_CODE}, above all codes, or not whole: zeros in front of it are lost"
        raise _Bad("type", "auth_code", f'{what}; write it as a text, like "05"')
    count = _number(loose.count, "count", MAX_COUNT)
    amount = None if loose.amount is None else _number(loose.amount, "amount", MAX_AMOUNT)
    return WireRecord(loose.timestamp, loose.status, count, answer, loose.scope, amount, punctuation=loose.punctuation)


def _number(value: float, field: str, most: int) -> int:
    number = whole(value)
    if not isinstance(number, int):
        raise _Bad("type", field, f"{value} is not whole: a number from 0 to {most} is needed")
    if not 0 <= number <= most:
        raise _Bad("range", field, f"{value} is not from 0 to {most}")
    return number


def _reason(text: str, field: str) -> DeadReason:
    if not field:
        return "not_an_object"
    return "range" if any(word in text for word in (">=", "<=", "<", "out of range")) else "type"


def _utf8_or(other: DeadReason, value: bytes) -> DeadReason:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return "not_utf8"
    return other
