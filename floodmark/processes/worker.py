"""Wires a worker: topics, metrics, the Faust app; and maps how it ends to an exit code."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from floodmark.settings import settings_of
from runtime.exits import Exit, fail
from runtime.settings import read_settings

if TYPE_CHECKING:
    from floodmark.processes.topology import Topology
    from floodmark.processes.worker_health import WorkerHealth
    from processors.app import App
    from runtime.kafka.clock import BrokerClock
    from runtime.kafka.cluster import Cluster
    from schemas.topics import Topics

log = structlog.get_logger(__name__)


def run(given: dict[str, Any], *, metrics_port: int | None, announce: Path | None) -> None:
    """Run a worker until it is told to stop; ends the process."""
    from floodmark.processes.topology import agree
    from processors.rules import RuleError, load
    from runtime import http_health, logs
    from runtime.kafka.clock import BrokerClock, BrokerTime
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.waiting import once_it_answers
    from runtime.ports import ListenError
    from runtime.watchdog import StopDeadline, Watchdog
    from schemas.topics import Topics

    settings = settings_of({**given, "metrics_port": metrics_port})
    logs.configure(settings.log_level)
    StopDeadline(settings.stop_within_s)
    try:  # whether there is a broker or not
        load(settings.rules)
    except RuleError as exc:
        fail(str(exc), Exit.MISUSED)
    cluster, topics = settings.cluster, Topics(settings.topic_prefix)

    def agreed() -> "Topology":
        return agree(cluster, topics, settings.partitions, replication=settings.replication)

    try:
        there = once_it_answers(cluster, agreed, settings.wait_for_broker_s, log.warning)
    except BrokerError as exc:
        fail(str(exc), Exit.UNREACHABLE)
    from processors.app import build_app
    from processors.settings import WorkerSettings

    skew = BrokerClock()
    kept: dict[str, Any] = {"broker": settings.broker, "topic_prefix": settings.topic_prefix, "rules": settings.rules}
    try:
        app = build_app(
            read_settings(
                WorkerSettings, {**kept, "partitions": there.sources, "judges": there.judges, "declare_topics": False}
            ),
            BrokerTime(skew),
        )
    except RuleError as exc:
        fail(str(exc), Exit.MISUSED)
    health = _health(app, cluster, topics, there.judges, skew)
    try:
        server = http_health.serve(settings.metrics_host, settings.metrics_port, health, app.metrics.registry)
    except ListenError as exc:
        fail(str(exc), Exit.MISUSED)
    if announce is not None:
        http_health.announce(announce, server.url)
    from floodmark.processes.faust_worker import start

    Watchdog(health.complaint, settings.unwell_for_s).start()
    start(app)


def _health(app: "App", cluster: "Cluster", topics: "Topics", judges: int, skew: "BrokerClock") -> "WorkerHealth":
    """How this worker is, by its own loops and by what the broker says."""
    from floodmark.processes.group_error import group_error
    from floodmark.processes.worker_health import Membership, WorkerHealth, slots
    from runtime.kafka.ends import BrokerEnds, TopicEnds

    membership = Membership(error=lambda: group_error(app))
    app.on_partitions_assigned.connect(membership.gained)
    app.on_partitions_revoked.connect(membership.lost)
    stages = app.stages
    broker = TopicEnds(cluster, topics.partials, judges)
    ends = BrokerEnds(broker, lambda: slots(stages), lambda: health.measure(), skew=skew)
    health = WorkerHealth(
        stages,
        membership,
        lambda: app.consumer_generation_id,
        topics.worker_group,
        ends,
        remark=app.remark,
        metrics=app.metrics,
    )
    ends.start()
    return health
