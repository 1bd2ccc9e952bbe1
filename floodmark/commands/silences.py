"""`floodmark silences`: what people do not want to be told of, for a time."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)

Broker = Annotated[str | None, typer.Option("--broker", help="Kafka bootstrap servers; none: those of `up` here.")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data directory of the `up` that runs here.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str | None, typer.Option("--by", help="Who; none: the name of the login.")]
Globs = list[str] | None


@app.callback()
def silences() -> None:
    """Make, show and end silences: what is not told to anybody for a time, unless it gets worse."""


@app.command()
def create(
    *,
    reason: Annotated[str, typer.Option(help="Why; whoever is woken by what it hid wants to know.")],
    span: Annotated[str, typer.Option("--for", help="How long, such as 30m or 4h; 7d at most.")],
    scope: Annotated[Globs, typer.Option(help="A scope; * stands for anything. Repeatable.")] = None,
    dimension: Annotated[Globs, typer.Option(help="status, auth_code, volume or stream. Repeatable.")] = None,
    key: Annotated[Globs, typer.Option(help="A status or code; * stands for anything. Repeatable.")] = None,
    rule: Annotated[Globs, typer.Option(help="A rule; * stands for anything. Repeatable.")] = None,
    accept: Annotated[str, typer.Option(help="What is more severe breaks it: info, warning or critical.")] = "critical",
    accept_lost: Annotated[
        int | None, typer.Option(min=0, help="What has lost more transactions than so many breaks it.")
    ] = None,
    until_cleared: Annotated[
        bool, typer.Option("--until-cleared", help="Ends when all that it hides is over.")
    ] = False,
    idle: Annotated[str | None, typer.Option(help="Ends when it has matched nothing for so long.")] = None,
    by: By = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a silence, from now on.

    Exits with 2 when it cannot be made, 3 when the broker does not answer.
    """
    from floodmark.operate.notify.silencing import Wish
    from floodmark.operate.notify.silencing import create as run

    wish = Wish(
        scope=tuple(scope or ()),
        dimension=tuple(dimension or ()),
        key=tuple(key or ()),
        rule=tuple(rule or ()),
        span=span,
        author=by or getpass.getuser(),
        reason=reason,
        accepts=accept,
        accepts_lost=accept_lost,
        until_cleared=until_cleared,
        idle=idle,
    )
    run(_given(broker, topic_prefix, data_dir), wish, as_json=as_json)


@app.command("list")
def list_silences(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended as well.")] = False,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Show the silences that are on: what they hide, until when, who made them and why, and what they have hidden.

    Exits with 0, also when there are none; 3 when the broker does not answer.
    """
    from floodmark.operate.notify.silencing import show

    show(_given(broker, topic_prefix, data_dir), everything=everything, as_json=as_json)


@app.command()
def expire(
    silence: Annotated[str, typer.Argument(help="The silence's id, as `silences list` shows it.")],
    *,
    by: By = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
) -> None:
    """End a silence: what it hides and still fires is told at once.

    Exits with 2 when there is no such silence or it has ended, 3 when the broker does not answer.
    """
    from floodmark.operate.notify.silencing import expire as run

    run(_given(broker, topic_prefix, data_dir), silence, by or getpass.getuser())


def _given(broker: str | None, topic_prefix: str | None, data_dir: Path | None) -> dict[str, Any]:
    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    return {name: value for name, value in given.items() if value is not None}
