"""Which files were published into a topic before: what a consumer group of the broker remembers of it."""

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from floodmark.local.arrived import ReplayMark
from producers.replay import ReplayOptions, RowSpan
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.locks import locked
from schemas.bounds import LAST_MS
from schemas.instants import instant_of_ms
from schemas.topics import Topics

MAX_KEPT: Final = 150
"""How many of the latest files are remembered."""
ROOM: Final = 4_000
"""How much text is kept beside a committed offset: a broker refuses more than 4096 bytes."""
MARKS: Final = 3
"""How many replays that were cut off are remembered, the latest."""
TRIES: Final = 5
"""How often something is noted that others have written over."""
ANSWER_WITHIN_S: Final = 5.0
AGAIN_S: Final = 0.2
FINAL: Final = frozenset(
    {
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError._UNSUPPORTED_FEATURE,
        KafkaError._NOT_IMPLEMENTED,
        KafkaError._AUTHENTICATION,
    }
)
"""Errors that do not pass by themselves; all others may: a coordinator that moves, or is not known yet."""
TOLD_WITHIN_S: Final = 15.0
"""For so long the broker is asked for what is noted."""
_DIGITS: Final = 16
_MOVED: Final = "r"
_LAST: Final = LAST_MS // 60_000
_MARK: Final = re.compile(r"([0-9a-f]{12})/([0-9a-f]{8})/([0-9a-z]+(?:,[0-9a-z]+)*)")


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the rows of files lie in time that were moved: the minutes (since the epoch) of the first and last one."""

    first: int
    last: int


Digests = Sequence[tuple[str, str]]
"""The name and the digest of each file."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Files that were published, by their content, each with the minute (since the epoch) of the last time.

    Of those that were moved in time it is the minute of the last row, beside the content with an `r` behind it.

    Args:
        minutes: The files.
        marks: What replays are known by that have begun and are not done, by their job; the latest comes last.
    """

    minutes: dict[str, int]
    marks: dict[str, ReplayMark] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Replayed":
        """What `text` says; what is not ours says nothing."""
        words = text.split()
        marks = {each[1]: ReplayMark(each[2], _numbers(each[3])) for w in words if (each := _MARK.fullmatch(w))}
        files = (entry.partition(":") for entry in words if "/" not in entry)
        try:
            minutes = {digest: int(minute, 36) for digest, _, minute in files}
        except ValueError:
            return cls({})
        return cls(minutes, marks) if all(0 <= minute <= _LAST for minute in minutes.values()) else cls({})

    def text(self) -> str:
        """The latest `MARKS` replays that are not done and `MAX_KEPT` files as text, as far as there is room.

        Of a topic of very many partitions no replay is kept: then none goes on.
        """
        latest = sorted(self.minutes.items(), key=lambda item: item[1], reverse=True)[:MAX_KEPT]
        words = [f"{job}/{mark.tag}/{','.join(map(_base36, mark.starts))}" for job, mark in self.marks.items()]
        room, kept = ROOM, list[str]()
        for word in [*words[: -MARKS - 1 : -1], *(f"{digest}:{_base36(minute)}" for digest, minute in latest)]:
            if len(word) < room:
                room -= len(word) + 1
                kept.append(word)
        return " ".join(reversed(kept))

    def with_files(self, digests: Digests, now: int, moved: Moved | None = None) -> "Replayed":
        """With files that are published in this minute."""
        if moved is None:
            return Replayed({**self.minutes, **{digest: now for _, digest in digests}}, self.marks)
        ends = {digest + _MOVED: max(moved.last, self.minutes.get(digest + _MOVED, 0)) for _, digest in digests}
        return Replayed({**self.minutes, **ends}, self.marks)

    def with_mark(self, job: str, mark: ReplayMark | None) -> "Replayed":
        """With what a replay is known by that begins or goes on; None: it is done."""
        others = {name: each for name, each in self.marks.items() if name != job}
        return Replayed(self.minutes, others if mark is None else {**others, job: mark})

    def repeats(self, digests: Digests, moved: Moved | None = None) -> str | None:
        """What to say of files whose rows are counted already where they lie; None when none are."""
        if moved is not None:
            return self._repeats_of_moved(digests, moved)
        before = [(name, self.minutes[digest]) for name, digest in digests if digest in self.minutes]
        if not before:
            return None
        named = ", ".join(f"{name} on {_shown_minute(minute)}" for name, minute in before)
        return f"published into this topic before: {named}. What is published again counts twice."

    def _repeats_of_moved(self, digests: Digests, moved: Moved) -> str | None:
        ends = [(name, self.minutes.get(digest + _MOVED, -1)) for name, digest in digests]
        before = [(name, end) for name, end in ends if end >= moved.first]
        if not before:
            return None
        named = ", ".join(f"{name} up to {_shown_minute(end)}" for name, end in before)
        return (
            f"moved into this topic before: {named}. These rows begin at {_shown_minute(moved.first)}, "
            "and what is not too late counts on top of those."
        )


class NotesUnknown(Exception):
    """The broker does not say what is noted; the message says why."""


class ReplayNotes:
    """What is remembered of one topic of transactions.

    The note is the broker's, so whoever publishes finds it, and it goes with the topic.

    Args:
        cluster: The Kafka cluster.
        topics: The installation's.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics) -> None:
        self._cluster, self._topic = cluster, topics.transactions
        self._group = topics.helper_group("replayed")

    def read(self) -> Replayed:
        """What is noted.

        Raises:
            NotesUnknown: The broker does not say.
        """
        consumer = client.onlooker(self._cluster, self._group, {})
        until = time.monotonic() + TOLD_WITHIN_S
        try:
            while True:
                try:
                    place = consumer.committed([TopicPartition(self._topic, 0)], timeout=ANSWER_WITHIN_S)[0]
                    if place.error is not None:
                        raise KafkaException(place.error)
                    return Replayed.read(place.metadata or "")
                except KafkaException as error:
                    if error.args[0].code() in FINAL or time.monotonic() > until:
                        raise NotesUnknown(error.args[0].str()) from error
                    time.sleep(AGAIN_S)
        finally:
            consumer.close()

    def change(self, changed: Callable[[Replayed], Replayed]) -> bool:
        """Change what is noted; whether the broker has kept all of the change.

        Several may do so at once, and whoever writes last writes what he read before: so on one machine it is done one
        after the other, and it is looked whether it is there and done once more if not.
        """
        with self._one_by_one():
            for _ in range(TRIES):
                try:
                    if self.write(changed(self.read())) and changed(now := self.read()) == now:
                        return True
                except NotesUnknown:
                    return False
                time.sleep(AGAIN_S)
        return False

    @contextmanager
    def _one_by_one(self) -> Iterator[None]:
        """Only one process of this machine at a time, where there is a place for a lock."""
        with ExitStack() as held:
            with suppress(OSError):
                held.enter_context(locked(Path(tempfile.gettempdir(), "floodmark-replayed"), lambda: None))
            yield

    def write(self, replayed: Replayed) -> bool:
        """Note it in place of what is there; whether the broker has taken it."""
        taken: list[bool] = []

        def answered(error: KafkaError | None, places: Sequence[TopicPartition]) -> None:
            taken.append(error is None and all(place.error is None for place in places))

        consumer = client.onlooker(self._cluster, self._group, {"on_commit": answered})
        try:
            consumer.commit(offsets=[TopicPartition(self._topic, 0, 0, replayed.text())], asynchronous=True)
            until = time.monotonic() + ANSWER_WITHIN_S
            while not taken and time.monotonic() < until:
                consumer.poll(0.1)
        except KafkaException:
            return False
        finally:
            consumer.close()
        return taken == [True]


def job_of(topic_id: str, digests: Digests, kept: Mapping[str, str]) -> str:
    """The name of a replay of these files into that topic, with options that change the records."""
    told = json.dumps([topic_id, sorted(digest for _, digest in digests), sorted(kept.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def this_minute() -> int:
    """The present, as files are noted."""
    return int(time.time()) // 60


def moved(span: RowSpan, options: ReplayOptions) -> Moved | None:
    """Where these rows come to lie; None when they stay where they are."""
    if not options.shift_ms:
        return None
    return Moved((span.first_ms + options.shift_ms) // 60_000, (span.last_ms + options.shift_ms) // 60_000)


def digests_of(files: Sequence[Path]) -> Digests:
    """The files by their content; raises `OSError` when one cannot be read."""
    return [(path.name, _digest(path)) for path in files]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGITS]


def _shown_minute(minute: int) -> str:
    return instant_of_ms(60_000 * minute)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number, 36) for number in text.split(","))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
