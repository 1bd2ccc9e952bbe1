"""Alerts before the minute ends: for rules whose answer can only get worse while more is counted."""

from collections.abc import Iterator, Sequence
from typing import Final

from processors.domain.judging.live_memory import LiveMemory
from processors.domain.judging.statements import Statements
from processors.domain.judging.timeline_state import Statement
from processors.domain.rules import Rule, Series
from processors.domain.series_key import SeriesKey
from processors.domain.window import Dimensions

_AHEAD: Final = 2
"""How many of the next minutes are looked at: what lies further ahead waits for a source that is behind."""


class EarlyAlerts:
    """Looks at the minutes of a scope that are not closed yet; at each only when there is more in it than before.

    Args:
        rules: Those that may be asked early.
        live: The memory of the scope.
        statements: Says what is found.
    """

    def __init__(self, rules: Sequence[Rule], live: LiveMemory, statements: Statements) -> None:
        self._rules, self._live, self._statements = rules, live, statements
        self.found: set[tuple[int, SeriesKey]] = set()
        """Minutes that may change, with the series in which something was found early."""

    def look(self, minute: int, wait: int) -> list[Statement]:
        """What is said of a minute before its end; see `Timeline.look_early`.

        Args:
            minute: Its number.
            wait: How many minutes after their close the minutes of the scope are judged.
        """
        live, judged_to = self._live, self._live.state.judged_to
        if judged_to is None or not judged_to < minute <= judged_to + wait + _AHEAD:
            return []
        walk = live.walk
        counts = walk.parts.total_at(minute).counts
        found = {(minute, series) for series in early_series(self._rules, counts)}
        if found <= self.found:
            return []
        self.found |= found
        live.wake()
        scope, after = live.ahead()
        steps = [walk.judged(scope, each).steps for each in walk.minutes(scope, after, minute)]
        names = {rule.name for rule in self._rules}
        return [
            self._statements.say(step, incident, minute)
            for step, incident in steps[-1]
            if step == "firing" and names & set(incident.rules) and not self._statements.is_stated(incident.id)
        ]

    def settle(self, settled_to: int) -> None:
        """Nothing can change the minutes up to and including this one any more."""
        self.found = {(minute, series) for minute, series in self.found if minute > settled_to}


def early_series(rules: Sequence[Rule], counts: Dimensions) -> Iterator[SeriesKey]:
    """Each series in which one of these rules finds something in what a minute holds so far."""
    for dimension, keys in counts.items():
        total = sum(count for count, _ in keys.values())
        for key, (count, _) in keys.items():
            series = Series(dimension, key, count, total, None)
            if any(rule.watches(dimension, key) and rule.judge(series) for rule in rules):
                yield SeriesKey(dimension, key)
