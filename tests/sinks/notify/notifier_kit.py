"""A notifier in a thread, on a broker, with a channel that writes down what it gets."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Producer
from prometheus_client import CollectorRegistry

from runtime.kafka.topics import ensure_topics
from schemas.alert import Alert, envelope
from schemas.codec import encode
from schemas.topics import Topics
from sinks.backoff import Backoff
from sinks.dead_letters import DeadLetters
from sinks.kafka import KafkaSource
from sinks.metrics import Metrics
from sinks.notify.channels.contract import Receipt
from sinks.notify.content import Content
from sinks.notify.desk import Desk
from sinks.notify.dispatcher import Dispatcher
from sinks.notify.journal import Journal, TakenOver
from sinks.notify.message import content
from sinks.notify.notifier import NAME, Notifier
from sinks.notify.page_metrics import PageMetrics
from sinks.notify.silence_topic import SilenceTopic
from tests.sinks.notify.routing.kit import alert as made
from tests.sinks.notify.routing.kit import routed

ROUTES = """
    [[team]]
    name = "t"

    [[channel]]
    name = "chat"
    kind = "console"

    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]
    wait = "0s"
"""


class Target:
    """A channel that writes down what it gets; what it shall do first is the test's."""

    def __init__(self, before: Callable[[Content], None] = lambda _content: None) -> None:
        self.before = before
        self.got: list[tuple[str, tuple[str, ...]]] = []

    def send(self, content: Content, handle: str) -> Receipt:
        self.before(content)
        self.got.append((content.kind, tuple(incident.id for incident in content.incidents)))
        return Receipt("200 OK", handle or "thread-1")

    @property
    def kinds(self) -> list[str]:
        """Why each message was sent."""
        return [kind for kind, _ in self.got]

    def wants(self, content: Content) -> bool:
        return bool(content.id)

    def close(self) -> None:
        pass


class Running:
    """A notifier in a thread of its own, whose clock is `ahead_ms` ahead."""

    def __init__(
        self,
        address: str,
        topics: Topics,
        target: Target,
        routes: str = ROUTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        routing = routed(routes).routing
        self.ahead_ms = 0
        self.stop, self.error = threading.Event(), None
        self.registry = CollectorRegistry()
        source = KafkaSource(address, topics.sink_group(NAME), [topics.alerts])
        silences = SilenceTopic(address, topics.silences, "looks")
        journal = Journal(address, topics.notifications, topics.receipts, topics.sink_group(NAME))

        def make(notification: Any, due: Any, now_ms: int) -> Content:
            return content(notification, due, routing.teams[due.team], now_ms)

        dispatcher = Dispatcher(
            {channel.name: target for channel in routing.channel}, make, backoff=Backoff(base_s=0.05, cap_s=0.1)
        )
        self.notifier = Notifier(
            source,
            journal,
            lambda known, hush: Desk(routing, known, hush),
            silences,
            dispatcher,
            DeadLetters(address, topics.dead_letters, NAME),
            Metrics(NAME, [topics.alerts], self.registry),
            PageMetrics(self.registry),
            now_ms=lambda: time.time_ns() // 1_000_000 + self.ahead_ms,
            clock=clock,
        )

        def run() -> None:
            try:
                self.notifier.run(self.stop)
            except TakenOver as error:
                self.error = error
            finally:
                silences.close()
                source.close()
                dispatcher.close()

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(120)


@pytest.fixture
def topics(kafka: str) -> Topics:
    made = Topics(f"notify-{uuid.uuid4().hex[:8]}.")
    ensure_topics(kafka, made.specs(1), replication=1)
    return made


@contextmanager
def running(
    address: str, topics: Topics, target: Target, routes: str = ROUTES, clock: Callable[[], float] = time.monotonic
) -> Iterator[Running]:
    one = Running(address, topics, target, routes, clock)
    try:
        yield one
    finally:
        one.end()


def publish(address: str, topics: Topics, *alerts: Alert | bytes) -> None:
    producer = Producer({"bootstrap.servers": address, "log_level": 0})
    for each in alerts:
        key, value = ("x", each) if isinstance(each, bytes) else (each.incident_id, encode(envelope(each)))
        producer.produce(topics.alerts, value, key)
    assert producer.flush(120) == 0


def incident(name: str, revision: int = 1, **fields: Any) -> Alert:
    now = datetime.now(UTC).replace(microsecond=0)
    return made(now).model_copy(update={"incident_id": name, "revision": revision, **fields})


def told(target: Target) -> set[str]:
    return {incident for _, incidents in target.got for incident in incidents}
