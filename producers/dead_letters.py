"""Dead letters are sent again to the transactions topic, each one once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from producers.letter_topic import Letter, LetterTopic, ReadError
from producers.publisher import Deliveries

__all__ = ["DeadLetters", "Letter", "Outcome", "ReadError", "Unsendable"]

BATCH_LETTERS: Final = 500
BATCH_BYTES: Final = 16_000_000
"""After so many letters or bytes what was sent is waited for and remembered."""


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


class DeadLetters(LetterTopic):
    """Dead letters that can be sent again. See LetterTopic for the rest.

    Two replays at the same time do not know of each other and may both send a letter.
    """

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

        def send() -> None:
            for value, partition in batch.records:
                while not deliveries.offer(value, partition):
                    pass
            deliveries.flush()

        self.remember(batch.offsets, send)
        return len(batch.records)

    def _sendable(self, letter: Letter, edited: Callable[[bytes], bytes]) -> bytes:
        if letter.about is None:
            raise Unsendable("was not put there by Floodmark")
        if letter.about.topic != self._topics.transactions:
            # Sinks put aside what they cannot write: minutes and alerts, which are no transactions.
            raise Unsendable(f"came from another topic than {self._topics.transactions}", letter.about.key.decode())
        if letter.about.reason == "too_large":
            # Only its beginning is here, and all of it would be refused again.
            raise Unsendable("is larger than any record that is read", letter.about.detail)
        if letter.about.reason == "unreadable_batch":
            raise Unsendable("is a batch of records that nobody can unpack", letter.about.detail)
        if letter.value is None:
            raise Unsendable("has no value")
        return edited(letter.value)


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
