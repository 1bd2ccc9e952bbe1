"""A gateway whose topics grow, or are deleted and made anew, ends with 75 and says why; its next start goes on."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from floodmark.local.processes.children import Child, end
from runtime.exits import Exit
from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import Topics
from tests import warm
from tests.waiting import until
from tests.warm import WarmChild

pytestmark = [pytest.mark.kafka, pytest.mark.story]


def is_watched(topic: str, log: Path) -> bool:
    """Whether a process says that it looks after the topic."""
    return any('"topics_watched"' in line and f'"{topic}"' in line for line in log.read_text().splitlines())


def grow(address: str, topics: Topics) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    admin.create_partitions([NewPartitions(topics.minutes, 5)])[topics.minutes].result(timeout=60)


def make_anew(address: str, topics: Topics) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    admin.delete_topics([topics.minutes])[topics.minutes].result(timeout=60)
    until(lambda: topics.minutes not in describe(address), "it is deleted")
    ensure_topics(address, [spec for spec in topics.specs(2) if spec.name == topics.minutes], replication=1)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (grow, "has 5 partitions now instead of 2: the next start takes them in"),
        (make_anew, "was deleted and made anew: the next start reads it from its beginning"),
    ],
)
def test_it_ends_with_75_and_the_next_one_is_ready(
    kafka: str, topic_prefix: str, tmp_path: Path, happens: Callable[[str, Topics], None], said: str
) -> None:
    topics, announce, log = Topics(topic_prefix), tmp_path / "gateway.json", tmp_path / "gateway.log"
    ensure_topics(kafka, topics.specs(2), replication=1)
    told = {"FLOODMARK_BROKER": kafka, "FLOODMARK_TOPIC_PREFIX": topic_prefix, "FLOODMARK_GATEWAY_PORT": "0"}

    def gateway() -> Child | WarmChild:
        announce.unlink(missing_ok=True)
        words = ["gateway", "--announce", str(announce), "--metrics-port", "0"]
        child = warm.spawn(words, output=log, env={**os.environ, **told})
        until(lambda: announce.exists() or child.poll() is not None, "it is ready")
        return child

    first = gateway()
    try:
        until(lambda: is_watched(topics.minutes, log), "it knows the topic as it is")
        happens(kafka, topics)
        assert first.wait(120) == Exit.AGAIN, log.read_text()
        assert f"{topics.minutes} {said}" in log.read_text()
    finally:
        end(first, 5)
    second = gateway()
    try:
        assert second.poll() is None, log.read_text()
        assert "url" in json.loads(announce.read_text())
    finally:
        end(second, 10)
