"""History as a forest learns it: every minute of every scope, judged by the default rules, as features."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.model.features import SPAN, columns, features, main_statuses
from processors.domain.ruleset import RuleSet
from processors.domain.window import STATUS, Dimensions, Tally, TimePolicy, add, minute_of
from processors.intake.reading import place_of
from processors.offline import OfflineRow


@dataclass(slots=True)
class TrainingHistory:
    """What files hold, by minute.

    Args:
        minutes: Minute number to what it holds, by scope.
        rows: Rows read.
    """

    minutes: dict[int, Tally] = field(default_factory=dict)
    rows: int = 0

    def take(self, rows: Iterable[OfflineRow]) -> None:
        """Count rows, in any order."""
        for row in rows:
            place = place_of(row.scope, row.status, row.auth_code)
            if place is None:
                continue
            self.rows += 1
            scope, status, code = place
            dimensions: Dimensions = {
                dimension: {key: [row.count, row.amount]}
                for dimension, key in ((STATUS, status), ("auth_code", code))
                if key is not None
            }
            add(self.minutes.setdefault(minute_of(row.timestamp_ms), {}).setdefault(scope, {}), dimensions)

    @property
    def main(self) -> tuple[str, ...]:
        """See domain.model.features.main_statuses."""
        counts = Counter[str]()
        for tally in self.minutes.values():
            for dimensions in tally.values():
                for key, (count, _) in dimensions.get(STATUS, {}).items():
                    counts[key] += count
        return main_statuses(counts, sum(map(len, self.minutes.values())))

    def scopes(self) -> dict[str, dict[int, Dimensions]]:
        """Scope to minute to what it holds, in order."""
        found: dict[str, dict[int, Dimensions]] = {}
        for minute in sorted(self.minutes):
            for scope, dimensions in self.minutes[minute].items():
                found.setdefault(scope, {})[minute] = dimensions
        return dict(sorted(found.items()))


@dataclass(slots=True)
class Lessons:
    """The minutes that teach.

    Args:
        rows: Their features, scope by scope, in order of time.
        left_out: Minutes that do not teach because they are part of an incident, or its features are.
    """

    rows: list[tuple[float, ...]] = field(default_factory=list)
    left_out: int = 0


def lessons(history: TrainingHistory, rules: RuleSet, policy: TimePolicy) -> Lessons:
    """The features of every minute without an incident, each from what was known in that minute.

    What comes after a silence that is longer than is judged by `policy` begins anew.
    """
    jump = policy.silence_minutes(rules.resolve_after)
    found, main = Lessons(), history.main
    for scope, minutes in history.scopes().items():
        known, broken = _judged(scope, minutes, rules, main, jump)
        kept = [row for minute, row in known.items() if minute not in broken]
        found.rows += kept
        found.left_out += len(known) - len(kept)
    return found


def _judged(
    scope: str, minutes: dict[int, Dimensions], rules: RuleSet, main: tuple[str, ...], jump: int
) -> tuple[dict[int, tuple[float, ...]], set[int]]:
    """Features by minute, and the minutes that an incident has touched."""
    memory, known, broken = ScopeMemory(), dict[int, tuple[float, ...]](), set[int]()
    for minute in _walk(minutes, jump):
        dimensions = minutes.get(minute)
        if dimensions is not None:
            if memory.last_data is not None and minute - memory.last_data - 1 > jump:
                memory.lapse()
            memory.last_data = minute
        judge(JudgedScope(rules, memory, scope), minute, MinuteCounts(dimensions or {}))
        for member in memory.members.values():
            broken.update(range(member.since, minute + SPAN + 1))
        shown = columns(memory.model, main, minute)
        if shown is not None and dimensions is not None:
            known[minute] = features([column[-1:] for column in shown])[0]
    return known, broken


def _walk(minutes: dict[int, Dimensions], jump: int) -> Iterator[int]:
    """The minutes from the first to the last, those of a silence of `jump` minutes at most among them."""
    before: int | None = None
    for minute in minutes:
        if before is not None and minute - before - 1 <= jump:
            yield from range(before + 1, minute)
        yield minute
        before = minute
