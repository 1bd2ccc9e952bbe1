"""How large a changelog is against what it has to hold: the last value of each key."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from tests.bench.live.offsets import Offsets
from tests.bench.live.segments import bytes_on_disk

READ_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Size:
    """One or more changelogs.

    Args:
        on_disk: Bytes of their log segments, compressed as they are.
        state: Bytes of key and last value of each key, as written by the worker; keys that were deleted do not count.
        keys: How many such keys there are.
        records: How many records were read.
    """

    on_disk: int
    state: int
    keys: int
    records: int

    @property
    def ratio(self) -> float:
        """Bytes on the disk for each byte of state."""
        return self.on_disk / max(self.state, 1)


def size(address: str, data: Path, topics: tuple[str, ...], offsets: Offsets) -> Size:
    """Measure changelogs as they are now.

    Args:
        address: The broker.
        data: Its log directory.
        topics: The changelogs.
        offsets: Asks for ends.

    Raises:
        TimeoutError: They could not be read in time.
    """
    on_disk = sum(bytes_on_disk(data, topic) for topic in topics)
    held: dict[tuple[str, int, bytes], int] = {}
    records = sum(_read(address, topic, offsets, held) for topic in topics)
    return Size(on_disk, sum(held.values()), len(held), records)


def _read(address: str, topic: str, offsets: Offsets, held: dict[tuple[str, int, bytes], int]) -> int:
    """Note the size of the last value of each key; how many records there were."""
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
    number, deadline = 0, time.monotonic() + READ_S
    try:
        while left:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} could not be read within {READ_S:.0f} s")
            for message in consumer.consume(10_000, 0.1):
                error = message.error()
                if error is None:
                    number += 1
                    _note(message, held)
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
    finally:
        consumer.close()
    return number


def _note(message: Message, held: dict[tuple[str, int, bytes], int]) -> None:
    key, value = message.key() or b"", message.value()
    place = str(message.topic()), int(message.partition() or 0), key
    if value is None:
        held.pop(place, None)
    else:
        held[place] = len(key) + len(value)
