"""The report in a terminal: a table of the hours, then the sentences."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from floodmark.analysis.checkout.day import Day
from floodmark.analysis.checkout.story import CheckoutReport
from floodmark.analysis.checkout.wording import deviation
from runtime.numbers import about

_SHORT = {
    "yesterday": "day ago",
    "same_day_last_week": "week ago",
    "avg_last_week": "ø week",
    "avg_last_month": "ø month",
}
_STYLES = {"incident": "bold red", "edge": "yellow", "rebound": "cyan", "not judged": "dim"}


def show(day: Day, story: CheckoutReport, console: Console) -> None:
    """Print the report."""
    console.print(_table(day))
    console.print(Text(story.headline, style="bold red" if day.incidents else "bold green"))
    for paragraph in story.incidents:
        console.print()
        console.print(Text(paragraph.title, style="bold"))
        for sentence in paragraph.sentences.values():
            console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    console.print()
    for note in story.notes:
        console.print(Text(note, style="dim"))


def _table(day: Day) -> Table:
    table = Table(
        title=str(day.checkout.path),
        title_justify="left",
        box=None,
        header_style="bold",
        padding=(0, 0, 0, 1),
        pad_edge=False,
    )
    table.add_column("hour", no_wrap=True)
    for name in ("seen", "expected", "95 %", "off", *(_SHORT[name] for name in day.checkout.baselines)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for hour in day.hours:
        role = day.roles[hour.slot.at]
        usual, off = hour.expected, hour.deviation
        given = (hour.slot.baselines.get(name) for name in day.checkout.baselines)
        table.add_row(
            f"{hour.slot.name:02} h",
            "" if hour.slot.seen is None else f"{hour.slot.seen:,}",
            "" if usual is None else about(usual.count.mean),
            "" if usual is None else f"{usual.low:,}–{usual.high:,}",
            "" if usual is None or off is None else deviation(off, usual.count.mean),
            *("" if value is None else about(value) for value in given),
            "" if role == "in line" else role,
            style=_STYLES.get(role),
        )
    return table
