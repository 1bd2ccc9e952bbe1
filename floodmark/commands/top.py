"""`floodmark top`: the live view in a shell."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def top(
    *,
    scope: Annotated[str | None, typer.Option(help="Only this scope, and what concerns the stream itself.")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Draw one picture and end; also where stdout is no terminal.")
    ] = (False),
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers; none: those of `up` here.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory of the `up` that runs here.")] = None,
) -> None:
    """Show what the live page shows, in a terminal: the latest minute, what flows, open incidents.

    Reads the topics and writes nothing; any number may look. Arrow keys choose an incident, Enter shows all of it.

    Exits with 0 after Ctrl-C, 2 when the topics are not there, 3 when the broker cannot be reached.
    """
    from floodmark.operate.top.run import top as run

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    raise typer.Exit(run({k: v for k, v in given.items() if v is not None}, scope=scope, once=once))
