"""The text of a report that the notifier sends by schedule: that of `floodmark report`, asked of the store."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from floodmark.analysis.duty.figures import duty
from floodmark.analysis.duty.plain import as_text
from floodmark.analysis.duty.sections import Section, sections
from floodmark.analysis.duty.sections import headline as duty_headline
from floodmark.analysis.duty.stretch import SHIFT_HOURS, last_hours
from floodmark.analysis.duty.words import ReportWords
from floodmark.analysis.period.figures import NothingThere, figures
from floodmark.analysis.period.wording import headline, sentences
from floodmark.local.store.locate import endpoint
from floodmark.local.store.paths import StorePaths
from floodmark.local.store.users import CredentialsError
from floodmark.queries.ask import DATABASE, Ask, Unreachable, remote
from floodmark.queries.errors import StoreError
from floodmark.settings import Settings
from runtime.exits import Exit
from schemas.instants import from_ms, instant
from sinks.notify.notification import Scheduled
from sinks.protocol import Busy, Trouble

SCOPE: Final = "all"
OBJECTIVE: Final = 0.9
"""The scope and the objective of `floodmark report day` where none is given."""


def no_reports(settings: Settings) -> str:
    """Why there is nothing to make reports of, in words that follow a place; empty: a store is configured."""
    has_store = StorePaths.under(settings.data_dir).tables.is_dir() or "data_dir" in settings.model_fields_set
    if settings.store_dsn or has_store:
        return ""
    return (
        "a report is made from the store, and none is configured; set FLOODMARK_STORE_DSN, or "
        "FLOODMARK_DATA_DIR to the data directory of `floodmark up`, or take the table out"
    )


def reports_of(settings: Settings) -> Callable[[Scheduled], str]:
    """What makes the text of a report, from the store that runs at that time; it raises `Busy` while none answers."""

    def report(scheduled: Scheduled) -> str:
        try:
            return text(_ask(settings), scheduled)
        except (CredentialsError, Unreachable) as error:
            raise Busy(Trouble.UNREACHABLE, str(error)) from None
        except StoreError as error:
            raise Busy(Trouble.SERVER_ERROR, f"the store does not answer: {error.text} ({error.name})") from None

    return report


def text(ask: Ask, scheduled: Scheduled) -> str:
    """Lines of at most 80 columns; the first is the command that prints the whole, for who is sent only its beginning.

    Args:
        ask: The store.
        scheduled: Which report: a shift is the eight hours before its instant, a day and a week the last one in UTC
            that is over by then.

    Raises:
        StoreError: a query failed.
    """
    at, words = from_ms(scheduled.at_ms), ReportWords(scheduled.language)
    if scheduled.kind == "shift":
        return _shift(ask, at, ZoneInfo(scheduled.zone), words)
    day = at.date() - timedelta(days=1 if scheduled.kind == "day" else 7)
    return _period(ask, scheduled.kind, day, words)


def _shift(ask: Ask, at: datetime, zone: ZoneInfo, words: ReportWords) -> str:
    stretch = last_hours(SHIFT_HOURS, at, zone)
    begin, end = (each.astimezone(zone) for each in (stretch.begin, stretch.end))
    command = f"shift --date {begin:%Y-%m-%d} --from {begin:%H:%M} --to {end:%H:%M} --time-zone {zone.key}"
    found = duty(ask, stretch.begin, stretch.end, "", None)
    title = f"{words.stretch(stretch)} ({zone.key}), {words.say('scopes')}"
    parts = _without_silences(sections(found, stretch.shown, words), words)
    return _lines(command, as_text(title, duty_headline(found, words), parts))


def _period(ask: Ask, length: Literal["day", "week"], day: date, words: ReportWords) -> str:
    command = f"{length} --date {day}"
    try:
        report = figures(ask, length, day, SCOPE, OBJECTIVE)
    except NothingThere as error:
        return _lines(command, [words.say("nothing", why=error)])
    begin, end = (datetime.fromisoformat(report.period.bounds[name]) for name in ("from", "to"))
    found = duty(ask, begin, end, SCOPE, None)
    parts = _without_silences(sections(found, instant, words), words)
    first = Section(words.say("short"), [*sentences(report, words)])
    return _lines(command, as_text(f"{words.period(report.period)}, {SCOPE}", headline(report, words), [first, *parts]))


def _without_silences(parts: Iterable[Section], words: ReportWords) -> list[Section]:
    """Those are on the broker; a team is sent a list of them where its table says so."""
    return [part for part in parts if part.title != words.say("silences")]


def _lines(command: str, lines: Iterable[str]) -> str:
    return "\n".join([f"floodmark report {command}", "", *lines])


def _ask(settings: Settings) -> Ask:
    if settings.store_dsn:
        return remote(settings.store_dsn, DATABASE)
    found = endpoint(settings.data_dir)
    if found is None:
        raise Unreachable(f"no store answers for {settings.data_dir}", Exit.UNREACHABLE)
    return remote(found.reader_dsn, on_this_machine=True)
