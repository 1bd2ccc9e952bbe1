"""Each line of the card is taken as it says."""

import pytest

from floodmark.analysis.scorecard import measures
from tests.floodmark.analysis.scorecard.feed_kit import notice, run, true

EVENTS = [true("denied_x5", 1_500, 1_530), true("total_outage", 1_800, 1_830), true("denied_x3", 2_100, 2_130)]


def test_found_counts_events_that_a_page_names_in_time() -> None:
    one = run(EVENTS, [notice(1_504, "denied"), notice(1_805, "total", incident="two")])
    assert measures.found()([one]) == pytest.approx(2 / 3)
    assert measures.found(within=4)([one]) == pytest.approx(1 / 3)
    assert measures.found("denied_")([one]) == 0.5
    assert measures.found("refunds_")([one]) is None


def test_found_before_asks_those_that_have_the_mark_only() -> None:
    events = [true("outage_ramp", 1_500, 1_640, half=1_560), true("outage_ramp", 2_000, 2_140, half=2_060)]
    events.append(true("outage_ramp", 2_400, 2_540))
    notices = [notice(1_559, "total"), notice(2_060, "total", incident="two")]
    half = measures.found_before(lambda outcome: outcome.truth.half, "outage_ramp")
    assert half([run(events, notices)]) == 0.5


def test_critical_within_looks_at_the_minute_after_half_is_lost() -> None:
    events = [true("growing_outage", 1_500, 1_560, half=1_522), true("growing_failure", 2_000, 2_060, half=2_022)]
    notices = [notice(1_505, "failed"), notice(1_525, "failed", severity="critical", state="updated")]
    notices += [notice(2_005, "failed", incident="two")]
    notices += [notice(2_026, "failed", incident="two", severity="critical", state="updated")]
    assert measures.critical_within(3)([run(events, notices)]) == 0.5
    assert measures.critical_within(4)([run(events, notices)]) == 1


def test_critical_is_asked_of_events_by_what_they_lose() -> None:
    events = [true("total_outage", 1_500, 1_530, lost=40), true("total_outage", 2_000, 2_030, lost=900)]
    notices = [notice(1_501, severity="critical"), notice(2_001, incident="two")]
    one = run(events, notices)
    assert measures.critical(below=50)([one]) == 1
    assert measures.critical(least=100)([one]) == 0
    missed = run([true("total_outage", 1_500, 1_530, lost=40)])
    assert measures.critical(below=50)([missed]) == 0
    assert measures.critical(below=50, found_only=True)([missed]) is None


def test_the_correlation_of_damage_is_over_the_events_that_were_found() -> None:
    losses, scores = [10.0, 100.0, 1_000.0, 5.0], [50.0, 60.0, 90.0, 0.0]
    events = [true("total_outage", 1_500 + 200 * i, 1_510 + 200 * i, lost=loss) for i, loss in enumerate(losses)]
    notices = [notice(1_500 + 200 * i, incident=str(i), score=score) for i, score in enumerate(scores) if score]
    assert measures.damage_by_score([run(events, notices)]) == pytest.approx(1)
    worse = [*notices, notice(1_500, incident="0", state="updated", score=99)]
    assert measures.damage_by_score([run(events, worse)]) == pytest.approx(-0.5)
    assert measures.damage_by_severity([run(events, notices)]) is None


def test_a_loss_within_a_fifth_of_the_truth_is_right() -> None:
    events = [true("total_outage", 1_500 + 200 * i, 1_510 + 200 * i, lost=100) for i in range(3)]
    notices = [notice(1_500 + 200 * i, incident=str(i), lost=lost) for i, lost in enumerate((80, 121, 120))]
    assert measures.loss_within(0.2)([run(events, notices)]) == pytest.approx(2 / 3)


def test_what_is_said_to_have_come_back_is_a_part_of_what_was_lost() -> None:
    notices = [notice(1_501, lost=80), notice(1_540, state="resolved", lost=100, regained=25, pages=False)]
    assert measures.came_back([run(EVENTS[:1], notices)]) == 0.25
    assert measures.came_back([run(EVENTS[:1])]) is None


def test_false_pages_are_counted_a_quiet_day() -> None:
    assert measures.false_a_day([run([], [notice(2_000), notice(2_500)])]) == 2
    assert measures.false_a_day([run([], [notice(2_000)]), run()]) == 0.5


def test_f1_takes_pages_that_nothing_explains_for_false() -> None:
    one = run(EVENTS, [notice(1_504), notice(1_805, incident="two"), notice(2_600, incident="three")])
    # Two found, one missed, one false.
    assert measures.f1_of([one]) == pytest.approx(4 / 6)


def test_second_causes_are_those_that_begin_while_another_is_open() -> None:
    events = [true("failed_hour", 1_500, 1_569), true("denied_x5", 1_523, 1_540, second=True)]
    first = notice(1_501, "failed")
    in_words_only = notice(1_525, "failed", "denied", state="updated", pages=False)
    assert measures.second_pages([run(events, [first, in_words_only])]) == 0
    assert measures.second_pages([run(events, [first, notice(1_525, "denied", incident="two")])]) == 1
    again = notice(1_525, "failed", "denied", state="updated")
    assert measures.second_pages([run(events, [first, again])]) == 1


def test_pages_for_each_event_are_all_those_in_its_time() -> None:
    notices = [
        notice(1_501),
        notice(1_510, state="updated"),
        notice(1_502, incident="two"),
        notice(1_600, incident="x"),
    ]
    assert measures.pages_each([run(EVENTS[:1], notices)]) == 3


def test_statements_that_are_withdrawn_are_counted_a_day() -> None:
    notices = [notice(100), notice(105, state="withdrawn", pages=False), notice(2_000, incident="two")]
    assert measures.withdrawn([run([], notices)]) == 0.5


def test_the_cost_is_that_of_all_series_minutes() -> None:
    assert measures.cost_us([run(cpu_s=2.0, series_minutes=50_000)]) == 40
    assert measures.cost_us([run()]) is None
