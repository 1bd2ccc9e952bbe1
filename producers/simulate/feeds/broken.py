"""Feeds for what is to be found: a steady one in which one kind of event comes again and again."""

from typing import Final

from producers.simulate.feeds.feed import Feed
from producers.simulate.feeds.habit import SHARES, Habit
from producers.simulate.feeds.placing import Placing

_LEARN: Final = 5.0
"""Days without an event at the beginning."""
_CODES: Final = {"approved": {"00": 1.0}, "denied": {"51": 0.44, "59": 0.56}}
_WITH_REFUNDS: Final = {**SHARES, "refunded": 0.008}
_KNOWN: Final = (
    "denied_x3",
    "denied_x5",
    "denied_51",
    "failed_burst",
    "failed_sustained",
    "reversed_cluster",
    "total_outage",
    "partial_outage_50",
    "partial_outage_80",
    "denied_drift",
    "failed_flapping",
    "silent_reversed",
)
_HARD: Final = (
    "weak_denied",
    "weak_failed",
    "weak_reversed",
    "denied_drift",
    "code_mix_shift",
    "partial_outage_30",
    "partial_outage_50",
    "total_outage",
)


def _feed(
    name: str, summary: str, days: float, *placings: Placing, rate: float = 120, habit: Habit | None = None
) -> Feed:
    return Feed(
        name,
        summary,
        days,
        habit or Habit(rate=rate),
        quiet_from=_LEARN,
        placings=placings,
        quiet=False,
    )


def _some(events: tuple[str, ...], count: int, days: float, **more: float) -> Placing:
    return Placing(events, count, (_LEARN, days - 0.25), **more)  # type: ignore[arg-type]


_DAMAGE: Final = (
    _feed(
        "growth",
        "losses that grow to all there is within 45 minutes",
        9,
        _some(("growing_outage", "growing_failure", "growing_denial"), 9, 9, busy=30),
    ),
    _feed("outages", "total outages at any hour", 10, _some(("total_outage",), 15, 10)),
    _feed(
        "small",
        "incidents that lose 15 to 50 transactions",
        9,
        Placing(("total_outage",), 3, (_LEARN, 8.75), apart=60, loses=(15, 50)),
        Placing(("failed_few", "denied_few", "short_outage"), 9, (_LEARN, 8.75), apart=60, loses=(15, 50)),
        habit=Habit(rate=40, trough=0.05),
    ),
    _feed("drift", "denials that creep up to three times as many", 9, _some(("denied_drift",), 8, 9, busy=40)),
    _feed("partial", "30 % of all transactions missing", 10, _some(("partial_outage_30",), 14, 10, busy=60)),
    _feed("ramp", "outages that come within two hours", 10, _some(("outage_ramp",), 8, 10, busy=30)),
    _feed(
        "creep", "failures that creep up to 8 % in six hours", 12, _some(("failed_creep",), 8, 12, busy=20, apart=240)
    ),
    _feed(
        "second",
        "while failures go on for an hour, another cause begins",
        10,
        Placing(("failed_hour",), 6, (_LEARN, 9.75), apart=240, busy=60, then="denied_x5"),
        Placing(("failed_hour",), 4, (_LEARN, 9.75), apart=240, busy=60, then="partial_outage_80"),
    ),
)
_NEWCOMERS: Final = tuple(
    Feed(
        f"newcomer_{rate}",
        f"statuses and codes never seen before, with 40 to 60 % of {rate} a minute",
        7,
        Habit(rate=rate, trough=0.7),
        quiet_from=_LEARN,
        codes=_CODES,
        placings=(_some(("new_status_timeout", "new_code_85", "new_status_on_hold", "new_code_k7"), 4, 7, apart=240),),
        quiet=False,
    )
    for rate in (20, 120, 200)
)
_ENDS: Final = (
    _feed(
        "large_small_effects",
        "small effects in 5 000 a minute",
        9,
        _some(("volume_15_less", "denied_x1.3", "approved_25_less"), 9, 9, busy=2000),
        rate=5000,
    ),
    _feed(
        "tiny_silent",
        "three an hour, then nothing for two days",
        28,
        Placing(("silent_for_two_days",), 1, (14, 24)),
        rate=0.05,
    ),
    _feed(
        "tiny_denied",
        "three an hour, then nothing but denials for 12 hours",
        21,
        Placing(("denied_all",), 1, (14, 20)),
        rate=0.05,
    ),
)
_BLIND: Final = (
    _feed(
        "refunds",
        "ten times the refunds",
        8,
        _some(("refunds_x10",), 5, 8, busy=30),
        habit=Habit(shares=_WITH_REFUNDS),
    ),
    Feed(
        "code_feed",
        "rows by auth code stop coming, those by status do not",
        8,
        quiet_from=_LEARN,
        codes=_CODES,
        placings=(_some(("code_feed_dies",), 4, 8, busy=30),),
        quiet=False,
    ),
    _feed("part_duplicated", "40 % of all transactions come twice", 8, _some(("part_duplicated",), 4, 8, busy=30)),
    _feed("duplicated", "all transactions come twice for 20 hours", 8, _some(("duplicated_20h",), 1, 8)),
)
_SETS: Final = (
    Feed(
        "known",
        "kinds of incidents as in the labelled sets, and a surge that is none",
        14,
        quiet_from=_LEARN,
        codes=_CODES,
        placings=(_some(_KNOWN, 24, 14, busy=25, apart=100), _some(("organic_surge",), 3, 14)),
        quiet=False,
    ),
    Feed(
        "hard",
        "weak kinds of incidents",
        14,
        quiet_from=_LEARN,
        codes=_CODES,
        placings=(_some(_HARD, 24, 14, busy=40, apart=120), _some(("organic_surge",), 3, 14)),
        quiet=False,
    ),
)
BROKEN: Final = (*_DAMAGE, *_NEWCOMERS, *_ENDS, *_BLIND, *_SETS)
