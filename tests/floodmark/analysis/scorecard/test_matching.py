"""Pages beside the truth: which are right, what they find, and which are false."""

import pytest

from floodmark.analysis.scorecard.matching import GRACE, TAIL, false_pages, outcomes, pages_after, quiet_days
from tests.floodmark.analysis.scorecard.feed_kit import notice, run, true


def test_a_page_in_the_time_of_an_event_that_names_it_finds_it() -> None:
    (outcome,) = outcomes(run([true("denied_x5", 1_500, 1_530)], [notice(1_502, "denied")]))
    assert outcome.found is not None
    assert outcome.delay == 2


def test_a_page_that_names_something_else_neither_finds_the_event_nor_is_false() -> None:
    one = run([true("denied_x5", 1_500, 1_530)], [notice(1_502, "reversed")])
    (outcome,) = outcomes(one)
    assert outcome.found is None
    assert outcome.delay is None
    assert false_pages(one) == []


def test_what_explains_an_incident_is_named_by_it() -> None:
    (outcome,) = outcomes(run([true("denied_51", 1_500, 1_530)], [notice(1_502, "total", "51")]))
    assert outcome.found is not None


def test_an_outage_may_be_named_by_anything() -> None:
    (outcome,) = outcomes(run([true("total_outage", 1_500, 1_530)], [notice(1_500, "reversed")]))
    assert outcome.delay == 0


@pytest.mark.parametrize(
    ("minute", "is_found", "is_false"),
    [
        (1499, False, True),
        (1500, True, False),
        (1502, True, False),
        (1500 + GRACE, True, False),
        (1500 + GRACE + 1, False, False),
        (1502 + TAIL, False, False),
        (1502 + TAIL + 1, False, True),
    ],
)
def test_a_short_event_has_a_grace_to_be_found_in_and_a_tail_in_which_nothing_is_false(
    minute: int,
    is_found: bool,
    is_false: bool,
) -> None:
    one = run([true("short_outage", 1_500, 1_502)], [notice(minute)])
    assert (outcomes(one)[0].found is not None) is is_found
    assert bool(false_pages(one)) is is_false


def test_what_does_not_page_finds_nothing_and_is_not_false() -> None:
    one = run([true("denied_x5", 1_500, 1_530)], [notice(1_502, pages=False), notice(1_600, pages=False)])
    assert outcomes(one)[0].found is None
    assert false_pages(one) == []


def test_pages_of_the_first_days_are_not_false_and_those_in_a_trap_are() -> None:
    trap = true("organic_surge", 2_000, 2_040)
    one = run([trap], [notice(1_439), notice(1_440), notice(2_010)])
    assert [page.minute for page in false_pages(one)] == [1_440, 2_010]
    assert outcomes(one) == []


def test_an_event_with_which_the_data_begin_need_not_be_found_and_a_page_about_it_is_not_false() -> None:
    one = run([true("denied_x5", 59, 90), true("denied_x5", 160, 190)], [notice(70)], quiet_from=0)
    assert [outcome.truth.first for outcome in outcomes(one)] == [160]
    assert false_pages(one) == []


def test_quiet_days_are_those_after_the_first_less_the_events_and_their_tails() -> None:
    assert quiet_days(run()) == 1
    early = true("total_outage", 100, 200)
    inside = true("total_outage", 1_500, 1_599)
    trap = true("organic_surge", 2_000, 2_040)
    assert quiet_days(run([early, inside, trap])) == pytest.approx(1 - (100 + TAIL) / 1_440)
    at_the_end = true("total_outage", 2_870, 2_879)
    assert quiet_days(run([at_the_end])) == pytest.approx(1 - 10 / 1_440)


def test_severity_is_that_of_the_worst_incident_by_what_was_said_so_far() -> None:
    notices = [
        notice(1_501, severity="warning"),
        notice(1_510, severity="critical", state="updated"),
        notice(1_520, severity="warning", state="updated", pages=False),
        notice(1_515, severity="warning", incident="two"),
    ]
    (outcome,) = outcomes(run([true("denied_x5", 1_500, 1_530)], notices))
    severities = [outcome.severity_at(minute) for minute in (1_500, 1_501, 1_509, 1_510, 1_519, 1_520)]
    assert severities == ["info", "warning", "warning", "critical", "critical", "warning"]
    assert outcome.was_critical()


def test_an_event_has_the_highest_score_and_the_loss_that_was_last_said() -> None:
    notices = [
        notice(1_501, score=55),
        notice(1_510, score=80, state="updated", lost=90, pages=False),
        notice(1_600, score=99, state="resolved", lost=120, regained=30, pages=False),
    ]
    (outcome,) = outcomes(run([true("denied_x5", 1_500, 1_530)], notices))
    assert outcome.score == 80
    assert (outcome.lost, outcome.regained) == (120, 30)


def test_an_incident_that_is_withdrawn_has_no_last_word() -> None:
    notices = [notice(1_501, lost=50), notice(1_505, state="withdrawn", lost=50, pages=False)]
    (outcome,) = outcomes(run([true("denied_x5", 1_500, 1_530)], notices))
    assert outcome.lost == 0


def test_pages_after_an_end_are_those_of_incidents_that_had_not_paged_before() -> None:
    event = true("new_status_timeout", 1_500, 1_530)
    notices = [notice(1_502, "timeout"), notice(1_540, state="updated", severity="critical")]
    notices += [notice(1_545, incident="two"), notice(1_700, incident="three")]
    assert [page.minute for page in pages_after(run([event], notices), event, 120)] == [1_545]


@pytest.mark.parametrize(
    ("event", "names", "is_found"),
    [
        ("denied_x5", ["failed", "approved"], False),
        ("denied_x5", ["failed", "denied"], True),
        ("partial_outage_80", ["failed"], False),
        ("partial_outage_80", ["total"], True),
    ],
)
def test_a_second_cause_is_found_by_what_only_it_has_broken(event: str, names: list[str], is_found: bool) -> None:
    events = [true("failed_hour", 1_500, 1_569), true(event, 1_523, 1_540, second=True)]
    one = run(events, [notice(1_501, "failed"), notice(1_525, *names, incident="two")])
    assert (outcomes(one)[1].found is not None) is is_found
