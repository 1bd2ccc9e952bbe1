"""`floodmark gateway`: the HTTP interface and the live page."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def gateway(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers, HOST:PORT[,HOST:PORT…].")] = None,
    topic_prefix: Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: a free one.")] = None,
    store_dsn: Annotated[
        str | None, typer.Option(help="clickhouse-connect DSN; better given as FLOODMARK_STORE_DSN.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Find the local store there, when no DSN is given.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of /metrics and /healthz; 0: a free one.")] = None,
    announce: Annotated[
        Path | None, typer.Option(help="Write pid, address and metrics address to this file when ready.")
    ] = None,
) -> None:
    """Serve the HTTP interface and the live page, until Ctrl-C or SIGTERM; any number may run.

    Exits with 2 when the address cannot be had or the settings make no sense.
    """
    from floodmark.processes.gateway import run

    given = {
        "broker": broker,
        "topic_prefix": topic_prefix,
        "gateway_host": host,
        "gateway_port": port,
        "store_dsn": store_dsn,
        "data_dir": data_dir,
        "metrics_port": metrics_port,
    }
    run({k: v for k, v in given.items() if v is not None}, announce=announce)
