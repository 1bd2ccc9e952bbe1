"""What the alerts topic says of incidents, read by a consumer that commits nothing."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

import msgspec
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from pydantic import ValidationError

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.unreadable import PassingOver
from schemas.alert import Alert
from schemas.alert_state import OVER
from schemas.codec import NOT_DECODED, decode_alert

ANSWER_WITHIN_S: Final = 10.0


class AlertWords(msgspec.Struct, frozen=True):
    """What an alert says, as far as it matters here; instants as they are written."""

    incident_id: str
    state: str
    severity: str
    scope: str
    dimension: str
    key: str
    since: str
    revision: int
    version: int
    acknowledged_by: str | None = None
    acknowledged_at: str | None = None
    acknowledged_severity: str | None = None
    acknowledged_until: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the incident has ended."""
        return self.state in OVER


class _Envelope(msgspec.Struct, frozen=True):
    data: AlertWords
    drill: str = ""


_decode: Final = msgspec.json.Decoder(_Envelope).decode


class IncidentReader:
    """Reads the alerts topic: to its end first, then what is added.

    Args:
        cluster: The Kafka cluster.
        topic: The topic.
        incident_id: The incident that is asked for; empty: none, but which are open.
        group: The name to read under; nobody joins it.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, incident_id: str, group: str = "floodmark-ack") -> None:
        self._cluster = cluster
        self._topic = topic
        self._id = incident_id
        self._consumer = client.onlooker(cluster, group, {"enable.partition.eof": True, "fetch.wait.max.ms": 50})
        self._passing = PassingOver(cluster, self._consumer)
        self._unread: set[int] = set()
        self.last: AlertWords | None = None
        """What was said last of the incident; None: nothing ever was."""
        self.open: dict[str, AlertWords] = {}
        """Incidents that are open, by id."""
        self._values: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def read(self) -> None:
        """Read up to the end as it is now.

        Raises:
            BrokerError: The broker does not answer.
        """
        try:
            found = self._consumer.list_topics(self._topic, ANSWER_WITHIN_S).topics[self._topic]
            self._consumer.assign([TopicPartition(self._topic, p, OFFSET_BEGINNING) for p in found.partitions])
        except KafkaException as error:
            raise self._silence() from error
        self._unread = set(found.partitions)
        received_at = time.monotonic()
        while self._unread:
            if self._hear(0.2):
                received_at = time.monotonic()
            elif time.monotonic() - received_at > ANSWER_WITHIN_S:
                raise self._silence()

    @property
    def alerts(self) -> Iterator[Alert]:
        """What was said last of each incident that is open; what others wrote, and is no alert, is left out."""
        for value in self._values.values():
            try:
                alert = decode_alert(value)
            except ValidationError:
                continue
            if alert is not None:
                yield alert

    def follow(self, happened: Callable[[AlertWords], bool], within_s: float) -> bool:
        """Read on until `happened` says so of what was said last of the incident; whether it did within that time."""
        deadline = time.monotonic() + within_s
        while self.last is None or not happened(self.last):
            if time.monotonic() > deadline:
                return False
            self._hear(0.1)
        return True

    def _hear(self, within_s: float) -> bool:
        """Take in what comes within that time; whether anything did."""
        messages = self._consumer.consume(10_000, within_s)
        for message in messages:
            error, value = message.error(), message.value()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                self._unread.discard(message.partition() or 0)
            elif error is None and value is not None:
                self._take(value)
            else:
                self._passing.batch(message)
        return bool(messages)

    def _take(self, value: bytes) -> None:
        try:
            event = _decode(value)
        except NOT_DECODED:
            # Somebody else's record on our topic: the sinks report it.
            return
        if event.drill:
            return
        alert = event.data
        before = self.last if alert.incident_id == self._id else self.open.get(alert.incident_id)
        if before is not None and (alert.version, alert.revision) < (before.version, before.revision):
            return
        if alert.incident_id == self._id:
            self.last = alert
        self.open.pop(alert.incident_id, None)
        self._values.pop(alert.incident_id, None)
        if not alert.is_over:
            self.open[alert.incident_id], self._values[alert.incident_id] = alert, value

    def _silence(self) -> BrokerError:
        return BrokerError(
            f"The topic {self._topic} at {self._cluster} could not be read within {ANSWER_WITHIN_S:.0f} s. "
            "Check that the broker runs and that the address is right."
        )
