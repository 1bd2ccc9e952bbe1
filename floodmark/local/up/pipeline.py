"""The running pipeline: broker, topics, children, and the threads that watch them."""

import time
import uuid
from collections.abc import Callable

from floodmark.local.broker import Broker, choose
from floodmark.local.stream_time import Front, StreamLimits
from floodmark.local.up.beginnings import begin_with_the_first
from floodmark.local.up.broker_service import BrokerService
from floodmark.local.up.children import Child
from floodmark.local.up.datadir import DataDir
from floodmark.local.up.flow import Flow
from floodmark.local.up.health import HealthWatch
from floodmark.local.up.left_out import LeftOut
from floodmark.local.up.plan import GATEWAY, Fleet, Options, fleet
from floodmark.local.up.sampler import Sampler
from floodmark.local.up.status import ComponentRow
from floodmark.local.up.supervisor import Component, GaveUpError, Supervisor
from runtime.kafka.cluster import Cluster
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import describe, ensure_topics
from sinks.live.feed import LiveReader, Picture

STORE_WITHIN_S = 180.0
READY_WITHIN_S = 120.0
ANSWERS_WITHIN_S = 2.0
ALONE_S = 5.0
"""Without a broker workers and sinks cannot commit any more; what they did is safe without, so we wait no longer."""


