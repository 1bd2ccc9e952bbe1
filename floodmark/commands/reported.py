"""`floodmark report`, run: what is in the store of a period or a shift, as text, Markdown or a page."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from floodmark.analysis.duty.figures import ActiveSilence, duty, newest
from floodmark.analysis.duty.page import page as shift_page
from floodmark.analysis.duty.plain import as_markdown, as_text
from floodmark.analysis.duty.sections import Section, sections
from floodmark.analysis.duty.sections import headline as duty_headline
from floodmark.analysis.duty.stretch import SHIFT_HOURS, Stretch, last_hours, shift
from floodmark.analysis.period.figures import NothingThere, figures
from floodmark.analysis.period.page import page as period_page
from floodmark.analysis.period.wording import headline, sentences
from floodmark.commands.report_form import Format
from floodmark.commands.sql import answering
from floodmark.local.store.ask import asking
from floodmark.local.up.running import running
from floodmark.operate.notify.silences_ending import ending
from floodmark.queries.ask import DATABASE, Ask
from floodmark.queries.errors import StoreError
from floodmark.settings import Settings, settings_of
from runtime import typed_times
from runtime.exits import Exit, Misused, fail
from runtime.output import to_stdout
from schemas.instants import from_ms, instant

if TYPE_CHECKING:
    from floodmark.analysis.period.period import Length

COMMAND: Final = "floodmark report"
SOON: Final = timedelta(hours=12)
"""A silence that ends in less is one for the next shift to know of."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is wanted of a report, whatever it is about.

    Args:
        date: A day in it, or the one on which a shift begins; None: that of the newest minute.
        scope: Whose transactions.
        form: How it is printed.
        html: A page is written there.
        for_paper: The page is light and A4.
        data_dir: The store's data directory, where it is named.
        dsn: Another store.
        broker: The broker with the silences, where it is named.
    """

    date: date | None
    scope: str
    form: Format
    html: Path | None
    for_paper: bool
    data_dir: Path | None
    dsn: str | None
    broker: str | None


@dataclass(frozen=True, slots=True)
class ShiftRequest:
    """Which shift: from a time to a time by the clock of a zone, or so many hours to the newest minute."""

    begins: str | None
    ends: str | None
    hours: int | None
    zone: str

    def stretch(self, day: date | None, newest_end: datetime) -> Stretch:
        """When it is.

        Raises:
            Misused: it cannot be.
        """
        zone = typed_times.zone(self.zone, "--time-zone")
        if self.begins is None and self.ends is None:
            if day is not None:
                raise Misused("says when a shift of --from and --to begins; give both", "--date")
            return last_hours(self.hours or SHIFT_HOURS, newest_end, zone)
        if self.begins is None or self.ends is None or self.hours is not None:
            raise Misused("belongs with --to, and without --hours: give --from 22:00 --to 06:00", "--from")
        clocks = typed_times.clock(self.begins, "--from"), typed_times.clock(self.ends, "--to")
        return shift(*clocks, zone, day, newest_end)


def tell_period(length: "Length", asked: ReportRequest, objective: float) -> None:
    """Print the report of a day, a week or a month, and write its page."""
    with _asking(asked) as (ask, settings):
        report = figures(ask, length, asked.date, asked.scope, objective)
        begin, end = (datetime.fromisoformat(report.period.bounds[name]) for name in ("from", "to"))
        found = duty(ask, begin, end, asked.scope, _silences(asked, settings, end))
    parts = [*sections(found, instant)]
    first = Section("In short", [*sentences(report)])
    _print(asked.form, f"{report.period.name}, {asked.scope}", headline(report), [first, *parts])
    _write(asked, period_page(report, parts, for_paper=asked.for_paper))


def tell_shift(asked: ReportRequest, wanted: ShiftRequest) -> None:
    """Print the report of a shift, and write its page."""
    with _asking(asked) as (ask, settings):
        last = newest(ask, asked.scope)
        if last is None:
            raise NothingThere(
                f"the store has no minutes of the scope {asked.scope!r}" if asked.scope else "the store has no minutes"
            )
        stretch = wanted.stretch(asked.date, last + timedelta(minutes=1))
        found = duty(ask, stretch.begin, stretch.end, asked.scope, _silences(asked, settings, stretch.end))
    title = f"{stretch.name} ({stretch.zone.key}), {asked.scope or 'all scopes'}"
    _print(asked.form, title, duty_headline(found), sections(found, stretch.shown))
    _write(asked, shift_page(found, stretch, asked.scope, for_paper=asked.for_paper))


@contextmanager
def _asking(asked: ReportRequest) -> Iterator[tuple[Ask, Settings]]:
    if asked.for_paper and asked.html is None:
        fail("--pdf-ready is about the page: give --html FILE too", Exit.MISUSED)
    settings = settings_of({"broker": asked.broker} if asked.broker else {})
    dsn = asked.dsn or (settings.store_dsn if asked.data_dir is None else None)
    with answering(COMMAND), asking(asked.data_dir or settings.data_dir, dsn, DATABASE) as ask:
        try:
            yield ask, settings
        except NothingThere as error:
            fail(str(error), Exit.FAILED)
        except StoreError as error:
            fail(f"{error.text} ({error.name})", Exit.FAILED)


def _silences(asked: ReportRequest, settings: Settings, end: datetime) -> list[ActiveSilence] | None:
    """Those that end soon after the report; None where no broker is named and none runs here."""
    here = running(asked.data_dir or settings.data_dir)
    if "broker" not in settings.model_fields_set and here is None:
        return None
    given = {"broker": asked.broker, "data_dir": asked.data_dir}
    at = min(end, datetime.now(UTC))
    return [
        ActiveSilence(what, one.author, one.reason, from_ms(one.ends_ms))
        for what, one in ending({name: value for name, value in given.items() if value}, at, SOON)
    ]


def _print(form: Format, title: str, first: str, parts: Iterable[Section]) -> None:
    told = as_markdown if form is Format.MARKDOWN else as_text
    for line in told(title, first, parts):
        to_stdout(line)


def _write(asked: ReportRequest, page: str) -> None:
    if asked.html is not None:
        try:
            asked.html.write_text(page, "utf-8")
        except OSError as error:
            fail(f"{asked.html} cannot be written: {error.strerror}", Exit.FAILED)
