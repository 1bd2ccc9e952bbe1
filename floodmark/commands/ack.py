"""`floodmark ack`: say who is on an incident, or that nobody is any more."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def ack(
    incident_id: Annotated[str, typer.Argument(help="The incident_id of an alert.")],
    by: Annotated[str | None, typer.Option(help="Who is on it; none: who is logged in.", show_default=False)] = None,
    note: Annotated[str, typer.Option(help="What others should know.")] = "",
    span: Annotated[
        str | None,
        typer.Option("--for", help="For how long, such as 30m or 4h, 7d at most; none: until it is over."),
    ] = None,
    assign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who is on it from now on, whoever was before.")
    ] = None,
    *,
    take_over: Annotated[bool, typer.Option("--take-over", help="You are on it, whoever was before.")] = False,
    release: Annotated[bool, typer.Option("--release", help="Nobody is on it any more: it may page again.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers; none: those of `up` here.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory of the `up` that runs here.")] = None,
) -> None:
    """Acknowledge an incident: every alert says so, and it pages again only if it gets more severe.

    With --for that ends by itself: people hear of it, and escalation goes on. The first one who says so counts until it
    has ended or the incident is more severe than it was then, unless somebody takes over; whatever is over is left as
    it is.

    Exits with 0 when the incident is as it was asked for, or over, 1 when somebody else has it and nothing was changed,
    2 when it is not known, 3 when the broker cannot be reached, 75 when no worker has taken it up yet.
    """
    from floodmark.operate.acknowledge.run import acknowledge
    from floodmark.operate.acknowledge.wish import AcknowledgeWish

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    wish = AcknowledgeWish(incident_id, by, note, span, assign, takes_over=take_over, releases=release)
    acknowledge({k: v for k, v in given.items() if v is not None}, wish)
