"""How many places on the transactions topic the dead letters and late records stand for: not each is a transaction."""

import re
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, KafkaError, Message, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot
from runtime.kafka.unreadable import PassingOver
from schemas.dead_letter import PREFIX
from schemas.topics import Topics

WITHIN_S: Final = 0.5
"""Reading takes so long at a time."""
BATCH: Final = 5_000
TOPIC: Final = f"{PREFIX}topic"
DETAIL: Final = f"{PREFIX}detail"
BATCH_OF: Final = re.compile(rb"the batch of offsets ([0-9]{1,19}) to ([0-9]{1,19}), ")
"""What a letter says that stands for a batch which nobody can read."""


class LeftOut:
    """Reads along what was put aside. Not thread-safe; close it.

    A letter that was not read yet is taken for one transaction.

    Args:
        cluster: The Kafka cluster.
        topics: The installation's.
        group: The name to read under; nobody joins it.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, group: str) -> None:
        self._source = topics.transactions.encode()
        self._consumer = client.onlooker(cluster, group, {"enable.partition.eof": True, "fetch.wait.max.ms": 50})
        self._passing = PassingOver(cluster, self._consumer)
        self._at: dict[Slot, int] = {}
        self._more: dict[str, int] = {}

    def upto(self, ends: Mapping[Slot, int]) -> dict[str, int]:
        """By topic, so many places on the transactions topic are told of up to these ends.

        Args:
            ends: Where the topics of what was put aside end now.
        """
        if ends.keys() != self._at.keys() or any(ends[slot] < at for slot, at in self._at.items()):
            self._begin(ends)
        until = time.monotonic() + WITHIN_S
        while any(ends[slot] > at for slot, at in self._at.items()) and (left_s := until - time.monotonic()) > 0:
            first = self._consumer.poll(left_s)
            for message in [] if first is None else [first, *self._consumer.consume(BATCH, 0)]:
                self._take(message)
        places = dict.fromkeys(self._more, 0)
        for (topic, _), end in ends.items():
            places[topic] += end
        return {topic: max(0, count + self._more[topic]) for topic, count in places.items()}

    def close(self) -> None:
        """Let the broker go."""
        self._consumer.close()

    def _begin(self, ends: Mapping[Slot, int]) -> None:
        """Begin anew: the first time, and where a topic was made anew or has more partitions."""
        self._at = dict.fromkeys(ends, 0)
        self._more = {topic: 0 for topic, _ in ends}
        self._passing.begin()
        self._consumer.assign([TopicPartition(*slot, OFFSET_BEGINNING) for slot in ends])

    def _take(self, message: Message) -> None:
        slot, error = (message.topic() or "", message.partition() or 0), message.error()
        if slot not in self._at:
            return
        if error is None:
            self._more[slot[0]] += self._places(message) - 1
            self._at[slot] = (message.offset() or 0) + 1
        elif (batch := self._passing.batch(message, self._at[slot])) is not None:
            self._at[slot] = batch.last + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            self._at[slot] = max(self._at[slot], message.offset() or 0)

    def _places(self, message: Message) -> int:
        headers = dict(message.headers() or ())
        detail = headers.get(DETAIL) or b""
        # A sink that keeps transactions as they came has nothing to say of what is counted.
        if headers.get(TOPIC) != self._source or detail.startswith(b"sink "):
            return 0
        batch = BATCH_OF.match(detail)
        return int(batch[2]) - int(batch[1]) + 1 if batch else 1
