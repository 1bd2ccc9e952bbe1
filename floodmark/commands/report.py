"""`floodmark report`: what an analyst would say of a file, or of a day, a week or a month in the store."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from floodmark.commands.conventions import Decimal, conventions
from runtime.exits import Exit, fail

if TYPE_CHECKING:
    from floodmark.analysis.period.period import Length

COMMAND: Final = "floodmark report"
Date = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day in it, in UTC; none: that of the newest minute.")
]
Scope = Annotated[str, typer.Option(help="Whose transactions.")]
Objective = Annotated[float, typer.Option(min=0.001, max=0.999, help="The part that is to be approved.")]
Html = Annotated[Path | None, typer.Option(help="Write a page with charts here; it needs no other file.")]
ForPaper = Annotated[bool, typer.Option("--pdf-ready", help="Make the page light, A4 and broken between its parts.")]
DataDir = Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")]
OtherDsn = Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)]
app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def report() -> None:
    """Say what an analyst would say: what broke, since when, what it cost, and what came back."""


@app.command()
def checkout(
    file: Annotated[
        Path, typer.Argument(help="CSV of one day: time, today, and baselines such as yesterday, avg_last_week.")
    ],
    html: Annotated[Path | None, typer.Option(help="Write a page with a chart here; it needs no other file.")] = None,
    decimal: Decimal = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table and sentences.")] = False,
) -> None:
    """Compare a day of hourly sales with the baselines in its file, and tell the incidents.

    Exits with 0 when the day was compared, with or without incidents; 1 when nothing in the file can be compared or
    the page cannot be written; 2 when the file cannot be used. The message names line and column.
    """
    from floodmark.analysis.checkout.checkout import CheckoutRequest, run

    run(CheckoutRequest(file, html, as_json, conventions(decimal).decimal))


@app.command()
def day(
    date: Date = None,
    scope: Scope = "all",
    objective: Objective = 0.9,
    html: Html = None,
    data_dir: DataDir = None,
    dsn: OtherDsn = None,
    *,
    pdf_ready: ForPaper = False,
) -> None:
    """Tell a day, beside the same day of the week before, from the store.

    Exits with 1 when the store has no minutes of it or the page cannot be written, 2 when there is no store, 3 when the
    server cannot be reached, 75 when the store is busy starting or stopping: try again.
    """
    _tell("day", date, scope, objective, html, (data_dir, dsn), pdf_ready=pdf_ready)


@app.command()
def week(
    date: Date = None,
    scope: Scope = "all",
    objective: Objective = 0.9,
    html: Html = None,
    data_dir: DataDir = None,
    dsn: OtherDsn = None,
    *,
    pdf_ready: ForPaper = False,
) -> None:
    """Tell a week from Monday, beside the one before, from the store.

    Exits with 1 when the store has no minutes of it or the page cannot be written, 2 when there is no store, 3 when the
    server cannot be reached, 75 when the store is busy starting or stopping: try again.
    """
    _tell("week", date, scope, objective, html, (data_dir, dsn), pdf_ready=pdf_ready)


@app.command()
def month(
    date: Date = None,
    scope: Scope = "all",
    objective: Objective = 0.9,
    html: Html = None,
    data_dir: DataDir = None,
    dsn: OtherDsn = None,
    *,
    pdf_ready: ForPaper = False,
) -> None:
    """Tell a calendar month, beside the one before, from the store.

    Exits with 1 when the store has no minutes of it or the page cannot be written, 2 when there is no store, 3 when the
    server cannot be reached, 75 when the store is busy starting or stopping: try again.
    """
    _tell("month", date, scope, objective, html, (data_dir, dsn), pdf_ready=pdf_ready)


def _tell(
    length: "Length",
    date: datetime | None,
    scope: str,
    objective: float,
    html: Path | None,
    where: tuple[Path | None, str | None],
    *,
    pdf_ready: bool,
) -> None:
    from floodmark.analysis.period.figures import NothingThere, figures
    from floodmark.analysis.period.page import page
    from floodmark.analysis.period.wording import headline, sentences
    from floodmark.commands.sql import answering
    from floodmark.local.store.ask import asking
    from floodmark.queries.ask import DATABASE
    from floodmark.queries.errors import StoreError
    from floodmark.settings import settings_of
    from runtime.output import to_stdout

    if pdf_ready and html is None:
        fail("--pdf-ready is about the page: give --html FILE too", Exit.MISUSED, by=COMMAND)
    settings = settings_of({})
    data_dir, dsn = where
    dsn = dsn or (settings.store_dsn if data_dir is None else None)
    with answering(COMMAND), asking(data_dir or settings.data_dir, dsn, DATABASE) as ask:
        try:
            report = figures(ask, length, date.date() if date else None, scope, objective)
        except NothingThere as error:
            fail(str(error), Exit.FAILED, by=COMMAND)
        except StoreError as error:
            fail(f"{error.text} ({error.name})", Exit.FAILED, by=COMMAND)
    to_stdout(f"{report.period.name}, {scope}: {headline(report)}")
    for sentence in sentences(report):
        to_stdout(sentence)
    if html is not None:
        try:
            html.write_text(page(report, for_paper=pdf_ready), "utf-8")
        except OSError as error:
            fail(f"{html} cannot be written: {error.strerror}", Exit.FAILED, by=COMMAND)
