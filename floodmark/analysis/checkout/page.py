"""The report as one page."""

from collections.abc import Iterator
from typing import NamedTuple

from floodmark.analysis.checkout.chart import EARLIER, chart
from floodmark.analysis.checkout.day import LABELS, Day
from floodmark.analysis.checkout.story import CheckoutReport
from floodmark.analysis.checkout.wording import deviation
from floodmark.analysis.page import render
from runtime.numbers import about


class HourRow(NamedTuple):
    """An hour of the table, and the CSS class of its role."""

    css: str
    cells: list[str]


def page(day: Day, story: CheckoutReport) -> str:
    """The page as HTML."""
    names = day.checkout.baselines
    return render.page(
        "checkout.html",
        f"{day.checkout.path.name}: {story.headline}",
        file=day.checkout.path.name,
        story=story,
        chart=chart(day, story.headline),
        legend={"seen": "seen", "expected": "expected"} | {css: LABELS[n] for n, css in EARLIER.items() if n in names},
        heads=["hour", "seen", "expected", "95 % band", "off", *(LABELS[name] for name in names), ""],
        rows=[*_rows(day)],
    )


def _rows(day: Day) -> Iterator[HourRow]:
    for hour in day.hours:
        role, usual, off = day.roles[hour.slot.at], hour.expected, hour.deviation
        cells = [
            f"{hour.slot.name:02} h",
            "" if hour.slot.seen is None else f"{hour.slot.seen:,}",
            "" if usual is None else about(usual.count.mean),
            "" if usual is None else f"{usual.low:,} to {usual.high:,}",
            "" if usual is None or off is None else deviation(off, usual.count.mean),
            *("" if (v := hour.slot.baselines.get(name)) is None else about(v) for name in day.checkout.baselines),
            "" if role == "in line" else role,
        ]
        yield HourRow(role.replace(" ", "-"), cells)
