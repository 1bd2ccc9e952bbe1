"""`floodmark drill`: try whether people are reached."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def drill(
    routes: Annotated[Path, typer.Option(help="The routing file of the notifier (TOML).")],
    team: Annotated[str | None, typer.Option(help="Call this team alone; none: each.", show_default=False)] = None,
    within: Annotated[float, typer.Option(min=1, max=3600, help="Seconds that channels may take.")] = 120.0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a line for each channel.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers; none: those of `up` here.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory of the `up` that runs here.")] = None,
) -> None:
    """Call people as a critical incident would, and say how long each channel took.

    An incident that is marked as a drill goes through the alerts topic and the notifier to all channels of the team,
    also in its quiet hours, and is ended afterwards. Every message says that it is a drill. Nothing but the notifier
    takes it for anything: it is in no view, no report, no figure and on no page.

    Exits with 0 when all channels have taken it in time, 1 when one has not, 2 when the routing file cannot be used,
    3 when the broker cannot be reached.
    """
    from floodmark.operate.notify.drill import drill as run

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    run({k: v for k, v in given.items() if v is not None}, routes, team, within, as_json=as_json)
