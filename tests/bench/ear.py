"""Listens to a topic from now on and notes when each record is heard."""

import threading
import time
from collections.abc import Callable
from typing import Final, Self

from confluent_kafka import Consumer, Message, TopicPartition

from tests.bench.bounds import bounds

ANSWER_S: Final = 10.0


class Ear:
    """Hears every record that is appended after it was made.

    Args:
        address: The broker.
        topic: What to listen to.
        hear: Called in a thread of the ear's own with each record and the wall clock (epoch seconds) at that time.
    """

    def __init__(self, address: str, topic: str, hear: Callable[[Message, float], None]) -> None:
        self._hear = hear
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": "ear",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
                "fetch.queue.backoff.ms": 5,
                "log_level": 0,
            }
        )
        partitions = self._consumer.list_topics(topic, ANSWER_S).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, p, bounds(self._consumer, topic, p)[1]) for p in partitions])
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"ear {topic}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join(ANSWER_S)
        self._consumer.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            messages = self._consumer.consume(5_000, 0.01)
            at = time.time()
            for message in messages:
                if message.error() is None:
                    self._hear(message, at)
