"""`floodmark rules`: tools around rule files."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions

app = typer.Typer(add_completion=False, no_args_is_help=True)
Files = Annotated[
    list[Path],
    typer.Argument(help="Rule files, or names of shipped ones: default, thresholds, classic, comparison, hybrid."),
]


@app.callback()
def rules() -> None:
    """Check rule files, show what they say, run the tests they carry. The names of shipped rule sets do for files."""


@app.command()
def check(
    files: Files,
    transactions: Annotated[
        list[Path] | None, typer.Option(help="CSV of rows: warn of scopes, keys and codes that none has. Repeatable.")
    ] = None,
    decimal: Decimal = None,
) -> None:
    """Say of each file whether it can be used, and what it names that the data do not have.

    Exits with 0 when all can, also with warnings, else with 2; the messages name file, line and key.
    """
    from floodmark.analysis.rule_files.run import check as run

    run(files, transactions or (), conventions(decimal))


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="Rule file, or the name of a shipped one.")] = Path("default"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every setting of every rule.")] = False,
) -> None:
    """Show the rules with the settings that differ from their method's defaults, the baseline, and the incidents.

    Exits with 2 when the file cannot be used; the message names file, line and key.
    """
    from floodmark.analysis.rule_files.run import show as run

    run(file, as_json=as_json)


@app.command()
def test(files: Files) -> None:
    """Try the test cases that the files carry, and say of those that fail what opened instead.

    The traffic of each `[[test]]` is judged by the code that the stream runs. Exits with 1 when a test fails, and with
    2 when a file cannot be used; the message names file, line and key.
    """
    from floodmark.analysis.rule_files.run import test as run

    run(files)


@app.command()
def explain(
    files: Annotated[list[Path], typer.Argument(help="CSV with timestamp, status, count, as `detect` reads them.")],
    begin: Annotated[str, typer.Option("--from", help="First instant in question, such as 2025-07-12T18:00 (UTC).")],
    end: Annotated[str, typer.Option("--to", help="First instant after it; a day later at most.")],
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    scope: Annotated[str | None, typer.Option(help="Look at this scope alone.")] = None,
    auth_codes: Annotated[Path | None, typer.Option(help="CSV with timestamp, auth_code, count.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="Date (YYYY-MM-DD) of files that have times only.")] = None,
    decimal: Decimal = None,
    time_zone: TimeZone = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every rule, series and setting.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out.")] = False,
) -> None:
    """Say of a stretch in which something was missed how near each rule came, and what would have caught it.

    Each change is of one setting, and has been tried on all the rows: the incident that then opens, and the alerts a
    day before and after, are from judging them again. The cheapest comes first, with the line of the file to change.

    Exits with 2 when a file, the rules, the scope or the times cannot be used.
    """
    from datetime import date

    from floodmark.analysis.explain.run import ExplainRequest, run

    try:
        given = date.fromisoformat(day) if day else None
    except ValueError as exc:
        raise typer.BadParameter(f"{day!r} is no date; write YYYY-MM-DD", param_hint="--date") from exc
    written = conventions(decimal, time_zone)
    run(
        ExplainRequest(tuple(files), auth_codes, begin, end, rules, scope, given, skip_bad, written),
        as_json_text=as_json,
    )
