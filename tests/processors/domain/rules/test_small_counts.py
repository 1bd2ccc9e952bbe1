"""A z-score of small counts: what chance makes of them now and then opens nothing, and what it does not is found."""

from typing import Any

import numpy as np
import pytest

from processors.domain.baseline import BaselineSettings, baseline
from processors.domain.rules import Finding, Member, Series, ZScore

SETTINGS = BaselineSettings(window=30, minimum_history=10)
OPEN = Member(0, 0, 0, 4.0, 0.0, plain=False, rules=("z",))
PLAIN, SURE = ZScore("z"), ZScore("z", chance=3.5)


def asked(rule: ZScore, count: int, history: list[int], **more: Any) -> Finding | None:
    return rule.judge(Series("status", "failed", count, 1_000, baseline(history, count, SETTINGS), **more))


def opened(rule: ZScore, mean: float, minutes: int = 20_000) -> int:
    """In how many of these minutes of a steady Poisson count something is found."""
    counts = np.random.default_rng(7).poisson(mean, minutes + 30).tolist()
    return sum(asked(rule, counts[i], counts[i - 30 : i]) is not None for i in range(30, minutes + 30))


@pytest.mark.parametrize("mean", [0.8, 1.5, 3.0, 6.0])
def test_of_a_steady_small_count_less_than_one_minute_a_day_is_found(mean: float) -> None:
    found = opened(SURE, mean)
    assert found <= 20_000 / 1440
    assert found < opened(PLAIN, mean) / 3


@pytest.mark.parametrize(
    ("history", "count"),
    [([0, 1] * 15, 5), ([6] * 30, 18), ([1, 2] * 15, 8), ([0] * 30, 5), ([100, 120] * 15, 160)],
    ids=["a burst of failures", "a sale", "beyond chance", "after silence", "a large count"],
)
def test_what_chance_does_not_make_is_found_as_before(history: list[int], count: int) -> None:
    assert asked(SURE, count, history) == asked(PLAIN, count, history) is not None


def test_an_incident_goes_on_where_chance_alone_would_open_none() -> None:
    history = [1, 2] * 15
    assert asked(SURE, 6, history) is None
    assert asked(SURE, 6, history, open=OPEN) is not None


def test_a_rule_without_it_is_the_rule_that_it_was() -> None:
    assert ZScore("z", chance=0.0).identity == PLAIN.identity != SURE.identity


@pytest.mark.parametrize(("chance", "wrong"), [(-1.0, True), (0.0, False), (3.5, False)])
def test_a_chance_below_nothing_is_refused(chance: float, *, wrong: bool) -> None:
    assert (ZScore("z", chance=chance).problem() is not None) is wrong
