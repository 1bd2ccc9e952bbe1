"""What is usual in a feed: how much of each status comes at what time, by the clocks of the feed's own zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from producers.simulate.feeds.clock import DAY_MINUTES, Ints, local_minutes, minute_of_day, weekday
from producers.simulate.profile import Floats, slow_level, time_of_day

EVERY_DAY: Final = frozenset(range(7))
SHARES: Final[Mapping[str, float]] = {"approved": 0.93, "denied": 0.055, "failed": 0.005, "reversed": 0.01}
"""What part of all transactions has each status, unless a feed says otherwise."""


@dataclass(frozen=True, slots=True)
class RecurringTraffic:
    """More traffic that comes again and again, of its own mix of statuses.

    Args:
        every: Minutes from one to the next: 1440 for each day, 60 for each hour.
        at: The minute of that period, by local time, in which it begins.
        minutes: How long it lasts.
        rate: Transactions a minute that it adds.
        shares: Part of them by status; the statuses are among those of the feed.
    """

    every: int
    at: int
    minutes: int
    rate: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LevelStep:
    """From day `begins` to day `ends` (parts of days are fine) there is `factor` times as much as usual.

    It grows and fades over `fade` minutes that lie outside of these days. A step that lasts ends after the feed.
    """

    begins: float
    ends: float
    factor: float
    fade: int = 120


@dataclass(frozen=True, slots=True)
class Habit:
    """Normal traffic of a feed.

    Args:
        rate: Transactions a minute, averaged over a day on which all hours are open.
        trough: Traffic of the quietest minute of a day as a part of the busiest one's.
        weekend: Traffic of a Saturday or Sunday as a part of a weekday's.
        level: Standard deviation of the slow level of all traffic, as a part of it.
        dispersion: Variance of a minute's approved divided by their mean; 1 is chance alone (Poisson).
        shares: Part of all transactions by status.
        zone: The zone by whose clocks people live.
        hours: Local minutes of the day `[opens, closes)` with traffic; empty: all.
        days: Weekdays with traffic; 0 is Monday.
        jitter: Openings and closings come up to so many minutes later on some days, as people are.
        recurring: What comes beside it.
        steps: Days unlike others.
        share_noise: Standard deviation of the logarithm of each share but that of the approved; it wanders within
            20 minutes. 0: shares are constant.
        tails: Standard deviation of the logarithm of the traffic; it wanders within 10 minutes, and one minute in 300
            has several times as much. 0: none of it.
    """

    rate: float = 120.0
    trough: float = 0.15
    weekend: float = 0.8
    level: float = 0.05
    dispersion: float = 1.7
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    zone: str = "UTC"
    hours: tuple[tuple[int, int], ...] = ()
    days: frozenset[int] = EVERY_DAY
    jitter: int = 3
    recurring: tuple[RecurringTraffic, ...] = ()
    steps: tuple[LevelStep, ...] = ()
    share_noise: float = 0.0
    tails: float = 0.0

    def means(self, start_ms: int, minutes: int, rng: np.random.Generator) -> dict[str, Floats]:
        """The expected count of each status in each minute from `start_ms` on (epoch milliseconds, a whole minute)."""
        local = local_minutes(start_ms, minutes, self.zone)
        volume = self._season(local) * slow_level(minutes, self.level, rng)
        if self.tails:
            volume *= _tails(minutes, self.tails, rng)
        is_open = self._open(local, rng)
        means = self._by_status(volume * is_open, rng)
        for more in self.recurring:
            on = (local - more.at) % more.every < more.minutes
            for status, share in more.shares.items():
                means[status] = means[status] + on * more.rate * share * is_open
        # Rounded, so that the last bit of an exponential, which differs between machines, changes no draw.
        return {status: np.round(mean, 6) for status, mean in means.items()}

    def _season(self, local: Ints) -> Floats:
        shape = np.array([time_of_day(minute, self.trough) for minute in range(DAY_MINUTES)])
        season: Floats = self.rate / shape.mean() * shape[minute_of_day(local)]
        season *= np.where(weekday(local) >= 5, self.weekend, 1.0)
        at = np.arange(len(local))
        for step in self.steps:
            border = (step.begins * DAY_MINUTES - step.fade, step.begins * DAY_MINUTES)
            after = (step.ends * DAY_MINUTES, step.ends * DAY_MINUTES + step.fade)
            season *= np.interp(at, [*border, *after], [1.0, step.factor, step.factor, 1.0])
        return season

    def _open(self, local: Ints, rng: np.random.Generator) -> Floats:
        """1 in minutes in which the feed is open, else 0."""
        if not self.hours and self.days == EVERY_DAY:
            return np.ones(len(local))
        day = local // DAY_MINUTES - int(local[0]) // DAY_MINUTES
        late = rng.integers(0, self.jitter + 1, (int(day[-1]) + 1, 2))
        minute, is_open = minute_of_day(local), np.zeros(len(local), dtype=np.bool_)
        for opens, closes in self.hours or ((0, DAY_MINUTES),):
            begins, ends = (opens + late[day, 0], closes + late[day, 1]) if self.hours else (opens, closes)
            is_open |= (minute >= begins) & (minute < ends)
        return (is_open & np.isin(weekday(local), sorted(self.days))).astype(np.float64)

    def _by_status(self, volume: Floats, rng: np.random.Generator) -> dict[str, Floats]:
        parts = {status: np.full(len(volume), share) for status, share in self.shares.items()}
        if self.share_noise:
            for status, part in parts.items():
                if status != "approved":
                    part *= slow_level(len(volume), self.share_noise, rng, memory=20)
        return {status: volume * part for status, part in parts.items()}


def _tails(minutes: int, deviation: float, rng: np.random.Generator) -> Floats:
    found = slow_level(minutes, deviation, rng, memory=10)
    spikes = rng.random(minutes) < 1 / 300
    found[spikes] *= 2 + np.minimum(rng.pareto(2.0, int(spikes.sum())), 8)
    return found
