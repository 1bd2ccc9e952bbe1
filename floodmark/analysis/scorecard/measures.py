"""What the card measures: each from the runs of one seed."""

from collections.abc import Callable, Sequence
from typing import Final

from floodmark.analysis.scorecard.feed_run import FeedRun
from floodmark.analysis.scorecard.matching import (
    TAIL,
    EventOutcome,
    false_pages,
    outcomes,
    pages_after,
    quiet_days,
    withdrawn_a_day,
)
from floodmark.analysis.scorecard.statistics import f1, part, spearman
from producers.simulate.feeds.events import EVENTS
from schemas.severity import RANK

Value = Callable[[Sequence[FeedRun]], float | None]
"""A measure of the runs of one seed; None where they hold nothing that it could be taken of."""

_AFTER: Final = 180
"""Minutes after the end of an event in which what has stopped may be missed for nothing."""


def _of(runs: Sequence[FeedRun], events: Sequence[str] = ()) -> list[EventOutcome]:
    found = [outcome for run in runs for outcome in outcomes(run)]
    return [outcome for outcome in found if not events or outcome.truth.event.startswith(tuple(events))]


def found(*events: str, within: int | None = None) -> Value:
    """Part of the events that a page found, within so many minutes of their first broken one; None: in their time.

    `events` are beginnings of names; none: all events.
    """

    def value(runs: Sequence[FeedRun]) -> float | None:
        asked = _of(runs, events)
        hits = [o for o in asked if o.delay is not None and (within is None or o.delay <= within)]
        return part(len(hits), len(asked))

    return value


def found_before(mark: Callable[[EventOutcome], int | None], *events: str) -> Value:
    """Part of the events that a page found before the minute that `mark` says; those without one are not asked."""

    def value(runs: Sequence[FeedRun]) -> float | None:
        marked = [(o, at) for o in _of(runs, events) if (at := mark(o)) is not None]
        hits = [o for o, at in marked if o.found is not None and o.found.minute < at]
        return part(len(hits), len(marked))

    return value


def critical_within(minutes: int, *events: str) -> Value:
    """Part of the events that were critical at the latest so many minutes after half of the usual was lost."""

    def value(runs: Sequence[FeedRun]) -> float | None:
        halved = [(o, o.truth.half) for o in _of(runs, events) if o.truth.half is not None]
        hits = [o for o, half in halved if half is not None and o.severity_at(half + minutes) == "critical"]
        return part(len(hits), len(halved))

    return value


def critical(*events: str, least: float = 0.0, below: float = float("inf"), found_only: bool = False) -> Value:
    """Part of the events that lose `[least, below)` transactions that were critical at any time."""

    def value(runs: Sequence[FeedRun]) -> float | None:
        asked = [o for o in _of(runs, events) if least <= o.truth.lost < below and (o.found or not found_only)]
        return part(sum(o.was_critical() for o in asked), len(asked))

    return value


def damage_by_score(runs: Sequence[FeedRun]) -> float | None:
    """Spearman's rank correlation of the true loss and the highest score, over all events that were found."""
    asked = [o for o in _of(runs) if o.found is not None]
    return spearman([o.truth.lost for o in asked], [o.score for o in asked])


def damage_by_severity(runs: Sequence[FeedRun]) -> float | None:
    """The same of the highest severity: information 0, warning 1, critical 2."""
    asked = [o for o in _of(runs) if o.found is not None]
    worst = [max((RANK[n.severity] for n in o.notices), default=0) for o in asked]
    return spearman([o.truth.lost for o in asked], worst)


def loss_within(part_of_truth: float) -> Value:
    """Part of the found events whose loss, as it is last said, is within so large a part of the true one.

    Only those that lose 50 transactions or more are asked.
    """

    def value(runs: Sequence[FeedRun]) -> float | None:
        asked = [o for o in _of(runs) if o.found is not None and o.truth.lost >= 50]
        right = [o for o in asked if abs(o.lost - o.truth.lost) <= part_of_truth * o.truth.lost]
        return part(len(right), len(asked))

    return value


def came_back(runs: Sequence[FeedRun]) -> float | None:
    """Of what is last said to be lost by found events, the part that is said to have come back.

    In these feeds nothing ever does.
    """
    asked = [o for o in _of(runs) if o.found is not None and o.lost > 0]
    lost = sum(o.lost for o in asked)
    return sum(min(o.regained, o.lost) for o in asked) / lost if lost else None


def false_a_day(runs: Sequence[FeedRun]) -> float | None:
    """Pages that nothing explains, a day, after the first days of each feed and outside of its events."""
    days = sum(quiet_days(run) for run in runs)
    return sum(len(false_pages(run)) for run in runs) / days if days else None


def f1_of(runs: Sequence[FeedRun]) -> float | None:
    """F1 of the events found, against those missed and the pages that nothing explains."""
    asked = _of(runs)
    hits = sum(o.found is not None for o in asked)
    return f1(hits, len(asked) - hits, sum(len(false_pages(run)) for run in runs))


def second_pages(runs: Sequence[FeedRun]) -> float | None:
    """Part of the second causes, which begin while another one is open, that a page names."""
    asked = [o for o in _of(runs) if o.truth.second]
    return part(sum(o.found is not None for o in asked), len(asked))


def pages_after_end(*events: str) -> Value:
    """Pages in the three hours after an event, an event, of incidents that had not paged before its end."""

    def value(runs: Sequence[FeedRun]) -> float | None:
        ended = [(run, t) for run in runs for t in run.truths if t.event.startswith(events)]
        return part(sum(len(pages_after(run, truth, _AFTER)) for run, truth in ended), len(ended))

    return value


def pages_each(runs: Sequence[FeedRun]) -> float | None:
    """Pages in the time of events, an event: one is enough for each cause."""
    asked = [t for run in runs for t in run.truths if EVENTS[t.event].expect == "alert"]
    pages = [n for run in runs for n in run.notices if n.pages]
    return part(sum(any(t.first <= n.minute <= t.last + TAIL for t in asked) for n in pages), len(asked))


def withdrawn(runs: Sequence[FeedRun]) -> float | None:
    """Statements that were made and withdrawn, a day."""
    return withdrawn_a_day(runs) if runs else None


def cost_us(runs: Sequence[FeedRun]) -> float | None:
    """CPU microseconds of a judged series-minute, counting and alerts among them."""
    verdicts = sum(run.series_minutes for run in runs)
    return 1e6 * sum(run.cpu_s for run in runs) / verdicts if verdicts else None
