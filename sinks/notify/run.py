"""Puts the notifier together: the routing file, its channels, Kafka, and the loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from runtime.file_watch import FileWatch
from schemas.topics import Topics
from sinks.backoff import Backoff
from sinks.dead_letters import DeadLetters
from sinks.health import LoopHealth
from sinks.kafka import KafkaSource
from sinks.metrics import Metrics
from sinks.notify.channels.contract import Channel
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.content import Content
from sinks.notify.desk import Desk
from sinks.notify.dispatcher import Dispatcher, Report, without_store
from sinks.notify.heartbeat import Heartbeat
from sinks.notify.journal import Journal
from sinks.notify.message import content
from sinks.notify.notification import Due, Notification
from sinks.notify.notifier import NAME, Notifier
from sinks.notify.page_metrics import PageMetrics
from sinks.notify.routing.file import RoutingError, RoutingFile, content_of, parsed
from sinks.notify.routing.heartbeat import HeartbeatSettings
from sinks.notify.routing.model import ChannelTable, Routing, Team
from sinks.notify.silence_topic import SilenceTopic
from sinks.run import SinkRoute

log = structlog.get_logger(__name__)

Marks = tuple[tuple[str, int, int, int], ...]
"""For each file that a channel's settings name: its key, when it was written, its length, its number."""
MakeChannel = Callable[[ChannelTable], Channel]
"""Makes the channel that a table asks for."""


