import pytest
from confluent_kafka import Producer

from runtime.kafka.offsets import Offsets
from runtime.kafka.topics import ensure_topics
from schemas.codec import alert_record, minute_record
from schemas.minute import Minute
from schemas.topics import Topics
from sinks.live.feed import LiveReader
from tests.floodmark.local.up.alert_kit import NOON_MS, alert
from tests.pipeline import wire
from tests.waiting import until

pytestmark = pytest.mark.kafka


def published(producer: Producer, topic: str, record: tuple[bytes, bytes]) -> None:
    key, value = record
    producer.produce(topic, value, key)
    assert producer.flush(120) == 0


def test_the_feed_follows_minutes_and_alerts_and_minds_no_rubbish(kafka: str, topic_prefix: str) -> None:
    topics = Topics(topic_prefix)
    ensure_topics(kafka, topics.specs(2), replication=1)
    producer = Producer({"bootstrap.servers": kafka})
    published(producer, topics.alerts, alert_record(alert("before")))
    published(producer, topics.alerts, (b"x", b"not an alert"))
    minute = Minute(
        minute=NOON_MS, scope="all", dimension="status", key="failed", count=3, total=9, share=1 / 3, verdict="normal"
    )
    offsets = Offsets(kafka)
    feed = LiveReader(kafka, topics, offsets)
    try:
        until(lambda: len(feed.board.picture().incidents) == 1, "the incident from before")
        published(producer, topics.minutes, (b"x", b"{}"))
        key, value = minute_record(minute)
        published(producer, topics.minutes, (key, value.replace(b"failed", b"fail\xe9")))
        published(producer, topics.minutes, minute_record(minute))
        published(producer, topics.alerts, alert_record(alert("after")))
        until(lambda: feed.board.picture().minute == NOON_MS, "the minute")
        until(lambda: feed.reached((topics.alerts, 0)) == 3, "the end of the alerts")
        assert [a.incident_id for a in feed.board.news()] == ["after"]
        assert [s.count for s in feed.board.picture().statuses] == [3]
    finally:
        feed.close()
    assert wire.committed(kafka, f"{topics.worker_group}-view", topics.alerts)[0] == 0
