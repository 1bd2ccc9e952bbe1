"""`floodmark rules`: tools around rule files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions
from runtime.exits import Exit, fail

if TYPE_CHECKING:
    from floodmark.analysis.explain.opinions import Opinions

EXPLAIN: Final = "floodmark rules explain"

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
    data_dir: Annotated[Path | None, typer.Option(help="Say what people think of the rules: the store's data.")] = None,
    dsn: Annotated[
        str | None, typer.Option(help="Ask this ClickHouse server for that instead.", show_default=False)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every rule, series and setting.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out.")] = False,
) -> None:
    """Say of a stretch in which something was missed how near each rule came, and what would have caught it.

    Each change is of one setting, and has been tried on all the rows: the incident that then opens, and the alerts a
    day before and after, are from judging them again. The cheapest comes first, with the line of the file to change.
    With a store (--data-dir, --dsn or FLOODMARK_STORE_DSN) it says as well how often people have called a rule useless.

    Exits with 1 when the store cannot say, 2 when a file, the rules, the scope or the times cannot be used, 3 when the
    store cannot be reached.
    """
    from floodmark.analysis.explain.run import ExplainRequest, run
    from floodmark.settings import settings_of
    from runtime.typed_times import day as typed_day

    given = typed_day(day, "--date") if day else None
    written = conventions(decimal, time_zone)
    server = dsn or (settings_of({}).store_dsn if data_dir is None else None)
    run(
        ExplainRequest(tuple(files), auth_codes, begin, end, rules, scope, given, skip_bad, written),
        _opinions(data_dir, server) if data_dir or server else (),
        as_json_text=as_json,
    )


def _opinions(data_dir: Path | None, dsn: str | None) -> "tuple[Opinions, ...]":
    """What people have said of rules, from the store."""
    from floodmark.analysis.explain.opinions import opinions
    from floodmark.commands.sql import answering
    from floodmark.local.store.ask import asking
    from floodmark.queries.ask import DATABASE
    from floodmark.queries.errors import StoreError
    from floodmark.settings import settings_of

    with answering(EXPLAIN), asking(data_dir or settings_of({}).data_dir, dsn, DATABASE) as ask:
        try:
            return opinions(ask)
        except StoreError as error:
            fail(f"{error.text} ({error.name})", Exit.FAILED, by=EXPLAIN)
