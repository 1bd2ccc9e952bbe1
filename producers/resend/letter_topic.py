"""The topic of dead letters: read from its beginning, with what is remembered of what was sent again."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self, TypeVar

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from producers.resend.resent import Resent, ResentError
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.unreadable import UNREADABLE, PassingOver
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

SILENT_S: Final = 15.0
"""A broker that gives nothing for so long, neither a record nor the end, is taken for gone."""
PASSING: Final = frozenset(
    (
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
    )
)
"""Answers of a broker that has just started, or of a topic that has just been made."""

Answer = TypeVar("Answer")


class ReadError(Exception):
    """The dead letters cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One record of the dead-letter topic.

    Args:
        partition: Where it lies there, with `offset`.
        offset: See `partition`.
        put_aside_ms: When it was put aside, epoch milliseconds.
        value: The bytes that could not be read; None for a record that had none.
        about: Where it came from and why it is here; None when the headers are not ours.
        resent: Whether it, or an earlier copy of it, was sent again.
        copy: Whether the same record was put aside before.
    """

    partition: int
    offset: int
    put_aside_ms: int
    value: bytes | None
    about: DeadLetter | None
    resent: bool
    copy: bool


class LetterTopic:
    """The dead letters of an installation; a context that closes its connection.

    What was sent again is remembered in the offsets of the consumer group `…-dlq-replay`. A broker forgets the offsets
    of a group that does nothing for `offsets.retention.minutes` (a week by default).

    Args:
        cluster: The Kafka cluster.
        topics: The installation's topics; that of dead letters exists.
        partitions: How many partitions the topic of dead letters has.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, partitions: int) -> None:
        self._cluster, self._topics, self._partitions = cluster, topics, partitions
        self._consumer = client.onlooker(
            cluster, topics.helper_group("dlq-replay"), {"enable.partition.eof": True, "fetch.wait.max.ms": 100}
        )
        self._passing = PassingOver(cluster, self._consumer)
        self._resent: dict[int, Resent] = {}
        self.kept = 0
        """How many records the topic held when `letters` was asked last, repeats among them."""
        self.left_out = 0
        """How many of those were older than what was asked for."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def letters(self, at_most: int | None = None) -> Iterator[Letter]:
        """All letters up to the ends that the partitions have now; what is put aside meanwhile is left out.

        Args:
            at_most: Read only the last so many records of each partition. Whether a letter is a copy, or a copy of it
                was sent again, is then told as far as those show it.

        Raises:
            ReadError: The broker does not answer.
            ResentError: What was sent again cannot be told.
        """
        resent_keys: set[bytes] = set()
        seen: set[bytes] = set()
        try:
            for message in self._messages(self._assign(at_most)):
                partition, offset = message.partition() or 0, message.offset() or 0
                about = _about(message)
                # A worker that was killed puts the same record aside again: same key.
                key = about.key if about else b"%d:%d" % (partition, offset)
                if offset in self._resent[partition]:
                    resent_keys.add(key)
                copy = key in seen
                seen.add(key)
                at_ms, resent = message.timestamp()[1], key in resent_keys
                yield Letter(partition, offset, at_ms, message.value(), about, resent, copy)
        except KafkaException as error:
            raise ReadError(f"{self._topics.dead_letters} cannot be read: {error.args[0].str()}") from error

    def remember(self, sent: Mapping[int, Sequence[int]], send: Callable[[], None]) -> None:
        """Send letters, then remember that they were sent.

        Args:
            sent: Their offsets by partition.
            send: Sends them and returns once they have been delivered. Not called when they cannot be remembered.

        Raises:
            ResentError: There are too many to be remembered (then nothing was sent), or the broker did not keep them.
        """
        now = {partition: self._resent[partition].with_done(offsets) for partition, offsets in sent.items()}
        places = [
            TopicPartition(self._topics.dead_letters, partition, resent.base, resent.metadata())
            for partition, resent in now.items()
        ]
        send()
        if places:
            self._commit(places)
        self._resent |= now

    def _commit(self, places: list[TopicPartition]) -> None:
        try:
            answers = self._consumer.commit(offsets=places, asynchronous=False) or ()
            errors = [answer.error for answer in answers if answer.error is not None]
        except KafkaException as error:
            errors = [error.args[0]]
        if errors:
            raise ResentError(
                f"the last letters were sent, but the broker did not keep that they were ({errors[0].str()}): "
                "the next replay sends them once more. Check the broker before it."
            )

    def _assign(self, at_most: int | None) -> dict[int, int]:
        """Begin at the oldest record of each partition, or the last so many; the ends by partition.

        Finds out what was sent again.
        """
        places = [TopicPartition(self._topics.dead_letters, number) for number in range(self._partitions)]
        bounds = [_asked(partial(self._consumer.get_watermark_offsets, place, timeout=SILENT_S)) for place in places]
        for found, (low, _) in zip(_asked(partial(self._committed, places)), bounds, strict=True):
            resent = Resent.read(max(found.offset, 0), found.metadata or "")
            self._resent[found.partition] = resent.begun_at(low)
        self._passing.begin()
        ends = {place.partition: high for place, (low, high) in zip(places, bounds, strict=True) if high > low}
        firsts = [low if at_most is None else max(low, high - at_most) for low, high in bounds]
        self.kept = sum(high - low for low, high in bounds)
        self.left_out = sum(first - low for first, (low, _) in zip(firsts, bounds, strict=True))
        self._consumer.assign(
            [
                TopicPartition(place.topic, place.partition, first)
                for place, first in zip(places, firsts, strict=True)
                if place.partition in ends
            ]
        )
        return ends

    def _committed(self, places: list[TopicPartition]) -> list[TopicPartition]:
        found = list(self._consumer.committed(places, timeout=SILENT_S))
        for place in found:
            # A partition without an answer looks as if nothing of it had been sent.
            if place.error is not None:
                raise KafkaException(place.error)
        return found

    def _messages(self, ends: dict[int, int]) -> Iterator[Message]:
        """The records before the ends: a letter that is sent and put aside again must not be read once more."""
        running = set(ends)
        while running:
            # Asked for many at once it waits until it has them all.
            found = self._consumer.consume(1, SILENT_S)
            found += self._consumer.consume(999, 0) if found else []
            if not found:
                raise ReadError(f"{self._cluster} has given nothing for {SILENT_S:.0f} s; check that the broker runs")
            for message in found:
                error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
                if error is not None and error.code() in UNREADABLE:
                    # Nobody can read it, so there is nothing to show or to send.
                    self._passing.batch(message)
                    continue
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                if error is None and offset < ends[partition]:
                    yield message
                if error is not None or offset + 1 >= ends[partition]:
                    running.discard(partition)


def _asked(question: Callable[[], Answer]) -> Answer:
    """The answer; asked again for a while when the broker says what soon passes."""
    deadline = time.monotonic() + SILENT_S
    while True:
        try:
            return question()
        except KafkaException as error:
            if error.args[0].code() not in PASSING or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _about(message: Message) -> DeadLetter | None:
    try:
        return DeadLetter.from_headers(message.headers())
    except ValidationError:
        return None
