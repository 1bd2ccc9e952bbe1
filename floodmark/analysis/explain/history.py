"""Rows, counted once by the core's own counting, so that they can be judged by many rule sets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.incidents import Incidents
from floodmark.analysis.rejudge import Rejudge
from processors.domain.counting.packed import unpack
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions, TimePolicy
from processors.offline import OfflineJudgement, OfflineRow, partials_of

BATCH: Final = 256
Progress = Callable[[int], None]
"""Told how many more minutes have been judged."""


@dataclass(frozen=True, slots=True)
class MinuteRange:
    """Minutes from `first` to `last`, both included."""

    first: int
    last: int

    def __contains__(self, minute: int) -> bool:
        return self.first <= minute <= self.last

    def overlaps(self, incident: Incident) -> bool:
        """Whether the incident was known of, and showed itself, in the stretch."""
        return incident.opened <= self.last and incident.last_seen >= self.first


@dataclass(frozen=True, slots=True)
class RowHistory:
    """What the rows hold.

    Args:
        scopes: Scope to its minutes with data, ascending.
        extent: From the first minute to the last one.
        policy: The times that it is judged by.
    """

    scopes: dict[str, list[tuple[int, Dimensions]]]
    extent: MinuteRange
    policy: TimePolicy

    @property
    def steps(self) -> int:
        """Minutes with data over all scopes: what judging costs."""
        return sum(map(len, self.scopes.values()))

    def only(self, scope: str) -> "RowHistory":
        """That of one scope; raises KeyError when the rows do not know it."""
        return RowHistory({scope: self.scopes[scope]}, self.extent, self.policy)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What rules say of a history.

    Args:
        incidents: In the order of opening.
        days: Days that were judged; a part of one counts as that part.
    """

    incidents: tuple[Incident, ...]
    days: float

    @property
    def a_day(self) -> float:
        """Incidents a day."""
        return len(self.incidents) / self.days


def history_of(rows: Iterable[OfflineRow], policy: TimePolicy) -> RowHistory:
    """Count the rows, which come in event-time order and are not none.

    Raises:
        BadRow: when a row is one that the stream would refuse.
    """
    by_scope: dict[str, dict[int, Dimensions]] = {}
    for partial in partials_of(rows, policy):
        for part in partial.minutes:
            by_scope.setdefault(part.scope, {})[part.minute] = unpack(part.counts)
    minutes = [minute for each in by_scope.values() for minute in each]
    scopes = {scope: sorted(each.items()) for scope, each in sorted(by_scope.items())}
    return RowHistory(scopes, MinuteRange(min(minutes), max(minutes)), policy)


def judge(history: RowHistory, rules_for: Callable[[str], RuleSet], progress: Progress) -> Judgement:
    """Judge the whole history, each scope by its own rules, as the stream would; the last minute closes."""
    incidents, judged = Incidents(), set[int]()
    for scope, minutes in history.scopes.items():
        rejudge = Rejudge(scope, rules_for(scope), history.policy)
        for start in range(0, len(minutes), BATCH):
            batch = minutes[start : start + BATCH]
            is_last = start + BATCH >= len(minutes)
            for outcome in rejudge.take(batch, history.extent.last if is_last else batch[-1][0]):
                judged.update(revised.verdict.minute for revised in outcome.verdicts)
                incidents.take(OfflineJudgement(outcome.verdicts, outcome.statements))
            progress(len(batch))
    return Judgement(tuple(incidents), len(judged) / 1440)
