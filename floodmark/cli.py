"""The `floodmark` command: one name, one sub-command for each thing people do."""

import importlib
from typing import Any, Final

import typer
from typer.core import TyperGroup

COMMANDS: Final = {
    "up": "Run the whole pipeline on this machine.",
    "replay": "Publish the rows of CSV files as transactions.",
    "simulate": "Make seeded traffic with named incidents, and their labels.",
    "worker": "Start one processor: count, judge, alert.",
    "sink": "Write minutes and alerts somewhere: clickhouse, webhook, console, jsonl.",
    "store": "Serve the embedded ClickHouse on loopback.",
    "detect": "Judge files without Kafka: the same code, offline.",
    "rules": "Check rule files, show what they say, run the tests they carry.",
    "train": "Learn from history what ordinary minutes look like, and write it as a model file.",
    "score": "Score any series of numbers, row by row, for outside benchmarks.",
    "scorecard": "Score the rules on labelled sets, and publish the table.",
    "verify": "Recompute an alert from the stored minutes: prove it equal or show the difference.",
    "report": "Say of a file of hourly sales what an analyst would say.",
    "ack": "Say that somebody is on an incident.",
    "dlq": "Show and re-send dead letters.",
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
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Floodmark watches payment transactions minute by minute.",
)


@app.callback()
def root() -> None:
    """Floodmark watches payment transactions minute by minute."""


def main() -> None:
    """Entry point of the `floodmark` command."""
    app(prog_name="floodmark")
