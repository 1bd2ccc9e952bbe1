"""The profile of the day: what habits let expect of a minute, as lines between the middles of quarter hours.

Minutes are those of the scope's own clock. Where a quarter hour holds far less than the one beside it there is a step
and no line, and where a ramp is near, what is expected is what may be there when it comes early or late.
"""

from math import inf
from typing import Final

from processors.domain.model.habits import QUARTER, Habits

STEP: Final = 0.5
"""A quarter hour that holds less than this part of the one beside it is a step; else the profile is a line."""
FLOOR: Final = 0.02
"""The least that is expected of a minute."""
_LINES: Final = 8
"""How many lines of the profile are kept at hand."""
_NO_LINE: Final = (0.0, 0.0, -1.0)
_STEEP: Final = 1.2
"""Where a step is near, no more than this ratio to its lower side is expected."""
_SHIFT: Final = 20
"""Minutes by which a ramp may come early or late."""


def at(habits: Habits, minute: int) -> float | None:
    """What the profile says of a minute; None when it knows nothing."""
    half = minute * 2 // QUARTER
    lines = habits.lines
    line = lines.get(half, _NO_LINE)
    if line is _NO_LINE:
        if len(lines) >= _LINES:
            lines.clear()
        line = lines[half] = _line(habits, half)
    return None if line is None else max(min(line[0] + line[1] * minute, line[2]), FLOOR)


def _line(habits: Habits, half: int) -> tuple[float, float, float] | None:
    """What the profile says of the minutes of half a quarter hour: at minute 0, per minute, and at most."""
    usual, first = habits.usual, (half - 1) // 2
    before, after = usual(first), usual(first + 1)
    if before is None or after is None:
        return None
    beside = usual(first + (-1 if half % 2 else 2))
    least = min(before, after) if beside is None else min(before, after, beside)
    slope = (after - before) / QUARTER
    start = before - slope * (first + 0.5) * QUARTER
    if least >= STEP * max(before, after):
        return start, slope, inf
    further = usual(first - 1 if before < after else first + 2)
    return start, slope, _STEEP * (least if further is None else min(least, further))


def ramp(habits: Habits, middle: int) -> float:
    """How much lower the profile lies where the ramp around a minute may have been instead; 0.6 at least."""
    here = at(habits, middle) or 1.0
    early, late = at(habits, middle - _SHIFT) or here, at(habits, middle + _SHIFT) or here
    return max(0.6, min(early, here, late) / here)


def ramp_since(habits: Habits, middle: int, before: int) -> float:
    """As `ramp`, where the minutes around `before` say a level: a ramp that came late shows in these already."""
    least = ramp(habits, middle)
    if least == 1.0:
        return least
    here, there = at(habits, middle) or 1.0, at(habits, before) or 1.0
    parts = [
        (at(habits, middle + shift) or here) * there / (here * (at(habits, before + shift) or there))
        for shift in (-_SHIFT, _SHIFT)
    ]
    return max(least, min(1.0, *parts))


def week_ago(habits: Habits, minute: int, window: int) -> float:
    """What the last `window` minutes up to and with `minute` held a week before; infinite where that is not known."""
    quarters = [each // QUARTER for each in range(minute - window + 1, minute + 1)]
    rates = {quarter: habits.week_ago(quarter) for quarter in {*quarters}}
    return sum([inf if (rate := rates[quarter]) is None else rate for quarter in quarters])
