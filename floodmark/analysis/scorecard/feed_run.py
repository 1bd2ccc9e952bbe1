"""A named feed, made by a seed and judged by the code that the stream and `detect` run."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from floodmark.analysis.scorecard.notices import Notice, Pager
from processors.domain.calendar import Calendar
from processors.domain.ruleset import RuleSet
from processors.domain.window import MINUTE_MS, TimePolicy
from processors.offline import OfflineJudgement, OfflineRow, judge_arrivals, judge_rows
from processors.stages.records import alert_of
from producers.rows import Row
from producers.simulate.feeds.feed import Feed, MadeFeed
from producers.simulate.feeds.placing import Truth
from schemas.alert import Alert

_SOURCES = 2


@dataclass(frozen=True, slots=True)
class FeedRun:
    """What came of a feed and a seed.

    Args:
        feed: Name of the feed.
        seed: The seed.
        minutes: How long it lasts.
        quiet_from: The minute from which on a page that nothing explains is false.
        truths: What was true.
        notices: What was said, in order.
        cpu_s: CPU seconds of judging, without the making of the feed.
        series_minutes: Verdicts of series that were given.
    """

    feed: str
    seed: int
    minutes: int
    quiet_from: int
    truths: tuple[Truth, ...]
    notices: tuple[Notice, ...]
    cpu_s: float = 0.0
    series_minutes: int = 0


def run_feed(feed: Feed, seed: int, rules: RuleSet, policy: TimePolicy) -> FeedRun:
    """Make the feed and judge it.

    Raises:
        NoRoom: its events do not fit in.
    """
    made = MadeFeed(feed, seed)
    rules = rules_for(feed, rules)
    began_s, notices, verdicts = time.process_time(), list[Notice](), 0
    pager = Pager()
    for minute, finding in _findings(made, rules, policy):
        verdicts += len(finding.verdicts)
        for statement in finding.statements:
            alert = alert_of(statement, rules, 0)
            notices.append(_notice(alert, pager, feed.start_ms, minute))
    cpu_s = time.process_time() - began_s
    quiet_from = round(feed.quiet_from * 1440)
    return FeedRun(feed.name, seed, feed.minutes, quiet_from, made.truths, tuple(notices), cpu_s, verdicts)


def rules_for(feed: Feed, rules: RuleSet) -> RuleSet:
    """The rules with the time zone that the feed names for its calendar, if it names one; else the rules themselves."""
    if feed.calendar_zone is None:
        return rules
    return replace(rules, calendar=replace(rules.calendar or Calendar(), zone=ZoneInfo(feed.calendar_zone)))


def _findings(made: MadeFeed, rules: RuleSet, policy: TimePolicy) -> Iterator[tuple[int | None, OfflineJudgement]]:
    """What comes of the feed; with the minute in which it was said where rows do not come in the order of time."""
    if not made.feed.delivery.late_part:
        for finding in judge_rows(_offline(made.rows()), rules, policy):
            yield None, finding
        return
    minutes: list[int] = []
    findings = judge_arrivals(_noted(made, minutes), _SOURCES, rules, policy)
    for finding in findings:
        yield minutes[-1], finding


def _noted(made: MadeFeed, minutes: list[int]) -> Iterator[tuple[int, list[OfflineRow]]]:
    """The arrivals; the minute of each is put behind `minutes` when it is taken."""
    for arrival in made.arrivals():
        if arrival.rows:
            minutes.append(arrival.minute)
            yield arrival.source, list(_offline(arrival.rows))


def _offline(rows: Iterable[Row]) -> Iterator[OfflineRow]:
    return (OfflineRow(r.timestamp_ms, r.status, r.auth_code, r.count, r.scope, r.amount or 0) for r in rows)


def _notice(alert: Alert, pager: Pager, start_ms: int, came: int | None) -> Notice:
    """The alert as it is scored. What comes of rows of minute `came` is said after the minute before it."""
    causes = {str(cause["key"]) for cause in alert.attribution if "key" in cause}
    minute = _minute(alert.timestamp, start_ms)
    return Notice(
        minute=minute if came is None else max(minute, came - 1),
        incident=alert.incident_id,
        state=alert.state,
        severity=alert.severity,
        score=alert.score,
        names=frozenset({alert.key, *causes}),
        since=_minute(alert.since, start_ms),
        last_seen=_minute(alert.last_seen, start_ms),
        lost=alert.estimated_loss.get("transactions", 0.0),
        regained=alert.estimated_loss.get("regained_transactions", 0.0),
        pages=pager.pages(alert),
        summary=alert.summary,
    )


def _minute(instant: datetime, start_ms: int) -> int:
    return (round(instant.timestamp() * 1000) - start_ms) // MINUTE_MS
