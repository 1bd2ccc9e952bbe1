"""Dead letters: read from their topic, and sent again to the transactions topic."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from producers.publisher import Deliveries
from producers.resent import Resent, ResentError
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

SILENT_S: Final = 15.0
"""A broker that gives nothing for so long, neither a record nor the end, is taken for gone."""
COORDINATOR_TO_COME: Final = frozenset(
    (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
)
"""Answers of a broker that has just started."""
BATCH_LETTERS: Final = 500
BATCH_BYTES: Final = 16_000_000
"""After so many letters or bytes what was sent is waited for and remembered."""


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


@dataclass(slots=True)
class Outcome:
    """What came of sending letters again.

    Args:
        sent: So many were delivered.
        before: So many were chosen and had been sent again before.
        kept: So many were chosen and not sent, by reason.
        example: The first of those, in words.
    """

    sent: int = 0
    before: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    example: str = ""

    def keep(self, letter: Letter, why: str, detail: str = "") -> None:
        """Count a letter that was not sent."""
        self.kept[why] = self.kept.get(why, 0) + 1
        if not self.example:
            self.example = f"{letter.partition}:{letter.offset} {why}" + (f" ({detail})" if detail else "")


class Unsendable(ValueError):
    """A letter cannot be sent as it is; `why` is one of few reasons, the message a detail."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(detail)
        self.why = why


