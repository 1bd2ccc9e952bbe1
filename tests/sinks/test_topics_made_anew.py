"""A topic that is deleted under a sink, and made anew or not: the sink ends with 75, and goes on with all there is."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from floodmark.local.processes.children import Child, end
from runtime.exits import Exit
from runtime.kafka.lives import TopicLives
from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import Topics
from tests import warm
from tests.floodmark.gateway.test_topics_change import is_watched
from tests.sinks.kafka_kit import Keeping, committed, publish
from tests.sinks.sink_kit import alert_at
from tests.sinks.test_sinks_on_kafka import Installation as Sinking
from tests.sinks.test_sinks_on_kafka import on_kafka, values
from tests.waiting import until
from tests.warm import WarmChild

__all__ = ["on_kafka"]
pytestmark = pytest.mark.kafka


def delete(address: str, topic: str) -> None:
    """Delete a topic, and wait until nothing of it is there."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    admin.delete_topics([topic])[topic].result(timeout=60)
    until(lambda: topic not in describe(address), "it is deleted")


def make(address: str, topics: Topics, topic: str) -> None:
    """Make a topic as it is to be."""
    ensure_topics(address, [spec for spec in topics.specs(2) if spec.name == topic], replication=1)


def test_offsets_of_a_topic_that_was_made_anew_mean_nothing_in_the_new_one(on_kafka: Sinking) -> None:
    topic, first = on_kafka.topics.minutes, Keeping()
    on_kafka.publish(values(60))
    sink = on_kafka.sink(first)
    until(lambda: len(first.values) == 60, "all of the old one is written")
    until(lambda: on_kafka.committed() == 60, "all of the old one is committed")
    sink.join()
    lives = TopicLives(on_kafka.address)
    before = lives.look([topic])[topic]
    assert before is not None
    delete(on_kafka.address, topic)
    make(on_kafka.address, on_kafka.topics, topic)
    on_kafka.publish(values(200, "new-"))
    # As a sink does that has not noticed: what it commits comes after the deletion, and lies within the new topic.
    told = Consumer({"bootstrap.servers": on_kafka.address, "group.id": on_kafka.group, "enable.auto.commit": False})
    note = f"@{before.identity} "
    told.commit(offsets=[TopicPartition(topic, number, 30, note) for number in range(2)], asynchronous=False)
    told.close()
    second = Keeping()
    sink = on_kafka.sink(second)
    until(lambda: len(second.values) >= 200, "all of the new one is written")
    sink.join()
    assert sorted(second.values) == sorted(values(200, "new-"))


@dataclass
class Alerts:
    """An installation whose alerts a sink writes to a file."""

    address: str
    topics: Topics
    folder: Path
    children: list[Child | WarmChild] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "sinks.log"

    def sink(self) -> Child | WarmChild:
        words = ["sink", "jsonl", "--alerts", str(self.folder / "alerts.jsonl"), "--broker", self.address]
        words += ["--topic-prefix", self.topics.prefix, "--metrics-port", "0"]
        self.children.append(warm.spawn(words, output=self.log, env={**os.environ}))
        return self.children[-1]

    def publish(self, *numbers: int) -> None:
        alerts = [alert_at(number) for number in numbers]
        publish(self.address, self.topics.alerts, [(each.key, each.value) for each in alerts], 0)

    def written(self) -> list[str]:
        path = self.folder / "alerts.jsonl"
        whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
        return list(dict.fromkeys(json.loads(line)["incident_id"] for line in whole.splitlines()))


@pytest.fixture
def alerts(kafka: str, topic_prefix: str, tmp_path: Path) -> Iterator[Alerts]:
    topics = Topics(topic_prefix)
    ensure_topics(kafka, topics.specs(2), replication=1)
    with ExitStack() as stack:
        made = Alerts(kafka, topics, tmp_path)
        stack.callback(lambda: [end(child, 5) for child in made.children])
        yield made


def _made_anew(alerts: Alerts) -> None:
    delete(alerts.address, alerts.topics.alerts)
    make(alerts.address, alerts.topics, alerts.topics.alerts)


def _deleted(alerts: Alerts) -> None:
    delete(alerts.address, alerts.topics.alerts)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (_made_anew, "was deleted and made anew: the next start reads it from its beginning"),
        (_deleted, "is not there any more, it was deleted: the next start makes it anew"),
    ],
)
def test_a_sink_whose_topic_is_deleted_ends_with_75_and_its_next_start_reads_all_of_the_new_one(
    alerts: Alerts, happens: Callable[[Alerts], None], said: str
) -> None:
    child = alerts.sink()
    alerts.publish(*range(5))
    until(lambda: len(alerts.written()) == 5, "the alerts are written")
    group = alerts.topics.sink_group("jsonl")
    until(lambda: committed(alerts.address, group, alerts.topics.alerts, 1) == {0: 5}, "they are committed")
    until(lambda: is_watched(alerts.topics.alerts, alerts.log), "it knows the topic as it is")
    happens(alerts)
    assert child.wait(120) == Exit.AGAIN, alerts.log.read_text()
    assert f"{alerts.topics.alerts} {said}" in alerts.log.read_text()
    alerts.sink()
    until(lambda: alerts.topics.alerts in describe(alerts.address), "the topic is there")
    before = len(alerts.written())
    alerts.publish(*range(10, 17))
    until(lambda: len(alerts.written()) >= before + 7, "all of the new ones are written")
    assert alerts.written()[before:] == [_id(number) for number in range(10, 17)]


def _id(number: int) -> str:
    value = json.loads(alert_at(number).value or b"{}")
    return str(value["data"]["incident_id"])
