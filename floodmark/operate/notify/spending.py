"""What calls a team how often, and what would have to go so that it is called no more than its budget says. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final, Literal, NamedTuple

MAX_TOGETHER: Final = 3
"""How many things that go together are tried in all combinations; more are taken one by one, the largest first."""
CANDIDATES: Final = 14
"""How many of those that call most are tried: 14 in threes are 469 trials."""


class Caller(NamedTuple):
    """What calls: all incidents of a scope, or all that a rule finds."""

    kind: Literal["rule", "scope"]
    name: str

    def __str__(self) -> str:
        """`rule code_rise`."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class PagedIncident:
    """An incident that somebody was called for.

    Args:
        scope: Its scope; empty: the store does not know it any more.
        rules: The rules that found it.
        opinion: What people said of it last: `false_positive`, `true_positive`, `missed` or nothing.
    """

    scope: str
    rules: frozenset[str]
    opinion: str = ""

    @property
    def callers(self) -> frozenset[Caller]:
        """All that it comes from."""
        scope = {Caller("scope", self.scope)} if self.scope else set()
        return frozenset({Caller("rule", rule) for rule in self.rules} | scope)

    def is_gone_without(self, gone: frozenset[Caller]) -> bool:
        """Whether it would not be there without these: its scope, or all of its rules."""
        rules = {Caller("rule", rule) for rule in self.rules}
        return Caller("scope", self.scope) in gone or (bool(rules) and rules <= gone)


@dataclass(frozen=True, slots=True)
class Page:
    """One call of a team.

    Args:
        at: When the first channel took it.
        incidents: What it was about.
    """

    at: datetime
    incidents: tuple[PagedIncident, ...]

    def is_gone_without(self, gone: frozenset[Caller]) -> bool:
        """Whether nobody would have been called without these."""
        return bool(self.incidents) and all(incident.is_gone_without(gone) for incident in self.incidents)

    @property
    def is_useful(self) -> bool:
        """Whether people said of one of its incidents that something was wrong."""
        return any(incident.opinion in ("true_positive", "missed") for incident in self.incidents)

    @property
    def is_useless(self) -> bool:
        """Whether people said of all of them that nothing was."""
        return bool(self.incidents) and all(incident.opinion == "false_positive" for incident in self.incidents)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would have to go.

    Args:
        callers: These.
        pages: How many pages go with them.
        useful: Of these, people said that something was wrong.
        useless: Of these, that nothing was.
        left: How many are left.
    """

    callers: tuple[Caller, ...]
    pages: int
    useful: int
    useless: int
    left: int


def spenders(pages: Iterable[Page]) -> list[tuple[Caller, int]]:
    """Each rule and scope with the pages that it has a part in, the largest first."""
    counted = Counter(caller for page in pages for caller in {c for i in page.incidents for c in i.callers})
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def remedy(pages: Sequence[Page], budget: int) -> Remedy | None:
    """The fewest rules and scopes without which no more pages are left than the budget has.

    Of as few, those whose pages people found useful least often, then those that take the fewest with them that nobody
    has called useless. None: the pages are within the budget, or nothing that is known brings them there.
    """
    if len(pages) <= budget:
        return None
    candidates = [caller for caller, _ in spenders(pages)][:CANDIDATES]
    for size in range(1, MAX_TOGETHER + 1):
        found = [made for gone in combinations(candidates, size) if (made := _without(pages, gone)).left <= budget]
        if found:
            return min(found, key=lambda r: (r.useful, r.pages - r.useless, r.callers))
    return _one_by_one(pages, budget)


def _one_by_one(pages: Sequence[Page], budget: int) -> Remedy | None:
    gone: tuple[Caller, ...] = ()
    left = [caller for caller, _ in spenders(pages)]
    while left:
        best = min((_without(pages, (*gone, each)) for each in left), key=lambda r: (r.left, r.useful, r.callers))
        gone = best.callers
        if best.left <= budget:
            return best
        left = [each for each in left if each not in gone]
    return None


def _without(pages: Sequence[Page], callers: Sequence[Caller]) -> Remedy:
    gone = frozenset(callers)
    taken = [page for page in pages if page.is_gone_without(gone)]
    useful, useless = sum(page.is_useful for page in taken), sum(page.is_useless for page in taken)
    return Remedy(tuple(callers), len(taken), useful, useless, len(pages) - len(taken))
