"""The report as one page, for a screen or for paper."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from floodmark.analysis.duty.sections import Section
from floodmark.analysis.page import render
from floodmark.analysis.page.chart import Chart, Frame, Line, Plane, Tick, pieces
from floodmark.analysis.period.figures import DEAREST, PeriodReport
from floodmark.analysis.period.wording import headline, sentences
from floodmark.queries.rows import Row
from runtime.numbers import percent
from schemas.instants import instant_of

FRAME: Final = Frame(height=320, top=16, bottom=36, ticks_below=20)
SHARES: Final = Frame(height=220, top=16, bottom=36, ticks_below=20)


def page(report: PeriodReport, parts: Sequence[Section], *, for_paper: bool) -> str:
    """The page as HTML, with these parts of those on duty; for paper it is light, A4, and breaks between parts."""
    return render.page(
        "period.html",
        f"Floodmark: {report.period.name}",
        report=report,
        headline=headline(report),
        sentences=[*sentences(report)],
        parts=parts,
        for_paper=for_paper,
        volume=_chart(
            replace(report, hours=[*_whole_hours(report)]), FRAME, "Transactions an hour", {"seen": "transactions"}, 1
        ),
        shares=_chart(
            report,
            SHARES,
            "Parts per thousand that failed or were taken back",
            {"lastweek": "failed_share", "yesterday": "reversed_share"},
            1000,
        ),
        heads=["day", "transactions", "approved", "budget spent", "objective"],
        days=[_day(row) for row in report.days],
        incidents=[_incident(row) for row in report.incidents[:DEAREST]],
        more=max(0, len(report.incidents) - DEAREST),
    )


def _whole_hours(report: PeriodReport) -> Iterator[Row]:
    """The hours without the first and the last one where these are not whole: they would look like an outage."""
    first, last = (datetime.fromisoformat(str(report.whole[name])) for name in ("first_minute", "last_minute"))
    for row in report.hours:
        hour = datetime.fromisoformat(str(row["hour"]))
        if first <= hour and hour + timedelta(minutes=59) <= last:
            yield row


def _chart(report: PeriodReport, frame: Frame, label: str, columns: dict[str, str], times: int) -> Chart:
    start = datetime.fromisoformat(report.period.bounds["from"])
    slots = (report.period.end - report.period.first).days * 24
    found = {int((datetime.fromisoformat(row["hour"]) - start) / timedelta(hours=1)): row for row in report.hours}
    heights = [times * float(row[column]) for row in found.values() for column in columns.values()]
    plane = Plane(frame, 0, slots, max(heights, default=1.0) or 1.0)
    lines = [
        Line(css, [plane.places(piece) for piece in pieces(_points(found, column, slots, times))])
        for css, column in columns.items()
    ]
    return Chart(frame, label, [], plane.grid(), _ticks(report, plane, slots), [], lines, [])


def _points(found: dict[int, Row], column: str, slots: int, times: int) -> list[tuple[int, float | None]]:
    return [(at, times * float(found[at][column]) if at in found else None) for at in range(slots)]


def _ticks(report: PeriodReport, plane: Plane, slots: int) -> Sequence[Tick]:
    if slots == 24:
        return [Tick(plane.x(at), f"{at:02}") for at in range(0, 24, 2)]
    step = 1 if slots <= 7 * 24 else 3
    days = (report.period.end - report.period.first).days
    return [Tick(plane.x(24 * n), f"{report.period.first + timedelta(days=n):%d %b}") for n in range(0, days, step)]


def _day(row: Row) -> list[str]:
    return [
        str(row["day"]),
        f"{int(row['transactions']):,}",
        percent(float(row["approval_rate"]), 2),
        percent(float(row["budget_spent"])),
        "met" if int(row["met"]) else "missed",
    ]


def _incident(row: Row) -> list[str]:
    return [
        instant_of(row["since"]),
        str(row["series"]),
        str(row["state"]),
        f"{float(row['loss_transactions']):,.0f}",
        f"{float(row['net_loss_transactions']):,.0f}",
        f"{float(row['net_loss_amount']):,.0f}",
    ]
