"""The `floodmark` command: one name, one sub-command for each thing people do."""

import importlib
import os
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import metadata
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from runtime.exits import Exit, Misused, fail
from runtime.output import to_stderr, to_stdout

PREFIX: Final = "FLOODMARK_"
"""The beginning of our variables; see runtime.settings, which takes too long to import for `--help`."""
COMMANDS: Final = {
    "up": "Run the whole pipeline on this machine.",
    "replay": "Publish the rows of CSV files as transactions.",
    "simulate": "Make seeded traffic with named incidents, and their labels.",
    "worker": "Start one processor: count, judge, alert.",
    "sink": "Write minutes and alerts somewhere, and tell people: clickhouse, webhook, notify, console, jsonl.",
    "store": "Serve the embedded ClickHouse on loopback.",
    "gateway": "Serve the HTTP interface and the live page.",
    "keys": "Make, list and revoke API keys of the gateway.",
    "detect": "Judge files without Kafka: the same code, offline.",
    "rules": "Check rule files, show what they say, run the tests they carry.",
    "train": "Learn from history what ordinary minutes look like, and write it as a model file.",
    "scorecard": "Score the rules on labelled sets or named feeds, and publish the table.",
    "verify": "Recompute an alert from the stored minutes: prove it equal or show the difference.",
    "report": "Say of a file, or of a day, week or month in the store, what an analyst would say.",
    "top": "Show what the live page shows, in a terminal.",
    "tail": "Print minutes or alerts as they are said.",
    "ack": "Say that somebody is on an incident.",
    "notify": "Who is told of what: check and try routing files.",
    "drill": "Try whether people are reached, and how fast: a drill through the notifier.",
    "silences": "Make, show and end what people do not want to be told of for a time.",
    "runbook": "Print what an alert means, what to look at first and what to do.",
    "topics": "List, make or check the topics, for clusters where others make them.",
    "dlq": "Show and re-send dead letters.",
    "query": "Ask the store one of the questions that are asked often.",
    "sql": "Ask the store, read-only.",
    "doctor": "Check broker, topics, store and rules; say what is wrong and what to do.",
}


class LazyGroup(TyperGroup):
    """Imports a sub-command's module only when it is asked for, so that `--help` is quick."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """All names, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """The command `cmd_name`, or None when there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"floodmark.commands.{cmd_name}")
        from floodmark.commands.help_text import as_written, named

        command = named(as_written(typer.main.get_command(module.app)), f"floodmark {cmd_name}")
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """As there; of a name that is misspelled the nearest ones are named, though none has been imported yet."""
        try:
            return super().resolve_command(ctx, args)
        except typer.TyperException as error:
            if near := get_close_matches(args[0], COMMANDS):
                error.message = f"{error.message.rstrip('.')}. Did you mean {' or '.join(map(repr, near))}?"
            raise

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """As there, as it is written."""
        from floodmark.commands.help_text import as_written

        return super().get_help(as_written(self) and ctx)

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **more: Any) -> Any:  # type: ignore[override]
        """As there; whatever is wrong with how it was used is said in one sentence, and ends with 2."""
        if not more.pop("standalone_mode", True):
            return super().main(args, prog_name, standalone_mode=False, **more)
        try:
            code = super().main(args, prog_name, standalone_mode=False, **more)
        except Misused as error:
            fail(error.sentence, Exit.MISUSED, by=error.by or "floodmark")
        except typer.Abort:
            fail("nothing was done", Exit.FAILED, by="floodmark")
        except typer.TyperException as error:
            from floodmark.commands.wrong_usage import said

            if words := said(error):
                to_stderr(words)
            raise SystemExit(Exit.MISUSED) from error
        raise SystemExit(code if isinstance(code, int) else Exit.FINE)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        to_stdout(f"floodmark {metadata.version('floodmark')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Floodmark watches payment transactions minute by minute.

    Every command exits with 2 when it was used wrongly or a setting makes no sense, with 1 when it failed, with 3 when
    something that it needs does not answer, and with 75 when it is worth trying again.
    """
    del version
    if any(name.upper().startswith(PREFIX) for name in os.environ):
        _check_environment()


def _check_environment() -> None:
    """Name the variables that nobody knows, and end with 2 when one that is known cannot be used."""
    from floodmark.environment import not_together, unknown, wrong

    for sentence in unknown(os.environ):
        to_stderr(f"floodmark: warning: {sentence}")
    faults = wrong(os.environ) or list(filter(None, [not_together()]))
    for sentence in faults:
        to_stderr(f"floodmark: {sentence}")
    if faults:
        raise typer.Exit(Exit.MISUSED)


def main() -> None:
    """Entry point of the `floodmark` command."""
    app(prog_name="floodmark")
