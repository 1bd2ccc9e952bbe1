"""A thread that reads minutes and alerts as they are judged, and keeps what people want to see."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from confluent_kafka import OFFSET_BEGINNING, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.unreadable import PassingOver
from runtime.minding import lasting
from schemas.alert import Alert
from schemas.alert_state import OVER
from schemas.codec import NOT_DECODED, decode_alert
from schemas.severity import RANK
from schemas.topics import Topics

TAIL: Final = 1000
"""How many of the last records of each minutes partition are read at the start."""
MAX_KEPT: Final = 20
"""How many minutes are looked at for the latest that is whole; a status that is no more is forgotten with them."""
NEWS: Final = frozenset({"firing", "acknowledged", *OVER})
"""What is said aloud of an incident; an update of it only when it got worse, as others are seen in the view."""


class SeenMinute(msgspec.Struct, frozen=True):
    """What the view shows of a judged minute."""

    minute: int
    scope: str
    dimension: str
    key: str
    count: int
    total: int
    verdict: str
    share: float | None = None
    z: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known now.

    Args:
        minute: Start of the latest minute of which everything is there (epoch ms), None before the first.
        statuses: Its record of each (scope, status), by scope and name.
        incidents: The incidents open now, the oldest first.
    """

    minute: int | None = None
    statuses: tuple[SeenMinute, ...] = ()
    incidents: tuple[Alert, ...] = ()


class LivePicture:
    """Keeps the picture: fed with records, asked for what is known. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minutes: dict[int, dict[tuple[str, str], SeenMinute]] = {}
        self._open: dict[str, Alert] = {}
        self._revisions: dict[str, int] = {}
        self._news: deque[Alert] = deque()

    def minute(self, seen: SeenMinute) -> None:
        """A judged minute; only the status dimension is shown."""
        if seen.dimension != "status":
            return
        with self._lock:
            if seen.minute not in self._minutes and len(self._minutes) == MAX_KEPT:
                oldest = min(self._minutes)
                if seen.minute < oldest:
                    return
                del self._minutes[oldest]
            self._minutes.setdefault(seen.minute, {})[seen.scope, seen.key] = seen

    def alert(self, alert: Alert, *, new: bool) -> None:
        """An alert; `new` when it was said after we began to listen. A repeated revision is no news."""
        with self._lock:
            if alert.revision <= self._revisions.get(alert.incident_id, 0):
                return
            self._revisions[alert.incident_id] = alert.revision
            before = self._open.pop(alert.incident_id, None)
            if not alert.is_over:
                self._open[alert.incident_id] = alert
            worse = before is not None and RANK[alert.severity] > RANK[before.severity]
            shown = before is not None and before.inhibited_by != "" and not alert.inhibited_by
            if new and not alert.inhibited_by and (alert.state in NEWS or worse or shown):
                self._news.append(alert)

    def news(self) -> list[Alert]:
        """What has fired, got worse, was acknowledged or is over since this was last asked, in order."""
        with self._lock:
            news = list(self._news)
            self._news.clear()
        return news

    def picture(self) -> Picture:
        """What is known now."""
        with self._lock:
            # Records of one minute come one by one, from several partitions: the newest minute is seldom whole.
            minute = max(self._minutes, key=lambda at: (len(self._minutes[at]), at), default=None)
            found = {} if minute is None else self._minutes[minute]
            statuses = tuple(found[name] for name in sorted(found))
            incidents = tuple(sorted(self._open.values(), key=lambda a: (a.since, a.incident_id)))
            return Picture(minute, statuses, incidents)


class LiveReader:
    """Reads the topics with a consumer of its own that commits nothing, until it is closed."""

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, offsets: Offsets) -> None:
        self.board = LivePicture()
        self._topics = topics
        self._offsets = offsets
        self._positions: dict[Slot, int] = {}
        self._begun: dict[Slot, int] = {}
        self._decoder = msgspec.json.Decoder(SeenMinute)
        self._consumer = client.onlooker(cluster, topics.helper_group("view"), {"fetch.queue.backoff.ms": 20})
        self._passing = PassingOver(cluster, self._consumer)
        self._closing = threading.Event()
        self._thread = lasting(self._run, "feed")
        self._thread.start()

    def reached(self, slot: Slot) -> int:
        """The offset after the last record read of a topic's partition; 0 before the first."""
        return self._positions.get(slot, 0)

    def close(self) -> None:
        """Stop reading."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set() and not self._assign():
            self._closing.wait(1.0)
        while not self._closing.is_set():
            try:
                self._read(self._consumer.consume(2000, 0.2))
            except KafkaException:
                self._closing.wait(1.0)
        self._consumer.close()

    def _assign(self) -> bool:
        try:
            self._begun = self._offsets.ends([self._topics.minutes, self._topics.alerts])
        except OffsetsError:
            return False
        from_ = {
            slot: max(0, end - TAIL) if slot[0] == self._topics.minutes else OFFSET_BEGINNING
            for slot, end in self._begun.items()
        }
        self._consumer.assign([TopicPartition(*slot, offset) for slot, offset in from_.items()])
        return True

    def _read(self, messages: Sequence[Message]) -> None:
        for message in messages:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            value = message.value()
            if message.error() is not None or topic is None or partition is None or offset is None:
                self._passing.batch(message)
                continue
            self._positions[topic, partition] = offset + 1
            if value is None:
                continue
            try:
                if topic == self._topics.minutes:
                    self.board.minute(self._decoder.decode(value))
                elif (alert := decode_alert(value)) is not None:
                    self.board.alert(alert, new=offset >= self._begun.get((topic, partition), 0))
            except (*NOT_DECODED, ValidationError):
                # Somebody else's record on our topic: the sinks report it, a view need not.
                continue
