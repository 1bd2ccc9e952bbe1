"""Which settings of a rule say how much is too much, and the strictest value of one at which the rule fires."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from math import ceil, floor, log10
from typing import Any, Final

from processors.domain.rules import Rule, Series

NOT_LIMITS: Final = {"critical", "recovery", "window", "against", "before", "half_life", "drift", "drift_at_first"}
"""They say how bad it is, when it is over, what is looked at, and how well the normal is known: no limits."""
_UP_FOR_TOO_LITTLE: Final = {"effect", "warning", "above", "below"}
"""For rules that watch for too little, these are limits that the value has to lie below."""
_HALVINGS: Final = 12
_DIGITS: Final = (2, 3, 5)
"""A proposal is a number of so many digits, as few as will do."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Slack:
    """How far one setting could be moved to make a rule less strict.

    Args:
        setting: Its name.
        limit: What it is.
        loosest: The far end: the rule's least strict form by this setting.
    """

    setting: str
    limit: Number
    loosest: Number


def slacks(rule: Rule) -> Iterator[Slack]:
    """Each limit of the rule, in both directions: which of them is the less strict one, is for the rule to show."""
    for name in (field.name for field in fields(rule)):
        limit = getattr(rule, name)
        if name in NOT_LIMITS or isinstance(limit, bool) or not isinstance(limit, int | float):
            continue
        whole = isinstance(limit, int)
        lowest: Number = 0 if whole else limit / 1000
        if whole:
            highest: Number = max(10, limit * 10)
        else:
            highest = 1.0 if limit < 1 else limit * 10
        yield from (Slack(name, limit, end) for end in (lowest, highest) if end != limit)


def changed(rule: Rule, setting: str, value: Number) -> Rule:
    """The rule with another value for one of its settings."""
    values: dict[str, Any] = {setting: value}
    return replace(rule, **values)


def fires(rule: Rule, setting: str, value: Number, series: Series) -> bool:
    """Whether the rule with that value finds something; a value that it cannot work with finds nothing."""
    return _finds(changed(rule, setting, value), (setting,), series)


def _finds(loosened: Rule, given: tuple[str, ...], series: Series) -> bool:
    if loosened.problem(given) is not None:
        return False
    try:
        return loosened.judge(series) is not None
    except ArithmeticError:
        return False


def strictest(rule: Rule, slack: Slack, series: Series, known: Number | None) -> Number | None:
    """The value nearest to the limit at which the rule fires on the series.

    Args:
        rule: The rule, which does not fire as it is.
        slack: The setting, and which way to move it.
        series: What the rule is shown.
        known: The nearest such value of other minutes; None: there is none yet.

    Returns:
        None when that is not nearer than `known`, or the rule does not fire at all.
    """
    good, bad = slack.loosest if known is None else known, slack.limit
    if good == bad or not fires(rule, slack.setting, good, series):
        return None
    for _ in range(_HALVINGS if isinstance(bad, float) else bad.bit_length() + 8):
        middle = (good + bad) / 2 if isinstance(bad, float) else (int(good) + bad) // 2
        if middle in (good, bad):
            break
        if fires(rule, slack.setting, middle, series):
            good = middle
        else:
            bad = middle
    return good


def least_strict(rule: Rule, series: Series) -> frozenset[Slack]:
    """The limits moved all at once so that the rule fires on the series; none: it does not fire however they are.

    Limits are moved down; or, as rules that watch for too little have them, some of them up.
    """
    every = list(slacks(rule))
    down = frozenset(slack for slack in every if slack.loosest < slack.limit)
    names = {slack.setting for slack in every if slack.setting in _UP_FOR_TOO_LITTLE}
    up = frozenset(slack for slack in every if (slack.loosest > slack.limit) is (slack.setting in names))
    return next((way for way in (down, up) if way and _fires_scaled(rule, way, 0.0, series)), frozenset())


def nearness(rule: Rule, way: frozenset[Slack], series: Series, known: float) -> tuple[float, Slack] | None:
    """How near the rule comes when all its limits are moved alike, and the limit that then holds it back.

    Args:
        rule: The rule, which does not fire as it is.
        way: As `least_strict` has it.
        series: What the rule is shown.
        known: How near it came in other minutes, 0 to 1.

    Returns:
        None when that is not nearer than `known`.
    """
    if not _fires_scaled(rule, way, known, series):
        return None
    good, bad = known, 1.0
    for _ in range(_HALVINGS):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if _fires_scaled(rule, way, middle, series) else (good, middle)
    ordered = sorted(way, key=_name)
    return good, next((s for s in ordered if _fires_scaled(rule, way, bad, series, aside=(s, good))), ordered[0])


def scaled(slack: Slack, near: float) -> Number:
    """The limit at this nearness: 1 is where it is, 0 the far end."""
    if slack.loosest > slack.limit:
        value = min(slack.loosest, slack.limit / near) if near else slack.loosest
        return ceil(value) if isinstance(slack.limit, int) else value
    return floor(slack.limit * near) if isinstance(slack.limit, int) else max(slack.loosest, slack.limit * near)


def ratio(value: Number, limit: Number) -> float:
    """The smaller of the two over the larger, 0 to 1."""
    low, high = sorted((abs(value), abs(limit)))
    return low / high if high else 1.0


def _fires_scaled(
    rule: Rule, way: frozenset[Slack], near: float, series: Series, aside: tuple[Slack, float] | None = None
) -> bool:
    values: dict[str, Any] = {slack.setting: scaled(slack, near) for slack in way}
    if aside is not None:
        values[aside[0].setting] = scaled(*aside)
    return _finds(replace(rule, **values), tuple(values), series)


def _name(slack: Slack) -> str:
    return slack.setting


def rounded(rule: Rule, slack: Slack, value: Number, series: Series) -> Number:
    """The value made short, on the less strict side, where the rule still fires with it."""
    if isinstance(value, int) or value == 0:
        return value
    down = slack.loosest < slack.limit
    for digits in _DIGITS:
        unit = 10.0 ** (floor(log10(abs(value))) - digits + 1)
        short = float(f"{(floor if down else ceil)(value / unit) * unit:.10g}")
        if short != slack.limit and fires(rule, slack.setting, short, series):
            return short
    return value
