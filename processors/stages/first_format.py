"""Reads state as it was written before there were checkpoints: a value for a minute, a timeline, or a minute's parts.

What is read is carried on, and written anew in today's form. What nobody of ours can have written is counted, no more.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from processors.domain.counting.fact import Fact
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.old_state import read_old_timeline
from processors.domain.judging.timeline_state import TimelineState
from processors.domain.watermark import Watermarks
from processors.domain.window import MINUTE_MS
from schemas.codec import NOT_DECODED
from schemas.transaction import LATEST_MS

POSITION: Final = b"position"
_UNREADABLE: Final = (*NOT_DECODED, ValueError, LookupError, struct.error)
"""What decoding, and building what was decoded, raises for bytes of somebody else."""

_Place = Annotated[int, Meta(ge=0, lt=2**53)]
_Position = Annotated[int, Meta(ge=-1, lt=2**53)]
_Cell = Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=2, max_length=2)]


class FirstCountPosition(msgspec.Struct, array_like=True):
    """What was stored of a source partition beside its minutes."""

    epoch: _Place
    offset: _Position
    high_ms: Annotated[int, Meta(lt=LATEST_MS)]
    topic_id: str


class StoredFact(msgspec.Struct, array_like=True):
    """A minute."""

    epoch: _Place
    offset: _Position
    tally: dict[str, dict[str, dict[str, _Cell]]]


class FirstJudgePosition(msgspec.Struct, array_like=True):
    """What was stored of a judge's partition beside its timelines."""

    epoch: _Place
    offset: _Position
    topic_id: str
    marks: Watermarks
    watch: Watch = msgspec.field(default_factory=Watch)


class StoredPart(msgspec.Struct):
    """A part of a minute."""

    epoch: _Place
    offset: _Position
    counts: msgspec.Raw


class StoredParts(msgspec.Struct, array_like=True):
    """The parts of one minute of one scope."""

    epoch: _Place
    offset: _Position
    parts: dict[int, StoredPart]


@dataclass(slots=True)
class FirstCounted:
    """What was stored of a source partition.

    Args:
        position: The position; None where there is none.
        facts: Its minutes.
        strange: How many values nobody of ours can have written.
    """

    position: FirstCountPosition | None = None
    facts: dict[int, Fact] = field(default_factory=dict)
    strange: int = 0


@dataclass(slots=True)
class FirstJudged:
    """What was stored of a judge's partition.

    Args:
        position: The position; None where there is none.
        timelines: Scope to what was stored of it.
        parts: Scope, minute, and source partition to part.
        strange: How many values nobody of ours can have written.
    """

    position: FirstJudgePosition | None = None
    timelines: dict[str, TimelineState] = field(default_factory=dict)
    parts: list[tuple[str, int, dict[int, StoredPart]]] = field(default_factory=list)
    strange: int = 0


_count_position: Final = msgspec.json.Decoder(FirstCountPosition).decode
_fact: Final = msgspec.json.Decoder(StoredFact).decode
_judge_position: Final = msgspec.json.Decoder(FirstJudgePosition).decode
_parts: Final = msgspec.json.Decoder(StoredParts).decode


def counted(last_values: Mapping[bytes, bytes], partition: int) -> FirstCounted:
    """A source partition, by key.

    Raises:
        ValueError: There are minutes of it, and its position cannot be read.
    """
    named = _named(last_values, partition)
    found = FirstCounted(strange=len(last_values) - len(named))
    position = named.pop(POSITION, None)
    for name, value in named.items():
        try:
            found.facts[_minute(name)] = _fact_of(value)
        except _UNREADABLE:
            found.strange += 1
    try:
        found.position = None if position is None else _count_position(position)
    except NOT_DECODED as exc:
        found.strange += _or_damaged(exc, is_alone=not found.facts)
    return found


def judged(last_values: Mapping[bytes, bytes], partition: int) -> FirstJudged:
    """A judge's partition, by key.

    Raises:
        ValueError: There are timelines or parts of it, and its position cannot be read.
    """
    named = _named(last_values, partition)
    found = FirstJudged(strange=len(last_values) - len(named))
    position = named.pop(POSITION, None)
    for name, value in named.items():
        try:
            _put(found, name, value)
        except _UNREADABLE:
            found.strange += 1
    try:
        found.position = None if position is None else _judge_position(position)
    except NOT_DECODED as exc:
        found.strange += _or_damaged(exc, is_alone=not found.timelines and not found.parts)
    return found


def _named(last_values: Mapping[bytes, bytes], partition: int) -> dict[bytes, bytes]:
    """Name to value, of the keys that begin with the number of the partition."""
    split = (key.partition(b"|") for key in last_values)
    return {
        name: last_values[number + bar + name] for number, bar, name in split if bar and number == b"%d" % partition
    }


def _or_damaged(exc: Exception, *, is_alone: bool) -> int:
    """One more that is strange; but where there is more of a state, its position is a part of it."""
    if not is_alone:
        raise ValueError(f"its position cannot be read: {exc}") from exc
    return 1


def _put(found: FirstJudged, name: bytes, value: bytes) -> None:
    kind, _, rest = name.partition(b"|")
    if kind == b"course":
        found.timelines[rest.decode()] = read_old_timeline(value)
    elif kind == b"parts":
        minute, _, scope = rest.partition(b"|")
        found.parts.append((scope.decode(), _minute(minute), _parts(value).parts))
    else:
        raise ValueError(f"{kind!r} was never stored")


def _minute(name: bytes) -> int:
    minute = int(name)
    if not 0 <= minute < LATEST_MS // MINUTE_MS:
        raise ValueError(f"there is no minute {minute}")
    return minute


def _fact_of(value: bytes) -> Fact:
    stored = _fact(value)
    cells = sum(len(keys) for dimensions in stored.tally.values() for keys in dimensions.values())
    return Fact(stored.epoch, stored.offset, dict(stored.tally), cells)
