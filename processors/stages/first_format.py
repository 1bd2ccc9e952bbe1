"""Reads state as it was written before there were checkpoints: a value for a minute, a timeline, or a minute's parts.

What is read is carried on, and written anew in today's form.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from processors.domain.counting.partition_count import Fact
from processors.domain.incidents.stream_trust import Watch
from processors.domain.watermark import Watermarks

POSITION: Final = b"position"


class CountPosition(msgspec.Struct, array_like=True):
    """What was stored of a source partition beside its minutes."""

    epoch: int
    offset: int
    high_ms: int
    topic_id: str


class StoredFact(msgspec.Struct, array_like=True):
    """A minute."""

    epoch: int
    offset: int
    tally: dict[str, dict[str, dict[str, list[int]]]]


class JudgePosition(msgspec.Struct, array_like=True):
    """What was stored of a judge's partition beside its timelines."""

    epoch: int
    offset: int
    topic_id: str
    marks: Watermarks
    watch: Watch = msgspec.field(default_factory=Watch)


class StoredPart(msgspec.Struct):
    """A part of a minute."""

    epoch: int
    offset: int
    counts: msgspec.Raw


class StoredParts(msgspec.Struct, array_like=True):
    """The parts of one minute of one scope."""

    epoch: int
    offset: int
    parts: dict[int, StoredPart]


_count_position: Final = msgspec.json.Decoder(CountPosition).decode
_fact: Final = msgspec.json.Decoder(StoredFact).decode
_judge_position: Final = msgspec.json.Decoder(JudgePosition).decode
_parts: Final = msgspec.json.Decoder(StoredParts).decode


def count_position(last_values: Mapping[bytes, bytes]) -> CountPosition | None:
    """The position of a source partition; None where there is none."""
    raw = _position_in(last_values)
    return None if raw is None else _count_position(raw)


def facts(last_values: Mapping[bytes, bytes]) -> dict[int, Fact]:
    """The minutes of a source partition."""
    found: dict[int, Fact] = {}
    for key, value in last_values.items():
        name = key.partition(b"|")[2]
        if name != POSITION:
            stored = _fact(value)
            cells = sum(len(keys) for dimensions in stored.tally.values() for keys in dimensions.values())
            found[int(name)] = Fact(stored.epoch, stored.offset, dict(stored.tally), cells)
    return found


def judge_position(last_values: Mapping[bytes, bytes]) -> JudgePosition | None:
    """The position of a judge's partition; None where there is none."""
    raw = _position_in(last_values)
    return None if raw is None else _judge_position(raw)


def timelines(last_values: Mapping[bytes, bytes]) -> Iterator[tuple[str, bytes]]:
    """Scope to the timeline that was stored of it."""
    for key, value in last_values.items():
        kind, _, scope = key.partition(b"|")[2].partition(b"|")
        if kind == b"course":
            yield scope.decode(), value


def parts(last_values: Mapping[bytes, bytes]) -> Iterator[tuple[str, int, dict[int, StoredPart]]]:
    """Scope, minute, and source partition to part."""
    for key, value in last_values.items():
        kind, _, name = key.partition(b"|")[2].partition(b"|")
        if kind == b"parts":
            minute, _, scope = name.partition(b"|")
            yield scope.decode(), int(minute), _parts(value).parts


def _position_in(last_values: Mapping[bytes, bytes]) -> bytes | None:
    return next((value for key, value in last_values.items() if key.partition(b"|")[2] == POSITION), None)
