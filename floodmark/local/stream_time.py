"""How far in event time the stream has come, and which of the rows to publish are too old or too new for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np
from confluent_kafka import KafkaException, TopicPartition

from processors.domain.counting.rows import PUNCTUATION
from processors.intake.reading import read
from producers.replay import ReplayOptions, RowSpan
from producers.rows import MINUTE_MS, Row, minute_start
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.settings import read_settings
from schemas.instants import clock, clock_to_the_second, from_ms, instant_of_ms, stretch_of_ms
from schemas.topics import Topics
from schemas.transaction import LATEST_MS

TAIL: Final = 50
"""How many of the last records of each partition are looked at: events come nearly in order."""
ANSWER_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What workers count, in milliseconds.

    Args:
        lateness_ms: How far the watermark of a partition is behind its newest event.
        revise_ms: How far the watermark may be past the end of a minute.
        ahead_ms: How far an event may be ahead of the clock.
    """

    lateness_ms: int
    revise_ms: int
    ahead_ms: int

    @classmethod
    def of_workers(cls) -> "StreamLimits":
        """Those of workers with the settings of this environment."""
        from processors.settings import WorkerSettings

        worker = read_settings(WorkerSettings)
        return cls(*(int(1000 * s) for s in (worker.lateness_s, worker.revise_for_s, worker.max_future_s)))


@dataclass(frozen=True, slots=True)
class StreamTime:
    """How far each partition has come.

    Args:
        newest_ms: The newest event of each partition, epoch milliseconds; -1 where there is none.
        limits: What is counted.
        event_ms: The newest event of all, end marks left out; -1 where there is none.
    """

    newest_ms: tuple[int, ...]
    limits: StreamLimits
    event_ms: int = -1

    @property
    def reached_ms(self) -> int:
        """The newest event of all; -1 in an empty topic."""
        return max(self.newest_ms, default=-1)

    @property
    def waiting(self) -> str:
        """What the minute of the newest event waits for, in a sentence; empty when it waits for nothing."""
        if self.event_ms < 0:
            return ""
        minute_ms = minute_start(self.event_ms)
        needed_ms = minute_ms + MINUTE_MS + self.limits.lateness_ms
        if self.reached_ms >= needed_ms:
            return ""
        needed = clock_to_the_second(from_ms(needed_ms))
        return (
            f"minute {clock(from_ms(minute_ms))} is open: it waits for an event of {needed} or later, and then 10 s "
            "for partitions that are silent"
        )

    def is_late(self, number: int, event_ms: int) -> bool:
        """Whether row `number` (from 0; rows take turns over the partitions) comes too late to be counted."""
        newest_ms = self.newest_ms[number % len(self.newest_ms)]
        settled_ms = newest_ms - self.limits.lateness_ms - self.limits.revise_ms
        return newest_ms >= 0 and minute_start(event_ms) + MINUTE_MS <= settled_ms

    def has_settled(self, event_ms: int) -> bool:
        """Whether any partition counts an event of that time no more."""
        return any(self.is_late(number, event_ms) for number in range(len(self.newest_ms)))


def warnings(
    reached: StreamTime, span: RowSpan, asked: ReplayOptions, late_topic: str, remedy: str, now_ms: int
) -> list[str]:
    """What to say before rows are published.

    Args:
        reached: How far the stream is.
        span: What the rows are, before they are moved.
        asked: How they are published.
        late_topic: Where rows go that come too late.
        remedy: What to do about those.
        now_ms: When publishing begins.
    """
    if not span.rows:
        return []
    first_ms, last_ms = span.first_ms + asked.shift_ms, span.last_ms + asked.shift_ms
    sentences = []
    if reached.has_settled(first_ms):
        which = "all" if all(reached.is_late(n, last_ms) for n in range(len(reached.newest_ms))) else "some"
        sentences.append(
            f"Warning: the stream has reached {instant_of_ms(reached.reached_ms)}, and these rows are of "
            f"{stretch_of_ms(first_ms, last_ms)}: {which} of them come too late to be counted, and go to "
            f"{late_topic}. {remedy}"
        )
    lasts_ms = 0.0 if asked.speed == inf else (last_ms - first_ms) / asked.speed
    if max(first_ms - now_ms, last_ms - now_ms - lasts_ms) > reached.limits.ahead_ms:
        sentences.append(
            f"Warning: these rows reach up to {instant_of_ms(last_ms)}, and what is more than "
            f"{reached.limits.ahead_ms / 60_000:.0f} minutes ahead of the clock is refused: it becomes a dead letter "
            "(reason future)."
        )
    return sentences


