"""The topic of API keys: all gateways follow it, `floodmark keys` writes it."""

import threading
from typing import Final

import msgspec
import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from floodmark.gateway.security.api_keys import ApiKey, KeyRing
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.unreadable import PassingOver
from runtime.log_rate import Sparing
from runtime.minding import thread
from schemas.codec import NOT_DECODED
from schemas.topics import Topics

log = structlog.get_logger(__name__)

POLL_S: Final = 0.2
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(ApiKey).decode


class KeyTopic:
    """Tells a key ring what the topic holds, from a thread of its own.

    Args:
        cluster: The Kafka cluster.
        topics: The installation's; the topic of API keys has one partition.
        ring: Gets them.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, ring: KeyRing) -> None:
        self._consumer = _reader(cluster, topics, "gateway")
        self._passing = PassingOver(cluster, self._consumer)
        self._ring, self._sparing = ring, Sparing()
        ring.is_whole = False
        self._ended = threading.Event()
        self.caught_up = threading.Event()
        """Set once all keys that there were when it began are known."""
        self._thread = thread(self._run, "api keys")
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            message = self._consumer.poll(POLL_S)
            if message is None or _is_passed(message, self._passing, self._sparing):
                continue
            if _take(message, self._ring, self._sparing) and not self.caught_up.is_set():
                self._sparing.rest(log.error, "api_key_unreadable")
                self._ring.is_whole = True
                self.caught_up.set()
        self._consumer.close()


def read_keys(cluster: ClusterOrAddress, topics: Topics, within_s: float) -> KeyRing:
    """All keys that there are now.

    Raises:
        BrokerError: The cluster has not told all of them in time.
    """
    ring, sparing, consumer = KeyRing(), Sparing(), _reader(cluster, topics, "keys")
    passing = PassingOver(cluster, consumer)
    try:
        # One answer may hold many records: the time is for each of them.
        while (message := consumer.poll(within_s)) is not None:
            if not _is_passed(message, passing, sparing) and _take(message, ring, sparing):
                sparing.rest(log.error, "api_key_unreadable")
                return ring
    finally:
        consumer.close()
    raise BrokerError(f"Kafka at {cluster} has not told within {within_s:.0f} s which API keys there are. Try again.")


def write_key(cluster: ClusterOrAddress, topic: str, key: ApiKey, within_s: float) -> None:
    """Store a key, or what has become of it.

    Raises:
        BrokerError: The cluster has not confirmed it in time.
    """
    failed: list[KafkaError] = []

    def reported(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = client.producer(
        cluster, {"acks": "all", "enable.idempotence": True, "log_level": 0, "message.timeout.ms": int(within_s * 1000)}
    )
    try:
        producer.produce(topic, _encode(key), key.id, partition=0, on_delivery=reported)
        left = producer.flush(within_s + 1)
    except KafkaException as error:
        raise BrokerError(f"The key was not stored: {error.args[0].str()}.") from error
    if failed or left:
        why = failed[0].str() if failed else "no answer"
        raise BrokerError(f"Kafka at {cluster} has not confirmed the key within {within_s:.0f} s ({why}). Try again.")


def _reader(cluster: ClusterOrAddress, topics: Topics, helper: str) -> Consumer:
    settings = {"enable.partition.eof": True, "reconnect.backoff.max.ms": 1000}
    consumer = client.onlooker(cluster, topics.helper_group(helper), settings)
    consumer.assign([TopicPartition(topics.api_keys, 0, OFFSET_BEGINNING)])
    return consumer


def _is_passed(message: Message, passing: PassingOver, sparing: Sparing) -> bool:
    """Whether it complains of a batch that nobody can read, and reading goes on behind that."""
    batch = passing.batch(message)
    if batch is not None:
        sparing.tell(log.error, "batch_unreadable", topic=message.topic(), first=batch.first, last=batch.last)
    return batch is not None


def _take(message: Message, ring: KeyRing, sparing: Sparing) -> bool:
    """Put what a record says on the ring; whether it was the end of the topic."""
    error = message.error()
    if error is not None:
        return bool(error.code() == KafkaError._PARTITION_EOF)
    value, key = message.value(), message.key()
    if value is None:
        ring.drop((key or b"").decode("utf-8", "replace"))
        return False
    try:
        ring.put(_decode(value))
    except NOT_DECODED as broken:
        sparing.tell(log.error, "api_key_unreadable", offset=message.offset(), error=str(broken))
    return False
