"""`floodmark sink`: write minutes and alerts somewhere."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from floodmark.processes import sinks as sinking

app = typer.Typer(no_args_is_help=True, add_completion=False)

Broker = Annotated[str | None, typer.Option(help="Kafka bootstrap servers, HOST:PORT[,HOST:PORT…].")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
Group = Annotated[str | None, typer.Option(help="Consumer group; none: the sink's own.")]
Port = Annotated[int | None, typer.Option("--metrics-port", help="Port of /metrics and /healthz; 0: a free one.")]
Announce = Annotated[Path | None, typer.Option(help="Write pid and metrics address to this file when ready.")]
FromBeginning = Annotated[
    bool, typer.Option("--from-beginning", help="Read everything again, whatever the group has committed.")
]


@app.callback()
def sink() -> None:
    """Write minutes and alerts somewhere.

    Offsets are committed only after the write succeeded. A target that is down is waited for. A record that
    can never be written goes to the dead-letter topic. Ctrl-C and SIGTERM finish the batch in hand.
    """


@app.command()
def clickhouse(
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    group: Group = None,
    store_dsn: Annotated[
        str | None, typer.Option(help="clickhouse-connect DSN; better given as FLOODMARK_STORE_DSN.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Find the local store there, when no DSN is given.")] = None,
    migrate_only: Annotated[bool, typer.Option("--migrate-only", help="Make tables and views, then exit.")] = False,
    print_ddl: Annotated[
        str | None,
        typer.Option(
            "--print-ddl", metavar="CLUSTER", help="Print the statements that make the tables on a cluster, then exit."
        ),
    ] = None,
    metrics_port: Port = None,
    announce: Announce = None,
    from_beginning: FromBeginning = False,
) -> None:
    """Minutes, alerts, late records and dead letters to ClickHouse, each one once whatever is repeated.

    Hours are added up with each batch. A database that a newer Floodmark has made is refused (2).

    Exits with 3 when the broker (or, with --migrate-only, the store) cannot be reached.
    """
    common = sinking.common(
        broker,
        topic_prefix,
        group,
        metrics_port,
        announce,
        from_beginning=from_beginning,
        store_dsn=store_dsn,
        data_dir=data_dir,
    )
    if print_ddl is not None:
        sinking.print_ddl(common, print_ddl)
        return
    sinking.clickhouse(common, migrate_only=migrate_only)


@app.command()
def webhook(
    *,
    url: Annotated[
        str, typer.Option(envvar="FLOODMARK_WEBHOOK_URL", show_envvar=True, help="Where to; https://HOST/PATH.")
    ],
    secret_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the signing secret (two lines: the new and the old one). "
            "None: FLOODMARK_WEBHOOK_SECRET; without either, requests are not signed."
        ),
    ] = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    group: Group = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Permit a URL without TLS.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Permit private, loopback and link-local addresses.")
    ] = False,
    all_states: Annotated[bool, typer.Option("--all-states", help="Send every update, not only news.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, max=20, help="Seconds that one request may take.")] = 10.0,
    deadline: Annotated[
        float,
        typer.Option(
            min=1, max=86_400, help="Seconds after which an alert that fails while others get through gives way."
        ),
    ] = 300.0,
    metrics_port: Port = None,
    announce: Announce = None,
    from_beginning: FromBeginning = False,
) -> None:
    """Alerts to an HTTP endpoint: CloudEvents JSON, signed, at least once.

    Sent are alerts that open, end or correct an incident, make it more severe or say that somebody is on it. The
    header X-Floodmark-Signature is t=SECONDS,v1=HEX, where HEX is HMAC-SHA256 with the secret over SECONDS, a dot
    and the body. A new group begins at the end: what is over by then comes as one message, what is open is sent.
    What the URL or the credentials are to blame for is held until they are mended, and /healthz says so; what is put
    aside is sent again by `floodmark dlq replay`. Exits with 2 when the URL or the secret cannot be used.
    """
    common = sinking.common(broker, topic_prefix, group, metrics_port, announce, from_beginning=from_beginning)
    sinking.webhook(
        common,
        url,
        secret_file,
        timeout,
        deadline,
        allow_http=allow_http,
        allow_private=allow_private,
        all_states=all_states,
    )


@app.command()
def notify(
    *,
    routes: Annotated[
        Path,
        typer.Option(
            envvar="FLOODMARK_ROUTES", show_envvar=True, help="The routing file; `floodmark notify routes` tries it."
        ),
    ],
    page_url: Annotated[
        str,
        typer.Option(
            envvar="FLOODMARK_PAGE_URL", show_envvar=True, help="Where the live page is, for links in messages."
        ),
    ] = "",
    broker: Broker = None,
    topic_prefix: Prefix = None,
    group: Group = None,
    metrics_port: Port = None,
    announce: Announce = None,
) -> None:
    """Alerts to people: who is told of what, through which channels, and again until somebody is on it.

    What belongs to one cause is one message; silences, quiet hours, repeats and escalation are as the routing file and
    `floodmark silences` say. What people are owed lies on Kafka: it outlives this process, and any number may run, of
    which one tells. A changed routing file is used while it runs. Exits with 2 when the routing file or a channel in
    it cannot be used, with 75 when another one has taken over.
    """
    common = sinking.common(broker, topic_prefix, group, metrics_port, announce, from_beginning=False)
    sinking.notify(common, routes, page_url)


@app.command()
def console(
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    group: Group = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="text: for people; json: one alert a line.")
    ] = "text",
    metrics_port: Port = None,
    announce: Announce = None,
    from_beginning: FromBeginning = False,
) -> None:
    """Alerts on stdout, from where the group stopped last time (the beginning, at first)."""
    common = sinking.common(broker, topic_prefix, group, metrics_port, announce, from_beginning=from_beginning)
    sinking.console(common, form)


@app.command()
def jsonl(
    *,
    alerts: Annotated[Path | None, typer.Option(help="Append alerts to this file.")] = None,
    minutes: Annotated[Path | None, typer.Option(help="Append minutes to this file.")] = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    group: Group = None,
    metrics_port: Port = None,
    announce: Announce = None,
    from_beginning: FromBeginning = False,
) -> None:
    """Alerts and minutes to files, one JSON object a line, on the disk before the commit.

    After a crash a line may be there twice: readers keep one for each (incident_id, revision).
    """
    common = sinking.common(broker, topic_prefix, group, metrics_port, announce, from_beginning=from_beginning)
    sinking.jsonl(common, alerts, minutes)