@dataclass(slots=True)
class LateRows:
    """Passes rows on, and counts those that come too late. Rows that ascend in event time cost nothing once none does.

    Args:
        time: How far the stream was before.
        asked: How the rows are published.
        count: How many came too late so far.
    """

    time: StreamTime
    asked: ReplayOptions
    count: int = 0

    def sentence(self, late_topic: str, remedy: str) -> str:
        """What to say of them once they are published."""
        return f"{self.count:,} of them came too late to be counted, and go to {late_topic}. {remedy}"

    def watched(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, those that are to be left out too."""
        for number, row in enumerate(rows):
            event_ms = row.timestamp_ms + self.asked.shift_ms
            yield row
            if self.asked.is_left_out(number):
                continue
            self.count += self.time.is_late(number, event_ms)
            if event_ms > self.time.reached_ms:
                break
        yield from rows


class Front:
    """Looks up how far a topic has come, as often as it is asked; close it.

    Args:
        cluster: The Kafka cluster.
        topic: The transactions topic.
        limits: What is counted.
        group: The name to read under; nobody joins it.
    """

    def __init__(
        self, cluster: ClusterOrAddress, topic: str, limits: StreamLimits, group: str = "floodmark-stream-time"
    ) -> None:
        self._topic, self._limits = topic, limits
        self._consumer = client.onlooker(
            cluster,
            group,
            # The last few records are wanted, not all that comes while they are read.
            {"enable.partition.eof": True, "queued.min.messages": 1, "fetch.message.max.bytes": 65_536},
        )

    def look(self, partitions: int) -> StreamTime:
        """How far it has come; what cannot be read is not known, as if nothing were there."""
        found = [self._newest(partition) for partition in range(partitions)]
        return StreamTime(
            tuple(newest_ms for newest_ms, _ in found),
            self._limits,
            max((event_ms for _, event_ms in found), default=-1),
        )

    def close(self) -> None:
        """Let the broker go."""
        self._consumer.close()

    def _newest(self, partition: int) -> tuple[int, int]:
        try:
            place = TopicPartition(self._topic, partition)
            low, high = self._consumer.get_watermark_offsets(place, timeout=ANSWER_WITHIN_S)
            if high <= low:
                return -1, -1
            self._consumer.assign([TopicPartition(self._topic, partition, max(low, high - TAIL))])
            values = []
            while (message := self._consumer.poll(ANSWER_WITHIN_S)) is not None and message.error() is None:
                values.append(message.value())
                if (message.offset() or 0) + 1 >= high:
                    break
        except KafkaException:
            return -1, -1
        return newest(values, self._limits)


def stream_time(cluster: ClusterOrAddress, topics: Topics, partitions: int, limits: StreamLimits) -> StreamTime:
    """How far the transactions have come; what cannot be read is not known, as if nothing were there."""
    front = Front(cluster, topics.transactions, limits, topics.helper_group("replayed"))
    try:
        return front.look(partitions)
    finally:
        front.close()


def newest(values: Sequence[bytes | None], limits: StreamLimits) -> tuple[int, int]:
    """How far the records lead a partition, and the newest event; epoch milliseconds, -1 when there is none."""
    rows, _ = read(values, np.arange(len(values)), LATEST_MS)
    times = [(t, rows.places[code]) for t, code in zip(rows.times_ms.tolist(), rows.codes.tolist(), strict=True)]
    event_ms = max((time_ms for time_ms, place in times if place != PUNCTUATION), default=-1)
    # A punctuation says that nothing older comes, so it waits for nobody.
    marks = [time_ms + limits.lateness_ms for time_ms, place in times if place == PUNCTUATION]
    return max([event_ms, *marks]), event_ms
