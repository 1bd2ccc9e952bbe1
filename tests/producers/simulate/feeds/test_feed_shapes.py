"""Each named feed has the shape that its name says: measured in what it makes."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from producers.simulate.feeds.catalogue import FEEDS, NoSuchFeed, feed_of
from producers.simulate.feeds.clock import local_minutes, minute_of_day, weekday
from producers.simulate.feeds.feed import MadeFeed
from tests.paths import ROOT
from tests.producers.simulate.feeds.kit import before, days, during, made, status, total, truth


@pytest.mark.parametrize("name", list(FEEDS))
def test_a_feed_is_the_same_for_the_same_seed_and_another_for_another(name: str) -> None:
    again, other = MadeFeed(feed_of(name), 1), made(name, 2)
    assert made(name).truths == again.truths
    assert list(made(name).counts) == list(again.counts)
    assert all(np.array_equal(counts, again.counts[key]) for key, counts in made(name).counts.items())
    assert not np.array_equal(total(name), total(name, 2))
    assert len(total(name)) == made(name).feed.minutes == len(total(name, 2)) == other.feed.minutes


@pytest.mark.parametrize("name", list(FEEDS))
def test_all_events_of_a_feed_are_in_it_whatever_the_seed(name: str) -> None:
    for seed in (1, 2, 10):
        feed = made(name, seed)
        asked = sum(placing.count * (2 if placing.then else 1) for placing in feed.feed.placings)
        assert len(feed.truths) == asked
        assert all(0 <= t.first <= t.last < feed.feed.minutes for t in feed.truths)


def test_a_feed_that_is_not_there_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(NoSuchFeed, match="there is no feed 'bulk7'; the feeds are steady, bulk5, bulk15, late"):
        feed_of("bulk7")


def test_rows_hold_what_the_counts_say_in_the_order_of_time() -> None:
    feed = made("known")
    rows = list(islice(feed.rows(), 5_000))
    assert [row.timestamp_ms for row in rows] == sorted(row.timestamp_ms for row in rows)
    first = [row for row in rows if row.timestamp_ms == feed.feed.start_ms]
    assert {("status", row.status) if row.status else ("auth_code", row.auth_code): row.count for row in first} == {
        key: int(counts[0]) for key, counts in feed.counts.items() if counts[0]
    }


@pytest.mark.parametrize(("name", "every"), [("bulk5", 5), ("bulk15", 15)])
def test_a_feed_in_bulk_has_rows_in_every_nth_minute_only(name: str, every: int) -> None:
    at = np.flatnonzero(total(name))
    assert (made(name).feed.start_ms // 60_000) % every == 0
    assert not (at % every).any()
    assert len(at) > 0.95 * made(name).feed.minutes / every
    assert days(total(name))[:5].mean() == pytest.approx(60, rel=0.15)


def test_of_late_rows_30_percent_of_one_source_partition_come_ten_minutes_later() -> None:
    feed = made("late")
    late = on_time = other = 0
    for arrival in islice(feed.arrivals(), 6_000):
        for row in arrival.rows:
            behind = arrival.minute - (row.timestamp_ms - feed.feed.start_ms) // 60_000
            assert behind in ((0, 10) if arrival.source == 1 else (0,))
            late += row.count * (behind == 10)
            on_time += row.count * (behind == 0 and arrival.source == 1)
            other += row.count * (arrival.source == 0)
    assert late / (late + on_time) == pytest.approx(0.3, abs=0.01)
    assert other / (late + on_time) == pytest.approx(1 / 9, abs=0.01)


@pytest.mark.parametrize(
    ("name", "closed"), [("shop_night", [(0, 480), (1323, 1440)]), ("shop_lunch", [(753, 840), (1143, 1440)])]
)
def test_a_shop_has_no_row_in_the_hours_in_which_it_is_closed(name: str, closed: list[tuple[int, int]]) -> None:
    by_day = days(total(name))
    for begins, ends in closed:
        assert not by_day[:, begins:ends].any()
    assert by_day[:, 600:720].mean() > 60


@pytest.mark.parametrize(
    ("name", "open_days"),
    [("shop_sunday", {0, 1, 2, 3, 4, 5}), ("weekday_only", {0, 1, 2, 3, 4}), ("weekend_only", {5, 6})],
)
def test_a_feed_with_days_off_has_rows_on_the_others_only(name: str, open_days: set[int]) -> None:
    sums = days(total(name)).sum(axis=1)
    assert {day % 7 for day in np.flatnonzero(sums).tolist()} == open_days


@pytest.mark.parametrize(
    "name",
    ["sao_paulo_utc", "sao_paulo_zone", "tokyo_utc", "clocks_spring_utc", "clocks_spring_zone", "clocks_autumn_zone"],
)
def test_nights_and_weekends_follow_the_clocks_of_the_feeds_zone_all_the_time(name: str) -> None:
    feed = made(name).feed
    local = local_minutes(feed.start_ms, feed.minutes, feed.habit.zone)
    quiet = np.arange(feed.minutes) < 21 * 1440
    night = (minute_of_day(local) >= 210) & (minute_of_day(local) < 270)
    noon = (minute_of_day(local) >= 930) & (minute_of_day(local) < 990)
    is_weekend = weekday(local) >= 5
    counts = total(name)
    for week in range(3):
        here = quiet & (np.arange(feed.minutes) // 10_080 == week)
        assert counts[here & night & ~is_weekend].mean() < 0.09 * counts[here & noon & ~is_weekend].mean()
        ratio = counts[here & noon & is_weekend].mean() / counts[here & noon & ~is_weekend].mean()
        assert ratio == pytest.approx(0.4, abs=0.06)


def test_feeds_abroad_differ_in_whether_the_calendar_knows_their_zone() -> None:
    for name, zone in (("sao_paulo", "America/Sao_Paulo"), ("tokyo", "Asia/Tokyo"), ("clocks_spring", "Europe/Berlin")):
        assert feed_of(f"{name}_utc").calendar_zone is None
        assert feed_of(f"{name}_zone").calendar_zone == zone == feed_of(f"{name}_utc").habit.zone


@pytest.mark.parametrize("name", ["clocks_spring_utc", "clocks_autumn_utc"])
def test_the_clocks_change_on_day_20(name: str) -> None:
    feed = feed_of(name)
    local = local_minutes(feed.start_ms, feed.minutes, feed.habit.zone)
    offsets = local - feed.start_ms // 60_000 - np.arange(feed.minutes)
    changes = np.flatnonzero(np.diff(offsets))
    assert [change // 1440 for change in changes.tolist()] == [20]
    assert abs(int(np.diff(offsets)[changes[0]])) == 60


def test_local_minutes_agree_with_the_zone_itself() -> None:
    start = int(datetime(2025, 3, 29, 22, tzinfo=UTC).timestamp()) * 1000
    local = local_minutes(start, 600, "Europe/Berlin")
    for at in (0, 119, 179, 180, 181, 599):
        there = datetime.fromtimestamp(start / 1000 + 60 * at, UTC).astimezone(ZoneInfo("Europe/Berlin"))
        assert int(minute_of_day(local)[at]) == there.hour * 60 + there.minute
        assert int(weekday(local)[at]) == there.weekday()


def test_a_batch_comes_each_night_at_two_with_more_denials() -> None:
    by_day = days(total("nightly_batch"))[:14]
    denied = days(status("nightly_batch", "denied"))[:14]
    assert (by_day[:, 120:132].mean(axis=1) > 8 * by_day[:, 100:118].mean(axis=1)).all()
    assert denied[:, 120:132].sum() / by_day[:, 120:132].sum() == pytest.approx(0.175, abs=0.01)


def test_bursts_come_in_the_first_three_minutes_of_each_hour() -> None:
    counts = total("hourly_bursts")[: 14 * 1440].reshape(-1, 60)
    assert (counts[:, :3].mean(axis=1) > 2 * counts[:, 5:55].mean(axis=1)).all()
    assert counts[:, 3].mean() == pytest.approx(counts[:, 10].mean(), rel=0.05)


def test_noisy_shares_spread_far_beyond_chance_and_steady_ones_do_not() -> None:
    def spread(name: str) -> float:
        """Variance of ten minutes' denied over what chance alone gives."""
        denied, of = (x[:10_080].reshape(-1, 10).sum(axis=1) for x in (status(name, "denied"), total(name)))
        share = denied.sum() / of.sum()
        return float(((denied - share * of) ** 2 / (share * (1 - share) * of)).mean())

    assert spread("steady") < 1.6
    assert spread("noisy_shares") > 4


