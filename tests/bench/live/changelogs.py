"""How large a changelog is against what it has to hold."""

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from processors.changelog import StateDamaged, recover
from tests.bench.live.offsets import Offsets
from tests.bench.live.segments import bytes_on_disk

READ_S: Final = 600.0
READINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Size:
    """One or more changelogs.

    Args:
        on_disk: Bytes of their log segments, compressed as they are.
        read: Bytes of key and value of all records that lie there, as written by the worker.
        records: How many there are.
        last: Bytes of key and last value of each key; keys that were deleted do not count.
        keys: How many such keys there are.
        needed: Bytes of the state itself: the names and values that a worker takes from there, and the positions. Less
            than `last`, because one name that is needed keeps all of a checkpoint. None when it was not asked for.
    """

    on_disk: int
    read: int
    records: int
    last: int
    keys: int
    needed: int | None = None


def size(address: str, data: Path, topics: tuple[str, ...], offsets: Offsets, *, with_state: bool = False) -> Size:
    """Measure changelogs as they are now.

    Args:
        address: The broker.
        data: Its log directory.
        topics: The changelogs.
        offsets: Asks for ends.
        with_state: Whether to say how large the state is; all of it is held in memory then.

    Raises:
        TimeoutError: They could not be read in time.
        StateDamaged: Something that is needed of the state is not there.
    """
    for _ in range(READINGS - 1):
        # What was cleaned while it was read may lack what a later checkpoint has made needless.
        with contextlib.suppress(StateDamaged):
            return _size(address, data, topics, offsets, with_state=with_state)
    return _size(address, data, topics, offsets, with_state=with_state)


def _size(address: str, data: Path, topics: tuple[str, ...], offsets: Offsets, *, with_state: bool) -> Size:
    on_disk = sum(bytes_on_disk(data, topic) for topic in topics)
    notes = _Notes(with_state)
    for topic in topics:
        _read(address, topic, offsets, notes)
    last = sum(sum(sizes.values()) for sizes in notes.last.values())
    keys = sum(map(len, notes.last.values()))
    needed = sum(_needed(held) for held in notes.held.values()) if with_state else None
    return Size(on_disk, notes.read, notes.records, last, keys, needed)


def _needed(held: dict[bytes, bytes]) -> int:
    found = recover(held)
    return sum(len(name) + len(value) for name, value in found.values.items()) + len(found.position or b"")


@dataclass(slots=True)
class _Notes:
    """By topic and partition: of each key the size of its last value and, if they are kept, the value."""

    keeps: bool
    last: dict[tuple[str, int], dict[bytes, int]] = field(default_factory=dict)
    held: dict[tuple[str, int], dict[bytes, bytes]] = field(default_factory=dict)
    read: int = 0
    records: int = 0

    def take(self, message: Message) -> None:
        key, value = message.key() or b"", message.value()
        place = str(message.topic()), int(message.partition() or 0)
        size = len(key) + len(value or b"")
        self.records += 1
        self.read += size
        last, held = self.last.setdefault(place, {}), self.held.setdefault(place, {})
        last.pop(key, None)
        held.pop(key, None)
        if value is not None:
            last[key] = size
            if self.keeps:
                held[key] = value


def _read(address: str, topic: str, offsets: Offsets, notes: _Notes) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "weighs-changelogs",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    left = set(offsets.partitions(topic))
    consumer.assign([TopicPartition(topic, partition, 0) for partition in left])
    deadline = time.monotonic() + READ_S
    try:
        while left:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} could not be read within {READ_S:.0f} s")
            for message in consumer.consume(10_000, 0.1):
                error = message.error()
                if error is None:
                    notes.take(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
    finally:
        consumer.close()
