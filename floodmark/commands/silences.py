"""`floodmark silences`: what people do not want to be told of, for a time."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from floodmark.operate.notify.previewing import StoredPast

app = typer.Typer(add_completion=False, no_args_is_help=True)

Broker = Annotated[str | None, typer.Option("--broker", help="Kafka bootstrap servers; none: those of `up` here.")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data directory of the `up` that runs here.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str | None, typer.Option("--by", help="Who; none: the name of the login.")]
Scope = Annotated[list[str] | None, typer.Option(help="A scope; * stands for anything. Repeatable.")]
Dimension = Annotated[list[str] | None, typer.Option(help="status, auth_code, volume or stream. Repeatable.")]
Key = Annotated[list[str] | None, typer.Option(help="A status or code; * stands for anything. Repeatable.")]
Rule = Annotated[list[str] | None, typer.Option(help="A rule; * stands for anything. Repeatable.")]
Accept = Annotated[str, typer.Option(help="What is more severe breaks it: info, warning or critical.")]
AcceptLost = Annotated[int | None, typer.Option(min=0, help="What has lost more transactions than so many breaks it.")]
Over = Annotated[str, typer.Option("--over", help="How much of the past is looked at, such as 7d; 31d at most.")]
Dsn = Annotated[
    str | None, typer.Option(help="ClickHouse server to look in; none: the store here.", show_default=False)
]
SilenceId = Annotated[str, typer.Argument(metavar="SILENCE", help="The silence's id, as `silences list` shows it.")]


@app.callback()
def silences() -> None:
    """Make, show and end silences: what is not told to anybody for a time, unless it gets worse."""


@app.command()
def create(
    *,
    reason: Annotated[str, typer.Option(help="Why; whoever is woken by what it hid wants to know.")],
    span: Annotated[str, typer.Option("--for", help="How long, such as 30m or 4h; 7d at most.")],
    scope: Scope = None,
    dimension: Dimension = None,
    key: Key = None,
    rule: Rule = None,
    accept: Accept = "critical",
    accept_lost: AcceptLost = None,
    until_cleared: Annotated[
        bool, typer.Option("--until-cleared", help="Ends when all that it hides is over.")
    ] = False,
    idle: Annotated[str | None, typer.Option(help="Ends when it has matched nothing for so long.")] = None,
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not show what it would have hidden, and do not ask.")] = False,
    over: Over = "7d",
    dsn: Dsn = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a silence, from now on. In a terminal it first shows what it would have hidden, and asks.

    One that would break at once, as things are worse already than it accepts, is not made.

    Exits with 1 when the answer is no, 2 when it cannot be made, 3 when the broker does not answer.
    """
    from floodmark.operate.notify.previewing import show_if_known
    from floodmark.operate.notify.silencing import create as run
    from floodmark.operate.notify.wishes import SilenceWords, Wish

    matchers = SilenceWords(scope, dimension, key, rule, accept, accept_lost)
    wish = Wish(matchers, span, by or getpass.getuser(), reason, until_cleared, idle)

    def is_sure() -> None:
        if not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
            show_if_known(past, matchers)
            typer.confirm("Make it?", abort=True)

    past = _past(data_dir, dsn, over)
    run(_given(broker, topic_prefix, data_dir), wish, is_sure, as_json=as_json)


@app.command()
def preview(
    *,
    scope: Scope = None,
    dimension: Dimension = None,
    key: Key = None,
    rule: Rule = None,
    accept: Accept = "critical",
    accept_lost: AcceptLost = None,
    over: Over = "7d",
    dsn: Dsn = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="The store's data directory.")] = None,
    as_json: Json = False,
) -> None:
    """Show what such a silence would have hidden, from the incidents in the store: how many, at what loss, the worst.

    And which of them would have broken it. Makes nothing. Exits with 2 when there can be no such silence, or there is
    no store, 3 when the store cannot be reached, 75 when it is starting or stopping: try again.
    """
    from floodmark.operate.notify.previewing import show
    from floodmark.operate.notify.wishes import SilenceWords

    matchers = SilenceWords(scope, dimension, key, rule, accept, accept_lost)
    show(_past(data_dir, dsn, over), matchers, as_json=as_json)


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


@app.command("show")
def show_silence(
    silence: SilenceId,
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Show one silence with every incident that it has hidden, also after its end.

    Exits with 2 when there is no such silence, 3 when the broker does not answer.
    """
    from floodmark.operate.notify.silencing import show_one

    show_one(_given(broker, topic_prefix, data_dir), silence, as_json=as_json)


@app.command()
def expire(
    silence: SilenceId,
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


def _past(data_dir: Path | None, dsn: str | None, over: str) -> "StoredPast":
    from floodmark.operate.notify.previewing import StoredPast
    from floodmark.operate.notify.wishes import span

    return StoredPast(data_dir, dsn, span(over, "--over"))
