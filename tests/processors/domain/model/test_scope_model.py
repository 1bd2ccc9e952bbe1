"""All that is learned of one scope, series by series."""

from copy import deepcopy

import pytest

from processors.domain.model import ScopeModel
from processors.domain.model.history import History
from processors.domain.model.share import LEARN_AFTER, SPAN
from processors.domain.model.special_days import SPECIAL
from processors.domain.series_key import VOLUME_SERIES, SeriesKey

CALM = {"status": {"approved": 95, "denied": 5}, "auth_code": {"51": 5}}


def heard(minutes: int, first: int = 0, model: ScopeModel | None = None) -> ScopeModel:
    model = model or ScopeModel()
    for minute in range(first, first + minutes):
        model.hear(minute, CALM, ())
    return model


def test_shares_are_learned_in_each_dimension_and_the_volume_from_statuses_alone() -> None:
    model = heard(LEARN_AFTER + 20)
    assert {d: sorted(keys) for d, keys in model.shares.items()} == {
        "status": ["approved", "denied"],
        "auth_code": ["51"],
    }
    denied, code = model.shares["status"]["denied"], model.shares["auth_code"]["51"]
    assert round(denied.seen / denied.of, 6) == 0.05
    assert round(code.seen / code.of, 6) == 1.0
    assert model.volume.totals == [100] * 70


def test_a_key_that_is_new_has_been_zero_and_one_that_does_not_come_is_zero() -> None:
    model = heard(40)
    model.hear(40, {"status": {"failed": 7}}, ())
    assert model.shares["status"]["failed"].counts == [0] * 40 + [7]
    assert model.shares["status"]["approved"].counts == [95] * 40 + [0]
    assert model.shares["auth_code"]["51"].counts[-1] == 0
    assert model.totals == {"status": [100] * 40 + [7], "auth_code": [5] * 40 + [0]}


def test_a_newcomer_after_hours_has_as_long_a_past_as_all_others() -> None:
    model = heard(300)
    model.hear(300, {"status": {"failed": 7}}, ())
    assert model.shares["status"]["failed"].counts == [0] * (SPAN - 1) + [7]
    assert len(model.shares["status"]["failed"].barred) == SPAN


def test_while_a_key_is_barred_nothing_of_its_dimension_learns_and_the_others_do() -> None:
    model = heard(100)
    volume, before = model.volume.habits.copy(), {key: each.of for key, each in model.shares["status"].items()}
    for minute in range(100, 200):
        model.hear(minute, CALM, [SeriesKey("status", "denied"), VOLUME_SERIES])
    taught = heard(200)
    for key, share in model.shares["status"].items():
        assert before[key] < share.of == heard(150).shares["status"][key].of < taught.shares["status"][key].of
    assert model.shares["auth_code"]["51"].of == taught.shares["auth_code"]["51"].of
    assert volume != model.volume.habits != taught.volume.habits


def test_what_rises_with_an_incident_and_is_not_found_is_not_missed_afterwards() -> None:
    model = heard(600)
    usual = model.shares["status"]["approved"].expected(600)
    for minute in range(600, 700):
        model.hear(minute, {"status": {"approved": 40, "denied": 60}}, [SeriesKey("status", "denied")])
    heard(60, 700, model)
    assert model.shares["status"]["approved"].expected(760) == pytest.approx(usual, rel=0.01)


def test_barring_afterwards_and_forgetting_go_to_the_series_that_are_named() -> None:
    model = heard(30)
    model.bar(
        [SeriesKey("status", "denied"), VOLUME_SERIES, SeriesKey("status", "never seen"), SeriesKey("nowhere", "51")], 3
    )
    assert model.shares["status"]["denied"].barred == [False] * 27 + [True] * 3
    assert model.volume.barred == [False] * 27 + [True] * 3
    assert not any(model.shares["status"]["approved"].barred)
    model.forget([SeriesKey("auth_code", "51"), VOLUME_SERIES, SeriesKey("status", "never seen")], 29)
    assert (model.shares["auth_code"]["51"].since, model.volume.since) == (29, 29)
    assert model.shares["status"]["denied"].since == -1


