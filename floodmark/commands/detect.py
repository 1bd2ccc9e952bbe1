"""`floodmark detect`: judge files without Kafka, with the code that the stream runs."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions

app = typer.Typer(add_completion=False)


@app.command()
def detect(
    transactions: Annotated[Path, typer.Option(help="CSV with timestamp, status, count; - is standard input.")],
    alerts: Annotated[Path, typer.Option(help="Write alerts here, one JSON object a line.")],
    auth_codes: Annotated[Path | None, typer.Option(help="CSV with timestamp, auth_code, count.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    minutes: Annotated[
        Path | None, typer.Option(help="Write every judged minute here, one JSON object a line.")
    ] = None,
    day: Annotated[str | None, typer.Option("--date", help="Date (YYYY-MM-DD) of files that have times only.")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Other rules: say what they would add, lose, find earlier or later.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with charts here; it needs no other file.")] = None,
    decimal: Decimal = None,
    time_zone: TimeZone = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out and count them.")] = False,
) -> None:
    """Judge every minute of the files in event time and write what would have been said.

    Rules are files or names of shipped ones: default, thresholds, classic, comparison, hybrid (this one needs a model
    in the current folder: see `floodmark train`).

    Exits with 2 when the rules, a file or a place to write to cannot be used, and with 1 when the results cannot be
    written; the message names the place. Then nothing is written, and files of that name stay as they were.
    """
    from floodmark.analysis.backtest.run import BackTestRequest, run
    from runtime.typed_times import day as typed_day

    given = typed_day(day, "--date") if day else None
    written = conventions(decimal, time_zone)
    run(
        BackTestRequest(
            transactions, auth_codes, rules, alerts, minutes, given, skip_bad, compare, as_json, html, written
        )
    )
