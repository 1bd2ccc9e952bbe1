"""What the model of a volume keeps, for how long, and how well it learns that forecasts do."""

from copy import deepcopy

import numpy as np
import pytest

from processors.domain.model.volume import SPAN, VolumeModel
from tests.processors.domain.model.volume_kit import DAY, HOUR, MONDAY, flat, taught, wave


def test_the_forecast_learns_how_well_it_does() -> None:
    steady = taught(range(MONDAY, MONDAY + 3 * DAY), lambda m: 20 * wave(m))
    first = VolumeModel().errors
    assert steady.errors["day|5"] < 0.5 * first["day|5"]
    assert steady.errors["day|15"] < 0.5 * first["day|15"]
    noise = np.random.default_rng(5).uniform(0.2, 1.8, size=3 * DAY // 15)
    wild = taught(range(MONDAY, MONDAY + 3 * DAY), lambda m: 5_000 * noise[(m - MONDAY) // 15])
    assert wild.errors["day|15"] > 2 * first["day|15"]
    least = {"5": 0.025, "15": 0.012}
    errors = [(name, error) for model in (steady, wild) for name, error in model.errors.items()]
    assert all(least[name.partition("|")[2]] <= error <= 0.4 for name, error in errors)


def test_an_uncertain_forecast_says_so() -> None:
    certain = taught(range(MONDAY, MONDAY + DAY), lambda _: 1_000)
    uncertain = certain.copy()
    uncertain.errors = dict.fromkeys(uncertain.errors, 0.4)
    sure, unsure = (model.forecast(MONDAY + DAY - 1, 10) for model in (certain, uncertain))
    assert sure is not None
    assert unsure is not None
    assert unsure.variance > 5 * sure.variance


def test_few_transactions_say_nothing_of_the_forecast() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 15 if m % 2 else 1)
    assert model.errors == VolumeModel().errors


def test_an_outage_says_nothing_of_the_forecast() -> None:
    model = taught(range(MONDAY, MONDAY + 6 * HOUR), lambda _: 1_000)
    known = dict(model.errors)
    taught(
        range(MONDAY + 6 * HOUR, MONDAY + 7 * HOUR), lambda m: 1_000 if m % 9 else 0, barred=lambda _: True, model=model
    )
    assert model.errors == known


def test_after_a_lapse_nothing_is_recent_and_the_habits_are_kept() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), wave)
    habits, errors = model.habits.copy(), dict(model.errors)
    model.lapse()
    assert (model.totals, model.profile, model.barred, model.blocks) == ([], [], [], [])
    assert (model.habits, model.errors) == (habits, errors)
    assert model.forecast(MONDAY + 3 * DAY, 5) is None
    taught(range(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 20), wave, model=model)
    assert model.forecast(MONDAY + 3 * DAY + 19, 5) is not None


def test_after_weeks_of_silence_nothing_is_known_of_the_day() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), wave)
    model.lapse()
    taught([MONDAY + 20 * DAY], wave, model=model)
    assert model.at(MONDAY + 20 * DAY + 12 * HOUR) is None


def test_what_was_heard_last_is_learned_at_once_where_nothing_follows() -> None:
    model = taught(range(MONDAY, MONDAY + 2 * HOUR), flat)
    model.settle(MONDAY + 2 * HOUR - 1)
    assert model.at(MONDAY + DAY + 100) == pytest.approx(100, rel=0.001)


def test_a_copy_changes_apart() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 20 * wave(m))
    before = deepcopy(model)
    copy = model.copy()
    assert copy == model
    taught(range(MONDAY + DAY, MONDAY + DAY + 3 * HOUR), lambda m: 9 * wave(m) * (1 + m % 3), model=copy)
    copy.bar(7)
    assert copy.errors != model.errors
    assert model == before


def test_it_holds_no_more_after_two_weeks_than_after_a_day() -> None:
    model = taught(range(MONDAY, MONDAY + 14 * DAY), wave)
    assert len(model.totals) == len(model.profile) == len(model.barred) == SPAN
    assert len(model.blocks) == 24
    assert len(model.habits.table) == 15 * 96 * 2
    assert len(model.lows) == 24 * 12


def test_more_minutes_than_there_are_can_be_barred() -> None:
    model = taught(range(MONDAY, MONDAY + 9), flat)
    model.bar(45)
    assert model.barred == [True] * 9
