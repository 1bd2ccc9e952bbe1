"""Of minutes a day is read, wherever it begins in a topic, and whatever others have written there."""

import json

import pytest
from confluent_kafka import TopicPartition

from floodmark.gateway.state import beginnings as beginning
from floodmark.gateway.state.beginnings import MARGIN, beginnings
from floodmark.gateway.state.minutes import DAY
from floodmark.gateway.state.reading import SETTINGS
from runtime.kafka import client
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.pipeline import wire
from tests.services import unique_prefix

pytestmark = pytest.mark.kafka
MINUTE_MS = 60_000
DAYS = 5
LAST = 29_205_000
"""Number of the newest minute."""


def test_reading_begins_a_day_before_the_newest_minute_in_each_partition(
    embedded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginning, "NEAR", 50)
    topics = Topics(unique_prefix())
    ensure_topics(embedded, [spec for spec in topics.specs(3) if spec.name == topics.minutes], replication=1)
    publisher = wire.Publisher(embedded, topics.minutes)
    # One with every minute, one with every hour and nonsense between, one with what lies in the future alone.
    for at in range(LAST - DAYS * DAY, LAST + 1):
        publisher.send(json.dumps({"minute": at * MINUTE_MS}).encode(), 0)
        if at % 60 == 0:
            publisher.send(json.dumps({"minute": at * MINUTE_MS}).encode(), 1)
            publisher.send(b"nonsense", 1)
    publisher.send(json.dumps({"minute": (LAST + 10**6) * MINUTE_MS}).encode(), 2)
    publisher.close()
    consumer = client.onlooker(embedded, "beginnings", SETTINGS)
    try:
        found = beginnings(consumer, [(topics.minutes, number) for number in range(3)], LAST * MINUTE_MS)
        ends = [consumer.get_watermark_offsets(TopicPartition(topics.minutes, n), timeout=60)[1] for n in range(3)]
    finally:
        consumer.close()
    wanted = ends[0] - 1 - DAY - MARGIN
    assert wanted - 50 <= found[topics.minutes, 0] <= wanted
    assert found[topics.minutes, 1] <= ends[1] - 2 * (DAY + MARGIN) // 60
    assert found[topics.minutes, 1] >= ends[1] - 2 * (DAY + MARGIN) // 60 - 60
    assert found[topics.minutes, 2] == 0
