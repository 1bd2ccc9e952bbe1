"""Wires a worker: topics, metrics, the Faust app; and maps how it ends to an exit code."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import structlog

from floodmark.settings import settings_of
from floodmark.told import to_stderr

if TYPE_CHECKING:
    from floodmark.broker_clock import BrokerClock
    from floodmark.settings import Settings
    from floodmark.topology import Topology
    from floodmark.worker_health import Health
    from processors.app import App
    from schemas.topics import Topics

log = structlog.get_logger(__name__)


def run(given: dict[str, Any], *, metrics_port: int | None, announce: Path | None) -> None:
    """Run a worker until it is told to stop; ends the process."""
    from floodmark import logs, observe
    from floodmark.broker.base import BrokerError
    from floodmark.broker.waiting import once_it_answers
    from floodmark.broker_clock import BrokerClock, BrokerTime
    from floodmark.topology import agree
    from floodmark.watchdog import StopDeadline, Watchdog
    from processors.rules import RuleError
    from schemas.topics import Topics

    settings = settings_of({**given, "metrics_port": metrics_port})
    logs.configure(settings.log_level)
    StopDeadline(settings.stop_within_s)
    topics = Topics(settings.topic_prefix)

    def agreed() -> "Topology":
        return agree(settings.broker, topics, settings.partitions, replication=settings.replication)

    try:
        there = once_it_answers(settings.broker, agreed, settings.wait_for_broker_s, log.warning)
    except BrokerError as exc:
        _fail(str(exc), 3)
    from processors.app import build_app
    from processors.settings import WorkerSettings

    skew = BrokerClock()
    kept: dict[str, Any] = {"broker": settings.broker, "topic_prefix": settings.topic_prefix, "rules": settings.rules}
    try:
        app = build_app(
            WorkerSettings(**kept, partitions=there.sources, judges=there.judges, declare_topics=False),
            BrokerTime(skew),
        )
    except RuleError as exc:
        _fail(str(exc), 2)
    health = _health(app, settings, topics, there.judges, skew)
    try:
        server = observe.serve(settings.metrics_host, settings.metrics_port, health)
    except observe.ListenError as exc:
        _fail(str(exc), 2)
    if announce is not None:
        observe.announce(announce, server.url)
    from floodmark.faust_worker import start

    Watchdog(health.complaint, settings.unwell_for_s).start()
    start(app)


def _health(app: "App", settings: "Settings", topics: "Topics", judges: int, skew: "BrokerClock") -> "Health":
    """How this worker is, by its own loops and by what the broker says."""
    from floodmark.broker_ends import Broker, BrokerEnds
    from floodmark.group_error import group_error
    from floodmark.worker_health import Health, Membership, slots

    membership = Membership(error=lambda: group_error(app))
    app.on_partitions_assigned.connect(membership.gained)
    app.on_partitions_revoked.connect(membership.lost)
    stages = app.stages
    broker = Broker(settings.broker, topics.partials, judges)
    ends = BrokerEnds(broker, lambda: slots(stages), lambda: health.measure(), skew=skew)
    health = Health(
        stages,
        membership,
        lambda: app.consumer_generation_id,
        topics.worker_group,
        ends,
        remark=app.remark,
    )
    ends.start()
    return health


def _fail(message: str, code: int) -> NoReturn:
    to_stderr(message)
    raise SystemExit(code)
