"""Wires a worker: topics, metrics, the Faust app; and maps how it ends to an exit code."""

import asyncio
import logging
from pathlib import Path
from typing import Any, NoReturn

from floodmark.settings import settings_of
from floodmark.told import to_stderr
from floodmark.worker_health import Health, Membership


def run(given: dict[str, Any], *, metrics_port: int | None, announce: Path | None) -> None:
    """Run a worker until it is told to stop; ends the process."""
    from floodmark import logs, observe
    from floodmark.broker.base import BrokerError
    from floodmark.broker.topics import describe, ensure_topics
    from processors.rules import RuleError
    from schemas.topics import Topics

    settings = settings_of({**given, "metrics_port": metrics_port})
    logs.configure(settings.log_level)
    topics = Topics(settings.topic_prefix)
    try:
        ensure_topics(settings.broker, topics.specs(settings.partitions), replication=settings.replication)
        partitions = describe(settings.broker)[topics.transactions].partitions
    except BrokerError as exc:
        _fail(str(exc), 3)
    from processors.app import build_app
    from processors.settings import WorkerSettings

    kept: dict[str, Any] = {"broker": settings.broker, "topic_prefix": settings.topic_prefix, "rules": settings.rules}
    try:
        app = build_app(WorkerSettings(**kept, partitions=partitions, declare_topics=False))
    except RuleError as exc:
        _fail(str(exc), 2)
    membership = Membership()
    app.on_partitions_assigned.connect(membership.gained)
    app.on_partitions_revoked.connect(membership.lost)
    health = Health(
        app.stages,
        membership,
        lambda: app.consumer_generation_id,
        topics.worker_group,
        remark=app.reloading.remark,
    )
    try:
        server = observe.serve(settings.metrics_host, settings.metrics_port, health)
    except observe.ListenError as exc:
        _fail(str(exc), 2)
    if announce is not None:
        observe.announce(announce, server.url)
    import faust

    from processors.garbage import ShortCollections
    from processors.turns import watched_loop

    ShortCollections().install()
    loop = watched_loop()
    asyncio.set_event_loop(loop)
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    faust.Worker(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True).execute_from_commandline()


def _fail(message: str, code: int) -> NoReturn:
    to_stderr(message)
    raise SystemExit(code)
