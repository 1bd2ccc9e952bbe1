"""A rule set: the baseline, the rules, and when an incident is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from processors.domain.baseline import BaselineSettings
from processors.domain.calendar import Calendar
from processors.domain.rules import Rule
from processors.domain.window import KEYS_AT_MOST


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that decides what is said about a series of minutes.

    Args:
        name: For people.
        version: Hash of everything below; part of every incident id.
        baseline: How baselines are taken.
        rules: In the order of the file.
        resolve_after: Minutes without a finding after which an incident is over.
        group: Whether all that goes wrong in a scope at one time is one incident; else each series has its own.
        facets: Dimension to the status that its keys are facets of: what they show is said of that status.
        keys: How many series of one scope and dimension are told apart, beside OTHER; 1 or more. No rule file sets it.
        inhibit: Whether a critical incident hides the warnings of its scope while it lasts.
        calendar: Days unlike others, and maintenance; None: all days are alike.
    """

    name: str
    version: str
    baseline: BaselineSettings = field(default_factory=BaselineSettings)
    rules: tuple[Rule, ...] = ()
    resolve_after: int = 5
    group: bool = False
    facets: Mapping[str, str] = field(default_factory=dict)
    keys: int = KEYS_AT_MOST
    calendar: Calendar | None = None
    inhibit: bool = False

    @property
    def reach(self) -> int:
        """How many recent minutes the rules need to be shown at most."""
        return max((rule.reach for rule in self.rules), default=1)

    @property
    def learns(self) -> bool:
        """Whether any rule asks for the model of the scope."""
        return any(rule.learns for rule in self.rules)

    @property
    def hasty(self) -> tuple[Rule, ...]:
        """The rules that may say what they find before a minute ends."""
        return tuple(rule for rule in self.rules if rule.hastens)

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """The dimensions of which a history is kept, because a rule asks for it: to the keys; empty: all keys."""
        asked: dict[str, tuple[str, ...]] = {}
        for rule in self.rules:
            if rule.compares:
                every = not rule.keys or asked.get(rule.dimension) == ()
                asked[rule.dimension] = () if every else tuple(sorted({*asked.get(rule.dimension, ()), *rule.keys}))
        return asked

    def rule(self, name: str) -> Rule:
        """The rule of that name; raises KeyError when there is none."""
        return {rule.name: rule for rule in self.rules}[name]
