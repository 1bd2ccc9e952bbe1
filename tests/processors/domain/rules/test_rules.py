"""Each rule at its borders."""

import pytest

from processors.domain.baseline import Baseline
from processors.domain.rules import CountThreshold, Finding, Series, ShareThreshold, ZScore


def seen(count: int, *, z: float | None = None, total: int = 100, past: list[tuple[int, int]] | None = None) -> Series:
    base = None if z is None else Baseline(30, 2.0, 1.0, z)
    return Series("status", "failed", count, total, base, [*(past or []), (count, total)])


def share(count: int, total: int, *, minutes: int = 10, **settings: float) -> Finding | None:
    """What is found when `minutes` minutes hold `count` of `total` in all, evenly but for the last."""
    rule = ShareThreshold("share", **{"warning": 0.1, "critical": 0.2, **settings})  # type: ignore[arg-type]
    past = [(count // minutes, total // minutes)] * (minutes - 1)
    last = (count - sum(c for c, _ in past), total - sum(t for _, t in past))
    return rule.judge(seen(last[0], total=last[1], past=past))


@pytest.mark.parametrize(
    ("z", "count", "score"),
    [
        (3.0, 5, None),
        (3.0000001, 5, 50.0),
        (3.3, 4, None),
        (6.0, 5, 75.0),
        (9.0, 5, 100.0),
        (900.0, 5, 100.0),
        (-9.0, 5, None),
        (None, 500, None),
    ],
)
def test_the_z_score_fires_above_its_threshold_and_from_its_minimum_count(
    z: float | None, count: int, score: float | None
) -> None:
    found = ZScore("z").judge(seen(count, z=z))
    assert (found and found.score) == (score and pytest.approx(score, abs=1e-5))


@pytest.mark.parametrize(("severity", "floor"), [("info", 25.0), ("warning", 50.0), ("critical", 75.0)])
def test_the_z_score_begins_at_the_score_of_its_severity(severity: str, floor: float) -> None:
    found = ZScore("z", severity=severity).judge(seen(5, z=3.03))  # type: ignore[arg-type]
    assert found is not None
    assert (found.severity, found.score) == (severity, pytest.approx(floor + 0.25))


def test_the_z_score_says_what_it_saw() -> None:
    found = ZScore("z").judge(seen(9, z=7.0))
    assert found is not None
    assert found.because == "9 a minute is 7.00 standard deviations above the mean of 2.00"


@pytest.mark.parametrize(("count", "score"), [(5, None), (6, 76.25), (25, 100.0), (10_000, 100.0)])
def test_the_count_fires_above_its_limit(count: int, score: float | None) -> None:
    found = CountThreshold("failed", above=5).judge(seen(count))
    assert (found and found.score) == score


@pytest.mark.parametrize(("count", "score"), [(0, None), (1, 56.25), (4, 75.0)])
def test_a_limit_of_zero_fires_on_the_first_one(count: int, score: float | None) -> None:
    found = CountThreshold("failed", above=0, severity="warning").judge(seen(count))
    assert (found and found.score) == score


@pytest.mark.parametrize(
    ("count", "severity", "score"),
    [
        (99, None, None),
        (100, "warning", 50.0),
        (150, "warning", 62.5),
        (199, "warning", 74.75),
        (200, "critical", 75.0),
        (300, "critical", 87.5),
        (400, "critical", 100.0),
        (900, "critical", 100.0),
    ],
)
def test_the_share_fires_from_its_limits_on(count: int, severity: str | None, score: float | None) -> None:
    found = share(count, 1_000)
    assert (found and found.severity) == severity
    assert (found and found.score) == (score and pytest.approx(score))


def test_the_share_says_what_it_saw() -> None:
    found = share(150, 1_000)
    assert found is not None
    assert found.because == "15.00% of all over 10 minutes; the limit is 10.00%"
    found = share(300, 1_000)
    assert found is not None
    assert found.because == "30.00% of all over 10 minutes; the limit is 20.00%"


@pytest.mark.parametrize(("minutes", "fires"), [(9, False), (10, True)])
def test_the_share_needs_its_history(minutes: int, *, fires: bool) -> None:
    assert (share(300, 1_000, minutes=minutes, minimum_history=10) is not None) is fires


def test_a_share_over_few_minutes_needs_no_more_history_than_its_window() -> None:
    assert share(30, 100, minutes=3, window=3, minimum_history=10) is not None
    assert share(30, 100, minutes=2, window=3, minimum_history=10) is None


@pytest.mark.parametrize(("total", "fires"), [(99, False), (100, True)])
def test_the_share_needs_enough_transactions(total: int, *, fires: bool) -> None:
    assert (share(50, total) is not None) is fires


def test_a_window_without_any_transaction_has_no_share() -> None:
    rule = ShareThreshold("share", minimum_total=0)
    assert rule.judge(Series("status", "failed", 1, 0, None, [(0, 0)] * 20)) is None


def test_the_share_is_not_said_again_in_a_minute_without_the_key() -> None:
    rule = ShareThreshold("share")
    past = [(50, 100)] * 14
    assert rule.judge(seen(1, past=past)) is not None
    assert rule.judge(seen(0, past=past)) is None


def test_minutes_before_the_window_have_no_part_in_the_share() -> None:
    rule = ShareThreshold("share", window=15)
    assert rule.judge(seen(9, past=[(100, 100)] * 10 + [(9, 100)] * 14)) is None
