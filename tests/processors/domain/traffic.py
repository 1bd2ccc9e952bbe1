"""Traffic as a payments team knows it, made up with a fixed seed: days with a busy noon and a quiet night."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import pi
from typing import Final

import numpy as np

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions
from processors.rules import DEFAULT, load
from tests.processors.domain.build import M0
from tests.tracing import untraced

HOUR: Final = 60
DAY: Final = 24 * HOUR
FIRST: Final = M0 - 5 * DAY - 12 * HOUR
"""A Monday at midnight."""
NIGHT: Final = FIRST + 2 * DAY + 3 * HOUR
NOON: Final = FIRST + 2 * DAY + 12 * HOUR
"""On the Wednesday; by then two days and a half are known."""
RULES: Final = load(DEFAULT)
MIX: Final = {"approved": 0.9, "refunded": 0.01, "reversed": 0.015, "backend_reversed": 0.004, "failed": 0.006}
CODES: Final = {"51": 0.04, "59": 0.016, "05": 0.009}
"""Parts of all transactions that are denied, by reason; together 6.5 %."""

Change = Callable[[int], Mapping[str, float]]
"""What is otherwise so many minutes into the story: status, code, or `all`, to a factor."""


def nothing(_: int) -> Mapping[str, float]:
    """All is as ever."""
    return {}


def usual(minute: int) -> float:
    """Transactions a minute: 204 at noon, 36 at midnight."""
    return 120 - 84 * float(np.cos(2 * pi * minute / DAY))


def traffic(minute: int, change: Mapping[str, float] | None = None, scale: float = 1.0, seed: int = 7) -> Dimensions:
    """What a minute holds: the same for the same arguments. Without any transaction it holds nothing."""
    change, draw = change or {}, np.random.default_rng((seed, minute))
    mean = usual(minute) * scale * change.get("all", 1.0)
    codes = {c: draw.poisson(mean * part * change.get("denied", 1.0) * change.get(c, 1.0)) for c, part in CODES.items()}
    counts = {status: draw.poisson(mean * part * change.get(status, 1.0)) for status, part in MIX.items()}
    counts["denied"] = sum(codes.values())
    if not sum(counts.values()):
        return {}
    return {
        "status": {status: [int(count), 0] for status, count in counts.items() if count},
        "auth_code": {code: [int(count), 0] for code, count in {"00": counts["approved"], **codes}.items() if count},
    }


@cache
def _known(upto: int, scale: float) -> ScopeMemory:
    begin = FIRST + 2 * DAY
    memory = _known(begin, scale).copy() if upto > begin else ScopeMemory()
    # Thousands of minutes before a test begins; those of the test itself take the same ways.
    with untraced():
        for minute in range(begin if upto > begin else FIRST, upto):
            judge(JudgedScope(RULES, memory, "all"), minute, MinuteCounts(traffic(minute, scale=scale)))
    memory.last_data = upto - 1
    return memory


def known(upto: int = NOON, scale: float = 1.0) -> ScopeMemory:
    """What the default rules know of the ordinary minutes from FIRST up to, and without, `upto`."""
    return _known(upto, scale).copy()


@dataclass(frozen=True)
class Told:
    """A step of an incident, so many minutes into the story."""

    step: str
    at: int
    incident: Incident

    @property
    def lead(self) -> str:
        """The series that leads it."""
        return f"{self.incident.dimension}|{self.incident.key}"


def story(
    change: Change,
    minutes: int,
    *,
    start: int = NOON,
    scale: float = 1.0,
    seed: int = 7,
    rules: RuleSet = RULES,
) -> list[Told]:
    """What is told of the minutes from `start` on, after days as ever; updates are left out."""
    memory, told = known(start, scale), list[Told]()
    for i in range(minutes):
        held = MinuteCounts(traffic(start + i, change(i), scale, seed))
        for step, incident in judge(JudgedScope(rules, memory, "all"), start + i, held).steps:
            if step != "updated":
                told.append(Told(step, i, incident))
    return told


def during(first: int, last: int, **factors: float) -> Change:
    """These factors in the minutes from `first` to `last`, both included."""
    return lambda i: factors if first <= i <= last else {}


def once(told: list[Told]) -> Incident:
    """The one incident of a story, as it was found."""
    assert len(fired(told)) == 1
    return next(each.incident for each in told if each.step == "firing")


def ended(told: list[Told]) -> int:
    """The minute in which the one incident of a story was over."""
    once(told)
    return next(each.at for each in told if each.step == "resolved")


def fired(told: list[Told]) -> list[int]:
    """The minutes in which incidents were found."""
    return [each.at for each in told if each.step == "firing"]
