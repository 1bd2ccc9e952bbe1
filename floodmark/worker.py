"""Wires a worker: topics, metrics, the Faust app; and maps how it ends to an exit code."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any, NoReturn

from floodmark.settings import Settings
from floodmark.worker_health import Health, Membership


def run(given: dict[str, Any], *, metrics_port: int | None, announce: Path | None) -> None:
    """Run a worker until it is told to stop; ends the process."""
    from floodmark import logs, observe
    from floodmark.broker.base import BrokerError
    from floodmark.topology import agree
    from processors.rules import RuleError
    from schemas.topics import Topics

    settings = Settings(**given)
    logs.configure(settings.log_level)
    topics = Topics(settings.topic_prefix)
    try:
        there = agree(settings.broker, topics, settings.partitions, replication=settings.replication)
    except BrokerError as exc:
        _fail(str(exc), 3)
    from processors.app import build_app
    from processors.settings import WorkerSettings

    kept: dict[str, Any] = {"broker": settings.broker, "topic_prefix": settings.topic_prefix, "rules": settings.rules}
    try:
        app = build_app(WorkerSettings(**kept, partitions=there.sources, judges=there.judges, declare_topics=False))
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
        remark=app.remark,
    )
    port = settings.metrics_port if metrics_port is None else metrics_port
    server = observe.serve(settings.metrics_host, port, health)
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
    sys.stderr.write(f"{message}\n")
    raise SystemExit(code)
