"""The lines of the card: what is measured on which feeds, what it must be and what it aims at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.scorecard.measures import (
    Value,
    came_back,
    cost_us,
    critical,
    critical_within,
    damage_by_score,
    damage_by_severity,
    f1_of,
    false_a_day,
    found,
    found_before,
    loss_within,
    pages_after_end,
    pages_each,
    second_pages,
    withdrawn,
)
from producers.simulate.feeds.catalogue import FEEDS

_DAMAGE: Final = ("growth", "outages", "small", "drift", "partial", "ramp", "known", "hard")
QUIET: Final = tuple(feed.name for feed in FEEDS.values() if feed.quiet)
"""Feeds in which false pages are counted."""
WITH_EVENTS: Final = tuple(feed.name for feed in FEEDS.values() if feed.quiet and feed.placings)
"""Those of them in which something happens."""
FALSE_MUST: Final = 0.15
FALSE_AIM: Final = 0.05
"""False pages a day of each quiet feed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the card.

    Args:
        name: What is measured.
        feeds: On which feeds.
        value: How, from the runs of one seed.
        must: What the mean over the seeds must be at least, or at most; None: it is told and nothing hangs on it.
        aim: The same of what is aimed at.
        is_limit: Whether `must` and `aim` are the most that may be, and not the least.
    """

    name: str
    feeds: tuple[str, ...]
    value: Value
    must: float | None = None
    aim: float | None = None
    is_limit: bool = False

    def is_met(self, mean: float, bound: float | None) -> bool | None:
        """Whether a mean keeps a bound, `must` or `aim`; None where there is no bound."""
        if bound is None:
            return None
        return mean <= bound + 1e-9 if self.is_limit else mean >= bound - 1e-9


def _damage() -> Iterator[Measure]:
    yield Measure("growth to total loss: critical ≤ 3 min after half", ("growth",), critical_within(3), 0.95, 1.0)
    yield Measure("rank correlation of true loss and score", _DAMAGE, damage_by_score, 0.7, 0.85)
    yield Measure("rank correlation of true loss and severity", _DAMAGE, damage_by_severity)
    small = critical(below=50, found_only=True)
    yield Measure("critical among incidents that lose < 50", _DAMAGE, small, 0.1, 0.03, is_limit=True)
    yield Measure("total outages that lose > 100: critical", ("outages",), critical(least=100), 0.95, 1.0)
    yield Measure("loss said within 20 % of the true one", _DAMAGE, loss_within(0.2))


def _quiet() -> Iterator[Measure]:
    yield Measure(
        "false pages a day in quiet feeds, all together", QUIET, false_a_day, FALSE_MUST, FALSE_AIM, is_limit=True
    )
    yield Measure("incidents inside quiet feeds: found", WITH_EVENTS, found(), 0.9, 0.97)
    yield Measure("incidents inside quiet feeds: within 10 min", WITH_EVENTS, found(within=10), 0.8, 0.9)
    yield Measure("said to have come back, though nothing did", WITH_EVENTS, came_back)


def _new() -> Iterator[Measure]:
    for rate in (20, 120, 200):
        feeds = (f"newcomer_{rate}",)
        for kind in ("status", "code"):
            early = found(f"new_{kind}", within=3)
            yield Measure(f"new {kind} at {rate} a minute: within 3 min", feeds, early, 1.0, 1.0)
        yield Measure(
            f"new at {rate} a minute: pages after its end", feeds, pages_after_end("new_"), 0, 0, is_limit=True
        )


def _slow() -> Iterator[Measure]:
    yield Measure("second cause pages on its own", ("second",), second_pages, 0.95, 1.0)
    half = found_before(lambda outcome: outcome.truth.half, "outage_ramp")
    yield Measure("ramps over 2 h: found before half is lost", ("ramp",), half, 0.9, 1.0)
    three = found_before(lambda outcome: outcome.truth.three_percent, "failed_creep")
    yield Measure("creeping failures: found before 3 %", ("creep",), three, 0.9, 1.0)
    yield Measure("30 % partial outage: found", ("partial",), found(), 0.75, 0.9)
    yield Measure("denied drift: found", ("drift",), found())


def _sizes() -> Iterator[Measure]:
    for event in ("volume_15_less", "denied_x1.3", "approved_25_less"):
        yield Measure(f"large, {event}: found", ("large_small_effects",), found(event))
        yield Measure(f"large, {event}: within 10 min", ("large_small_effects",), found(event, within=10))
    yield Measure("tiny, silent for two days: found", ("tiny_silent",), found())
    yield Measure("tiny, all denied for 12 h: found", ("tiny_denied",), found())


def _blind() -> Iterator[Measure]:
    for name in ("refunds", "code_feed", "part_duplicated", "duplicated"):
        yield Measure(f"{name}: found", (name,), found())
        yield Measure(f"{name}: pages an event", (name,), pages_each)


def _sets() -> Iterator[Measure]:
    yield Measure("known kinds: F1", ("known",), f1_of, 0.98, 0.99)
    yield Measure("weak kinds: F1", ("hard",), f1_of, 0.96, 0.98)
    yield Measure("known and weak kinds: false a day", ("known", "hard"), false_a_day, 0.1, 0.05, is_limit=True)
    yield Measure("late parts: withdrawn a day", ("late",), withdrawn, 2, 0, is_limit=True)
    yield Measure("CPU of a judged series-minute, µs", ("steady",), cost_us)


MEASURES: Final = (*_damage(), *_quiet(), *_new(), *_slow(), *_sizes(), *_blind(), *_sets())
"""All lines, in the order in which they are shown."""
