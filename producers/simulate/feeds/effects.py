"""What events do to the expected counts of a stretch of minutes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from producers.simulate.profile import Floats

Curve = Callable[[int], Floats]
"""From a number of minutes to a value for each of them."""
LEFT: Final = 0.02
"""How much of the approved is left however much goes wrong: people do not give up all at once."""


@dataclass(slots=True)
class ExpectedCounts:
    """The expected counts of the minutes of an event; effects change it.

    Args:
        statuses: Expected count of each status in each minute.
        codes: Status to code to the part of the status that has it in each minute; parts add up to 1.
        code_feed: Part of the rows by auth code that come, in each minute.
        doubled: Part of all transactions that come twice, in each minute.
    """

    statuses: dict[str, Floats]
    codes: dict[str, dict[str, Floats]]
    code_feed: Floats
    doubled: Floats

    @property
    def minutes(self) -> int:
        """How many."""
        return len(self.code_feed)

    @property
    def total(self) -> Floats:
        """Expected transactions of each minute, of all statuses."""
        return np.sum(list(self.statuses.values()), axis=0)  # type: ignore[no-any-return]


Effect = Callable[[ExpectedCounts], None]
"""Changes a stretch in place."""


def constant(value: float) -> Curve:
    """The same in all minutes."""
    return lambda minutes: np.full(minutes, value)


def ramp(first: float, last: float, over: int) -> Curve:
    """From `first` to `last` in `over` minutes, the same steps each minute; then it stays."""
    return lambda minutes: np.interp(np.arange(1, minutes + 1), [0, over], [first, last])


def on_and_off(value: float, every: int) -> Curve:
    """`value` for so many minutes, then 0 for as many, and again."""
    return lambda minutes: value * (np.arange(minutes) // every % 2 == 0)


def volume(factor: Curve) -> Effect:
    """All statuses alike are multiplied: transactions do not come, or more do."""

    def change(stretch: ExpectedCounts) -> None:
        for status in stretch.statuses:
            stretch.statuses[status] = stretch.statuses[status] * factor(stretch.minutes)

    return change


def fewer(status: str, factor: Curve) -> Effect:
    """One status is multiplied and the others stay: what is missing does not come in another one."""

    def change(stretch: ExpectedCounts) -> None:
        stretch.statuses[status] = stretch.statuses[status] * factor(stretch.minutes)

    return change


def turned(status: str, part: Curve) -> Effect:
    """So large a part of the approved comes in another status, known or new."""

    def change(stretch: ExpectedCounts) -> None:
        _turn(stretch, status, part(stretch.minutes) * stretch.statuses["approved"])

    return change


def times(status: str, factor: Curve) -> Effect:
    """A status comes so many times as often; what it has more would have been approved."""

    def change(stretch: ExpectedCounts) -> None:
        _turn(stretch, status, (factor(stretch.minutes) - 1) * stretch.statuses[status])

    return change


def coded(status: str, code: str, part: float) -> Effect:
    """So large a part of a status has this auth code, known or new; the others share the rest as before."""

    def change(stretch: ExpectedCounts) -> None:
        codes = stretch.codes.setdefault(status, {})
        for name in codes:
            codes[name] = codes[name] * (1 - part)
        codes[code] = codes.get(code, np.zeros(stretch.minutes)) + part

    return change


def times_by_code(status: str, factor: float, code: str) -> Effect:
    """As `times`, and all that the status has more has this auth code."""

    def change(stretch: ExpectedCounts) -> None:
        times(status, constant(factor))(stretch)
        coded(status, code, 1 - 1 / factor)(stretch)

    return change


def without_codes(stretch: ExpectedCounts) -> None:
    """No row by auth code comes; those by status do."""
    stretch.code_feed = np.zeros(stretch.minutes)


def twice(part: float) -> Effect:
    """So large a part of all transactions is delivered twice."""

    def change(stretch: ExpectedCounts) -> None:
        stretch.doubled = np.full(stretch.minutes, part)

    return change


def lost(before: Mapping[str, Floats], after: Mapping[str, Floats]) -> Floats:
    """Transactions lost or broken in each minute: those that do not come, and what every status but approved has more.

    Both are expected values, so that the truth does not hang on chance.
    """
    nothing = np.zeros_like(next(iter(before.values())))
    missing = np.sum(list(before.values()), axis=0) - np.sum(list(after.values()), axis=0)
    found: Floats = np.maximum(missing, 0)
    for status, count in after.items():
        if status != "approved":
            found = found + np.maximum(count - before.get(status, nothing), 0)
    return found


def _turn(stretch: ExpectedCounts, status: str, wanted: Floats) -> None:
    approved = stretch.statuses["approved"]
    taken = np.minimum(wanted, (1 - LEFT) * approved)
    stretch.statuses["approved"] = approved - taken
    stretch.statuses[status] = stretch.statuses.get(status, np.zeros(stretch.minutes)) + taken
