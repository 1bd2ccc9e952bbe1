"""A status or a code takes more of the transactions than chance allows."""

from dataclasses import replace

import pytest

from processors.domain.model import ScopeModel
from processors.domain.rules import Finding, Member, Series, ShareTail
from processors.domain.series_key import SeriesKey
from tests.processors.domain.build import M0
from tests.processors.domain.traffic import HOUR, NIGHT, NOON, during, ended, fired, nothing, once, story

RISE = ShareTail("rise")


def exact(*minutes: tuple[int, int], before: int = 200, member: Member | None = None) -> Series:
    """The series `denied` after hours of 60 of 1 000, as of the last of these (denied, others)."""
    model = ScopeModel()
    told = [(60, 940)] * before + list(minutes)
    for minute, (denied, others) in enumerate(told, start=M0):
        model.hear(minute, {"status": {"denied": denied, "approved": others}}, ())
    count, others = told[-1]
    return Series("status", "denied", count, count + others, None, (), M0 + len(told) - 1, model, member)


def found(*minutes: tuple[int, int], rule: ShareTail = RISE) -> Finding | None:
    return rule.judge(exact(*minutes))


# --- what pages ------------------------------------------------------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_ordinary_half_day_is_quiet(seed: int) -> None:
    assert story(nothing, 12 * HOUR, seed=seed) == []


@pytest.mark.parametrize("start", [NOON, NIGHT])
def test_the_spike_of_a_single_minute_stays_quiet(start: int) -> None:
    assert story(during(5, 5, failed=60), 40, start=start) == []


@pytest.mark.parametrize(
    ("status", "factor"), [("failed", 20), ("denied", 5), ("reversed", 12), ("backend_reversed", 30)]
)
def test_a_burst_of_two_minutes_is_found_in_its_second(status: str, factor: float) -> None:
    told = story(during(5, 6, **{status: factor}), 40)
    incident = once(told)
    assert fired(told) == [6]
    assert (incident.key, incident.since - NOON, incident.rules) == (status, 5, ("share_rise",)) or status == "denied"
    assert incident.severity == "warning", "it has lost little so far, however sure it is"


@pytest.mark.parametrize(("denied", "is_found"), [(225, True), (90, False)])
def test_in_bulk_one_delivery_says_enough_if_it_says_very_much(denied: int, *, is_found: bool) -> None:
    """900 each quarter of an hour, of which 45 are usual."""
    model = ScopeModel()
    for minute in range(M0, M0 + 1_021):
        is_last, is_due = minute == M0 + 1_020, (minute - M0) % 15 == 0
        count = is_due * (denied if is_last else 45)
        model.hear(minute, {"status": {"denied": count, "approved": is_due * 900 - count}} if is_due else {}, ())
    series = Series("status", "denied", denied, 900, None, (), M0 + 1_020, model)
    assert model.volume.is_in_bulk
    assert (RISE.judge(series) is not None) is is_found


def test_what_is_found_is_said_in_numbers() -> None:
    incident = once(story(during(5, 6, failed=20), 40))
    said = incident.because[0]
    assert said.endswith(" were to be expected")
    assert " transactions in 2 minutes, where " in said


def test_a_slow_rise_is_found_on_its_way_up() -> None:
    """Denials grow to three times within an hour: found before they have doubled."""
    told = story(lambda i: {"denied": 1 + 2 * i / HOUR}, HOUR)
    assert fired(told)[0] <= 30


def test_the_windows_of_a_rise_begin_no_earlier_than_the_evidence() -> None:
    incident = once(story(during(5, 25, denied=3), 60))
    assert 3 <= incident.since - NOON <= 6


def test_the_first_hour_of_a_new_scope_is_not_judged() -> None:
    """With 940 others in each minute, 3 000 transactions have taught after 53 minutes."""
    burst = [(400, 600)] * 3
    assert RISE.judge(exact(*burst, before=49)) is None
    assert RISE.judge(exact(*burst, before=60)) is not None


# --- what does not ---------------------------------------------------------------------------------------------------


def test_a_share_that_rises_because_the_others_fell_is_no_rise() -> None:
    """60 of 360 are 17 % instead of 6 %, but nobody is denied who was not denied before."""
    assert found(*[(60, 300)] * 3) is None
    assert found(*[(180, 940)] * 3) is not None


def test_what_falls_is_told_then_and_not_what_stays() -> None:
    told = story(during(5, 25, approved=0.3), 60)
    incident = once(told)
    assert (incident.key, incident.members) == ("total", ("volume|total",))


