"""What happens in a feed is what its label says: first and last minute, how much is lost, and what is named."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from producers.files.csv_rows import RowFiles
from producers.simulate.feeds.catalogue import feed_of
from producers.simulate.feeds.effects import ExpectedCounts, constant, lost, on_and_off, ramp, times, turned, volume
from producers.simulate.feeds.events import EVENTS
from producers.simulate.feeds.feed import CODE, Feed, MadeFeed
from producers.simulate.feeds.files import labels, write
from producers.simulate.feeds.habit import Habit
from producers.simulate.feeds.placing import NoRoom, Placing
from tests.producers.simulate.feeds.kit import before, during, made, status, total, truth


def stretch(minutes: int) -> ExpectedCounts:
    statuses = {"approved": np.full(minutes, 90.0), "denied": np.full(minutes, 10.0)}
    return ExpectedCounts(statuses, {}, np.ones(minutes), np.zeros(minutes))


def test_a_ramp_takes_the_same_step_each_minute_and_then_stays() -> None:
    assert ramp(0, 1, 4)(6).tolist() == [0.25, 0.5, 0.75, 1, 1, 1]
    assert ramp(1, 0, 4)(2).tolist() == [0.75, 0.5]


def test_what_flaps_is_on_and_off_for_as_long() -> None:
    assert on_and_off(0.5, 2)(7).tolist() == [0.5, 0.5, 0, 0, 0.5, 0.5, 0]


def test_lost_is_what_does_not_come_and_what_other_statuses_have_more() -> None:
    usual = stretch(2).statuses
    half, denials, failures = stretch(2), stretch(2), stretch(2)
    volume(constant(0.5))(half)
    times("denied", constant(3))(denials)
    turned("failed", constant(0.1))(failures)
    assert lost(usual, half.statuses).tolist() == [50, 50]
    assert lost(usual, denials.statuses).tolist() == [20, 20]
    assert denials.statuses["approved"].tolist() == [70, 70]
    assert lost(usual, failures.statuses).tolist() == [9, 9]
    assert lost(usual, usual).tolist() == [0, 0]


def test_however_much_turns_some_approvals_are_left() -> None:
    one = stretch(1)
    turned("failed", constant(1))(one)
    assert one.statuses["approved"].tolist() == pytest.approx([1.8])
    assert one.total.tolist() == [100]


def test_no_row_comes_in_a_total_outage_and_its_loss_is_what_would_have_come() -> None:
    outage = truth("outages", "total_outage")
    counts = total("outages")
    assert not during(counts, outage).any()
    assert counts[outage.first - 1] > 0 < counts[outage.last + 1]
    around = (before(counts, outage).mean() + counts[outage.last + 1 : outage.last + 20].mean()) / 2
    assert outage.rate == pytest.approx(around, rel=0.2)
    assert outage.lost == pytest.approx(outage.rate * (outage.last - outage.first + 1), rel=0.001)
    assert outage.half == outage.three_percent == outage.first


def test_a_growing_outage_has_lost_half_after_22_of_45_minutes() -> None:
    growing = truth("growth", "growing_outage")
    assert growing.half == growing.first + 22
    assert growing.three_percent == growing.first + 1
    assert not total("growth")[growing.first + 44 : growing.last + 1].any()


def test_a_ramp_has_lost_half_after_an_hour_and_a_creep_three_percent_after_more_than_two() -> None:
    for one in made("ramp").truths:
        assert one.half == one.first + 59
    for one in made("creep").truths:
        assert one.three_percent is not None
        # 8 % of the approved, which are 93 %: 3 % of all after (0.03 / 0.93) / 0.08 of six hours.
        assert one.three_percent - one.first == 145
        assert one.half is None


def test_small_incidents_lose_15_to_50_transactions() -> None:
    losses = [one.lost for seed in (1, 2) for one in made("small", seed).truths]
    assert len(losses) == 24
    assert all(15 <= loss < 50 for loss in losses)


@pytest.mark.parametrize("rate", [20, 120, 200])
def test_a_newcomer_was_never_seen_before_and_has_40_to_60_percent_of_the_traffic(rate: int) -> None:
    name = f"newcomer_{rate}"
    for one in made(name).truths:
        words = EVENTS[one.event].keys - {"approved", "total", "00"}
        (key,) = words
        counts = made(name).counts[CODE, key] if "code" in one.event else status(name, key)
        assert not counts[: one.first].any()
        assert not counts[one.last + 1 :].any()
        share = during(counts, one).sum() / during(total(name), one).sum()
        assert 0.35 < share < 0.65


def test_a_second_cause_begins_while_the_first_is_on() -> None:
    truths = made("second").truths
    firsts = [one for one in truths if not one.second]
    seconds = [one for one in truths if one.second]
    assert len(firsts) == len(seconds) == 10
    for first, second in zip(firsts, seconds, strict=True):
        assert first.first + 20 <= second.first < second.last < first.last
    assert {one.event for one in seconds} == {"denied_x5", "partial_outage_80"}


def test_a_feed_that_is_doubled_has_even_counts_only_and_twice_as_many() -> None:
    doubled = truth("duplicated", "duplicated_20h")
    counts = total("duplicated")
    assert doubled.last - doubled.first + 1 == 1200
    assert not (during(counts, doubled) % 2).any()
    assert doubled.lost == 0
    day_before = counts[doubled.first - 1440 : doubled.last + 1 - 1440]
    assert during(counts, doubled).sum() / day_before.sum() == pytest.approx(2, rel=0.3)


def test_of_a_feed_that_is_doubled_in_part_40_percent_come_twice() -> None:
    sums = [
        during(total("part_duplicated"), one).sum() / (one.rate * (one.last - one.first + 1))
        for one in made("part_duplicated").truths
    ]
    assert np.mean(sums) == pytest.approx(1.4, abs=0.05)


def test_where_the_feed_of_codes_dies_the_statuses_go_on() -> None:
    dead = truth("code_feed", "code_feed_dies")
    for (kind, _), counts in made("code_feed").counts.items():
        if kind == CODE:
            assert not during(counts, dead).any()
    assert during(total("code_feed"), dead).all()


def test_ten_times_the_refunds_are_ten_times_the_refunds() -> None:
    of = made("refunds").truths
    share = 0.008
    sums = sum(during(status("refunds", "refunded"), one).sum() for one in of)
    usual = sum(share * one.rate * (one.last - one.first + 1) for one in of)
    assert sums / usual == pytest.approx(10, rel=0.15)


def test_events_in_bulk_begin_with_the_first_bulk_that_shows_them() -> None:
    for one in made("bulk15").truths:
        assert one.first % 15 == one.last % 15 == 0
        if one.event == "long_outage":
            assert not total("bulk15")[one.first + 15 : one.last - 14].any()


def test_events_lie_apart_and_in_hours_in_which_the_feed_is_open() -> None:
    for name in ("shop_lunch", "weekend_only"):
        truths = made(name).truths
        assert all(later.first - earlier.last > 150 for earlier, later in itertools.pairwise(truths))
        assert all(one.rate > 0.3 * 60 * 0.8 for one in truths)


def test_events_that_do_not_fit_in_are_refused_by_name() -> None:
    feed = Feed("full", "too much", 1, Habit(), placings=(Placing(("total_outage",), 9, (0, 1)),))
    with pytest.raises(NoRoom, match="total_outage: no place in days 0 to 1; ask for fewer, or more days"):
        MadeFeed(feed, 1)
    with pytest.raises(NoRoom, match=r"duplicated_20h: no place in days 0 to 0\.5"):
        MadeFeed(Feed("short", "", 1, placings=(Placing(("duplicated_20h",), 1, (0, 0.5)),)), 1)


def test_labels_name_each_event_with_its_minutes_its_loss_and_what_may_be_named() -> None:
    feed = made("growth")
    scope, warm_up, *events = labels(feed)
    assert (scope["start"], scope["end"]) == ("2025-05-05T00:00:00", "2025-05-13T23:59:00")
    assert (warm_up["expect"], warm_up["end"]) == ("ignore", "2025-05-09T23:59:00")
    assert [event["type"] for event in events] == [one.event for one in feed.truths]
    first, one = events[0], feed.truths[0]
    assert first["id"] == "001"
    assert first["expect"] == "alert"
    assert first["lost"] == one.lost
    assert set(first["keys"]) == set(EVENTS[one.event].keys)
    assert first["half_lost"] is not None
    traps = [event for event in labels(made("known")) if event["type"] == "organic_surge"]
    assert {(trap["expect"], trap["lost"]) for trap in traps} == {("quiet", 0.0)}


def test_files_are_the_same_bytes_each_time_and_can_be_read_back(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write(MadeFeed(feed_of("tiny_denied"), 3), tmp_path / folder)
    for name in ("transactions.csv", "labels.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    rows = list(RowFiles([tmp_path / "one" / "transactions.csv"]))
    assert sum(row.count for row in rows) == total("tiny_denied", 3).sum()
    assert len(json.loads((tmp_path / "one" / "labels.json").read_text())) == 3


def test_late_rows_stand_in_the_order_in_which_they_come_with_the_time_of_it(tmp_path: Path) -> None:
    feed = feed_of("late")
    short = Feed("short", "", 0.05, feed.habit, delivery=feed.delivery)
    write(MadeFeed(short, 1), tmp_path)
    head, *lines = (tmp_path / "transactions.csv").read_text().splitlines()
    assert head == "timestamp,status,count,amount,arrived"
    arrived = [line.rsplit(",", 1)[1] for line in lines]
    assert arrived == sorted(arrived)
    behind = {line.split(",")[0][14:16] for line in lines if line.endswith("00:30:00")}
    assert behind == {"20", "30"}
