"""How far a share lies by itself from what is expected of it."""

from collections.abc import Callable

import numpy as np
import pytest

from processors.domain.model.wander import EVERY, LEAST, wandered

SHARE = 0.05
TOTAL = 120
WEEK = 7 * 48
"""Half hours."""


def usual_of(share: Callable[[int], float], half_hours: int = WEEK, total: int = TOTAL, seed: int = 1) -> float:
    """The usual distance after so many half hours, in which the key has a share that goes by the half hour."""
    rng, usual = np.random.default_rng(seed), LEAST
    for half_hour in range(half_hours):
        counts = rng.poisson(total * share(half_hour), EVERY).tolist()
        usual = wandered(usual, counts, [total] * EVERY, SHARE)
    return usual


def test_chance_alone_is_no_distance() -> None:
    for seed in range(5):
        assert usual_of(lambda _: SHARE, seed=seed) < 0.08


@pytest.mark.parametrize("deviation", [0.2, 0.33])
def test_how_far_a_share_wanders_is_known_after_days(deviation: float) -> None:
    noise = np.exp(np.random.default_rng(7).normal(0, deviation, WEEK))
    assert usual_of(lambda half_hour: SHARE * float(noise[half_hour])) == pytest.approx(deviation, rel=0.35)


def test_incidents_in_an_eighth_of_the_time_say_little() -> None:
    assert usual_of(lambda half_hour: SHARE * (5 if half_hour % 8 == 0 else 1)) < 0.1


def test_what_lies_above_says_nothing_while_people_are_called_for_it_and_what_lies_below_does() -> None:
    half, twice = ([round(TOTAL * SHARE * factor)] * EVERY for factor in (0.5, 2))
    totals = [TOTAL] * EVERY
    assert wandered(0.1, twice, totals, SHARE) == pytest.approx(0.1 * np.exp(0.15)), "three stretches of ten minutes"
    assert wandered(0.1, twice, totals, SHARE, is_taken=True) == 0.1
    assert wandered(0.1, half, totals, SHARE, is_taken=True) == pytest.approx(0.1 * np.exp(0.15))


def test_of_a_share_that_comes_seldom_the_half_hour_is_taken_and_of_less_nothing() -> None:
    off = [0] * 20 + [6] * 10
    assert wandered(0.2, off, [TOTAL] * EVERY, 0.02) > 0.2, "three stretches: nothing, nothing, and more"
    assert wandered(0.2, [*off[10:], *off[:10]], [10] * EVERY, 0.02) > 0.2
    assert wandered(0.2, off, [10] * EVERY, 0.01) == 0.2


def test_a_distance_has_a_least_and_a_most() -> None:
    even = [round(TOTAL * SHARE)] * EVERY
    usual = 0.5
    for _ in range(WEEK):
        usual = wandered(usual, even, [TOTAL] * EVERY, SHARE)
    assert usual == LEAST
    for _ in range(WEEK):
        usual = wandered(usual, [4 * each for each in even], [TOTAL] * EVERY, SHARE)
    assert usual == 0.5
