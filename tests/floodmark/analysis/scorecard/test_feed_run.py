"""A feed is judged by the code of `detect`, in event time or in the order in which its rows come."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from floodmark.analysis.scorecard.feed_run import FeedRun, rules_for, run_feed
from floodmark.analysis.scorecard.matching import outcomes
from processors.domain.window import TimePolicy
from processors.rules import load
from producers.simulate.feeds.delivery import FeedDelivery
from producers.simulate.feeds.feed import Feed
from producers.simulate.feeds.habit import Habit
from producers.simulate.feeds.placing import Placing

FLAT = Feed(
    "flat",
    "flat traffic with an outage",
    0.25,
    Habit(rate=60, trough=1, weekend=1, level=0, dispersion=1),
    quiet_from=0.1,
    placings=(Placing(("partial_outage_80",), 1, (0.15, 0.23)),),
)
LATE = replace(FLAT, delivery=FeedDelivery(late_part=0.3, delay=10))


@pytest.fixture(scope="module")
def judged() -> FeedRun:
    return run_feed(FLAT, 1, load(None), TimePolicy())


def test_what_breaks_is_found_and_the_run_says_what_it_took(judged: FeedRun) -> None:
    (outcome,) = outcomes(judged)
    assert outcome.delay is not None
    assert outcome.delay <= 3
    assert outcome.notices[0].summary
    assert outcome.lost == pytest.approx(outcome.truth.lost, rel=0.3)
    assert (judged.minutes, judged.quiet_from) == (360, 144)
    # Four statuses in each minute, once they have come.
    assert 4 * 350 < judged.series_minutes <= 4 * 360
    assert judged.cpu_s > 0


def test_a_run_is_the_same_again(judged: FeedRun) -> None:
    again = run_feed(FLAT, 1, load(None), TimePolicy())
    assert again.notices == judged.notices
    assert again.truths == judged.truths


def test_late_rows_are_judged_as_they_come(judged: FeedRun) -> None:
    late = run_feed(LATE, 1, load(None), TimePolicy())
    assert late.truths == judged.truths
    assert [notice.minute for notice in late.notices] == sorted(notice.minute for notice in late.notices)
    assert outcomes(late)[0].found is not None


def test_a_feed_that_names_a_zone_is_judged_by_its_clock_and_others_by_the_rules_as_they_are() -> None:
    rules = load(None)
    assert rules_for(FLAT, rules) is rules
    abroad = rules_for(replace(FLAT, calendar_zone="America/New_York"), rules)
    assert abroad.calendar is not None
    assert abroad.calendar.zone == ZoneInfo("America/New_York")
    assert abroad.clock is not None
    assert (abroad.changes, rules.changes is not None) == (None, True)  # a clock that is known need not be guessed
    assert replace(abroad, calendar=rules.calendar, changes=rules.changes) == rules
