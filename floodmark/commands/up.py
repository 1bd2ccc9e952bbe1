"""`floodmark up`: the whole pipeline on this machine."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions
from floodmark.settings import settings_of
from runtime.exits import Misused
from runtime.terminal import clean_console

if TYPE_CHECKING:
    from floodmark.local.up.plan import GatewayAt

app = typer.Typer(add_completion=False)


class Rebase(StrEnum):
    """Where the events of a replay are moved to."""

    NOW = "now"


@app.command()
def up(
    *,
    broker: Annotated[
        str, typer.Option(help="auto, kafka, embedded or HOST:PORT. auto: a real Kafka when it can be had.")
    ] = "auto",
    workers: Annotated[int, typer.Option(min=1, max=32, help="How many workers.")] = 2,
    partitions: Annotated[int | None, typer.Option(min=1, max=1000, help="Partitions of topics that are made.")] = None,
    replay: Annotated[
        list[Path] | None, typer.Option(help="CSV file to replay; may be given several times.", exists=True)
    ] = None,
    replay_sample: Annotated[
        bool, typer.Option("--replay-sample", help="Replay the sample that ships with us.")
    ] = False,
    date: Annotated[str | None, typer.Option(help="Day of files that hold only times: YYYY-MM-DD.")] = None,
    decimal: Decimal = None,
    time_zone: TimeZone = None,
    speed: Annotated[str, typer.Option(help="Event seconds a second, or max.")] = "max",
    rebase: Annotated[Rebase | None, typer.Option(help="Move the events in time: now.")] = None,
    explode: Annotated[bool, typer.Option("--explode", help="One record for each transaction of a row.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out and count them.")] = False,
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    webhook: Annotated[str | None, typer.Option(help="URL that alerts are sent to.")] = None,
    webhook_local: Annotated[
        bool, typer.Option("--webhook-local", help="The URL may be on this machine or network, and without TLS.")
    ] = False,
    routes: Annotated[
        Path | None, typer.Option(help="Routing file: the notifier tells people by it. `floodmark notify` tries it.")
    ] = None,
    jsonl: Annotated[Path | None, typer.Option(help="File that alerts are appended to, one a line.")] = None,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done", help="Drain after the replay, print a summary and exit.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where broker and store keep their data.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the data directory first.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Replay also what was replayed before.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines instead of the live view.")] = False,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    host: Annotated[str | None, typer.Option(help="Address of the gateway and its live page.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Their port. Default: that of the settings if it is free, else any free one.")
    ] = None,
    no_gateway: Annotated[bool, typer.Option("--no-gateway", help="Without HTTP interface and live page.")] = False,
) -> None:
    """Run broker, store, workers, sinks, gateway and a replay on this machine, and look after them.

    Ctrl-C stops all in order and loses nothing: start it again and it goes on. What was replayed into a data
    directory is not replayed again. Exits with 0 when done, 130 after Ctrl-C, 1 when something failed,
    2 when the options cannot be followed, 3 when the broker cannot be had.
    """
    from floodmark.local.up.plan import Options
    from floodmark.local.up.run import up as run
    from floodmark.local.up.screen import screen
    from floodmark.local.up.signals import Signals

    given: dict[str, Any] = {
        "partitions": partitions,
        "rules": rules,
        "data_dir": data_dir,
        "topic_prefix": topic_prefix,
    }
    settings = settings_of(given)
    cluster = settings.cluster
    if cluster.tls is not None and broker in ("auto", "kafka", "embedded"):
        raise Misused(
            "the broker that `up` starts itself speaks PLAINTEXT: give --broker HOST:PORT, or unset it",
            "FLOODMARK_KAFKA_SECURITY_PROTOCOL",
        )
    options = Options(
        data_dir=settings.data_dir,
        broker=broker,
        cluster=cluster,
        workers=workers,
        partitions=settings.partitions,
        replication=settings.replication,
        topic_prefix=settings.topic_prefix,
        replay=tuple(replay or ()),
        sample=replay_sample,
        date=date,
        speed=speed,
        rebase=rebase is not None,
        explode=explode,
        skip_bad=skip_bad,
        rules=settings.rules,
        webhook=webhook,
        webhook_local=webhook_local,
        routes=routes,
        jsonl=jsonl,
        store_dsn=settings.store_dsn,
        exit_when_done=exit_when_done,
        fresh=fresh,
        again=again,
        # We know what the times of the sample are.
        conventions=conventions(decimal, time_zone if replay else time_zone or "UTC"),
    )
    if not no_gateway:
        options = replace(options, gateway=_gateway(host, port))
    signals = Signals()
    signals.install()
    raise typer.Exit(run(options, screen(clean_console(), plain=plain), signals))


def _gateway(host: str | None, port: int | None) -> "GatewayAt":
    """Where the gateway is to listen.

    Raises:
        Misused: The port that was named is taken.
    """
    from floodmark.gateway.settings import GatewaySettings
    from floodmark.local.up.plan import GatewayAt
    from runtime.ports import is_free
    from runtime.settings import read_settings

    settings = read_settings(GatewaySettings, {"gateway_host": host, "gateway_port": port})
    is_named = "gateway_port" in settings.model_fields_set
    if is_named and settings.gateway_port and not is_free(settings.gateway_port):
        where = "--port" if port is not None else "FLOODMARK_GATEWAY_PORT"
        raise Misused(f"port {settings.gateway_port} is taken: name another one, or none for any free one", where)
    return GatewayAt(settings.gateway_host, settings.gateway_port, is_named)
