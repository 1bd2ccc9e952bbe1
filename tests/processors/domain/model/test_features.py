"""The numbers that a forest is shown of a minute."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.model import ScopeModel
from processors.domain.model.features import (
    CLIP,
    FEATURES,
    SPAN,
    columns,
    deviation,
    deviations,
    features,
    main_statuses,
    shortfalls,
)
from tests.processors.domain.build import M0, PROPERTY

USUAL = {"approved": 180, "denied": 12, "failed": 1}


def model(*last: dict[str, int], minutes: int = 150, usual: dict[str, int] = USUAL) -> ScopeModel:
    """What is known of usual minutes, the last of them otherwise; the last minute is M0."""
    known = ScopeModel()
    counts = [usual] * (minutes - len(last)) + list(last)
    for minute, status in enumerate(counts, start=M0 - minutes + 1):
        known.hear(minute, {"status": status}, ())
    return known


def test_the_main_statuses_are_all_but_the_most_frequent_and_the_rare() -> None:
    counts = {"approved": 9000, "failed": 60, "denied": 600, "odd": 3}
    assert main_statuses(counts, 1440) == ("denied", "failed")
    assert main_statuses({"approved": 9000}, 1440) == ()


def test_of_many_statuses_the_most_frequent_are_main() -> None:
    counts = {f"s{i:02}": 10_000 - i for i in range(20)}
    assert main_statuses(counts, 1440) == tuple(f"s{i:02}" for i in range(1, 9))


@pytest.mark.parametrize(("count", "total", "share"), [(12, 180, 0.1), (24, 180, 0.1), (3, 100, 0.02)])
def test_a_deviation_is_about_a_standard_normal_number(count: int, total: int, share: float) -> None:
    mean = total * share
    assert deviation(count, total, share) == pytest.approx((count - mean) / sqrt(mean * (1 - share)), rel=0.2)


@PROPERTY
@given(st.integers(0, 10**12), st.integers(0, 10**12), st.floats(1e-9, 0.95))
def test_a_deviation_is_clipped_and_has_the_sign_of_the_excess(count: int, others: int, share: float) -> None:
    found = deviation(count, count + others, share)
    assert abs(found) <= CLIP
    assert found <= 0 or count > (count + others) * share


def test_a_status_that_is_all_there_is_deviates_upwards_and_one_that_is_not_there_downwards() -> None:
    assert deviation(20, 20, 0.5) > 3
    assert deviation(0, 20, 0.5) < -3


def test_a_minute_without_transactions_says_nothing_of_shares() -> None:
    assert deviation(0, 0, 0.1) == 0.0


def test_a_rise_of_one_status_is_seen_in_its_own_minute() -> None:
    found = deviations(model({"approved": 168, "denied": 24, "failed": 1}, USUAL), "denied", M0)
    assert len(found) == SPAN
    assert found[-2] > 3
    assert abs(found[-1]) < 1


def test_a_status_that_is_not_known_deviates_by_nothing() -> None:
    assert deviations(model(), "chargeback", M0) == [0.0] * SPAN
    assert deviations(model(minutes=60), "denied", M0) == [0.0] * SPAN


def test_minutes_before_the_first_one_are_as_usual() -> None:
    known = model()
    known.lapse()
    known.hear(M0 + 1, {"status": {"approved": 100, "denied": 100}}, ())
    assert deviations(known, "denied", M0 + 1) == [0.0] * (SPAN - 1) + [CLIP]


def test_the_volume_is_shown_when_it_falls_and_not_when_it_rises() -> None:
    half, double = ({key: int(count * factor) for key, count in USUAL.items()} for factor in (0.5, 2))
    fallen, risen = shortfalls(model(half), M0), shortfalls(model(double), M0)
    assert fallen is not None
    assert risen is not None
    assert fallen[-1] < -1.5
    assert risen[-1] == 0.0


def test_nothing_is_shown_before_the_volume_can_be_forecast() -> None:
    assert columns(model(minutes=20), ("denied",), M0) is None


def test_nothing_is_shown_where_nothing_is_to_be_expected() -> None:
    quiet = model(minutes=400, usual={"approved": 0})
    for minute in range(M0 + 1, M0 + 40):
        quiet.hear(minute, {"status": {"approved": 5}}, ())
    assert shortfalls(quiet, M0 + 39) is None


def test_the_features_of_a_minute_are_the_cubes_of_its_extremes_and_of_its_size() -> None:
    found = features([[1.0, 2.0], [-3.0, 0.0], [-4.0, 0.0]])
    assert len(found[0]) == len(FEATURES)
    assert found[0] == pytest.approx((1.0, -27.0, -64.0, 26.0**1.5))
    assert found[1] == pytest.approx((8.0, 0.0, 0.0, 8.0))


def test_there_is_a_column_for_each_key_and_one_for_the_volume() -> None:
    shown = columns(model(), ("denied", "failed"), M0)
    assert shown is not None
    assert [len(column) for column in shown] == [SPAN] * 3
