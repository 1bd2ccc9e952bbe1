"""A named feed, and what a seed makes of it: counts of each minute, how they come in, and the truth about events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from zlib import crc32

import numpy as np

from producers.rows import MINUTE_MS, Row
from producers.simulate.feeds.clock import DAY_MINUTES, Ints
from producers.simulate.feeds.delivery import AT_ONCE, FeedDelivery
from producers.simulate.feeds.effects import ExpectedCounts
from producers.simulate.feeds.habit import Habit
from producers.simulate.feeds.placing import Placing, place
from producers.simulate.profile import Floats
from producers.simulate.traffic import counts_of

START: Final = "2025-05-05T00:00"
"""A Monday on which the clocks of no zone change, nor in the five weeks after it."""
STATUS: Final = "status"
CODE: Final = "auth_code"
"""What a key is."""
_AMOUNT: Final = 8_500
"""Minor units of every transaction."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that has a name.

    Args:
        name: What people ask for.
        summary: What it is like, in a line.
        days: How long it lasts.
        habit: What is usual in it.
        quiet_from: From which day on a page that no event explains is false.
        delivery: How its minutes come in.
        calendar_zone: The time zone that the rules are given for it; None: none, and habits follow UTC.
        codes: Status to code to the part of it that has the code; empty: no codes come.
        placings: What happens in it.
        starts_at: Its first minute, UTC.
        quiet: Whether it is one of the feeds in which false pages are counted.
    """

    name: str
    summary: str
    days: float
    habit: Habit = field(default_factory=Habit)
    quiet_from: float = 7.0
    delivery: FeedDelivery = AT_ONCE
    calendar_zone: str | None = None
    codes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    placings: tuple[Placing, ...] = ()
    starts_at: str = START
    quiet: bool = True

    @property
    def start_ms(self) -> int:
        """Epoch milliseconds of the first minute."""
        return int(datetime.fromisoformat(self.starts_at).replace(tzinfo=UTC).timestamp()) * 1000

    @property
    def minutes(self) -> int:
        """How many minutes it lasts."""
        return round(self.days * DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What comes in one minute by one source partition.

    Args:
        minute: The minute in which it comes, counted from the first one of the feed.
        source: The source partition.
        rows: What comes, in order; the event time of late rows lies before that minute.
    """

    minute: int
    source: int
    rows: list[Row]


class MadeFeed:
    """What a seed makes of a feed; the same feed and seed make the same rows and the same truth.

    Attributes:
        feed: The feed.
        seed: The seed.
        truths: What is true of its events, by time. Where the feed comes in bulk, an event begins with the first bulk
            that shows it, and ends with the last.
        counts: (STATUS or CODE, key) to its count in each minute, as it comes.

    Raises:
        NoRoom: its events do not fit in.
    """

    def __init__(self, feed: Feed, seed: int) -> None:
        self.feed, self.seed = feed, seed
        *rngs, self._lateness = np.random.SeedSequence([seed, crc32(feed.name.encode())]).spawn(4)
        usual, places, chance = (np.random.default_rng(rng) for rng in rngs)
        means = feed.habit.means(feed.start_ms, feed.minutes, usual)
        untouched, whole = _stretch(feed, means), _stretch(feed, means)
        truths = place(feed.placings, whole, places, untouched=untouched)
        self.truths = tuple(feed.delivery.seen(truth) for truth in truths)
        statuses = {s: counts_of(mean, _spread(feed, s), chance) for s, mean in whole.statuses.items()}
        by_key = {(STATUS, key): counts for key, counts in statuses.items()}
        by_key |= {(CODE, key): counts for key, counts in _codes(statuses, whole, chance).items()}
        self.counts = {key: feed.delivery.gathered(_twice(counts, whole, chance)) for key, counts in by_key.items()}

    def rows(self) -> Iterator[Row]:
        """All rows in the order of event time, those by status before those by auth code."""
        for minute in range(self.feed.minutes):
            yield from self._rows_of(minute)

    def arrivals(self) -> Iterator[Arrival]:
        """All rows in the order in which they come: by minute, then by source partition.

        The event time of a row lies in the middle of its minute, as that of people's transactions does on average.
        """
        waiting: dict[int, list[list[Row]]] = {}
        rng = np.random.default_rng(self._lateness)
        for minute in range(self.feed.minutes):
            split = self.feed.delivery.split(self._rows_of(minute, 30_000), rng)
            waiting.setdefault(minute + self.feed.delivery.delay, []).append(split.late)
            for source, rows in enumerate(split.on_time):
                late = [row for part in waiting.pop(minute, []) for row in part] if source == split.late_source else []
                yield Arrival(minute, source, late + rows)

    def _rows_of(self, minute: int, after_ms: int = 0) -> list[Row]:
        at_ms = self.feed.start_ms + minute * MINUTE_MS + after_ms
        rows = []
        for (kind, key), counts in self.counts.items():
            if count := int(counts[minute]):
                is_status = kind == STATUS
                rows.append(
                    Row(at_ms, count, key, None, amount=count * _AMOUNT) if is_status else Row(at_ms, count, None, key)
                )
        return rows


def _stretch(feed: Feed, means: Mapping[str, Floats]) -> ExpectedCounts:
    minutes = feed.minutes
    codes = {s: {c: np.full(minutes, part) for c, part in parts.items()} for s, parts in feed.codes.items()}
    return ExpectedCounts({s: mean.copy() for s, mean in means.items()}, codes, np.ones(minutes), np.zeros(minutes))


def _spread(feed: Feed, status: str) -> float:
    more = feed.habit.dispersion - 1
    return 1 + more * {"approved": 1.0, "denied": 0.4}.get(status, 0.0)


def _codes(statuses: Mapping[str, Ints], whole: ExpectedCounts, rng: np.random.Generator) -> dict[str, Ints]:
    """Counts by auth code: the transactions of a status, dealt out to its codes; none where that feed is dead."""
    found: dict[str, Ints] = {}
    for status, parts in whole.codes.items():
        shares = np.round(np.stack(list(parts.values()), axis=1), 6)
        dealt = rng.multinomial(statuses[status], shares / shares.sum(axis=1, keepdims=True))
        for number, code in enumerate(parts):
            found[code] = found.get(code, 0) + dealt[:, number] * (whole.code_feed > 0)
    return found


def _twice(counts: Ints, whole: ExpectedCounts, rng: np.random.Generator) -> Ints:
    """The counts with those once more that come twice."""
    return counts + rng.binomial(counts, whole.doubled) if whole.doubled.any() else counts
