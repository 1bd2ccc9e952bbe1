"""Pitfalls that settings keep us out of: each is read off what is really built or sent; and the list of all of them."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from aiokafka.partitioner import murmur2
from confluent_kafka import Producer

from processors.app import App, build_app
from processors.settings import WorkerSettings
from producers.publisher import SETTINGS
from schemas.topics import Topics
from tests.paths import ROOT
from tests.pipeline import wire
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """A worker's app; nothing of it is connected."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    made = build_app(WorkerSettings(topic_prefix="pitfalls.", broker="127.0.0.1:1"))
    yield made
    made.stages[0].outbox.close()
    asyncio.set_event_loop(None)
    loop.close()


def test_no_half_working_mode_of_faust_is_on_pitfall_8(app: App) -> None:
    assert app.conf.processing_guarantee.name == "AT_LEAST_ONCE"
    assert not app.conf.stream_publish_on_commit
    assert not app.conf.producer_threaded
    assert {url.scheme for url in app.conf.broker} == {"kafka"}


def test_each_topic_has_one_agent_of_one_actor_pitfall_8(app: App) -> None:
    read = [(topic, agent.concurrency) for agent in app.agents.values() for topic in agent.get_topic_names()]
    topics = Topics("pitfalls.")
    assert sorted(read) == sorted([(topics.transactions, 1), (topics.partials, 1)])


def test_an_app_is_made_of_its_settings_pitfall_11(app: App) -> None:
    other = build_app(WorkerSettings(topic_prefix="others.", broker="127.0.0.1:1"))
    other.stages[0].outbox.close()
    assert str(other.conf.store) == str(app.conf.store) == "memory:"
    assert other.conf.id != app.conf.id
    assert not {stage.changelog.topic for stage in other.stages} & {stage.changelog.topic for stage in app.stages}


def test_every_pitfall_that_a_test_cites_is_listed() -> None:
    listed = re.findall(r"^\| (\d+[a-z]?) \|", (ROOT / "processors" / "PITFALLS.md").read_text("utf-8"), re.M)
    text = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(listed) == len(set(listed))
    assert set(re.findall(r"pitfall_(\d+[a-z]?)\b", text)) <= set(listed)


@pytest.mark.kafka
def test_a_key_goes_to_the_partition_that_javas_clients_choose_pitfall_13(kafka: str, topic_prefix: str) -> None:
    from runtime.kafka.topics import ensure_topics

    topics, partitions = Topics(topic_prefix), 6
    ensure_topics(kafka, topics.specs(partitions)[:1], replication=1)
    keys = [f"merchant-{i}".encode() for i in range(60)]
    producer = Producer({**SETTINGS, "bootstrap.servers": kafka})
    for key in keys:
        producer.produce(topics.transactions, b"{}", key=key)
    assert producer.flush(PATIENCE_S) == 0
    found = {message.key: message.partition for message in wire.read(kafka, topics.transactions)}
    assert found == {key: (murmur2(key) & 0x7FFFFFFF) % partitions for key in keys}
