"""What the count stage keeps of a source partition: its counts, and what of them is not told or not stored yet."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from processors.changelog import Recovered
from processors.domain.counting.fact import Applied, Fact
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.counting.rows import Rows
from processors.domain.missing import Missing
from processors.domain.window import minute_of

VALUE_BYTES: Final = 100_000
"""How much is put into one value: a minute of many scopes is stored in several."""
MAX_ADDED: Final = 90
"""After so many additions to a minute it is stored as a whole again."""

Scopes = dict[int, dict[str, int]]
"""Minute to scope to the offset of the last record that touched it."""


class CountPosition(msgspec.Struct, array_like=True):
    """What is stored of a source partition beside its minutes; `missing` when that could not be told yet."""

    topic_id: str
    high_ms: int
    leader_epoch: int = -1
    missing: Missing | None = None


class StoredScopes(msgspec.Struct, array_like=True):
    """What scopes of one minute hold, as of `offset`."""

    epoch: int
    offset: int
    minute: int
    cells: int
    scopes: dict[str, bytes]


@dataclass(slots=True)
class JudgeKnowledge:
    """What a judge knows of the source partition: its watermark, and since when (monotonic seconds)."""

    watermark_ms: int = -1
    at: float = -1e9


_encode: Final = msgspec.msgpack.Encoder().encode
_stored: Final = msgspec.msgpack.Decoder(StoredScopes).decode
_position: Final = msgspec.msgpack.Decoder(CountPosition).decode


class SourceState:
    """See the module.

    Args:
        count: The counts.
        judges: How many judges are told.
        leader_epoch: See owned.HasPosition.
        missing: What was deleted before it could be read, and is not told yet.
    """

    def __init__(
        self, count: PartitionCount, judges: int, leader_epoch: int = -1, missing: Missing | None = None
    ) -> None:
        self.count = count
        self.leader_epoch = leader_epoch
        self._missing = missing
        self._unsent: Scopes = {}
        self._left: dict[int, Fact] = {}
        self.knowledge = [JudgeKnowledge() for _ in range(judges)]
        self._unstored: Scopes = {}
        self._added: dict[int, int] = dict.fromkeys(count.facts, 1)
        self._names: dict[int, list[str]] = {}
        self._closed_to = minute_of(max(count.watermark_ms, 0)) - 1

    @property
    def position(self) -> int:
        """The last offset that is applied."""
        return self.count.position

    @property
    def epoch(self) -> int:
        """Which life of the topic the position belongs to."""
        return self.count.epoch

    def pass_over(self, last: int) -> None:
        """See owned.HasPosition."""
        self.count.position = max(self.count.position, last)

    def lose(self, records: int) -> None:
        """This many records behind the position were deleted before they could be read."""
        missing = self._missing
        self._missing = Missing(records, self.count.high_ms) if missing is None else missing.and_more(records)

    def find_again(self, time_ms: int) -> bool:
        """The first record after the missing ones is of this time; whether any were missing."""
        if self._missing is None:
            return False
        self._missing = self._missing.upto(time_ms)
        return True

    def take_missing(self) -> Missing | None:
        """What has not been told of missing records, once it is known what came after them; then it has."""
        missing = self._missing
        if missing is None or missing.until_ms is None:
            return None
        self._missing = None
        return missing

    def begin_epoch(self, position: int, _now_us: int) -> None:
        """See owned.HasPosition. All that is counted must have been told before."""
        self.count.begin_epoch(position)

    def apply(self, rows: Rows, last_offset: int) -> Applied:
        """Count a chunk; what it touches is told and stored some time."""
        before = dict(self.count.facts)
        applied = self.count.apply(rows, last_offset)
        for minute, scopes in applied.scopes.items():
            self._unsent.setdefault(minute, {}).update(scopes)
            self._unstored.setdefault(minute, {}).update(scopes)
        # What is settled leaves the counts, and may not have been told yet.
        for minute in self._unsent.keys() - self.count.facts.keys() - self._left.keys():
            self._left[minute] = applied.touched.get(minute) or before[minute]
        return applied

    def take_unsent(self) -> Iterator[tuple[int, Fact, dict[str, int]]]:
        """Minute, fact, and scopes with the offset of their last record, of what has not been told; then it has."""
        unsent, left = self._unsent, self._left
        self._unsent, self._left = {}, {}
        for minute, scopes in sorted(unsent.items()):
            yield minute, left.get(minute) or self.count.facts[minute], scopes

    def encoded_position(self, topic_id: str) -> bytes:
        """What is stored beside the minutes."""
        return _encode(CountPosition(topic_id, self.count.high_ms, self.leader_epoch, self._missing))

    def changes(self, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """Add the named values that have changed since this was last asked, and the names that are not needed any more.

        A minute is stored as a whole when it is over; before and after that, what is added to it. In small steps: go
        through all of them before anything else is asked of the state.
        """
        closed_to = minute_of(max(self.count.watermark_ms, 0)) - 1
        for minute in self._names.keys() - self.count.facts.keys():
            gone += self._names.pop(minute)
            self._added.pop(minute, None)
        for minute, fact in self.count.facts.items():
            scopes = self._unstored.get(minute)
            is_over = self._closed_to < minute <= closed_to
            if is_over or (scopes and self._added.get(minute, 0) >= MAX_ADDED):
                gone += self._names.pop(minute, [])
                self._added[minute] = 0
                yield from self._store(changed, minute, fact, fact.tally)
            elif scopes:
                yield from self._store(changed, minute, fact, scopes)
        self._unstored, self._closed_to = {}, max(closed_to, self._closed_to)

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All minutes as a whole."""
        self._unstored, self._names = {}, {}
        for minute, fact in self.count.facts.items():
            values = dict[str, bytes]()
            self._added[minute] = 0
            for _ in self._store(values, minute, fact, fact.tally):
                pass
            yield from values.items()

    def _store(self, into: dict[str, bytes], minute: int, fact: Fact, scopes: Iterable[str]) -> Iterator[None]:
        """Add what these scopes hold, as named values of a limited size."""
        number = self._added.get(minute, 1)
        self._added[minute] = number + 1
        names = self._names.setdefault(minute, [])
        for name, value in _values(minute, fact, scopes, number):
            into[name] = value
            names.append(name)
            yield


