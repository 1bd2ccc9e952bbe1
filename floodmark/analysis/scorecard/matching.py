"""Which pages are right, and of what: alerts beside the truth about a feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.scorecard.feed_run import FeedRun
from floodmark.analysis.scorecard.notices import Notice, by_incident, pages_of
from processors.domain.window import TOTAL
from producers.simulate.feeds.events import ANY, EVENTS
from producers.simulate.feeds.placing import Truth
from schemas.severity import RANK, Severity

TAIL: Final = 15
"""A page so many minutes after the end of an event is still about it: windows look back, and what was lost returns."""

UNKNOWN: Final = 60
"""An event that begins in the first minutes of a feed need not be found: nobody knows yet what is usual."""
GRACE: Final = 5
"""A short event may be found so many minutes after its first minute, though it is over."""


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What became of one event.

    Args:
        truth: The event.
        found: The first page that names what is broken, while it is broken; None: it was missed.
        notices: All that was said of the incidents that paged in its time, from its first minute until shortly after
            it, in order.
        last: What was last said of each of them, however late.
    """

    truth: Truth
    found: Notice | None
    notices: tuple[Notice, ...]
    last: tuple[Notice, ...] = ()

    @property
    def delay(self) -> int | None:
        """Minutes from the first broken minute to the first page; 0 is a page about the first broken minute itself."""
        return None if self.found is None else self.found.minute - self.truth.first

    def severity_at(self, minute: int) -> Severity:
        """How severe the worst of its incidents was by what had been said up to and with this minute."""
        latest: dict[str, Notice] = {}
        for notice in self.notices:
            if notice.minute <= minute:
                latest[notice.incident] = notice
        return max((n.severity for n in latest.values()), key=RANK.__getitem__, default="info")

    def was_critical(self) -> bool:
        """Whether it was ever said to be critical while it lasted, or in the minutes after it."""
        return any(notice.severity == "critical" for notice in self.notices)

    @property
    def score(self) -> float:
        """The highest score that was said of it; 0 when nothing was."""
        return max((notice.score for notice in self.notices), default=0.0)

    @property
    def lost(self) -> float:
        """The loss that was last said of it; of several incidents that of the one with the highest."""
        return max((notice.lost for notice in self.last), default=0.0)

    @property
    def regained(self) -> float:
        """What was last said to have come back of that loss."""
        return max(self.last, key=lambda notice: notice.lost).regained if self.last else 0.0


def explains(truth: Truth, notice: Notice) -> bool:
    """Whether a page is about this event: it comes while the event lasts, or shortly after.

    Its names are not asked for: what a page about an event says wrongly is no false page, but does not find it.
    Neither is its beginning: a window of an hour may begin before the event that it shows.
    """
    return truth.first <= notice.minute <= truth.last + TAIL


def finds(truth: Truth, notice: Notice, besides: frozenset[str] = frozenset()) -> bool:
    """Whether a page finds the event: it comes in its time and names what is broken.

    The time is the event's own, and `GRACE` minutes at least. An incident that was open before may find it too, when it
    pages again and names what is new.

    Args:
        truth: The event.
        notice: A page.
        besides: What another event that is on has broken already: naming that alone is no news, and an outage of all
            series has to be named as one (`total`).
    """
    keys = EVENTS[truth.event].keys
    is_in_time = truth.first <= notice.minute <= max(truth.last, truth.first + GRACE)
    if not besides:
        return is_in_time and (ANY in keys or bool(keys & notice.names))
    new = {TOTAL} if ANY in keys else keys - besides
    return is_in_time and bool(new & notice.names)


def _besides(truth: Truth, run: FeedRun) -> frozenset[str]:
    """What is broken already when a second cause begins."""
    if not truth.second:
        return frozenset()
    earlier = [t for t in run.truths if t.first < truth.first <= t.last]
    return frozenset().union(*(EVENTS[other.event].keys for other in earlier))


def outcomes(run: FeedRun) -> list[EventOutcome]:
    """What became of each event that people are to be called for, except those with which the data begin."""
    pages, incidents = list(pages_of(run.notices)), by_incident(run.notices)
    found = []
    for truth in run.truths:
        if EVENTS[truth.event].expect == "quiet" or truth.first < UNKNOWN:
            continue
        mine = {page.incident for page in pages if explains(truth, page)}
        until = truth.last + TAIL
        notices = [n for i in mine for n in incidents[i] if truth.first <= n.minute <= until and n.state != "withdrawn"]
        notices.sort(key=lambda notice: notice.minute)
        besides = _besides(truth, run)
        first = next((page for page in pages if finds(truth, page, besides)), None)
        last = tuple(incidents[i][-1] for i in sorted(mine) if incidents[i][-1].state != "withdrawn")
        found.append(EventOutcome(truth, first, tuple(notices), last))
    return found


def false_pages(run: FeedRun) -> list[Notice]:
    """Pages after the feed's first days that no event explains."""
    events = [truth for truth in run.truths if EVENTS[truth.event].expect == "alert"]
    return [
        page
        for page in pages_of(run.notices)
        if page.minute >= run.quiet_from and not any(explains(truth, page) for truth in events)
    ]


def quiet_days(run: FeedRun) -> float:
    """Days in which a page would be false: those after the first ones, less the events and the minutes after them."""
    quiet = run.minutes - run.quiet_from
    for truth in run.truths:
        if EVENTS[truth.event].expect == "alert" and truth.last >= run.quiet_from:
            quiet -= min(run.minutes - 1, truth.last + TAIL) - max(run.quiet_from, truth.first) + 1
    return max(quiet, 1) / 1440


def pages_after(run: FeedRun, truth: Truth, minutes: int) -> list[Notice]:
    """Pages in so many minutes after the end of an event, of incidents that had not paged while it lasted."""
    earlier = {page.incident for page in pages_of(run.notices) if page.minute <= truth.last}
    return [
        page
        for page in pages_of(run.notices)
        if truth.last < page.minute <= truth.last + minutes and page.incident not in earlier
    ]


def withdrawn_a_day(runs: Sequence[FeedRun]) -> float:
    """Statements that were withdrawn, a day of these runs."""
    days = sum(run.minutes for run in runs) / 1440
    return sum(notice.state == "withdrawn" for run in runs for notice in run.notices) / days
