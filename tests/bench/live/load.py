"""The load generator, a process of its own: live transactions at a rate, un-keyed, to each partition in turn."""

import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from tests.bench.live.errand import Stopped
from tests.bench.live.traffic import Draw

TICK_S: Final = 0.01
BEHIND_S: Final = 5.0
"""A generator that is further behind gives up: what it would send then is a burst and no live traffic."""
KEPT: Final = 0.99
FLUSH_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What to send.

    Args:
        address: The broker.
        topic: Where to.
        partitions: Of the topic.
        rate: Transactions a second.
        scopes: See Draw.
        seconds: For how long at most.
        seed: See Draw.
        faster: How many times as fast as the wall clock event time goes.
        start_ms: The first event time; None: the wall clock.
    """

    address: str
    topic: str
    partitions: int
    rate: int
    scopes: int
    seconds: float
    seed: int = 1
    faster: int = 1
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What was really sent.

    Args:
        wanted: What the rate asked for in the time that it ran.
        delivered: What the broker acknowledged.
        seconds: For how long it ran.
        worst_behind_s: How far it was behind its own plan at worst, in seconds of traffic.
    """

    wanted: int
    delivered: int
    seconds: float
    worst_behind_s: float

    @property
    def kept(self) -> bool:
        """Whether the rate was kept, and never by bursts of more than a second."""
        return self.delivered >= KEPT * self.wanted and self.worst_behind_s <= 1.0

    def as_json(self) -> dict[str, Any]:
        """For the result file; says so when the machine was too busy."""
        return asdict(self) | {"per_second": round(self.delivered / max(self.seconds, 1e-9), 1), "rate_kept": self.kept}


def due(elapsed_s: float, rate: int, sent: int) -> int:
    """How many more are to be sent after so many seconds; never fewer than none."""
    return max(int(elapsed_s * rate) - sent, 0)


def send(load: Load, stopped: Stopped) -> Sent:
    """Send at the rate until the time is over, it is told to stop, or it is hopelessly behind.

    An event's time is that at which it is handed to the producer: the wall clock, if nothing else is said.
    """
    producer = Producer(
        {
            "bootstrap.servers": load.address,
            "linger.ms": 5,
            "compression.type": "lz4",
            "enable.idempotence": True,
            "log_level": 2,
        }
    )
    delivered = 0

    def report(error: KafkaError | None, _message: Message) -> None:
        nonlocal delivered
        delivered += error is None

    draw = Draw(load.scopes, load.seed)
    sent, worst = 0, 0.0
    start_ms = int(time.time() * 1000) if load.start_ms is None else load.start_ms
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < load.seconds and not stopped() and worst <= BEHIND_S:
        count = due(elapsed, load.rate, sent)
        worst = max(worst, count / load.rate - TICK_S)
        at_ms = start_ms + int((time.monotonic() - began) * 1000 * load.faster)
        for number, value in enumerate(draw.at(at_ms, count), sent):
            producer.produce(load.topic, value, partition=number % load.partitions, on_delivery=report)
        sent += count
        producer.poll(0)
        time.sleep(TICK_S)
    producer.flush(FLUSH_S)
    return Sent(int(elapsed * load.rate), delivered, elapsed, round(max(worst, 0.0), 3))