def load_source(found: Recovered, make: Callable[..., PartitionCount], judges: int) -> SourceState:
    """The state that a changelog holds.

    Args:
        found: Its values and position.
        make: Makes a count from its epoch, position, event time and minutes.
        judges: See SourceState.
    """
    parts: dict[int, list[tuple[int, StoredScopes]]] = {}
    for name, value in found.values.items():
        stored = _stored(value)
        parts.setdefault(stored.minute, []).append((int(name.split("|")[2]), stored))
    facts = {
        minute: _joined([stored for _, stored in sorted(each, key=_number)], found.epoch)
        for minute, each in parts.items()
    }
    at = stored_position(found)
    count = make(epoch=found.epoch, position=found.offset, high_ms=at.high_ms, facts=facts)
    return SourceState(count, judges, at.leader_epoch, at.missing)


def stored_position(found: Recovered) -> CountPosition:
    """What is stored beside the minutes."""
    return _position(found.position or b"")


def _number(numbered: tuple[int, StoredScopes]) -> int:
    return numbered[0]


def _joined(stored: list[StoredScopes], epoch: int) -> Fact:
    """A minute from its parts: the whole first, then what was added to it, in order.

    Of parts that were stored in an earlier life of the topic, the offsets mean nothing in this one.
    """
    fact = Fact(epoch, -1, {})
    for each in stored:
        fact.tally |= each.scopes
        fact.offset = max(fact.offset, each.offset if each.epoch == epoch else -1)
        fact.cells = max(fact.cells, each.cells)
    return fact


def _values(minute: int, fact: Fact, scopes: Iterable[str], number: int) -> Iterator[tuple[str, bytes]]:
    """What these scopes hold, as named values of a limited size; from now on it is kept as bytes."""
    piece, size, pieces = dict[str, bytes](), 0, 0
    for scope in scopes:
        piece[scope] = fact.tally[scope] = packed = fact.packed(scope)
        size += len(packed) + len(scope)
        if size > VALUE_BYTES:
            yield _value(minute, fact, piece, number, pieces)
            piece, size, pieces = {}, 0, pieces + 1
    if piece:
        yield _value(minute, fact, piece, number, pieces)


def _value(minute: int, fact: Fact, scopes: dict[str, bytes], number: int, piece: int) -> tuple[str, bytes]:
    stored = StoredScopes(fact.epoch, fact.offset, minute, fact.cells, scopes)
    return f"m|{minute}|{number}|{piece}", _encode(stored)
