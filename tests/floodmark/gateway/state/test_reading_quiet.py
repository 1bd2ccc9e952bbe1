import threading

import pytest
from confluent_kafka import Consumer

from floodmark.gateway.state import reading
from floodmark.gateway.state.reading import TopicReading
from runtime.kafka.listing import Slot
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka


def test_a_topic_to_which_nothing_comes_is_no_silent_broker(
    embedded: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "QUIET_S", 0.05)
    topics = Topics(topic_prefix)
    ensure_topics(embedded, topics.specs(1), replication=1)
    caught_up = threading.Event()

    def plan(_consumer: Consumer) -> dict[Slot, int]:
        return {(topics.minutes, 0): 0}

    made = TopicReading(embedded, topics.helper_group("gateway"), plan, lambda _messages: None, caught_up.set)
    made.start()
    try:
        assert caught_up.wait(PATIENCE_S)
        begun = made.heard_at
        until(lambda: made.heard_at > begun + 0.3, "an answer of the broker")
    finally:
        made.close()