def test_a_count_that_grows_with_all_others_is_no_rise() -> None:
    assert found(*[(180, 2_820)] * 5) is None
    assert story(during(5, 44, all=3), 90) == []


def test_one_minute_alone_is_no_evidence_however_strong() -> None:
    assert found((60, 940), (600, 400)) is None
    assert found((600, 400), (60, 940)) is None
    assert found((600, 400), (600, 400)) is not None


def test_what_is_over_already_is_not_found_afterwards() -> None:
    assert found((150, 850), (150, 850)) is not None
    assert found((150, 850), (150, 850), *[(60, 940)] * 3) is None


def test_a_rise_by_a_fifth_is_not_worth_a_page_however_certain() -> None:
    assert found(*[(74, 926)] * 45) is None
    assert found(*[(74, 926)] * 45, rule=replace(RISE, effect=1.1, drift=0.01, drift_at_first=0.01)) is not None


@pytest.mark.story
def test_a_handful_is_not_worth_a_page() -> None:
    """At three in the morning, with three transactions a minute, one or two failures more than usual."""
    assert story(lambda i: {"failed": 20} if 5 <= i < 8 else {}, 60, start=NIGHT, scale=0.05) == []


def test_keys_that_are_excluded_are_not_looked_at() -> None:
    rule = ShareTail("a", excluded=("approved",))
    assert not rule.watches("status", "approved")
    assert rule.watches("status", "denied")
    assert not rule.watches("auth_code", "denied")
    assert not replace(rule, keys=("failed",)).watches("status", "denied")


def test_a_minute_with_findings_does_not_look_back_beyond_the_incident_before_it() -> None:
    """What was told once is not evidence again."""
    shown = exact(*[(200, 800)] * 3)
    assert shown.model is not None
    assert RISE.judge(shown) is not None
    shown.model.forget([SeriesKey("status", "denied")], shown.minute)
    assert RISE.judge(shown) is None


# --- how it goes on and ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "factor"), [("failed", 15), ("denied", 5), ("reversed", 8)])
def test_it_is_over_soon_after_the_recovery(status: str, factor: float) -> None:
    told = story(during(5, 24, **{status: factor}), 90)
    assert 24 < ended(told) <= 24 + 13


def test_it_goes_on_while_the_excess_is_four_tenths_of_what_it_was() -> None:
    """It was found at three times what is usual: 60 would be usual, 180 were found, 108 is the limit."""
    member = Member(M0 + 200, M0 + 201, M0 + 210, 3.0, 0.0, False, ("rise",))
    assert RISE.judge(exact(*[(180, 820)] * 5, *[(115, 885)] * 8, member=member)) is not None
    assert RISE.judge(exact(*[(180, 820)] * 5, *[(100, 900)] * 8, member=member)) is None


def test_while_it_goes_on_each_minute_is_told_for_itself() -> None:
    member = Member(M0 + 200, M0 + 201, M0 + 204, 3.0, 0.0, False, ("rise",))
    going_on = RISE.judge(exact(*[(180, 820)] * 6, member=member))
    assert going_on is not None
    assert (going_on.window, going_on.observed) == (1, 180)
    assert going_on.expected == pytest.approx(60, rel=0.05)
    assert going_on.severity == "warning"
    assert going_on.because == "1,080 of 6,000 transactions in the last 6 minutes, where 350 were to be expected"


def test_another_rules_incident_is_no_reason_to_go_on() -> None:
    """A series that fell silent is looked at anew for a rise."""
    member = Member(M0 + 200, M0 + 201, M0 + 204, 0.0, 0.0, False, ("silence",))
    assert RISE.judge(exact(*[(70, 930)] * 6, member=member)) is None
    newly = RISE.judge(exact(*[(180, 820)] * 6, member=member))
    assert newly is not None
    assert newly.window > 1


@pytest.mark.story
@pytest.mark.parametrize(("status", "factor"), [("denied", 3), ("failed", 10)])
def test_a_share_that_stays_is_the_new_share_after_three_hours(status: str, factor: float) -> None:
    """For good: one incident, and it is not told again."""
    told = story(lambda i: {status: factor} if i >= 5 else {}, 18 * HOUR)
    assert ended(told) - 5 == pytest.approx(182, abs=5)


@pytest.mark.story
@pytest.mark.parametrize(("status", "factor"), [("denied", 3), ("failed", 10)])
def test_when_it_falls_back_to_what_it_was_nothing_is_told(status: str, factor: float) -> None:
    told = story(lambda i: {status: factor} if 5 <= i < 5 * HOUR else {}, 12 * HOUR)
    assert ended(told) - 5 == pytest.approx(182, abs=5)
