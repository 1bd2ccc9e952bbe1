"""What the broker itself says of the ends of partitions, and of the time: asked by a thread, every few seconds."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

import structlog
from confluent_kafka import IsolationLevel
from confluent_kafka.admin import OffsetSpec

from runtime.kafka import client
from runtime.kafka.clock import BrokerClock
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot, listed
from runtime.minding import thread

log = structlog.get_logger(__name__)

EVERY_S: Final = 3.0
ANSWER_WITHIN_S: Final = 5.0
TIME_EVERY: Final = 4
"""Once it is known, the time is asked for at every so many-th question for the ends."""


class EndsClient(Protocol):
    """Who is asked."""

    def ends(self, slots: Iterable[Slot]) -> Mapping[Slot, int | None]:
        """The ends of these partitions, None where the broker answers but does not tell; empty when nobody answers."""

    def newest_ms(self) -> int | None:
        """The newest time that the broker has given to a record of ours; None when that cannot be known."""


class TopicEnds:
    """Asks a cluster.

    Args:
        cluster: The Kafka cluster that is asked.
        stamped: A topic whose records get the broker's time; none: the time is not asked for.
        partitions: How many partitions `stamped` has.
    """

    def __init__(self, cluster: ClusterOrAddress, stamped: str | None = None, partitions: int = 0) -> None:
        self._cluster = cluster
        self._admin = client.admin(cluster, reconnect_backoff_max_ms=1000)
        self._stamped = stamped
        self._slots = [(stamped or "", partition) for partition in range(partitions)]
        self._is_stamped: bool | None = None

    def ends(self, slots: Iterable[Slot]) -> Mapping[Slot, int | None]:
        """See EndsClient. What an open transaction holds back lies behind the end."""
        found = listed(self._admin, slots, OffsetSpec.latest(), ANSWER_WITHIN_S, IsolationLevel.READ_COMMITTED)
        return {slot: answer.offset for slot, answer in found.answers.items()} | dict.fromkeys(found.refused)

    def newest_ms(self) -> int | None:
        """See EndsClient."""
        if self._stamped is None or self._is_stamped is False:
            return None
        found = listed(self._admin, self._slots, OffsetSpec.max_timestamp(), ANSWER_WITHIN_S)
        times = [answer.timestamp for answer in found.answers.values()]
        newest = max((time for time in times if time is not None), default=-1)
        if newest >= 0 and self._is_stamped is None:
            self._is_stamped = self._has_append_time(self._stamped)
        return newest if self._is_stamped else None

    def _has_append_time(self, topic: str) -> bool | None:
        """None when the broker does not say."""
        from runtime.kafka.topic_settings import topic_settings

        settings = topic_settings(self._cluster, [topic]).get(topic)
        return None if settings is None else settings.get("message.timestamp.type") == "LogAppendTime"


class BrokerEnds:
    """The ends of some partitions as the broker has told them last.

    Args:
        broker: Who is asked.
        wanted: Tells the partitions to ask for; one at least, or it is not known whether the broker answers.
        after_asking: Called after each answer, in the thread that asks.
        clock: Monotonic seconds.
        wall_ms: The clock of this machine, epoch milliseconds.
        skew: Is told the broker's time.
    """

    def __init__(
        self,
        broker: EndsClient,
        wanted: Callable[[], Iterable[Slot]],
        after_asking: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = lambda: int(time.time() * 1000),
        skew: BrokerClock | None = None,
    ) -> None:
        self._broker, self._wanted, self._after_asking = broker, wanted, after_asking
        self._clock, self._wall_ms = clock, wall_ms
        self._ends: dict[Slot, tuple[int, float]] = {}
        self._answered_at = clock()
        self._asked = 0
        self.clock = skew or BrokerClock()

    def start(self) -> None:
        """Ask from now on, until the process ends."""
        self._answered_at = self._clock()
        thread(self._run, "ends").start()

    def ask(self) -> None:
        """Ask once; blocks."""
        found = self._broker.ends(self._wanted())
        now = self._clock()
        self._ends = {slot: known for slot, known in self._ends.items() if now - known[1] < 600}
        self._ends |= {slot: (end, now) for slot, end in found.items() if end is not None}
        if found:
            self._answered_at = now
            if self._asked % TIME_EVERY == 0 or self.clock.ahead_s is None:
                self._ask_the_time()
            self._asked += 1
        self._after_asking()

    def end(self, topic: str, partition: int) -> int | None:
        """The end of a partition; None before the broker has told it."""
        known = self._ends.get((topic, partition))
        return None if known is None else known[0]

    def unknown_s(self, topic: str, partition: int) -> float:
        """For how many seconds the broker, though it answers, has not told the end of a partition that it told before.

        It has no leader then, or is no more, or we may not see it.
        """
        known = self._ends.get((topic, partition))
        return 0.0 if known is None else self._answered_at - known[1]

    @property
    def silent_s(self) -> float:
        """For how many seconds the broker has answered nothing at all."""
        return self._clock() - self._answered_at

    def _ask_the_time(self) -> None:
        asked = self._clock()
        newest_ms = self._broker.newest_ms()
        if newest_ms is None:
            return
        before = self.clock.remark()
        self.clock.take_answer(newest_ms, asked, self._clock(), self._wall_ms())
        if (remark := self.clock.remark()) and not before:
            log.error("clock_skew", remark=remark)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            try:
                self.ask()
            except Exception:  # silence is told by `silent_s`; a thread that ends could tell nothing
                log.exception("broker_unanswered")
            pause.wait(EVERY_S)
