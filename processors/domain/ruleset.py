"""A rule set: the baseline, the rules, and when an incident is over."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from processors.domain.baseline import BaselineSettings
from processors.domain.calendar import Calendar
from processors.domain.clock import ClockChanges, SummerClock, clock_of
from processors.domain.rules import Rule
from processors.domain.series_key import SeriesKey
from processors.domain.severity import USUAL, SeverityLimits
from processors.domain.window import MAX_KEYS, STATUS

_MAX_ASKED: Final = 4_096
"""Series of which it is remembered which rules watch them."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that decides what is said about a series of minutes.

    Args:
        name: For people.
        version: Hash of everything below that decides something. Ids of incidents do not hang on it: see `identity`.
        baseline: How baselines are taken.
        rules: In the order of the file.
        resolve_after: Minutes without a finding after which an incident is over.
        group: Whether all that goes wrong in a scope at one time is one incident; else each series has its own.
        apart: What begins so many minutes after an incident did, by itself, is another one, where there is one for all
            of the scope; 0: never.
        facets: Dimension to the status that its keys are facets of: what they show is said of that status.
        keys: How many series of one scope and dimension are told apart, beside OTHER; 1 or more. No rule file sets it.
        inhibit: Whether a critical incident hides the warnings of its scope while it lasts.
        severity: What makes an incident critical.
        calendar: Days unlike others, and maintenance; None: all days are alike.
        changes: When clocks change somewhere, for scopes of which nobody has said by which clock people live: None
            where the calendar has one. No rule file sets it.
    """

    name: str
    version: str
    baseline: BaselineSettings = field(default_factory=BaselineSettings)
    rules: tuple[Rule, ...] = ()
    resolve_after: int = 5
    group: bool = False
    facets: Mapping[str, str] = field(default_factory=dict)
    keys: int = MAX_KEYS
    calendar: Calendar | None = None
    inhibit: bool = False
    severity: SeverityLimits = USUAL
    apart: int = 0
    changes: ClockChanges | None = None
    clock: SummerClock | None = field(init=False, repr=False, compare=False)
    """The clock of the calendar's zone, which habits follow; None where it shows the same time all year."""
    reach: int = field(init=False, repr=False, compare=False)
    """How many recent minutes the rules need to be shown at most."""
    learns: bool = field(init=False, repr=False, compare=False)
    """Whether any rule asks for the model of the scope."""
    compared: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    """The dimensions of which a history is kept, because a rule asks for it: to the keys; empty: all keys."""
    identities: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Name of a rule to a hash of what it decides by: part of the id of every incident that it opens."""
    learning: Collection[str] = field(init=False, repr=False, compare=False)
    """Names of the rules that learn what is normal."""
    _asked: dict[SeriesKey, tuple[Rule, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found out of the last series that were asked for: nothing of it changes an answer."""

    def __post_init__(self) -> None:
        """Every minute of every scope asks for these."""
        object.__setattr__(self, "clock", None if self.calendar is None else clock_of(self.calendar.zone))
        if self.clock is not None:
            object.__setattr__(self, "changes", None)
        object.__setattr__(self, "reach", max((rule.reach for rule in self.rules), default=1))
        object.__setattr__(self, "learns", any(rule.learns for rule in self.rules))
        object.__setattr__(self, "compared", _compared(self.rules))
        object.__setattr__(self, "learning", frozenset(rule.name for rule in self.rules if rule.learns))
        object.__setattr__(self, "identities", {rule.name: rule.identity for rule in self.rules})

    def watching(self, series: SeriesKey) -> tuple[Rule, ...]:
        """The rules that watch a series, in the order of the file."""
        found = self._asked.get(series)
        if found is None:
            if len(self._asked) >= _MAX_ASKED:
                self._asked.clear()
            found = tuple(rule for rule in self.rules if rule.watches(*series))
            self._asked[series] = found
        return found

    def parent_of(self, series: SeriesKey) -> SeriesKey:
        """The status that the series is a facet of; itself when it is none."""
        parent = self.facets.get(series.dimension)
        return SeriesKey(STATUS, parent) if parent else series

    def facets_of(self, series: SeriesKey) -> list[str]:
        """The dimensions whose keys are facets of this series."""
        if series.dimension != STATUS:
            return []
        return [dimension for dimension, parent in self.facets.items() if parent == series.key]

    @property
    def early(self) -> tuple[Rule, ...]:
        """The rules that may say what they find before a minute ends."""
        return tuple(rule for rule in self.rules if rule.is_early)

    def identity(self, found_by: Collection[str]) -> str:
        """The identity of the first rule that opened an incident: early rules come before others, else as in the file.

        So an incident that is told of before its minute ends has the id that the closed minute gives it. No other rule,
        no window of maintenance and no text changes it.
        """
        first = min((rule for rule in self.rules if rule.name in found_by), key=lambda rule: not rule.is_early)
        return self.identities[first.name]

    def rule(self, name: str) -> Rule:
        """The rule of that name; raises KeyError when there is none."""
        return {rule.name: rule for rule in self.rules}[name]


def _compared(rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    asked: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        if rule.compares:
            every = not rule.keys or asked.get(rule.dimension) == ()
            asked[rule.dimension] = () if every else tuple(sorted({*asked.get(rule.dimension, ()), *rule.keys}))
    return asked
