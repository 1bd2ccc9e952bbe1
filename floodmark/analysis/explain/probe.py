"""How near a rule came: it is asked with each of its limits moved, on the very series that it was shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from floodmark.analysis.explain.history import MinuteRange
from floodmark.analysis.explain.settings import (
    Number,
    Slack,
    changed,
    least_strict,
    nearness,
    ratio,
    rounded,
    scaled,
    slacks,
    strictest,
)
from processors.domain.rules import Finding, Rule, Series
from processors.domain.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest that a rule came on one series by one setting.

    Args:
        rule: The rule, as it is.
        scope: The scope ...
        dimension: ... dimension ...
        key: ... and key of the series.
        slack: The setting, and which way it has to be moved.
        value: The strictest value at which the rule would have fired.
        short: The same as a short number, on the less strict side.
        nearness: 0 to 1: the smaller of value and limit over the larger.
        minute: The nearest minute.
        because: What the rule would have said.
        alone: Whether moving this setting alone would have been enough; else it is the one that held back most when all
            are moved alike.
    """

    rule: Rule
    scope: str
    dimension: str
    key: str
    slack: Slack
    value: Number
    short: Number
    nearness: float
    minute: int
    because: str
    alone: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Rule):
    """Stands beside a rule, is shown what that is shown, and never finds anything, so that nothing changes by it."""

    inner: Rule
    sees: Callable[[Rule, Series], None]

    def watches(self, dimension: str, key: str) -> bool:
        """See Rule."""
        return self.inner.watches(dimension, key)

    @property
    def reach(self) -> int:
        """See Rule."""
        return self.inner.reach

    def judge(self, series: Series) -> Finding | None:
        """Look only."""
        self.sees(self.inner, series)
        return None


class Nearest:
    """Gathers how near the rules came in a stretch."""

    def __init__(self, stretch: MinuteRange) -> None:
        self._stretch = stretch
        self._best: dict[tuple[str, str, str, str, Slack], Near] = {}
        self._apart: dict[tuple[str, str, str, str], Near] = {}
        self._ways: dict[str, frozenset[Slack]] = {}
        self._slacks: dict[str, list[Slack]] = {}

    @property
    def found(self) -> list[Near]:
        """By one setting alone, the nearest first; of one rule, series and setting there is one."""
        return sorted(self._best.values(), key=_order)

    @property
    def apart(self) -> list[Near]:
        """The rules and series that no setting alone would have made fire, the nearest first."""
        alone = {(near.rule.name, near.scope, near.dimension, near.key) for near in self._best.values()}
        return sorted((near for place, near in self._apart.items() if place not in alone), key=_order)

    def probed(self, rules: RuleSet, scope: str) -> RuleSet:
        """The rules with a probe beside each."""

        def sees(rule: Rule, series: Series) -> None:
            if series.minute in self._stretch and series.open is None:
                self._look(scope, rule, series)

        probes = (
            Probe(name=f"probe of {rule.name}", dimension=rule.dimension, inner=rule, sees=sees) for rule in rules.rules
        )
        return replace(rules, rules=(*rules.rules, *probes))

    def _look(self, scope: str, rule: Rule, series: Series) -> None:
        if rule.judge(series) is not None:
            return
        if rule.name not in self._slacks:
            self._slacks[rule.name] = list(slacks(rule))
        self._look_at_all(scope, rule, series)
        for slack in self._slacks[rule.name]:
            place = (rule.name, scope, series.dimension, series.key, slack)
            best = self._best.get(place)
            value = strictest(rule, slack, series, best.value if best else None)
            if value is None or (best is not None and value == best.value):
                continue
            short = rounded(rule, slack, value, series)
            finding = changed(rule, slack.setting, short).judge(series)
            because = finding.because if finding else ""
            near = ratio(value, slack.limit)
            self._best[place] = Near(
                rule, scope, series.dimension, series.key, slack, value, short, near, series.minute, because
            )

    def _look_at_all(self, scope: str, rule: Rule, series: Series) -> None:
        way = self._ways.get(rule.name) or least_strict(rule, series)
        if not way:
            return
        self._ways[rule.name] = way
        place = (rule.name, scope, series.dimension, series.key)
        best = self._apart.get(place)
        found = nearness(rule, way, series, best.nearness if best else 0.0)
        if found is not None and (best is None or found[0] > best.nearness):
            near, slack = found
            value = scaled(slack, near)
            self._apart[place] = Near(
                rule, scope, series.dimension, series.key, slack, value, value, near, series.minute, "", alone=False
            )


def _order(near: Near) -> tuple[float, str, str]:
    return -near.nearness, near.rule.name, near.key