@dataclass
class Outfit:
    """What a routing file asks for: made anew where the file has become another one.

    Args:
        path: The routing file.
        make: Makes channels.
        base_url: Where the gateway's pages are; empty: messages have no links.
        ground: What the heartbeat stands on.
        report: Makes the text of a report by schedule.
        no_reports: Why there can be no reports, in a sentence for people; empty: there can.

    Raises:
        RoutingError: the file cannot be used.
        ChannelMisconfigured: a channel, or the heartbeat, cannot.
    """

    path: Path
    make: MakeChannel
    base_url: str = ""
    ground: Ground = field(default_factory=Ground)
    report: Report = without_store
    no_reports: str = ""
    routing: Routing = field(init=False)
    """What the file said when it last could be used, with all that it names."""
    channels: dict[str, Channel] = field(default_factory=dict, init=False)
    heartbeat: Heartbeat | None = field(default=None, init=False)
    _tables: dict[str, ChannelTable] = field(default_factory=dict, init=False)
    _beats: HeartbeatSettings | None = field(default=None, init=False)
    _marks: dict[str, Marks] = field(default_factory=dict, init=False)
    _seen: dict[str, Marks] = field(default_factory=dict, init=False)
    _unfit: tuple[Routing, tuple[Marks, ...]] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Read the file, and make what it asks for."""
        self._watch: FileWatch[RoutingFile] = FileWatch(self.path, content_of, parsed, RoutingError)
        self._fit(self._watch.content.routing)

    def look(self) -> Routing | None:
        """What the file has come to say; None where that is nothing new, or cannot be used."""
        news = self._watch.look()
        if isinstance(news, Exception):
            self._unfit = None
            log.error("routing_not_used", detail=str(news), effect="what it said before goes on")
            return None
        if news is not None:
            return self._take(news.routing)
        self._look_at_secrets()
        if self._unfit is not None and _all_marks(self._unfit[0]) != self._unfit[1]:
            # What could not be used may have waited for nothing but the file of a secret.
            return self._take(self._unfit[0])
        return None

    def _take(self, routing: Routing) -> Routing | None:
        marks = _all_marks(routing)
        try:
            self._fit(routing)
        except (ChannelMisconfigured, RoutingError) as error:
            self._unfit = routing, marks
            log.error("routing_not_used", detail=str(error), effect="what it said before goes on")
            return None
        self._unfit = None
        log.info("routing_used", file=str(self.path), routes=len(routing.route))
        return routing

    def _look_at_secrets(self) -> None:
        """Make anew whose files, like that of a token, are others than they were.

        As a file is written in pieces, that counts when the next look finds the same.
        """
        for name, table in self._tables.items():
            marks = _marks(table.settings)
            if marks == self._marks[name]:
                continue
            if marks != self._seen.get(name):
                self._seen[name] = marks
                continue
            self._marks[name] = marks
            try:
                self.channels[name] = self.make(table)
            except ChannelMisconfigured as error:
                log.error("secret_not_used", detail=str(error), effect="the channel stays as it was")
            else:
                log.info("secret_used", channel=name)

    def beat(self, words: Mapping[str, Any]) -> None:
        """Tell whoever listens outside that all is well, if the file asks for that."""
        if self.heartbeat is not None:
            self.heartbeat.beat(words)

    def close(self) -> None:
        """Wait for the heartbeat that is on its way."""
        if self.heartbeat is not None:
            self.heartbeat.close()

    def message(self, notification: Notification, due: Due, now_ms: int) -> Content:
        """What a message says; whoever is told of a team that has gone reads English and UTC."""
        team = self.routing.teams.get(due.team) or Team(name=due.team)
        return content(notification, due, team, now_ms, self.base_url)

    def _fit(self, routing: Routing) -> None:
        if routing.report and self.no_reports:
            raise RoutingError(f"{self.path}: [[report]]: {self.no_reports}")
        same = {table.name for table in routing.channel if self._tables.get(table.name) == table}
        # Looked at before a channel is made: what changes meanwhile is another mark.
        marks = {
            table.name: self._marks[table.name] if table.name in same else _marks(table.settings)
            for table in routing.channel
        }
        made = {
            table.name: self.channels[table.name] if table.name in same else self.make(table)
            for table in routing.channel
        }
        heartbeat = self.heartbeat
        if routing.heartbeat != self._beats:
            heartbeat = None if routing.heartbeat is None else Heartbeat(routing.heartbeat, self.ground)
        # All that can be wrong has been made by now. What leaves the file is kept: what is on its way there comes back.
        self.channels |= made
        if self.heartbeat is not None and self.heartbeat is not heartbeat:
            self.heartbeat.close()
        self.heartbeat, self._beats, self.routing = heartbeat, routing.heartbeat, routing
        self._tables = {table.name: table for table in routing.channel}
        self._marks = marks


def _marks(settings: Mapping[str, Any]) -> Marks:
    """What tells the files that the settings name from others; of one that cannot be looked at, nothing."""
    found = []
    for key, path in sorted(settings.items()):
        if key.endswith("_file") and isinstance(path, str):
            try:
                seen = Path(path).stat()
            except (OSError, ValueError):
                found.append((key, 0, 0, 0))
            else:
                found.append((key, seen.st_mtime_ns, seen.st_size, seen.st_ino))
    return tuple(found)


def _all_marks(routing: Routing) -> tuple[Marks, ...]:
    """Those of all files that the routing names."""
    beats = {} if routing.heartbeat is None else routing.heartbeat.model_dump(mode="json")
    return (*(_marks(table.settings) for table in routing.channel), _marks(beats))


def run(
    route: SinkRoute,
    topics: Topics,
    outfit: Outfit,
    stop: Event,
    ready: Callable[[LoopHealth], None] = lambda _health: None,
    registry: CollectorRegistry | None = None,
) -> None:
    """Tell people until `stop` is set; then wait a moment for what is on its way.

    Args:
        route: Where alerts come from.
        topics: The installation's.
        outfit: Who is told, and how.
        stop: Ends it.
        ready: Told once, before the first record, how to ask for its health.
        registry: Where the metrics are registered; none: one of its own, which nobody looks at.

    Raises:
        SourceError: Kafka refuses us for good.
        DeadLetterError: a refused record could not be put aside.
        TakenOver: another notifier has our place.
        NotWritten: the journal could not be read.
    """
    registry = CollectorRegistry() if registry is None else registry
    dispatcher = Dispatcher(outfit.channels, outfit.message, outfit.report, backoff=route.backoff)
    try:
        source = KafkaSource(
            route.cluster, route.group, route.topics, from_beginning=False, broker_end=route.broker_end
        )
        silences = SilenceTopic(route.cluster, topics.silences, route.group)
        try:
            notifier = Notifier(
                source,
                Journal(route.cluster, topics.notifications, topics.receipts, route.group),
                lambda known, hush: Desk(outfit.routing, known, hush),
                silences,
                dispatcher,
                DeadLetters(route.cluster, route.dead_letters, NAME),
                Metrics(NAME, route.topics, registry),
                PageMetrics(registry),
                outfit.look,
                outfit.beat,
            )
            ready(notifier.health)
            notifier.run(stop)
        finally:
            silences.close()
            source.close()
    finally:
        outfit.close()
        dispatcher.close()


def backoff() -> Backoff:
    """How long a message waits after a failure."""
    return Backoff(base_s=1.0, cap_s=30.0, ask_cap_s=3_600.0)
