"""What the sink commands have in common: settings, topics, signals, metrics, exit codes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final, Literal

from floodmark.settings import Settings, require_data_dir, settings_of
from runtime.exits import Exit, end, fail
from runtime.output import to_stdout
from runtime.settings import read_settings
from schemas.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prometheus_client import CollectorRegistry

    from schemas.rights import Right
    from sinks.backoff import Backoff
    from sinks.clickhouse.connection import Endpoint
    from sinks.delivery.channel import DeliveryChannel
    from sinks.health import LoopHealth
    from sinks.protocol import Destination
    from sinks.run import SinkRoute

COMMAND: Final = "floodmark sink"


@dataclass(frozen=True, slots=True)
class Common:
    """What every sink is told.

    Args:
        settings: Environment and flags.
        group: The consumer group, or none for the sink's own.
        announce: The file to write when ready, or none.
        from_beginning: Read everything again.
    """

    settings: Settings
    group: str | None
    announce: Path | None
    from_beginning: bool

    @property
    def topics(self) -> Topics:
        """The installation's topics."""
        return Topics(self.settings.topic_prefix)


def common(
    broker: str | None,
    topic_prefix: str | None,
    group: str | None,
    metrics_port: int | None,
    announce: Path | None,
    *,
    from_beginning: bool,
    **more: Any,
) -> Common:
    """The settings, with the flags that were given before the environment; configures logging.

    Exits with 2 when one of them is wrong.
    """
    from runtime import logs

    given = {"broker": broker, "topic_prefix": topic_prefix, "metrics_port": metrics_port, **more}
    settings = settings_of(given)
    logs.configure(settings.log_level)
    return Common(settings, group, announce, from_beginning)


def clickhouse(common: Common, *, migrate_only: bool) -> None:
    """Run the sink clickhouse, or only its migrations."""
    from sinks.clickhouse.connection import Connection, StoreRefused
    from sinks.clickhouse.destination import ClickHouse
    from sinks.protocol import Busy

    if not common.settings.store_dsn:
        require_data_dir(common.settings)
    connection = Connection(_endpoint(common.settings), keeping=common.settings)
    with _exiting_on(StoreRefused, Exit.MISUSED):
        try:
            ran = connection.migrate()
        except Busy as error:
            if migrate_only:
                fail(
                    f"{error.detail}. Start it, or check --data-dir or FLOODMARK_STORE_DSN.",
                    Exit.UNREACHABLE,
                    by=COMMAND,
                )
        else:
            if migrate_only:
                names = ", ".join(f"{step.version} {step.name}" for step in ran) or "nothing to do"
                to_stdout(f"{connection.database}: {names}")
        if migrate_only:
            connection.close()
            return
        with_transactions = common.settings.keep_transactions_days > 0
        destination = ClickHouse(common.topics, connection, with_transactions=with_transactions)
        _run(common, destination, destination.topics)


def print_ddl(common: Common, cluster: str) -> None:
    """Print what makes the tables of the store on a cluster, for its administrator.

    Exits with 2 when the cluster or the database of the DSN is not a plain identifier.
    """
    from sinks.clickhouse.cluster import cluster_ddl
    from sinks.clickhouse.connection import DATABASE
    from sinks.clickhouse.dsn import parse

    dsn = common.settings.store_dsn
    database = parse(dsn).database if dsn else ""
    with _exiting_on(ValueError, Exit.MISUSED):
        for statement in cluster_ddl(database or DATABASE, cluster):
            to_stdout(f"{statement};\n")


def webhook(
    common: Common,
    url: str,
    secret_file: Path | None,
    timeout_s: float,
    deadline_s: float,
    *,
    allow_http: bool,
    allow_private: bool,
    all_states: bool,
) -> None:
    """Run the sink webhook."""
    import structlog

    from sinks.backoff import Backoff
    from sinks.delivery.channel import Terms
    from sinks.http.transport import Timeouts
    from sinks.webhook.destination import Webhook
    from sinks.webhook.settings import WebhookMisconfigured, WebhookSettings, read_secrets
    from sinks.webhook.variables import WebhookVariables

    log = structlog.get_logger(__name__)
    with _exiting_on(WebhookMisconfigured, Exit.MISUSED):
        variable = read_settings(WebhookVariables).webhook_secret.get_secret_value()
        secrets = read_secrets(secret_file, variable or None, log.warning)
        settings = WebhookSettings(
            url,
            secrets,
            allow_http=allow_http,
            allow_private=allow_private,
            all_states=all_states,
            timeouts=Timeouts(min(3.0, timeout_s), min(5.0, timeout_s), timeout_s),
            terms=Terms(deadline_s=deadline_s),
        )
        settings.check()
    if not secrets:
        log.warning("webhook_unsigned", remedy="set FLOODMARK_WEBHOOK_SECRET or --secret-file")
    log.info("webhook_target", to=settings.origin)
    _run(common, Webhook(settings), [common.topics.alerts], Backoff(base_s=1.0, cap_s=30.0, ask_cap_s=60.0))


