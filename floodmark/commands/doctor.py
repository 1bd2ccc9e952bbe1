"""`floodmark doctor`: what is wrong, and what to do."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.output import to_stdout
from runtime.terminal import clean_console

if TYPE_CHECKING:
    from floodmark.operate.doctor import CheckFinding

app = typer.Typer(add_completion=False)


class FindingsFormat(StrEnum):
    """How the findings are printed."""

    TABLE = "table"
    JSON = "json"


@app.command()
def doctor(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory of the local broker and store.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    output: Annotated[
        FindingsFormat, typer.Option("--format", help="How to print what was found.")
    ] = FindingsFormat.TABLE,
) -> None:
    """Check broker, topics, workers, store, rules and disk; say what is wrong and what to do.

    Exits with 0 when nothing failed, 1 when something is wrong, 3 when broker or store do not answer.
    """
    from floodmark.local.up.running import settings_here
    from floodmark.operate.doctor import examine, exit_code

    given = {"broker": broker, "data_dir": data_dir, "topic_prefix": topic_prefix, "rules": rules}
    findings = list(examine(settings_here(given)))
    if output is FindingsFormat.JSON:
        to_stdout(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        _table(findings)
    raise typer.Exit(exit_code(findings))


def _table(findings: "list[CheckFinding]") -> None:
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        what = Text(finding.found)
        if finding.advice:
            what.append(f"\n→ {finding.advice}", "bright_black" if finding.level == "ok" else "")
        table.add_row(Text(finding.level, colours[finding.level]), finding.check, what)
    clean_console(soft_wrap=False).print(table)