def test_heavy_tails_have_minutes_with_a_multiple_of_their_hour() -> None:
    def multiples(name: str) -> float:
        hours = total(name)[: 14 * 1440].reshape(-1, 60)
        return float((hours > 2 * np.median(hours, axis=1, keepdims=True)).mean())

    assert multiples("steady") < 0.001
    assert multiples("heavy_tails") > 0.005


@pytest.mark.parametrize(
    ("name", "factors"),
    [("sale", {8: 3, 9: 1, 10: 1}), ("doubled", {9: 2, 10: 2, 14: 2}), ("doubled_days", {8: 2, 9: 2, 10: 2, 14: 1})],
)
def test_a_level_changes_on_its_days_and_is_as_before_on_others(name: str, factors: dict[int, float]) -> None:
    noon = days(total(name))[:, 840:1080].mean(axis=1)
    for day, factor in factors.items():
        assert noon[day] / noon[day - 7] == pytest.approx(factor, rel=0.2)


def test_data_can_begin_in_an_incident_and_with_an_outage_soon_after() -> None:
    broken = truth("begins_broken", "denied_x5_hour")
    assert (broken.first, broken.last) == (0, 59)
    share = status("begins_broken", "denied") / np.maximum(total("begins_broken"), 1)
    assert share[:60].mean() > 3.5 * share[120:1_440].mean()
    outage = truth("outage_first", "long_outage")
    assert 120 <= outage.first < outage.last < 300
    assert not during(total("outage_first"), outage).any()
    assert before(total("outage_first"), outage).all()


@pytest.mark.parametrize(("name", "rate"), [("steady", 120.0), ("large", 5_000.0), ("tiny", 0.05)])
def test_a_feed_is_as_large_as_it_says(name: str, rate: float) -> None:
    workdays = [day for day in range(14) if day % 7 < 5]
    assert days(total(name))[workdays].mean() == pytest.approx(rate, rel=0.15)


def test_the_documentation_says_what_each_feed_is_like() -> None:
    lines = (ROOT / "docs" / "feeds.md").read_text("utf-8").splitlines()
    listed = [line for line in lines if line.startswith("| `")]
    assert listed == [f"| `{feed.name}` | {feed.days:g} | {feed.summary} |" for feed in FEEDS.values()]
