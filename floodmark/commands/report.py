"""`floodmark report`: what an analyst would say of a file, or of a day, a week or a month in the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from floodmark.commands.conventions import Decimal, conventions
from floodmark.commands.report_form import Format

if TYPE_CHECKING:
    from floodmark.analysis.period.period import Length

Date = Annotated[
    str | None,
    typer.Option(help="A day in it, such as 2025-07-12, in UTC; none: that of the newest minute.", show_default=False),
]
Scope = Annotated[str, typer.Option(help="Whose transactions.")]
Objective = Annotated[float, typer.Option(min=0.001, max=0.999, help="The part that is to be approved.")]
Html = Annotated[Path | None, typer.Option(help="Write a page with charts here; it needs no other file.")]
ForPaper = Annotated[bool, typer.Option("--pdf-ready", help="Make the page light, A4 and broken between its parts.")]
DataDir = Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")]
OtherDsn = Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)]
Form = Annotated[Format, typer.Option("--format", help="How it is printed: text of 80 columns, or Markdown.")]
Broker = Annotated[
    str | None, typer.Option(help="The broker with the silences; none: that of `up` here, or they are left out.")
]
PERIODS: Final[dict["Length", str]] = {
    "day": "Tell a day, beside the same day of the week before, from the store.",
    "week": "Tell a week from Monday, beside the one before, from the store.",
    "month": "Tell a calendar month, beside the one before, from the store.",
}
PERIOD_EXITS: Final = (
    "Exits with 1 when the store has no minutes of it or the page cannot be written, 2 when there is no store, "
    "3 when the server cannot be reached, 75 when the store is busy starting or stopping: try again."
)
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


def period(
    ctx: typer.Context,
    date: Date = None,
    scope: Scope = "all",
    objective: Objective = 0.9,
    form: Form = Format.TEXT,
    html: Html = None,
    data_dir: DataDir = None,
    dsn: OtherDsn = None,
    broker: Broker = None,
    *,
    pdf_ready: ForPaper = False,
) -> None:
    """Tell what the name of the command says."""
    from floodmark.commands.reported import ReportRequest, tell_period
    from runtime.typed_times import day as typed_day

    asked = ReportRequest(
        typed_day(date, "--date") if date else None, scope, form, html, pdf_ready, data_dir, dsn, broker
    )
    tell_period(cast("Length", ctx.info_name), asked, objective)


for _name, _what in PERIODS.items():
    app.command(_name, help=f"{_what}\n\n{PERIOD_EXITS}")(period)


@app.command()
def shift(
    begins: Annotated[str | None, typer.Option("--from", help="When it begins, by the clock: 22:00.")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="When it ends; at or before --from: the next day.")] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, max=168, help="The hours to the newest minute instead; none of them: 8.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Whose clock, such as America/Sao_Paulo.")] = "UTC",
    date: Annotated[
        str | None, typer.Option(help="The day on which it begins, such as 2025-07-12; none: the last one.")
    ] = None,
    scope: Annotated[str, typer.Option(help="Whose transactions; none: of every scope.", show_default=False)] = "",
    form: Form = Format.TEXT,
    html: Html = None,
    data_dir: DataDir = None,
    dsn: OtherDsn = None,
    broker: Broker = None,
    *,
    pdf_ready: ForPaper = False,
) -> None:
    """Hand over a shift: what is open, who is on it, what it cost, near misses, silences that end soon.

    Exits with 1 when the store has no minutes or the page cannot be written, 2 when there is no store or no such shift,
    3 when the server or a broker that was named cannot be reached, 75 when the store is busy starting or stopping.
    """
    from floodmark.commands.reported import ReportRequest, ShiftRequest, tell_shift
    from runtime.typed_times import day as typed_day

    asked = ReportRequest(
        typed_day(date, "--date") if date else None, scope, form, html, pdf_ready, data_dir, dsn, broker
    )
    tell_shift(asked, ShiftRequest(begins, ends, hours, time_zone))
