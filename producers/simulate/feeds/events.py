"""Named events: what can happen in a feed, and what an alert may rightly say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from producers.simulate.feeds.effects import (
    Effect,
    coded,
    constant,
    fewer,
    on_and_off,
    ramp,
    times,
    times_by_code,
    turned,
    twice,
    volume,
    without_codes,
)

ANY: Final = "*"
"""An alert may name what it likes: all series are touched alike."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One thing that can happen.

    Args:
        minutes: How long it lasts, at least and at most; the seed decides.
        effects: What it does, one after the other.
        keys: The statuses, codes or words (`total`, `duplicated`) that an alert may rightly name; `*`: any.
        expect: `alert` for what people are to be called for, `quiet` for a trap that nobody is to be called for.
    """

    minutes: tuple[int, int]
    effects: tuple[Effect, ...]
    keys: frozenset[str]
    expect: Literal["alert", "quiet"] = "alert"


def _event(least: int, most: int, keys: str, *effects: Effect) -> FeedEvent:
    return FeedEvent((least, most), effects, frozenset(keys.split()))


_BY_HOUR: Final = {
    "growing_outage": _event(60, 60, ANY, volume(ramp(1, 0, 45))),
    "growing_failure": _event(60, 60, "failed approved", turned("failed", ramp(0, 1, 45))),
    "growing_denial": _event(60, 60, "denied approved 51", turned("denied", ramp(0, 1, 45))),
    "outage_ramp": _event(140, 140, ANY, volume(ramp(1, 0, 120))),
    "failed_creep": _event(360, 360, "failed approved", turned("failed", ramp(0, 0.08, 360))),
    "denied_drift": _event(90, 150, "denied approved 51 59", times("denied", ramp(1, 3, 75))),
}
_OUTAGES: Final = {
    "total_outage": _event(10, 40, ANY, volume(constant(0))),
    "long_outage": _event(60, 90, ANY, volume(constant(0))),
    "partial_outage_30": _event(20, 45, ANY, volume(constant(0.7))),
    "partial_outage_50": _event(15, 40, ANY, volume(constant(0.5))),
    "partial_outage_80": _event(10, 30, ANY, volume(constant(0.2))),
    "volume_15_less": _event(60, 90, ANY, volume(constant(0.85))),
    "approved_25_less": _event(60, 90, "approved total 00", fewer("approved", constant(0.75))),
    "silent_for_two_days": _event(2880, 2880, ANY, volume(constant(0))),
    "short_outage": _event(3, 8, ANY, volume(constant(0))),
}
_RISES: Final = {
    "denied_x1.3": _event(60, 90, "denied approved 51 59", times("denied", constant(1.3))),
    "denied_x3": _event(15, 40, "denied approved 51 59", times("denied", constant(3))),
    "denied_x5": _event(10, 30, "denied approved 51 59", times("denied", constant(5))),
    "denied_x5_hour": _event(60, 60, "denied approved 51 59", times("denied", constant(5))),
    "denied_51": _event(15, 40, "denied approved 51", times_by_code("denied", 4, "51")),
    "weak_denied": _event(20, 40, "denied approved 51 59", times("denied", constant(1.8))),
    "failed_burst": _event(6, 15, "failed approved", turned("failed", constant(0.08))),
    "failed_sustained": _event(30, 60, "failed approved", turned("failed", constant(0.06))),
    "failed_hour": _event(70, 70, "failed approved", turned("failed", constant(0.08))),
    "weak_failed": _event(20, 40, "failed approved", turned("failed", constant(0.018))),
    "reversed_cluster": _event(15, 40, "reversed approved", times("reversed", constant(6))),
    "weak_reversed": _event(20, 40, "reversed approved", times("reversed", constant(2.5))),
    "failed_few": _event(2, 8, "failed approved", turned("failed", constant(0.4))),
    "denied_few": _event(3, 12, "denied approved 51 59", times("denied", constant(8))),
    "denied_all": _event(720, 720, "denied approved total", turned("denied", constant(1))),
    "failed_flapping": _event(30, 60, "failed approved", turned("failed", on_and_off(0.08, 3))),
    "code_mix_shift": _event(40, 60, "51 59 denied", coded("denied", "51", 0.7)),
    "silent_reversed": _event(60, 90, "reversed", fewer("reversed", constant(0))),
    "refunds_x10": _event(30, 60, "refunded approved", times("refunded", constant(10))),
}
_NEW: Final = {
    f"new_status_{word}": _event(20, 40, f"{word} approved total", turned(word, constant(part)))
    for word, part in (("timeout", 0.6), ("on_hold", 0.4))
} | {
    f"new_code_{code}": _event(20, 40, f"{code} 00", coded("approved", code, part))
    for code, part in (("85", 0.6), ("k7", 0.4))
}
_FEED: Final = {
    "code_feed_dies": _event(45, 90, "00 51 59 auth_code_silent", without_codes),
    "part_duplicated": _event(60, 90, "duplicated total", twice(0.4)),
    "duplicated_20h": _event(1200, 1200, "duplicated", twice(1)),
}
_TRAPS: Final = {
    "organic_surge": FeedEvent((30, 60), (volume(constant(1.8)),), frozenset(), "quiet"),
}

EVENTS: Final[Mapping[str, FeedEvent]] = MappingProxyType(_BY_HOUR | _OUTAGES | _RISES | _NEW | _FEED | _TRAPS)
"""By name."""