def console(common: Common, form: Literal["text", "json"]) -> None:
    """Run the sink console."""
    from sinks.console.destination import ConsoleSink

    try:
        _run(common, ConsoleSink(form), [common.topics.alerts])
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        fail(
            "nobody reads the output any more. The alerts that were not printed come again next time.",
            Exit.FAILED,
            by=COMMAND,
        )


def jsonl(common: Common, alerts: Path | None, minutes: Path | None) -> None:
    """Run the sink jsonl."""
    from sinks.jsonl.destination import JsonLines
    from sinks.jsonl.file import FileTaken

    if alerts is None and minutes is None:
        fail("give --alerts FILE, --minutes FILE or both", Exit.MISUSED, by=COMMAND)
    with _exiting_on(FileTaken, Exit.FAILED), _exiting_on(OSError, Exit.FAILED):
        destination = JsonLines(common.topics, alerts, minutes)
        _run(common, destination, destination.topics)


def notify(common: Common, routes: Path, page_url: str) -> None:
    """Run the notifier."""
    from floodmark.processes.scheduled_reports import no_reports, reports_of
    from schemas.rights import of_notifier
    from sinks.notify.channels import kinds
    from sinks.notify.channels.settings import ChannelMisconfigured, Ground
    from sinks.notify.journal import NotWritten, TakenOver
    from sinks.notify.notifier import NAME
    from sinks.notify.routing.file import RoutingError
    from sinks.notify.run import Outfit, backoff, run

    topics, ground, settings = common.topics, Ground(), common.settings
    with _exiting_on(RoutingError, Exit.MISUSED), _exiting_on(ChannelMisconfigured, Exit.MISUSED):
        outfit = Outfit(
            routes,
            lambda table: kinds.made(table, ground),
            page_url,
            report=reports_of(settings),
            no_reports=no_reports(settings),
        )
    with _exiting_on(TakenOver, Exit.AGAIN), _exiting_on(NotWritten, Exit.AGAIN):
        _serve(
            common,
            NAME,
            [topics.alerts],
            of_notifier(topics, common.group or topics.sink_group(NAME)),
            lambda at: run(at.route, topics, outfit, at.stop, at.ready, at.registry),
            backoff(),
            more=(topics.notifications, topics.receipts, topics.silences),
        )


def _run(
    common: Common,
    destination: "Destination[Any] | DeliveryChannel[Any]",
    topics: "list[str] | tuple[str, ...]",
    backoff: "Backoff | None" = None,
) -> None:
    from schemas.rights import of_sink
    from sinks.run import run

    group = common.group or common.topics.sink_group(destination.name)
    _serve(
        common,
        destination.name,
        topics,
        of_sink(topics, common.topics.dead_letters, group),
        lambda at: run(at.route, destination, at.stop, at.ready, at.registry),
        backoff,
    )


@dataclass(frozen=True, slots=True)
class SinkPlace:
    """Where a sink runs.

    Args:
        route: Where its records come from.
        stop: Ends it.
        ready: To be told once, before the first record, how to ask for its health.
        registry: Where its metrics are.
    """

    route: "SinkRoute"
    stop: Event
    ready: "Callable[[LoopHealth], None]"
    registry: "CollectorRegistry"


