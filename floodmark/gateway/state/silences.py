"""Silences as they stand: as people have made and ended them, and what the notifier knows of each."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence

import structlog
from confluent_kafka import Consumer, Message, TopicPartition

from floodmark.gateway.state.following import TopicSource
from floodmark.gateway.state.reading import ANSWER_S, TopicReading, partitions_of
from runtime.kafka.listing import Slot
from runtime.kafka.topics import ensure_topics
from runtime.log_rate import Sparing
from schemas.codec import NOT_DECODED
from sinks.notify.journal import SILENCE
from sinks.notify.silences import Silence, decoded, merged

log = structlog.get_logger(__name__)


class Silenced:
    """All silences that lie on the topics; may be asked and told by any thread."""

    def __init__(self) -> None:
        self._asked: dict[str, Silence] = {}
        self._known: dict[str, Silence] = {}
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []
        self.ready = False
        """Whether all that was on the topics at the start is in."""

    def ask(self, silence: Silence) -> None:
        """Take in one as somebody has made or ended it."""
        with self._lock:
            self._asked[silence.id] = silence

    def know(self, silence: Silence) -> None:
        """Take in one as the notifier knows it."""
        with self._lock:
            self._known[silence.id] = silence

    def forget(self, name: str) -> None:
        """The notifier knows it no more: it ended long ago."""
        with self._lock:
            self._known.pop(name, None)
            self._asked.pop(name, None)

    @property
    def all(self) -> list[Silence]:
        """All of them as they stand, the last one first."""
        with self._lock:
            return merged(self._asked.values(), self._known)

    def get(self, name: str) -> Silence | None:
        """The one of that id."""
        with self._lock:
            asked = self._asked.get(name)
            return None if asked is None else merged([asked], self._known)[0]

    def is_taken_up(self, name: str) -> bool:
        """Whether a notifier knows it: until then it hides nothing."""
        with self._lock:
            return name in self._known

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Be called on the loop after news; what is returned ends it."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def wake(self) -> None:
        """Tell those who watch to look again; on the loop."""
        for changed in list(self._watchers):
            changed()


class FollowingSilences:
    """Reads the topic of silences, and from the notifier's memory what each has hidden, in a thread of its own.

    Args:
        source: Where the topics are.
        silenced: What is filled.
    """

    def __init__(self, source: TopicSource, silenced: Silenced) -> None:
        self._source, self._silenced, self._sparing = source, silenced, Sparing()
        self._loop: asyncio.AbstractEventLoop | None = None
        group = source.topics.helper_group("gateway")
        self._reading = TopicReading(source.cluster, group, self._plan, self._take, self._caught_up)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin."""
        self._loop = loop
        self._reading.start()

    def close(self) -> None:
        """Stop; not on the loop."""
        self._reading.close()

    def _plan(self, consumer: Consumer) -> Mapping[Slot, int]:
        source, topics = self._source, self._source.topics
        wanted = (topics.silences, topics.notifications)
        specs = [spec for spec in topics.specs(1) if spec.name in wanted]
        ensure_topics(source.cluster, specs, replication=source.replication, within_s=source.within_s)
        starts: dict[Slot, int] = {}
        for slot in partitions_of(consumer, wanted):
            starts[slot], _ = consumer.get_watermark_offsets(TopicPartition(*slot), timeout=ANSWER_S)
        return starts

    def _take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            try:
                self._put(message.topic(), message.key() or b"", message.value())
            except NOT_DECODED as error:
                self._sparing.tell(
                    log.warning, "silence_unreadable", topic=message.topic(), offset=message.offset(), error=str(error)
                )
        if self._loop is not None and self._silenced.ready and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._silenced.wake)

    def _put(self, topic: str | None, key: bytes, value: bytes | None) -> None:
        if topic == self._source.topics.silences:
            if value is not None:
                self._silenced.ask(decoded(value))
        elif key.startswith(SILENCE):
            if value is None:
                self._silenced.forget(key.removeprefix(SILENCE).decode())
            else:
                self._silenced.know(decoded(value))

    def _caught_up(self) -> None:
        self._sparing.rest(log.warning, "silence_unreadable")
        self._silenced.ready = True
