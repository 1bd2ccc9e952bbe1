"""Runs of feeds for tests: what was true and what was said, without anything judged."""

from collections.abc import Sequence

from floodmark.analysis.scorecard.feed_run import FeedRun
from floodmark.analysis.scorecard.notices import Notice
from producers.simulate.feeds.placing import Truth
from schemas.alert_state import AlertState
from schemas.severity import Severity


def true(
    event: str, first: int, last: int, *, lost: float = 500, half: int | None = None, second: bool = False
) -> Truth:
    return Truth(event, first, last, lost, half, None, 100.0, second)


def notice(
    minute: int,
    *names: str,
    incident: str = "one",
    state: AlertState = "firing",
    severity: Severity = "warning",
    score: float = 60.0,
    pages: bool = True,
    lost: float = 0.0,
    regained: float = 0.0,
) -> Notice:
    named = frozenset(names or ("denied",))
    return Notice(minute, incident, state, severity, score, named, minute, minute, lost, regained, pages, "")


def run(
    truths: Sequence[Truth] = (),
    notices: Sequence[Notice] = (),
    *,
    feed: str = "steady",
    seed: int = 1,
    minutes: int = 2_880,
    quiet_from: int = 1_440,
    cpu_s: float = 0.0,
    series_minutes: int = 0,
) -> FeedRun:
    return FeedRun(feed, seed, minutes, quiet_from, tuple(truths), tuple(notices), cpu_s, series_minutes)
