"""Feeds in which false pages are counted: each is quiet for most of its days, and breaks in its last ones."""

from dataclasses import replace
from typing import Final

from producers.simulate.feeds.delivery import FeedDelivery
from producers.simulate.feeds.feed import Feed
from producers.simulate.feeds.habit import SHARES, Habit, LevelStep, RecurringTraffic
from producers.simulate.feeds.placing import Placing

_KINDS: Final = ("total_outage", "denied_x5", "failed_sustained", "partial_outage_80", "reversed_cluster")
"""What breaks in them: losses that nobody may overlook."""
_LONG_KINDS: Final = ("long_outage", "failed_hour")
"""The same where minutes come in bulk: they last for several bulks."""
_DAYS: Final = 18.0
_WEEKS: Final = 25.0
"""Where weekdays differ: one more week to learn them."""


def _inside(days: float, kinds: tuple[str, ...] = _KINDS, count: int = 5, first: float | None = None) -> Placing:
    """Events in the last four days, in hours in which the feed is open."""
    return Placing(kinds, count, (days - 4 if first is None else first, days - 0.25), apart=150, part_of_usual=0.35)


def _feed(name: str, summary: str, habit: Habit, days: float = _DAYS) -> Feed:
    return Feed(name, summary, days, habit, placings=(_inside(days),))


_SHOP: Final = Habit(rate=60)
_BILLED: Final = {"approved": 0.8, "denied": 0.18, "failed": 0.01, "reversed": 0.01}
_SHARPER: Final = Habit(rate=60, trough=0.05, weekend=0.4)

_RHYTHM: Final = (
    _feed("steady", "seasonal traffic of one merchant, 120 a minute: the reference", Habit()),
    replace(
        _feed("bulk5", "rows come in bulk, every 5 minutes", Habit(rate=60)),
        delivery=FeedDelivery(bulk=5),
        placings=(_inside(_DAYS, _LONG_KINDS, 6),),
    ),
    replace(
        _feed("bulk15", "rows come in bulk, every 15 minutes", Habit(rate=60)),
        delivery=FeedDelivery(bulk=15),
        placings=(_inside(_DAYS, _LONG_KINDS, 6),),
    ),
    replace(
        _feed("late", "30 % of the larger one of two source partitions come 10 minutes late", Habit(rate=60), 9),
        delivery=FeedDelivery(late_part=0.3, delay=10),
        # No total outage: where no record comes, the order of arrival has no time, and the stream asks the clock.
        placings=(_inside(9, _KINDS[1:], 4, first=8),),
    ),
    _feed(
        "nightly_batch",
        "a batch of recurring payments each day at 02:00, with more denials",
        Habit(rate=60, recurring=(RecurringTraffic(1440, 120, 12, 400, _BILLED),)),
    ),
    _feed(
        "hourly_bursts",
        "in the first three minutes of each hour four times as much, with more denials",
        Habit(rate=60, recurring=(RecurringTraffic(60, 0, 3, 180, _BILLED),)),
    ),
    _feed("noisy_shares", "shares of denied, failed and reversed that wander by a third", Habit(share_noise=0.33)),
    _feed("heavy_tails", "volume as of public monitoring series: it wanders and has spikes", Habit(tails=0.3)),
)
_LEVELS: Final = (
    _feed("sale", "three times as much on the second Tuesday, then as before", Habit(steps=(LevelStep(8, 9, 3),))),
    _feed("doubled", "twice as much from the second Tuesday noon on", Habit(steps=(LevelStep(8.5, 99, 2),))),
    _feed("doubled_days", "twice as much on three days, then as before", Habit(steps=(LevelStep(8, 11, 2),))),
)
_HOURS: Final = (
    _feed("shop_night", "open from 08:00 to 22:00", replace(_SHOP, hours=((480, 1320),))),
    _feed(
        "shop_lunch",
        "open from 09:00 to 12:30 and from 14:00 to 19:00",
        replace(_SHOP, hours=((540, 750), (840, 1140))),
    ),
    _feed("shop_sunday", "closed on Sundays", replace(_SHOP, days=frozenset(range(6))), _WEEKS),
    _feed("weekday_only", "nothing comes on Saturdays and Sundays", replace(_SHOP, days=frozenset(range(5))), _WEEKS),
    replace(
        _feed("weekend_only", "nothing comes from Monday to Friday", replace(_SHOP, days=frozenset({5, 6})), 35),
        placings=(_inside(35, first=33),),
        quiet_from=14,
    ),
)


def _abroad(name: str, summary: str, zone: str, starts_at: str, calendar: str | None) -> Feed:
    words = f"{summary}; the calendar says {calendar}" if calendar else f"{summary}; no calendar says so"
    feed = _feed(name, words, replace(_SHARPER, zone=zone), _WEEKS)
    return replace(feed, calendar_zone=calendar, starts_at=starts_at)


_MONDAY: Final = "2025-05-05T00:00"
_ZONES: Final = tuple(
    _abroad(f"{name}_{kind}", summary, zone, start, zone if kind == "zone" else None)
    for name, summary, zone, start in (
        ("sao_paulo", "nights and weekends of São Paulo", "America/Sao_Paulo", _MONDAY),
        ("tokyo", "nights and weekends of Tokyo", "Asia/Tokyo", _MONDAY),
        ("clocks_spring", "Berlin; summer time begins on day 20", "Europe/Berlin", "2025-03-10T00:00"),
        ("clocks_autumn", "New York; summer time ends on day 20", "America/New_York", "2025-10-13T00:00"),
    )
    for kind in ("utc", "zone")
)
_BEGINNINGS: Final = (
    Feed(
        "begins_broken",
        "data that begin in an incident: five times the denials in the first hour",
        8,
        quiet_from=0.25,
        placings=(Placing(("denied_x5_hour",), 1, (0, 60 / 1440), apart=0), _inside(8, first=3)),
    ),
    Feed(
        "outage_first",
        "a total outage in the first hours",
        8,
        quiet_from=0.25,
        placings=(Placing(("long_outage",), 1, (2 / 24, 5 / 24)), _inside(8, first=1.25)),
    ),
)
_SIZES: Final = (
    _feed("large", "5 000 a minute", Habit(rate=5000)),
    replace(
        _feed("tiny", "three an hour", Habit(rate=0.05, shares=SHARES), 28),
        placings=(),
    ),
)
QUIET: Final = (*_RHYTHM, *_LEVELS, *_HOURS, *_ZONES, *_BEGINNINGS, *_SIZES)
