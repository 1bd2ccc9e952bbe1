"""`floodmark dlq`: show dead letters, and send them again."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)

Broker = Annotated[str | None, typer.Option("--broker", help="Kafka bootstrap servers; none: those of `up` here.")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data directory of the `up` that runs here.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only letters with this reason, such as not_json.")]


class LetterFormat(StrEnum):
    """How letters are printed."""

    TABLE = "table"
    JSON = "json"


@app.callback()
def dlq() -> None:
    """Show and re-send dead letters: records that could not be read, with the reason."""


@app.command("list")
def list_letters(
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="The last so many.")] = 20,
    output: Annotated[LetterFormat, typer.Option("--format", help="json: one object a line, with the whole value.")] = (
        LetterFormat.TABLE
    ),
    read_all: Annotated[
        bool, typer.Option("--all", help="Look through all letters, not only the last 10,000: a million take a while.")
    ] = False,
) -> None:
    """Show the last dead letters, the oldest first; a record that was put aside twice is shown once.

    Exits with 0, also when there are none; 3 when the broker cannot be reached.
    """
    from floodmark.operate.dead_letters import show

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    show(
        {k: v for k, v in given.items() if v is not None},
        reason,
        limit,
        as_json=output is LetterFormat.JSON,
        read_all=read_all,
    )


@app.command()
def replay(
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    reason: Reason = None,
    offset: Annotated[
        list[str] | None,
        typer.Option(help="Only this letter, PARTITION:OFFSET as `list` shows it; may be given several times."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE: correct a field of JSON objects first; may be given several times."),
    ] = None,
) -> None:
    """Send dead letters again, each one once: what an earlier replay sent is left out.

    Transactions go to their topic, and what a sink has put aside (an alert that a webhook did not want, say) goes to
    that sink alone. Without --set the bytes are sent as they were. A letter that still cannot be read becomes a new
    one. What was sent is kept by the broker as a group's offsets, for a week after the last replay unless it is set
    otherwise (offsets.retention.minutes).

    Exits with 0, 1 when letters were not delivered, 2 for an option that makes no sense, 3 when the broker cannot be
    reached.
    """
    from floodmark.operate.dead_letters import send_again

    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    send_again({k: v for k, v in given.items() if v is not None}, reason, tuple(offset or ()), tuple(settings or ()))
