"""Asks the broker now and then how workers and sinks are, and whether the topics are still the same ones."""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import OffsetSpec

from floodmark.gateway.pulse import BrokerAnswer, GroupPulse, Pulse
from runtime.exits import start_again
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.listing import listed
from runtime.kafka.offsets import Offsets, OffsetsError, lag
from runtime.kafka.topics import describe
from runtime.minding import lasting
from schemas.rights import SINKS
from schemas.topics import Topics

EVERY_S: Final = 10.0
ANSWER_S: Final = 5.0


class PulseTaker:
    """Asks in a thread of its own.

    Args:
        cluster: The Kafka cluster.
        topics: Names.
        pulse: Where it is noted.
        silent_s: For how long the readers of topics have been told nothing.
        now_ms: The present, in epoch milliseconds.
        anew: Called with a reason when a topic was made anew: what was read of it is of another life.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        topics: Topics,
        pulse: Pulse,
        silent_s: Callable[[], float],
        now_ms: Callable[[], int],
        anew: Callable[[str], object] = start_again,
    ) -> None:
        self._cluster, self._topics, self._pulse = cluster, topics, pulse
        self._silent_s, self._now_ms, self._anew = silent_s, now_ms, anew
        self._offsets = Offsets(cluster, ANSWER_S)
        self._admin = client.admin(cluster)
        self._ids: Mapping[str, str] = {}
        self._closing = threading.Event()

    def start(self) -> None:
        """Begin."""
        lasting(self._run, "pulse").start()

    def close(self) -> None:
        """Stop after the question in hand; nobody waits for it."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._pulse.silent_s = self._silent_s()
            self._pulse.last = self._look()
            self._pulse.silent_s = self._silent_s()
            self._closing.wait(EVERY_S)

    def _look(self) -> BrokerAnswer:
        topics, now_ms = self._topics, self._now_ms()
        try:
            self._compare_ids()
            groups = {"worker": self._group(topics.worker_group, topics.transactions)}
            for sink in SINKS:
                groups[sink] = self._group(topics.sink_group(sink), topics.alerts)
            known = {name: found for name, found in groups.items() if found is not None}
            return BrokerAnswer(now_ms, known, self._count(topics.dead_letters), self._count(topics.late))
        except (BrokerError, OffsetsError, KafkaException) as error:
            return BrokerAnswer(now_ms, error=str(error).rstrip("."))

    def _compare_ids(self) -> None:
        wanted = (self._topics.minutes, self._topics.alerts, self._topics.commands, self._topics.receipts)
        found = describe(self._cluster, within_s=ANSWER_S)
        ids = {name: found[name].topic_id or "" for name in wanted if name in found}
        changed = [name for name, known in self._ids.items() if ids.get(name, known) != known]
        if changed:
            self._anew(f"the topic {changed[0]} was made anew: all that was read of it is of another life")
        self._ids = {**self._ids, **ids}

    def _group(self, group: str, topic: str) -> GroupPulse | None:
        """How far a group is with a topic; None where it never was there."""
        ends = self._offsets.ends([topic])
        committed = self._offsets.committed(group, ends)
        members = self._members(group)
        if not members and not any(committed.values()):
            return None
        return GroupPulse(lag(ends, committed), members)

    def _members(self, group: str) -> int | None:
        try:
            answer = self._admin.describe_consumer_groups([group], request_timeout=ANSWER_S)[group]
            return len(answer.result(ANSWER_S + 1).members)
        except (KafkaException, TimeoutError):
            return None

    def _count(self, topic: str) -> int | None:
        """How many records there are, nearly: compaction and transactions leave holes."""
        try:
            ends = self._offsets.ends([topic])
        except OffsetsError:
            return None
        begins = listed(self._admin, ends, OffsetSpec.earliest(), ANSWER_S).answers
        return sum(end - int(begins[slot].offset) for slot, end in ends.items() if slot in begins)
