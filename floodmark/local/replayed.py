"""Which files were published into a topic before: what a consumer group of the broker remembers of it."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException, TopicPartition

from producers.replay import ReplayOptions, RowSpan
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from schemas.bounds import LAST_MS
from schemas.instants import instant_of_ms
from schemas.topics import Topics

KEPT: Final = 150
"""So many of the latest files are remembered: a broker keeps 4096 bytes of text beside a committed offset."""
ANSWER_WITHIN_S: Final = 5.0
_DIGITS: Final = 16


_MOVED: Final = "r"
_LAST: Final = LAST_MS // 60_000


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the rows of files lie in time that were moved: the minutes (since the epoch) of the first and last one."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Files that were published, by their content, each with the minute (since the epoch) of the last time.

    Of those that were moved in time it is the minute of the last row, beside the content with an `r` behind it.
    """

    minutes: dict[str, int]

    @classmethod
    def read(cls, text: str) -> "Replayed":
        """What `text` says; what is not ours says nothing."""
        found = (entry.partition(":") for entry in text.split())
        try:
            minutes = {digest: int(minute, 36) for digest, _, minute in found}
        except ValueError:
            return cls({})
        return cls(minutes if all(0 <= minute <= _LAST for minute in minutes.values()) else {})

    def text(self) -> str:
        """The latest `KEPT` files as text."""
        latest = sorted(self.minutes.items(), key=lambda item: item[1])[-KEPT:]
        return " ".join(f"{digest}:{_base36(minute)}" for digest, minute in latest)

    def with_files(self, digests: Sequence[tuple[str, str]], now: int, moved: Moved | None = None) -> "Replayed":
        """With files, each with its name and digest, that are published in this minute."""
        if moved is None:
            return Replayed({**self.minutes, **{digest: now for _, digest in digests}})
        ends = {digest + _MOVED: max(moved.last, self.minutes.get(digest + _MOVED, 0)) for _, digest in digests}
        return Replayed({**self.minutes, **ends})

    def warning(self, digests: Sequence[tuple[str, str]], moved: Moved | None = None) -> str | None:
        """What to say of files, each with its name and digest, whose rows are counted already where they lie."""
        if moved is not None:
            return self._warning_of_moved(digests, moved)
        before = [(name, self.minutes[digest]) for name, digest in digests if digest in self.minutes]
        if not before:
            return None
        named = ", ".join(f"{name} on {_shown_minute(minute)}" for name, minute in before)
        return f"Warning: published into this topic before: {named}. What is published again counts twice."

    def _warning_of_moved(self, digests: Sequence[tuple[str, str]], moved: Moved) -> str | None:
        ends = [(name, self.minutes.get(digest + _MOVED, -1)) for name, digest in digests]
        before = [(name, end) for name, end in ends if end >= moved.first]
        if not before:
            return None
        named = ", ".join(f"{name} up to {_shown_minute(end)}" for name, end in before)
        return (
            f"Warning: moved into this topic before: {named}. These rows begin at {_shown_minute(moved.first)}, "
            "and what is not too late counts on top of those."
        )


def moved(span: RowSpan, options: ReplayOptions) -> Moved | None:
    """Where these rows come to lie; None when they stay where they are."""
    if not options.shift_ms:
        return None
    return Moved((span.first_ms + options.shift_ms) // 60_000, (span.last_ms + options.shift_ms) // 60_000)


def noted(cluster: ClusterOrAddress, topics: Topics, files: Sequence[Path], moved: Moved | None = None) -> str | None:
    """Note that files are published now, as they are or `moved` in time; what to say when they were before.

    The note is the broker's, so whoever publishes finds it, and it goes with the topic. A broker that keeps none does
    not stop a replay: then nothing is said.
    """
    digests = [(path.name, _digest(path)) for path in files]
    consumer = client.onlooker(cluster, topics.helper_group("replayed"), {})
    try:
        place = consumer.committed([TopicPartition(topics.transactions, 0)], timeout=ANSWER_WITHIN_S)[0]
        before = Replayed.read(place.metadata or "")
        now = before.with_files(digests, int(time.time()) // 60, moved)
        consumer.commit(offsets=[TopicPartition(topics.transactions, 0, 0, now.text())], asynchronous=False)
        return before.warning(digests, moved)
    except KafkaException:
        return None
    finally:
        consumer.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGITS]


def _shown_minute(minute: int) -> str:
    return instant_of_ms(60_000 * minute)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
