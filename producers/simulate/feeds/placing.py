"""Where events come in a feed: the seed draws places, and what happens there is put into the expected counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from producers.simulate.feeds.clock import DAY_MINUTES
from producers.simulate.feeds.effects import ExpectedCounts, lost
from producers.simulate.feeds.events import EVENTS
from producers.simulate.profile import Floats

_TRIES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Placing:
    """Some events, in turn, somewhere in a stretch of days.

    Args:
        events: Names of events; each in turn.
        count: How many in all.
        days: From which day on, and before which day, they lie wholly; parts of days are fine.
        apart: Minutes before and after each in which there is nothing else.
        busy: At least so many transactions a minute are expected in each minute of it.
        loses: At least and less than so many transactions are lost by it.
        then: Another event that begins in the middle of each; None: none.
        part_of_usual: Each minute of it expects at least this part of what the feed's open minutes have as a mean.
    """

    events: tuple[str, ...]
    count: int
    days: tuple[float, float]
    apart: int = 180
    busy: float = 0.0
    loses: tuple[float, float] = (0.0, inf)
    then: str | None = None
    part_of_usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one event; minutes count from the first one of the feed.

    Args:
        event: Its name.
        first: The first broken minute.
        last: The last one, inclusive.
        lost: Transactions lost or broken by it, as expected values: see `effects.lost`; 0 of what nobody is called for.
        half: The first minute in which half of what is usual is lost or broken; None: there is none.
        three_percent: The same of 3 %.
        rate: Transactions a minute that would have been usual, as a mean over the event.
        second: Whether it began while another one was on.
    """

    event: str
    first: int
    last: int
    lost: float
    half: int | None
    three_percent: int | None
    rate: float
    second: bool = False


class NoRoom(ValueError):
    """Events do not fit into a feed."""


def place(
    placings: Sequence[Placing], whole: ExpectedCounts, rng: np.random.Generator, *, untouched: ExpectedCounts
) -> tuple[Truth, ...]:
    """Put the events into `whole`, in place; what is true of them, by time.

    Args:
        placings: Which events.
        whole: The whole feed.
        rng: Draws the places.
        untouched: An equal feed, which stays as it is and says what is usual.

    Raises:
        NoRoom: there is no place for one of them; the message names it.
    """
    free = np.ones(whole.minutes, dtype=np.bool_)
    found: list[Truth] = []
    usual = float(untouched.total[untouched.total > 0].mean())
    for placing in placings:
        for number in range(placing.count):
            name = placing.events[number % len(placing.events)]
            first, minutes = _place_of(name, placing, untouched, free, usual, rng)
            found.append(_happen(name, first, minutes, whole))
            free[max(0, first - placing.apart) : first + minutes + placing.apart] = False
            if placing.then is not None:
                begins = first + minutes // 3
                truth = _happen(placing.then, begins, min(_length(placing.then, rng), minutes // 2), whole, second=True)
                found.append(truth)
    return tuple(sorted(found, key=lambda truth: (truth.first, truth.event)))


def _place_of(
    name: str,
    placing: Placing,
    untouched: ExpectedCounts,
    free: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    usual: float,
    rng: np.random.Generator,
) -> tuple[int, int]:
    earliest, latest = (round(day * DAY_MINUTES) for day in placing.days)
    least = max(placing.busy, placing.part_of_usual * usual)
    total = untouched.total
    for _ in range(_TRIES):
        minutes = _length(name, rng)
        if latest - minutes < earliest:
            break
        first = int(rng.integers(earliest, latest - minutes + 1))
        where = slice(first, first + minutes)
        if not free[where].all() or float(total[where].min()) < least:
            continue
        if placing.loses != (0.0, inf):
            amount = float(_changed(name, untouched, where)[1].sum())
            if not placing.loses[0] <= amount < placing.loses[1]:
                continue
        return first, minutes
    raise NoRoom(f"{name}: no place in days {placing.days[0]:g} to {placing.days[1]:g}; ask for fewer, or more days")


def _happen(name: str, first: int, minutes: int, whole: ExpectedCounts, *, second: bool = False) -> Truth:
    where = slice(first, first + minutes)
    usual = whole.total[where].copy()
    part, missing = _changed(name, whole, where)
    _put(part, whole, where)
    if EVENTS[name].expect == "quiet":
        missing = np.zeros(minutes)
    share = missing / np.maximum(usual, 1e-9)
    return Truth(
        name,
        first,
        first + minutes - 1,
        round(float(missing.sum()), 3),
        _first(share >= 0.5 - 1e-9, first),
        _first(share >= 0.03 - 1e-9, first),
        round(float(usual.mean()), 3),
        second,
    )


def _changed(name: str, whole: ExpectedCounts, where: slice) -> tuple[ExpectedCounts, Floats]:
    """A copy of a part of the feed with the event in it, and what is lost by it in each minute."""
    part = ExpectedCounts(
        {status: mean[where].copy() for status, mean in whole.statuses.items()},
        {status: {code: share[where].copy() for code, share in codes.items()} for status, codes in whole.codes.items()},
        whole.code_feed[where].copy(),
        whole.doubled[where].copy(),
    )
    before = dict(part.statuses)
    for effect in EVENTS[name].effects:
        effect(part)
    return part, lost(before, part.statuses)


def _put(part: ExpectedCounts, whole: ExpectedCounts, where: slice) -> None:
    for status, mean in part.statuses.items():
        whole.statuses.setdefault(status, np.zeros(whole.minutes))[where] = mean
    for status, codes in part.codes.items():
        known = whole.codes.get(status)
        if known is None:
            continue
        for code, share in codes.items():
            known.setdefault(code, np.zeros(whole.minutes))[where] = share
    whole.code_feed[where] = part.code_feed
    whole.doubled[where] = part.doubled


def _length(name: str, rng: np.random.Generator) -> int:
    least, most = EVENTS[name].minutes
    return int(rng.integers(least, most + 1))


def _first(true: "np.ndarray[tuple[int], np.dtype[np.bool_]]", begins: int) -> int | None:
    return begins + int(np.argmax(true)) if true.any() else None
