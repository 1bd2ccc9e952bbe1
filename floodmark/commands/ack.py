"""`floodmark ack`: say that somebody is on an incident."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def ack(
    incident_id: Annotated[str, typer.Argument(help="The incident_id of an alert.")],
    by: Annotated[str | None, typer.Option(help="Who is on it; none: who is logged in.", show_default=False)] = None,
    note: Annotated[str, typer.Option(help="What others should know.")] = "",
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers; none: those of `up` here.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory of the `up` that runs here.")] = None,
) -> None:
    """Acknowledge an incident: every alert says so until it ends, and it pages again only if it gets more severe.

    The first one who says so counts; whatever is over, or acknowledged already, is left as it is.

    Exits with 0 when the incident is acknowledged or over, 2 when it is not known, 3 when the broker cannot be
    reached, 75 when no worker has taken it up yet.
    """
    from floodmark.operate.acknowledge.run import acknowledge

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    acknowledge({k: v for k, v in given.items() if v is not None}, incident_id, by, note)