class Pipeline:
    """Everything `up` runs except the replay. Started, ticked and stopped by one thread.

    Args:
        options: What was asked for.
        data: The data directory, which is ours.
        say: Told what people should read.
    """

    def __init__(self, options: Options, data: DataDir, say: Callable[[str], None]) -> None:
        self._options = options
        self._data = data
        self._say = say
        self._fleet: Fleet | None = None
        self._feed: LiveReader | None = None
        self._sampler: Sampler | None = None
        self._health: HealthWatch | None = None
        self.supervisor = Supervisor(say)
        self.partitions = options.partitions
        self.topic_identity = ""
        self._is_told = False

    @property
    def cluster(self) -> Cluster:
        """The broker that was taken, as clients need to know it."""
        return self._options.cluster_at(self.broker.address)

    def choose_broker(self) -> None:
        """Take a broker and start it.

        Raises:
            BrokerError: it cannot be had.
        """
        options = self._options
        wanted = {spec.name: spec.partitions for spec in options.topics.specs(options.partitions)}
        self.broker: Broker = choose(options.broker, self._data.path, self._say, topics=wanted, cluster=options.cluster)
        begun = time.monotonic()
        try:
            self.broker.start()
            self._say(f"Broker ready at {self.broker.address} in {time.monotonic() - begun:.1f} s.")
            if self.broker.kind != "external":
                self.supervisor.add(BrokerService(self.broker))
        except BaseException:
            # Somebody wants to stop just now, and nobody but us knows that it runs.
            if not self.supervisor.components:
                self.broker.stop()
            raise
        self._make_topics()

    def _make_topics(self) -> None:
        options, cluster = self._options, self.cluster
        outcome = ensure_topics(cluster, options.topics.specs(options.partitions), replication=options.replication)
        found = describe(cluster)[options.topics.transactions]
        self.partitions = found.partitions
        self.topic_identity = found.topic_id or f"volatile {uuid.uuid4()}"
        made = f"{len(outcome.created)} made" if outcome.created else "all there"
        self._say(f"Topics: {made}, {self.partitions} partitions for transactions.")
        for difference in outcome.differences:
            self._say(difference)

    def start_children(self) -> None:
        """Start store, workers and sinks, and begin to watch; returns once the store answers.

        Raises:
            GaveUpError: the store does not come up.
        """
        cluster = self.cluster
        self._fleet = fleet(self._options, self._data, self.broker.address, self.partitions)
        if self._fleet.store is not None:
            self._await_store(self.supervisor.add(Child(self._fleet.store)))
        topics = self._options.topics
        for reader in self._options.readers:
            # What tells people takes what it finds at its first start for the past.
            if reader in ("webhook", "notify"):
                begin_with_the_first(cluster, topics.sink_group(reader), topics.alerts)
        for spec in self._fleet.readers:
            self.supervisor.add(Child(spec))
        names = ", ".join(spec.name for spec in self._fleet.readers)
        self._say(f"Started {names}; each logs to {self._data.logs}.")
        self.offsets = Offsets(cluster)
        self._feed = LiveReader(cluster, self._options.topics, self.offsets)
        self._sampler = Sampler(
            Offsets(cluster),
            self._options.topics,
            Front(cluster, topics.transactions, StreamLimits.of_workers()),
            LeftOut(cluster, topics, topics.helper_group("view")),
        )
        self._health = HealthWatch(self._addresses)

    def _await_store(self, store: Component) -> None:
        begun = time.monotonic()
        while store.state != "running":
            self.supervisor.tick()
            if time.monotonic() - begun > STORE_WITHIN_S:
                words = "".join(f"\n    {line}" for line in store.service.last_words(5))
                raise GaveUpError(f"the store is not ready after {STORE_WITHIN_S:.0f} s.{words}")
            time.sleep(0.05)
        self._say(f"Store ready in {time.monotonic() - begun:.1f} s.")

    @property
    def feed(self) -> LiveReader:
        """The reader of minutes and alerts; only once the children were started."""
        if self._feed is None:
            raise RuntimeError("the children were not started")
        return self._feed

    def tick(self) -> None:
        """Look after the components; raises `GaveUpError` when one died too often."""
        self.supervisor.tick()
        self._tell_address()
        now = time.monotonic()
        lost = self._health.patients.lost(now) if self._health else {}
        for component in self.supervisor.components:
            unwell = lost.get(component.name)
            if unwell is not None and unwell.pid == component.service.pid:
                self.supervisor.condemn(component, unwell.reason)
            elif component.state == "starting" and now - component.started_at > READY_WITHIN_S:
                self.supervisor.condemn(component, f"not ready after {READY_WITHIN_S:.0f} s")

    def _tell_address(self) -> None:
        """Once: where the live page is."""
        if self._is_told or self._fleet is None or self._fleet.gateway is None:
            return
        gateway = self.supervisor.find(GATEWAY)
        if gateway.state == "running" and isinstance(gateway.service, Child):
            self._say(f"Live page and HTTP interface: {(gateway.service.announced() or {}).get('url')}")
            self._is_told = True

    def picture(self) -> Picture:
        """What minutes and alerts say."""
        return self._feed.board.picture() if self._feed else Picture()

    def flow(self) -> Flow:
        """What the offsets say."""
        return self._sampler.flow() if self._sampler else Flow()

    def components(self) -> tuple[ComponentRow, ...]:
        """How the components fare."""
        now = time.monotonic()
        unwell = self._health.patients.unwell if self._health else {}
        return tuple(
            ComponentRow(
                name=c.name,
                state=c.state,
                pid=c.service.pid if c.state in ("starting", "running") else None,
                restarts=c.restarts,
                uptime_s=now - c.started_at,
                unwell=unwell[c.name].reason if c.name in unwell and unwell[c.name].pid == c.service.pid else "",
            )
            for c in self.supervisor.components
        )

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Stop everything in order; `hurry` tells whether to kill what does not stop at once."""
        for watcher in (self._health, self._sampler, self._feed):
            if watcher is not None:
                watcher.close()
        if self._fleet is None:
            self.supervisor.stop([], hurry)
            return
        alone = {} if self._broker_answers() else {c.name: ALONE_S for c in self._fleet.readers}
        if alone:
            self._say("The broker does not answer: last commits are not waited for, and will be made up for.")
        self.supervisor.stop(self._fleet.stop_order(), hurry, alone)

    def _broker_answers(self) -> bool:
        try:
            Offsets(self.cluster, ANSWERS_WITHIN_S).ends([self._options.topics.transactions])
        except OffsetsError:
            return False
        return True

    def _addresses(self) -> dict[str, tuple[int, str]]:
        found = {}
        for component in self.supervisor.components:
            service = component.service
            if component.state == "running" and isinstance(service, Child) and service.pid is not None:
                url = (service.announced() or {}).get("metrics")
                if url:
                    found[component.name] = (service.pid, str(url))
        return found
