"""What is known of the share of a key: learned late, by the time of day, and not from what goes wrong."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.model.share import LEARN_AFTER, SPAN, ShareModel
from tests.processors.domain.build import PROPERTY

DAY = 1440
HOUR = 60


def taught(
    minutes: Iterable[int],
    count: Callable[[int], int],
    total: int = 1_000,
    barred: Callable[[int], bool] = lambda _: False,
    model: ShareModel | None = None,
) -> ShareModel:
    """A model that has heard these minutes, in which the key has `count` of `total`."""
    model = model or ShareModel()
    for minute in minutes:
        model.hear(count(minute), barred=barred(minute))
        model.learn(minute - LEARN_AFTER, total)
    return model


def at_night(minute: int) -> bool:
    return minute % DAY < 8 * HOUR


def seasonal(minute: int) -> int:
    """10 % in the first eight hours of a day, 4 % in the rest."""
    return 100 if at_night(minute) else 40


# --- its noise -------------------------------------------------------------------------------------------------------


def noted(model: ShareModel, count: int) -> float:
    """Its noise after half an hour in which it has had `count` of 1 000 in each minute."""
    model = model.copy()
    model.hear(count, barred=False)
    for _ in range(29):
        model.hear(count, barred=bool(model.bars))
    model.note(DAY + 29, [1_000] * SPAN)
    return model.noise


def test_a_rise_that_is_an_incident_or_was_accepted_lately_is_no_noise() -> None:
    plain = taught(range(DAY), lambda _: 40)
    barred, accepted = plain.copy(), plain.copy()
    barred.bar(1)
    accepted.shift(2.0)
    assert noted(plain, 60) == pytest.approx(0.02 * exp(0.15))
    assert noted(barred, 60) == 0.02
    assert noted(barred, 20) > 0.02
    assert (noted(accepted, 120), noted(accepted, 40) > 0.02) == (0.02, True)


# --- late, and not from incidents ------------------------------------------------------------------------------------


def test_a_minute_teaches_when_it_is_fifty_minutes_old() -> None:
    assert LEARN_AFTER == 50
    model = taught(range(50), lambda _: 40)
    assert (model.seen, model.of) == (0, 0)
    taught([50], lambda _: 70, model=model)
    assert (model.seen, model.of) == (40, 1_000)


def test_a_barred_minute_never_teaches() -> None:
    model = taught(range(200), lambda m: 900 if m >= 100 else 40, barred=lambda m: m >= 100)
    assert model.seen / model.of == pytest.approx(0.04)
    assert model.of == pytest.approx(100_000, rel=0.02)


def test_minutes_can_be_barred_afterwards_and_those_before_them_still_teach() -> None:
    model = taught(range(60), lambda _: 40)
    taught(range(60, 80), lambda _: 900, model=model)
    model.bar(20)
    taught(range(80, 80 + LEARN_AFTER), lambda _: 40, model=model)
    assert model.seen / model.of == pytest.approx(0.04)
    taught(range(130, 190), lambda _: 40, model=model)
    assert model.seen / model.of == pytest.approx(0.04)


def test_more_minutes_than_there_are_can_be_barred() -> None:
    model = taught(range(10), lambda _: 40)
    model.bar(45)
    assert model.barred == [True] * 10
    model.bar(0)
    assert model.barred == [True] * 10


def test_a_minute_without_any_transaction_teaches_nothing() -> None:
    model = taught(range(300), lambda _: 0, total=0)
    assert (model.seen, model.of, model.slots) == (0, 0, {})


# --- what is expected ------------------------------------------------------------------------------------------------


def test_a_share_that_is_steady_is_what_is_expected() -> None:
    model = taught(range(DAY), lambda _: 40)
    for minute in range(DAY, 2 * DAY, 97):
        assert model.expected(minute) == pytest.approx(0.04, rel=0.08)


def test_a_share_that_goes_with_the_hour_is_expected_with_the_hour() -> None:
    model = taught(range(6 * DAY), seasonal)
    for hour, share in [(2, 0.1), (5, 0.1), (11, 0.04), (20, 0.04)]:
        assert model.expected(6 * DAY + hour * HOUR) == pytest.approx(share, rel=0.12)
    assert model.mean == pytest.approx(0.06, rel=0.15)


def test_an_hour_is_known_from_the_next_day_on() -> None:
    model = taught(range(12 * HOUR), seasonal)
    assert not model.knows_the_hour(10 * HOUR)
    assert model.knows_the_hour(DAY + 10 * HOUR)
    assert not model.knows_the_hour(DAY + 13 * HOUR)
    taught(range(12 * HOUR, DAY + 10 * HOUR), seasonal, model=model)
    assert model.knows_the_hour(DAY + 10 * HOUR)


def test_a_share_that_has_been_higher_for_some_hours_is_expected_to_stay_so_for_now() -> None:
    model = taught(range(3 * DAY), lambda _: 40)
    taught(range(3 * DAY, 3 * DAY + 4 * HOUR), lambda _: 60, model=model)
    assert 0.048 < model.expected(3 * DAY + 4 * HOUR) < 0.06
    assert model.mean == pytest.approx(0.04, rel=0.1)


def test_a_share_that_stays_changed_is_learned_over_days() -> None:
    model = taught(range(6 * DAY), lambda _: 40)
    taught(range(6 * DAY, 9 * DAY), lambda _: 80, model=model)
    assert 0.055 < model.mean < 0.07
    assert model.expected(9 * DAY) == pytest.approx(0.08, rel=0.1)


def test_what_little_has_been_seen_says_little() -> None:
    seldom = taught(range(LEARN_AFTER + 10), lambda _: 1, total=1)
    assert seldom.expected(60) < 0.03
    assert ShareModel().expected(0) == pytest.approx(0.001)


def test_no_share_is_expected_to_be_nothing_or_all() -> None:
    assert taught(range(DAY), lambda _: 1_000).expected(DAY) == 0.95
    never = taught(range(5 * DAY), lambda _: 0)
    assert 0 < never.expected(5 * DAY) < 1e-5


@pytest.mark.story
@PROPERTY
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.booleans()), min_size=52, max_size=130),
    st.integers(0, 30_000_000),
)
def test_whatever_was_seen_the_expected_share_is_a_share(minutes: list[tuple[int, int, bool]], first: int) -> None:
    model, totals = ShareModel(), [0]
    for offset, (count, others, barred) in enumerate(minutes):
        totals = [*totals, count + others][-SPAN:]
        model.hear(count, barred=barred)
        model.learn(first + offset - LEARN_AFTER, totals[-1 - LEARN_AFTER] if len(totals) > LEARN_AFTER else 0)
        assert 0 < model.expected(first + offset) <= 0.95
        assert model.mean > 0


# --- a change that stays ---------------------------------------------------------------------------------------------


def test_a_share_that_is_accepted_is_what_is_expected_at_once_with_the_hours_as_they_were() -> None:
    model = taught(range(6 * DAY), seasonal)
    now = 6 * DAY + 4 * HOUR
    taught(range(6 * DAY, now), lambda m: 3 * seasonal(m), barred=lambda m: m >= 6 * DAY, model=model)
    model.accept(now - 1, [1_000] * 61)
    assert model.expected(now) == pytest.approx(0.3, rel=0.05)
    assert model.expected(now + 12 * HOUR) == pytest.approx(0.12, rel=0.15)
    assert not any(model.barred)


@pytest.mark.parametrize("factor", [0.1, 4])
def test_what_was_normal_before_is_so_for_some_days_more(factor: float) -> None:
    model = taught(range(3 * DAY), lambda _: 40)
    before = model.expected(3 * DAY)
    assert model.lowest(3 * DAY) == model.highest(3 * DAY) == before
    taught(range(3 * DAY, 3 * DAY + 30), lambda _: round(40 * factor), barred=lambda _: True, model=model)
    model.accept(3 * DAY + 29, [1_000] * 61)
    low, high = sorted([before, factor * before])
    assert model.lowest(3 * DAY + 30) == pytest.approx(low, rel=0.02)
    assert model.highest(3 * DAY + 30) == pytest.approx(high, rel=0.02)
    taught(range(3 * DAY + 30, 17 * DAY), lambda _: round(40 * factor), model=model)
    assert model.highest(17 * DAY) / model.lowest(17 * DAY) == pytest.approx((high / low) ** 0.5, rel=0.05)


def test_what_was_normal_is_no_more_than_nearly_all_and_nothing_can_be_accepted() -> None:
    model = taught(range(DAY), lambda _: 900)
    taught(range(DAY, DAY + 40), lambda _: 0, barred=lambda _: True, model=model)
    for _ in range(9):
        model.accept(DAY + 39, [1_000] * 61)
    assert 0 < model.lowest(DAY + 40) < 1e-4
    assert model.highest(DAY + 40) <= 0.95


# --- as a thing to be kept -------------------------------------------------------------------------------------------


def test_a_copy_changes_apart() -> None:
    model = taught(range(2 * DAY), seasonal)
    before = deepcopy(model)
    copy = model.copy()
    assert copy == model
    taught(range(2 * DAY, 2 * DAY + 200), lambda _: 900, model=copy)
    copy.bar(5)
    assert model == before
    assert copy != model


def test_it_holds_no_more_after_a_week_than_after_a_day() -> None:
    model = taught(range(7 * DAY), seasonal)
    assert len(model.counts) == len(model.barred) == SPAN
    assert len(model.slots) == 48


# --- data that begin in an incident -----------------------------------------------------------------------------------


def test_what_the_first_hour_taught_is_no_habit_of_the_day_when_it_was_no_normal_hour() -> None:
    """27 % for an hour, then 5.5 % for ever: on the second day 5.5 % are expected at any time."""
    model = taught(range(DAY + 12 * HOUR), lambda m: 270 if m < HOUR else 55)
    for hour in (0, 1, 2, 4, 12, 20):
        assert model.expected(DAY + 12 * HOUR + hour * HOUR) == pytest.approx(0.055, rel=0.15)


# --- a change that was accepted goes back ----------------------------------------------------------------------------


def accepted(first: int = 10, then: int = 80, total: int = 1_000) -> ShareModel:
    """A key that had 1 %, and now 8 %, which is accepted."""
    begins = 2 * DAY - HOUR
    model = taught(range(2 * DAY), lambda m: first if m < begins else then, barred=lambda m: m >= begins)
    model.accept(2 * DAY, [total] * SPAN)
    return model


def test_a_rise_that_was_accepted_is_over_when_half_an_hour_lies_nearer_to_what_was_before() -> None:
    model = accepted()
    assert model.mean == pytest.approx(0.08, rel=0.05)
    minutes = 0
    while not model.goes_back(2 * DAY + minutes, [1_000] * SPAN):
        model.hear(10, barred=False)
        minutes += 1
    assert minutes == 23, "26 of 1 000 then: it is 80 and was 10, and 28 lie between by their ratio"
    assert (model.mean, model.was, model.near) == (pytest.approx(0.01, rel=0.05), pytest.approx(1.0), (0.0, 0.0))
    assert model.since == 2 * DAY - 7, "windows begin with the half hour that showed it"
    assert model.barred == [True] * 31 + [False] * 30, "what the change holds teaches no more"


def test_one_that_stays_is_not_asked_back() -> None:
    model = accepted()
    for _ in range(30):
        model.hear(50, barred=False)
    assert not model.goes_back(2 * DAY + 30, [1_000] * SPAN)


def test_neither_is_one_of_which_too_few_come_to_say_so() -> None:
    model = accepted()
    for _ in range(30):
        model.hear(0, barred=False)
    assert not model.goes_back(2 * DAY + 30, [8] * SPAN)
    assert model.goes_back(2 * DAY + 30, [9] * SPAN)


def test_few_that_come_low_by_chance_are_no_sign_of_it() -> None:
    """36 are expected, and 12 were before: 14 in half an hour are nearer to that, and may be chance; 13 are none."""
    for seen, is_over in ((21, False), (14, False), (13, True)):
        model = accepted(first=33, then=100, total=1_000)
        for each in range(30):
            model.hear(each < seen, barred=False)
        assert model.goes_back(2 * DAY + 30, [12] * SPAN) is is_over, seen