def _serve(
    common: Common,
    name: str,
    topics: "Sequence[str]",
    needed: "list[Right]",
    start: Callable[[SinkPlace], None],
    backoff: "Backoff | None" = None,
    more: "Sequence[str]" = (),
) -> None:
    """Run a sink until a signal: its rights, its topics (`more` are written), its health, what it ends with."""
    import structlog

    from floodmark.processes.sink_health import SinkHealth
    from runtime import http_health
    from runtime.kafka.ends import BrokerEnds, TopicEnds
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.listing import Slot
    from runtime.kafka.lives import TopicLives, TopicsWatch
    from runtime.kafka.rights import require
    from runtime.kafka.topics import describe, ensure_topics
    from runtime.kafka.waiting import once_it_answers
    from runtime.ports import ListenError
    from runtime.process_metrics import process_registry
    from runtime.watchdog import StopDeadline, Watchdog
    from sinks.backoff import Backoff
    from sinks.dead_letters import DeadLetterError
    from sinks.kafka import SourceError
    from sinks.run import SinkRoute

    log = structlog.get_logger(__name__)
    settings = common.settings
    cluster = settings.cluster
    wanted: list[Slot] = []
    registry = process_registry()
    ends = BrokerEnds(TopicEnds(cluster), lambda: wanted)
    route = SinkRoute(
        cluster,
        common.group or common.topics.sink_group(name),
        topics,
        common.topics.dead_letters,
        common.from_beginning,
        backoff or Backoff(),
        lambda partition: ends.end(*partition),
    )
    server: list[http_health.HealthServer] = []

    def begin() -> list[Slot]:
        # A login that may not do this is told so first: topics that it may not see would pass for missing.
        require(cluster, needed, f"the sink {name}")
        mine = (*topics, *more, route.dead_letters)
        specs = [spec for spec in common.topics.specs(settings.partitions) if spec.name in mine]
        if ensure_topics(cluster, specs, replication=settings.replication).created:
            require(cluster, needed, f"the sink {name}")
        found = describe(cluster)
        return [(topic, number) for topic in topics for number in range(found[topic].partitions)]

    def ready(own: "LoopHealth") -> None:
        health = SinkHealth(own, ends)
        ends.start()
        read_and_written = (*topics, *more, route.dead_letters)
        look, memories = TopicLives(cluster).look, common.topics.memories
        TopicsWatch(look, read_and_written, lambda why: end(why, Exit.AGAIN), holds=memories).start()
        Watchdog(health.complaint, settings.unwell_for_s).start()
        server.append(
            http_health.serve(
                settings.metrics_host,
                settings.metrics_port,
                health.check,
                registry,
                needs_people=lambda: own.needs_people,
            )
        )
        if common.announce is not None:
            http_health.announce(common.announce, server[0].url)

    with (
        _exiting_on(BrokerError, Exit.UNREACHABLE),
        _exiting_on(SourceError, Exit.AGAIN),
        _exiting_on(DeadLetterError, Exit.FAILED),
        _exiting_on(ListenError, Exit.MISUSED),
    ):
        wanted += once_it_answers(cluster, begin, settings.wait_for_broker_s, log.warning)
        stop = _stop_at_signal()
        StopDeadline(settings.stop_within_s)
        try:
            start(SinkPlace(route, stop, ready, registry))
        finally:
            for one in server:
                one.close()


def _endpoint(settings: Settings) -> "Endpoint":
    """Where the store is: the DSN that was given, or whatever runs on the data directory at that time."""
    from floodmark.local.store import locate
    from sinks.clickhouse.connection import StoreRefused
    from sinks.protocol import Busy, Trouble

    def look() -> str:
        if settings.store_dsn:
            return settings.store_dsn
        try:
            found = locate.endpoint(settings.data_dir)
        except locate.CredentialsError as error:
            raise StoreRefused(str(error)) from error
        if found is None:
            raise Busy(Trouble.UNREACHABLE, f"no store answers for {settings.data_dir}")
        return found.dsn

    return look


def _stop_at_signal() -> Event:
    stop = Event()
    wanted: Callable[[int, object], None] = lambda _number, _frame: stop.set()  # noqa: E731 - one line says it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, wanted)
    return stop


@contextmanager
def _exiting_on(kind: type[Exception], code: Exit) -> Iterator[None]:
    """Turn an error that people can do something about into its message and an exit code."""
    try:
        yield
    except BrokenPipeError:
        raise
    except kind as error:
        fail(_words(error), code, by=COMMAND)


def _words(error: Exception) -> str:
    """What is wrong; of a file, its name before why."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be written: {error.strerror}"
    return str(error)
