"""Wires a worker: topics, metrics, the Faust app; and maps how it ends to an exit code."""

import gc
import logging
import sys
import time
from pathlib import Path
from typing import Any, Final, NoReturn

from floodmark.settings import Settings

STILL_S: Final = 30.0
"""A stage that has not turned for so long, or whose offsets do not advance while the end does, is not well."""


def run(given: dict[str, Any], *, metrics_port: int | None, announce: Path | None) -> None:
    """Run a worker until it is told to stop; ends the process."""
    from floodmark import logs, observe
    from floodmark.broker.base import BrokerError
    from floodmark.broker.topics import describe, ensure_topics
    from processors.rules import RuleError
    from schemas.topics import Topics

    settings = Settings(**given)
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
    health = Health(app.stages)
    port = settings.metrics_port if metrics_port is None else metrics_port
    server = observe.serve(settings.metrics_host, port, health)
    if announce is not None:
        observe.announce(announce, server.url)
    import faust

    # A chunk is a hundred thousand objects that die together and hold no cycles: looking among them for
    # garbage after every 700th costs more than it finds.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True).execute_from_commandline()


class Health:
    """Well: each stage's loop turns, and the stored position advances while there is something to read."""

    def __init__(self, stages: Any) -> None:
        self._stages = stages
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}

    def __call__(self) -> tuple[bool, str]:
        """(healthy, reason)."""
        now = time.monotonic()
        for stage in self._stages:
            if now - stage.turned_at > STILL_S:
                return False, f"{stage.name}: has not turned for {now - stage.turned_at:.0f} s"
            if now - stage.fetcher.turned_at > STILL_S:
                return False, f"{stage.name}: has not fetched for {now - stage.fetcher.turned_at:.0f} s"
            for partition, stored in list(stage.stored.items()):
                end = stage.end_offset(partition)
                at, since = self._seen.get((stage.name, partition), (-2, now))
                if at != stored or end <= stored + 1:
                    self._seen[stage.name, partition] = (stored, now)
                elif now - since > STILL_S:
                    return (
                        False,
                        f"{stage.name}: partition {partition} stays at {stored} of {end} for {now - since:.0f} s",
                    )
        return True, "reading"


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(code)
