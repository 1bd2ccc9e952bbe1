"""Made feeds for tests, each made once, and what their minutes hold."""

from functools import cache

import numpy as np

from producers.simulate.feeds.catalogue import feed_of
from producers.simulate.feeds.clock import DAY_MINUTES, Ints
from producers.simulate.feeds.feed import STATUS, MadeFeed
from producers.simulate.feeds.placing import Truth


@cache
def made(name: str, seed: int = 1) -> MadeFeed:
    return MadeFeed(feed_of(name), seed)


def status(name: str, key: str, seed: int = 1) -> Ints:
    """The count of a status in each minute."""
    return made(name, seed).counts[STATUS, key]


def total(name: str, seed: int = 1) -> Ints:
    """All transactions of each minute."""
    counts = [counts for (kind, _), counts in made(name, seed).counts.items() if kind == STATUS]
    found: Ints = np.sum(counts, axis=0)
    return found


def days(counts: Ints) -> Ints:
    """The counts with a row for each day of UTC."""
    return counts[: len(counts) // DAY_MINUTES * DAY_MINUTES].reshape(-1, DAY_MINUTES)


def truth(name: str, event: str, seed: int = 1) -> Truth:
    """The first of its events of that name."""
    return next(truth for truth in made(name, seed).truths if truth.event == event)


def during(counts: Ints, of: Truth) -> Ints:
    """The minutes of an event."""
    return counts[of.first : of.last + 1]


def before(counts: Ints, of: Truth) -> Ints:
    """As many minutes before it."""
    return counts[of.first - (of.last - of.first + 1) : of.first]
