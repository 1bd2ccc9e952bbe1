"""Dead letters are sent again, each one once: transactions to their topic, others for the sink that put them aside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from producers.publisher import Deliveries
from producers.resend.letter_topic import Letter, LetterTopic, ReadError
from schemas.dead_letter import FOR_SINK

__all__ = ["Letter", "ReadError", "ResendResult", "ResendableLetters", "Unsendable"]

BATCH_LETTERS: Final = 500
BATCH_BYTES: Final = 16_000_000
"""After so many letters or bytes what was sent is waited for and remembered."""


@dataclass(slots=True)
class ResendResult:
    """What came of sending letters again.

    Args:
        sent: How many were delivered to the transactions topic.
        returned: How many were delivered to the topic they came from, by topic, for the sink that had put them aside.
        before: How many were chosen and had been sent again before.
        kept: How many were chosen and not sent, by reason.
        example: The first of those, in words.
    """

    sent: int = 0
    before: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    example: str = ""
    returned: dict[str, int] = field(default_factory=dict)

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


class ResendableLetters(LetterTopic):
    """Dead letters that can be sent again. See LetterTopic for the rest.

    Two replays at the same time do not know of each other and may both send a letter.
    """

    def send_again(
        self,
        chosen: Callable[[Letter], bool],
        edited: Callable[[bytes], bytes],
        partitions: int,
        extra: Mapping[str, Any] | None = None,
        read_by_sinks: Mapping[str, int] = MappingProxyType({}),
    ) -> ResendResult:
        """Send the chosen letters again, each once, whatever was sent before.

        Args:
            chosen: Tells which ones.
            edited: Makes the value to send; raises `Unsendable` for one that cannot be sent.
            partitions: How many partitions the transactions topic has.
            extra: librdkafka settings of the producers.
            read_by_sinks: Topics to which letters of sinks may be sent, with how many partitions each has.

        Raises:
            PublishError: One was not delivered; the letters of its batch are sent again the next time.
            ReadError: The broker does not answer.
            ResentError: What was sent cannot be remembered; what cannot be, was not sent.
        """
        topics = {self._topics.transactions: partitions, **read_by_sinks}
        deliveries = {name: Deliveries(self._cluster, name, extra) for name in topics}
        outcome, batch = ResendResult(), _Batch()
        for letter in self.letters():
            if letter.copy or not chosen(letter):
                continue
            if letter.resent:
                outcome.before += 1
                continue
            try:
                value = self._sendable(letter, edited, topics)
                batch.add(letter, self._addressed(letter, value, topics))
            except Unsendable as error:
                outcome.keep(letter, error.why, str(error))
            if batch.is_full:
                self._send(batch, deliveries, outcome)
                batch = _Batch()
        self._send(batch, deliveries, outcome)
        return outcome

    def _send(self, batch: "_Batch", deliveries: Mapping[str, Deliveries], outcome: ResendResult) -> None:
        """Send a batch, wait for it, then remember it."""

        def send() -> None:
            for record in batch.records:
                while not deliveries[record.topic].offer(record.value, record.partition, record.key, record.headers):
                    pass
            for each in deliveries.values():
                each.flush()

        self.remember(batch.offsets, send)
        for record in batch.records:
            if record.topic == self._topics.transactions:
                outcome.sent += 1
            else:
                outcome.returned[record.topic] = outcome.returned.get(record.topic, 0) + 1

    def _addressed(self, letter: Letter, value: bytes, topics: Mapping[str, int]) -> "_Record":
        assert letter.about is not None
        topic, partition = letter.about.topic, letter.about.partition % topics[letter.about.topic]
        if topic == self._topics.transactions:
            return _Record(topic, partition, value)
        # A key of its own: under the old one, compaction would keep this in place of what was said since.
        return _Record(topic, partition, value, b"again/" + letter.about.key, ((FOR_SINK, letter.about.sink.encode()),))

    def _sendable(self, letter: Letter, edited: Callable[[bytes], bytes], topics: Mapping[str, int]) -> bytes:
        if letter.about is None:
            raise Unsendable("was not put there by Floodmark")
        if letter.about.topic != self._topics.transactions and not (letter.about.sink and letter.about.topic in topics):
            raise Unsendable(f"came from another topic than {self._topics.transactions}", letter.about.key.decode())
        if letter.about.reason == "too_large" or letter.about.detail.endswith(" bytes)"):
            # Only its beginning is here, and all of it would be refused again.
            raise Unsendable("is larger than any record that is read", letter.about.detail)
        if letter.about.reason == "unreadable_batch":
            raise Unsendable("is a batch of records that nobody can unpack", letter.about.detail)
        if letter.value is None:
            raise Unsendable("has no value")
        return edited(letter.value)


@dataclass(frozen=True, slots=True)
class _Record:
    """A letter as it is sent."""

    topic: str
    partition: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Batch:
    """Letters that are sent, waited for and remembered together."""

    records: list[_Record] = field(default_factory=list)
    offsets: dict[int, list[int]] = field(default_factory=dict)
    size: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.records) >= BATCH_LETTERS or self.size >= BATCH_BYTES

    def add(self, letter: Letter, record: _Record) -> None:
        self.records.append(record)
        self.offsets.setdefault(letter.partition, []).append(letter.offset)
        self.size += len(record.value)
