"""`floodmark worker`: start one processor; any number may run."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    partitions: Annotated[
        int | None, typer.Option(help="Partitions of the transactions topic, when it is made.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of /metrics and /healthz; 0: a free one.")] = None,
    announce: Annotated[
        Path | None, typer.Option(help="Write pid and metrics address to this file when ready.")
    ] = None,
) -> None:
    """Count transactions by minute, judge every minute, publish minutes and alerts.

    A broker that does not answer yet is waited for (FLOODMARK_WAIT_FOR_BROKER_S).

    Exits with 75 when it must be started again (it stood still, was unwell, or did not stop for too long, or Kafka went
    away while it started), 70 when state or output could not be stored, 3 when the broker did not answer or refused
    its topics, 2 when the rules cannot be used.
    """
    from floodmark.processes.worker import run

    given = {"broker": broker, "topic_prefix": topic_prefix, "partitions": partitions, "rules": rules}
    run({k: v for k, v in given.items() if v is not None}, metrics_port=metrics_port, announce=announce)
