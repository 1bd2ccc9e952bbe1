"""Numbers and hours as people write them."""

from collections.abc import Sequence
from math import exp, log

from floodmark.analysis.checkout.comparison import ComparedHour
from runtime.numbers import about

_SURE = log(1e-9)


def hours(slots: Sequence[ComparedHour]) -> str:
    """`15 h` or `15–17 h`, of neighbouring hours."""
    first, last = slots[0].slot.name, slots[-1].slot.name
    return f"{first:02} h" if len(slots) == 1 else f"{first:02}–{last:02} h"


def each(slots: Sequence[ComparedHour]) -> str:
    """`08 h 0 of 16, 09 h 2 of 29`: seen of expected."""
    return ", ".join(f"{slot.slot.name:02} h {of(slot)}" for slot in slots)


def of(slot: ComparedHour) -> str:
    """`2 of 29`: seen of expected."""
    return f"{slot.slot.seen} of {about(slot.expected.count.mean)}" if slot.expected else f"{slot.slot.seen}"


def chance(log_tail: float) -> str:
    """`1 in 6`, from the natural logarithm of a probability; never surer than one in a billion."""
    if log_tail <= _SURE:
        return "fewer than 1 in a billion"
    odds = exp(-log_tail)
    scale = 10.0 ** max(len(f"{odds:.0f}") - 2, 0)
    return f"about 1 in {round(odds / scale) * scale:,.0f}"


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def clock(hour: int, part: float) -> str:
    """The time of day when `part` (0 to 1) of an hour is over, to five minutes within that hour."""
    return f"{hour:02}:{min(max(5 * round(12 * part), 5), 55):02}"


def percent(share: float) -> str:
    """`96 %`, of 0.96."""
    return f"{100 * share:,.0f} %"


def deviation(off: float, usual: float) -> str:
    """How far off: in percent, or as a number where percent of so little would only alarm."""
    text = about(off) if usual < 10 else percent(off / usual)
    return f"+{text}" if off > 0 else text
