"""The loop on brokers: a real Kafka, and librdkafka's in-process cluster."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.dead_letter import DeadLetter
from sinks.backoff import Backoff
from sinks.jsonl.destination import JsonLines
from sinks.kafka import KafkaSource
from sinks.protocol import BatchLimits, Busy, Partition, Trouble
from sinks.run import SinkRoute
from tests.sinks.kafka_kit import PARTITIONS, Keeping, RunningSink, committed, everything, made, publish
from tests.sinks.sink_kit import alert_at
from tests.waiting import until

pytestmark = pytest.mark.kafka


class Installation:
    """Topics on a broker."""

    def __init__(self, address: str, prefix: str) -> None:
        self.address = address
        self.topics = made(address, prefix)
        self.group = self.topics.sink_group("keeping")
        self._sinks: list[RunningSink] = []

    def sink(self, target: Any, *topics: str, from_beginning: bool = False) -> RunningSink:
        """Start a sink; it is stopped at the end of the test at the latest."""
        self._sinks.append(RunningSink(self._route(*topics, from_beginning=from_beginning), target))
        return self._sinks[-1]

    def close(self) -> None:
        for sink in self._sinks:
            sink.abandon()

    def _route(self, *topics: str, from_beginning: bool = False) -> SinkRoute:
        backoff = Backoff(base_s=0.05, cap_s=0.1, rng=random.Random(1))
        names = topics or (self.topics.minutes,)
        return SinkRoute(self.address, self.group, names, self.topics.dead_letters, from_beginning, backoff)

    def publish(self, values: list[bytes]) -> None:
        publish(self.address, self.topics.minutes, [(value, value) for value in values])

    def committed(self) -> int:
        return sum(committed(self.address, self.group, self.topics.minutes, PARTITIONS).values())


@pytest.fixture(params=["kafka", "embedded"])
def installation(request: pytest.FixtureRequest, topic_prefix: str) -> Iterator[Installation]:
    made = Installation(request.getfixturevalue(request.param), topic_prefix)
    yield made
    made.close()


@pytest.fixture
def on_kafka(kafka: str, topic_prefix: str) -> Iterator[Installation]:
    made = Installation(kafka, topic_prefix)
    yield made
    made.close()


def values(count: int, word: str = "v") -> list[bytes]:
    return [f"{word}{number}".encode() for number in range(count)]


def test_everything_is_written_and_committed(installation: Installation) -> None:
    installation.publish(values(2000))
    target = Keeping()
    sink = installation.sink(target)
    until(lambda: len(target.values) == 2000, "2000 records written")
    until(lambda: installation.committed() == 2000, "2000 offsets committed")
    installation.publish(values(50, "w"))
    until(lambda: installation.committed() == 2050, "2050 offsets committed")
    health = sink.health
    assert health is not None
    until(lambda: health.check() == (True, "idle: nothing more on the broker"), "nothing is left to do")
    sink.join()
    assert Counter(target.values) == Counter(values(2000) + values(50, "w"))


def test_a_stopped_sink_goes_on_where_it_was(installation: Installation) -> None:
    installation.publish(values(300))
    first = Keeping()
    sink = installation.sink(first)
    until(lambda: len(first.values) >= 300, "300 records written")
    sink.join()
    installation.publish(values(200, "w"))
    second = Keeping()
    sink = installation.sink(second)
    until(lambda: len(second.values) >= 200, "200 records written")
    sink.join()
    assert Counter(second.values) == Counter(values(200, "w"))


def test_a_bad_record_goes_to_the_dead_letter_topic_with_its_place(installation: Installation) -> None:
    publish(installation.address, installation.topics.minutes, [(b"a", b"good"), (b"b", b"bad"), (b"c", b"noise")], 1)
    target = Keeping()
    sink = installation.sink(target)
    until(lambda: installation.committed() == 3, "3 offsets committed")
    sink.join()
    assert target.values == [b"good"]
    letters = everything(installation.address, installation.topics.dead_letters, 2)
    told = {message.value(): DeadLetter.from_headers(message.headers()) for message in letters}
    assert told[b"bad"] == DeadLetter(
        topic=installation.topics.minutes, partition=1, offset=1, reason="unstorable", detail="sink keeping: bad"
    )
    assert told[b"noise"].reason == "unreadable"
    assert {message.key() for message in letters} == {letter.key for letter in told.values()}


def test_a_busy_target_keeps_the_group_and_loses_nothing(installation: Installation) -> None:
    installation.publish(values(500))
    target = Keeping()
    target.errors = [Busy(Trouble.UNREACHABLE, "down", 0.5) for _ in range(10_000)]
    sink = installation.sink(target)
    until(lambda: len(target.errors) <= 10_000 - 4, "the target was asked four times")
    assert installation.committed() == 0
    target.mend()
    installation.publish(values(100, "w"))
    until(lambda: installation.committed() == 600, "600 offsets committed")
    sink.join()
    assert Counter(target.values) == Counter(values(500) + values(100, "w"))


def test_any_other_error_ends_the_sink_and_its_batch_comes_again(installation: Installation) -> None:
    installation.publish(values(10))
    target = Keeping(BatchLimits(records=500, linger_s=0.5))
    target.errors = [RuntimeError("a fault of ours")]
    sink = installation.sink(target)
    until(sink.ended, "the sink ends")
    with pytest.raises(RuntimeError, match="fault of ours"):
        sink.join()
    assert installation.committed() == 0
    again = installation.sink(target)
    until(lambda: installation.committed() == 10, "10 offsets committed")
    again.join()
    assert Counter(target.values) == Counter(values(10))


def test_from_the_beginning_reads_everything_again(installation: Installation) -> None:
    installation.publish(values(40))
    for _ in range(2):
        target = Keeping()
        sink = installation.sink(target, from_beginning=True)
        until(lambda target=target: len(target.values) >= 40, "40 records written")
        sink.join()
        assert Counter(target.values) == Counter(values(40))


def test_sinks_that_come_and_go_lose_nothing(on_kafka: Installation) -> None:
    target = Keeping(BatchLimits(records=50, wait_s=0.1, linger_s=0.01))
    rng = random.Random(7)
    sinks = [on_kafka.sink(target)]
    expected: list[bytes] = []
    for step in range(6):
        new = values(400, f"s{step}-")
        seen = len(set(target.values))
        on_kafka.publish(new)
        expected += new
        if step % 2 == 0:
            sinks.append(on_kafka.sink(target))
        else:
            sinks.pop(rng.randrange(len(sinks))).join()
        until(lambda seen=seen: len(set(target.values)) > seen, "something moves")
    until(lambda: on_kafka.committed() == len(expected), "all offsets committed")
    for sink in sinks:
        sink.join()
    assert set(target.values) == set(expected)


def test_a_partition_that_moves_while_the_target_is_down_is_written_by_its_new_owner(on_kafka: Installation) -> None:
    on_kafka.publish(values(400))
    stuck, free = Keeping(), Keeping()
    stuck.errors = [Busy(Trouble.UNREACHABLE, "down", 0.3) for _ in range(10_000)]
    first = on_kafka.sink(stuck)
    until(lambda: len(stuck.errors) < 10_000, "the first one is stuck")
    second = on_kafka.sink(free)
    until(lambda: len(free.values) > 0, "the second one writes its share")
    stuck.mend()
    until(lambda: on_kafka.committed() == 400, "400 offsets committed")
    first.join()
    second.join()
    assert set(stuck.values) | set(free.values) == set(values(400))


def test_tombstones_are_passed_over(on_kafka: Installation, tmp_path: Path) -> None:
    record = alert_at(0)
    publish(on_kafka.address, on_kafka.topics.alerts, [(b"gone", None), (record.key, record.value)])
    path = tmp_path / "alerts.jsonl"
    sink = on_kafka.sink(JsonLines(on_kafka.topics, path), on_kafka.topics.alerts)
    until(lambda: path.exists() and path.stat().st_size > 0, "a line")
    sink.join()
    assert len(path.read_text().splitlines()) == 1
    assert committed(on_kafka.address, on_kafka.group, on_kafka.topics.alerts, 1) == {0: 2}


def test_what_the_broker_tells_beside_the_fetches_is_lag_as_well(embedded: str, topic_prefix: str) -> None:
    topics = made(embedded, topic_prefix)
    source = KafkaSource(
        embedded, topics.sink_group("keeping"), [topics.alerts], broker_end=lambda p: {0: 7}.get(p.number)
    )
    try:
        until(lambda: not source.fetch(1, 0.1, 0) and bool(source.lag()), "the partition is ours")
        assert {partition: behind for partition, behind in source.lag().items() if behind} == {
            Partition(topics.alerts, 0): 7
        }
    finally:
        source.close()