class DeadLetters:
    """The dead letters of an installation; a context that closes its connection.

    What was sent again is remembered in the offsets of the consumer group `…-dlq-replay`, after it was delivered. A
    broker forgets the offsets of a group that does nothing for `offsets.retention.minutes` (a week by default). Two
    replays at the same time do not know of each other and may both send a letter.

    Args:
        broker: HOST:PORT of the cluster.
        topics: The installation's topics; that of dead letters exists.
        partitions: How many partitions the topic of dead letters has.
    """

    def __init__(self, broker: str, topics: Topics, partitions: int) -> None:
        self._broker, self._topics, self._partitions = broker, topics, partitions
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": f"{topics.worker_group}-dlq-replay",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                "log_level": 0,
            }
        )
        self._resent: dict[int, Resent] = {}

    def __enter__(self) -> "DeadLetters":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def letters(self) -> Iterator[Letter]:
        """All letters up to the ends that the partitions have now; what is put aside meanwhile is left out.

        Raises:
            ReadError: The broker does not answer.
            ResentError: What was sent again cannot be told.
        """
        resent_keys: set[bytes] = set()
        seen: set[bytes] = set()
        try:
            for message in self._messages(self._assign()):
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

    def send_again(
        self,
        chosen: Callable[[Letter], bool],
        edited: Callable[[bytes], bytes],
        partitions: int,
        extra: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Send the chosen letters again, each once, whatever was sent before.

        Args:
            chosen: Tells which ones.
            edited: Makes the value to send; raises `Unsendable` for one that cannot be sent.
            partitions: How many partitions the transactions topic has.
            extra: librdkafka settings of the producer.

        Raises:
            PublishError: One was not delivered; the letters of its batch are sent again the next time.
            ReadError: The broker does not answer.
            ResentError: What was sent cannot be remembered; what cannot be, was not sent.
        """
        deliveries = Deliveries(self._broker, self._topics.transactions, extra)
        outcome, batch = Outcome(), _Batch()
        for letter in self.letters():
            if letter.copy or not chosen(letter):
                continue
            if letter.resent:
                outcome.before += 1
                continue
            try:
                batch.add(letter, self._sendable(letter, edited), partitions)
            except Unsendable as error:
                outcome.keep(letter, error.why, str(error))
            if batch.is_full:
                outcome.sent += self._sent(batch, deliveries)
                batch = _Batch()
        outcome.sent += self._sent(batch, deliveries)
        return outcome

    def _sent(self, batch: "_Batch", deliveries: Deliveries) -> int:
        """Send a batch, wait for it, then remember it; how many letters it has."""
        now = {partition: self._resent[partition].with_done(done) for partition, done in batch.offsets.items()}
        # Made before anything is sent: what cannot be remembered is not sent.
        places = [
            TopicPartition(self._topics.dead_letters, partition, resent.base, resent.metadata())
            for partition, resent in now.items()
        ]
        for value, partition in batch.records:
            while not deliveries.offer(value, partition):
                pass
        deliveries.flush()
        if places:
            self._remember(places)
        self._resent |= now
        return len(batch.records)

    def _remember(self, places: list[TopicPartition]) -> None:
        try:
            answers = self._consumer.commit(offsets=places, asynchronous=False) or ()
            errors = [answer.error for answer in answers if answer.error is not None]
        except KafkaException as error:
            errors = [error.args[0]]
        if errors:
            raise ResentError(
                f"the last letters were sent, but the broker did not keep that they were ({errors[0].str()}): "
                "the next replay sends up to "
                f"{BATCH_LETTERS} of them once more. Check the broker before it."
            )

    def _sendable(self, letter: Letter, edited: Callable[[bytes], bytes]) -> bytes:
        if letter.about is None:
            raise Unsendable("was not put there by Floodmark")
        if letter.about.topic != self._topics.transactions:
            # Sinks put aside what they cannot write: minutes and alerts, which are no transactions.
            raise Unsendable(f"came from another topic than {self._topics.transactions}", letter.about.key.decode())
        if letter.value is None:
            raise Unsendable("has no value")
        return edited(letter.value)

    def _assign(self) -> dict[int, int]:
        """Begin at the oldest record of each partition, and find out what was sent again; the ends by partition."""
        places = [TopicPartition(self._topics.dead_letters, number) for number in range(self._partitions)]
        bounds = [self._consumer.get_watermark_offsets(place, timeout=SILENT_S) for place in places]
        for found, (low, _) in zip(self._committed(places), bounds, strict=True):
            resent = Resent.read(max(found.offset, 0), found.metadata or "")
            self._resent[found.partition] = resent.begun_at(low)
        ends = {place.partition: high for place, (low, high) in zip(places, bounds, strict=True) if high > low}
        begins = [
            TopicPartition(place.topic, place.partition, low)
            for place, (low, _) in zip(places, bounds, strict=True)
            if place.partition in ends
        ]
        self._consumer.assign(begins)
        return ends

    def _committed(self, places: list[TopicPartition]) -> list[TopicPartition]:
        """What was committed; a coordinator that is still being made or loaded is asked again for a while."""
        deadline = time.monotonic() + SILENT_S
        while True:
            try:
                return list(self._consumer.committed(places, timeout=SILENT_S))
            except KafkaException as error:
                if error.args[0].code() not in COORDINATOR_TO_COME or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _messages(self, ends: dict[int, int]) -> Iterator[Message]:
        """The records before the ends: a letter that is sent and put aside again must not be read once more."""
        running = set(ends)
        while running:
            # Asked for many at once it waits until it has them all.
            found = self._consumer.consume(1, SILENT_S)
            found += self._consumer.consume(999, 0) if found else []
            if not found:
                raise ReadError(f"{self._broker} has given nothing for {SILENT_S:.0f} s; check that the broker runs")
            for message in found:
                error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                if error is None and offset < ends[partition]:
                    yield message
                if error is not None or offset + 1 >= ends[partition]:
                    running.discard(partition)


@dataclass(slots=True)
class _Batch:
    """Letters that are sent, waited for and remembered together."""

    records: list[tuple[bytes, int]] = field(default_factory=list)
    offsets: dict[int, list[int]] = field(default_factory=dict)
    size: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.records) >= BATCH_LETTERS or self.size >= BATCH_BYTES

    def add(self, letter: Letter, value: bytes, partitions: int) -> None:
        origin = letter.about.partition if letter.about else 0
        self.records.append((value, origin % partitions))
        self.offsets.setdefault(letter.partition, []).append(letter.offset)
        self.size += len(value)


def _about(message: Message) -> DeadLetter | None:
    try:
        return DeadLetter.from_headers(message.headers())
    except ValidationError:
        return None