def test_a_special_day_goes_into_no_history() -> None:
    model = heard(100)

    def remembered(first: int, kind: int) -> History:
        for minute in range(first, first + LEARN_AFTER):
            model.hear(minute, CALM, (), kind)
            model.remember(minute, {"status": ("denied",)})
        return deepcopy(model.histories["status"]["denied"])

    before = remembered(100, SPECIAL)
    assert remembered(100 + LEARN_AFTER, SPECIAL) == before
    assert remembered(100 + 2 * LEARN_AFTER, 0) == before, "those that are learned are still special"
    assert remembered(100 + 3 * LEARN_AFTER, 0) != before


def test_what_is_accepted_is_so_for_the_series_that_are_named() -> None:
    model = heard(200)
    for minute in range(200, 240):
        model.hear(minute, {"status": {"approved": 35, "denied": 15}}, [SeriesKey("status", "denied"), VOLUME_SERIES])
    approved = model.shares["status"]["approved"].mean
    model.accept([SeriesKey("status", "denied"), VOLUME_SERIES, SeriesKey("status", "never seen")], 239)
    assert model.shares["status"]["denied"].expected(240) == pytest.approx(0.3, rel=0.03)
    left = model.shares["status"]["approved"].mean / approved
    assert left == pytest.approx(0.70 / 0.95, rel=0.03), "what one takes the others leave"
    assert not any(model.volume.barred)


def test_a_key_that_is_dropped_is_unknown() -> None:
    model = heard(30)
    model.drop("status", "denied")
    model.drop("status", "never seen")
    model.drop("nowhere", "51")
    assert sorted(model.shares["status"]) == ["approved"]


def test_after_a_lapse_nothing_is_recent_and_the_habits_are_kept() -> None:
    model = heard(200)
    denied = model.shares["status"]["denied"]
    seen, slots = denied.seen, dict(denied.slots)
    model.lapse()
    assert (model.totals, model.volume.totals, denied.counts, denied.barred) == ({}, [], [], [])
    assert (denied.seen, denied.slots) == (seen, slots)
    heard(30, first=9_000, model=model)
    assert model.totals["status"] == [100] * 30
    assert denied.counts == [5] * 30


def test_a_key_that_comes_after_a_lapse_has_the_past_since_then() -> None:
    model = heard(200)
    model.lapse()
    heard(5, first=9_000, model=model)
    model.hear(9_005, {"status": {"failed": 1}}, ())
    assert model.shares["status"]["failed"].counts == [0] * 5 + [1]


def test_a_copy_changes_apart() -> None:
    model = heard(200)
    before = deepcopy(model)
    copy = model.copy()
    assert copy == model
    copy.hear(200, {"status": {"failed": 3}}, ())
    copy.bar([SeriesKey("status", "denied"), VOLUME_SERIES], 9)
    copy.forget([SeriesKey("status", "denied"), VOLUME_SERIES], 200)
    copy.drop("auth_code", "51")
    copy.lapse()
    assert model == before
    assert "51" not in copy.shares["auth_code"]


def test_while_a_key_is_in_an_incident_the_others_stay_what_they_are_without_it() -> None:
    """Half of all fail for two hours: of the rest as many are denied as ever, and so it stays."""
    model = ScopeModel()
    for minute in range(1_500):
        model.hear(minute, {"status": {"approved": 920, "denied": 60, "failed": 20}}, ())
    before = model.shares["status"]["denied"].expected(1_500)
    for minute in range(1_500, 1_620):
        model.hear(minute, {"status": {"approved": 470, "denied": 30, "failed": 500}}, [SeriesKey("status", "failed")])
    assert model.shares["status"]["denied"].expected(1_620) == pytest.approx(before, rel=0.03)


def test_a_rise_that_was_accepted_and_is_over_is_not_what_is_normal() -> None:
    model = heard(300)
    denied = SeriesKey("status", "denied")
    for minute in range(300, 400):
        model.hear(minute, {"status": {"approved": 50, "denied": 50}}, [denied])
    model.accept([denied], 400)
    assert model.shares["status"]["denied"].mean == pytest.approx(0.5, rel=0.05)
    heard(41, 400, model)
    assert model.shares["status"]["denied"].mean == pytest.approx(0.05, rel=0.2)
