"""The outbox: sends what a stage has to say, and knows when all of it has arrived."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.lives import GONE
from runtime.minding import thread
from schemas.dead_letter import DeadLetter
from schemas.topics import ONLY, STATE_BYTES

Headers = list[tuple[str, bytes]]


class OutputLost(RuntimeError):
    """A record could not be delivered; what follows from it must not be stored."""


class OutputDenied(OutputLost):
    """Kafka does not let our login write to a topic; what was sent comes again once it does."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"Kafka does not let our login write to {topic} any more: give it that right back; `floodmark doctor` "
            "names what is lacking"
        )


class OutputGone(OutputLost):
    """A topic is not there any more.

    Args:
        topic: Which one.
    """

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic} is not there any more, it was deleted: the next start makes it anew")
        self.topic = topic


class Parcel:
    """Records that belong together. `arrived` is set when the broker has acknowledged every one of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._open = 1
        self.error: OutputLost | None = None
        self.size = 0
        self.arrived: asyncio.Future[None] = loop.create_future()

    def more(self, records: int = 1) -> None:
        """This many records more belong to it."""
        with self._lock:
            self._open += records
            self.size += records

    def one_less(self, error: KafkaError | None, message: Message | None = None) -> None:
        """One of its records has been acknowledged, or has failed. Called from the polling thread."""
        if self._is_done(error, message) and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finish)

    def seal(self) -> None:
        """Nothing more will be added to it. Called on the loop, which need not be woken when all has arrived."""
        if self._is_done(None):
            self._finish()

    def _is_done(self, error: KafkaError | None, message: Message | None = None) -> bool:
        with self._lock:
            self._open -= 1
            if error is not None and self.error is None:
                self.error = _lost(error, message)
            return self._open == 0

    def _finish(self) -> None:
        if self.arrived.done():
            return
        if self.error is not None:
            self.arrived.set_exception(self.error)
        else:
            self.arrived.set_result(None)


def _lost(error: KafkaError, message: Message | None) -> OutputLost:
    topic = "a topic" if message is None else str(message.topic())
    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return OutputDenied(topic)
    return OutputGone(topic) if error.code() in GONE else OutputLost(f"a record could not be delivered: {error}")


class Outbox:
    """An idempotent producer with a thread that collects its delivery reports."""

    def __init__(self, cluster: ClusterOrAddress, extra: Mapping[str, Any] | None = None) -> None:
        self._producer = client.producer(
            cluster,
            {
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "linger.ms": 10,
                # For the state, and a little less than its topics take, as a broker measures the batch around it. All
                # else fits into what brokers take by default: a dead letter, a record of any length that is read and
                # its headers, fills a batch of 1 000 000 bytes by itself.
                "message.max.bytes": STATE_BYTES - 8_000,
                "batch.size": 1_000_000,
                "queue.buffering.max.messages": 500_000,
                "queue.buffering.max.kbytes": 262_144,
                "message.timeout.ms": 120_000,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 2,
                **(extra or {}),
            },
        )
        self._stopped = threading.Event()
        self._thread = thread(self._poll, "outbox")
        self._thread.start()

    def _poll(self) -> None:
        while not self._stopped.is_set():
            self._producer.poll(0.5)

    async def send(
        self,
        parcel: Parcel,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int = -1,
        headers: Headers | None = None,
    ) -> None:
        """Send one record as part of the parcel; waits while the producer's queue is full."""
        parcel.more()
        while True:
            try:
                self._producer.produce(
                    topic, value, key=key, partition=partition, headers=headers or [], on_delivery=parcel.one_less
                )
            except BufferError:
                await asyncio.sleep(0.01)
            except KafkaException as exc:
                if exc.args[0].code() in GONE:
                    raise OutputGone(topic) from exc
                if exc.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                    raise
                raise OutputDenied(topic) from exc
            else:
                return

    async def send_letter(self, parcel: Parcel, topic: str, letter: DeadLetter, value: bytes | None) -> None:
        """Send what was put aside to the only partition of its topic, with what is wrong as its headers; see `send`."""
        await self.send(parcel, topic, value, key=letter.key, partition=ONLY, headers=letter.headers())

    async def send_all(self, parcel: Parcel, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """The same for many records with keys, without headers, whose partitions follow from their keys."""
        batch = [*records]
        parcel.more(len(batch))
        produce, arrived = self._producer.produce, parcel.one_less
        for key, value in batch:
            try:
                produce(topic, value, key, -1, arrived)  # by place: by name it takes twice as long
            except (BufferError, KafkaException):
                await self.send(parcel, topic, value, key=key)
                arrived(None)

    def close(self, timeout_s: float = 10.0) -> int:
        """Stop, waiting for what is on its way; how many records are left undelivered."""
        left = self._producer.flush(timeout_s)
        self._stopped.set()
        self._thread.join(timeout=2)
        return int(left)
