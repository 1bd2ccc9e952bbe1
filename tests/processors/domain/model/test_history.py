"""A month of a series in stretches of five minutes: what it keeps, what it forgets, what copies share."""

from copy import deepcopy

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.model import ScopeModel
from processors.domain.model.history import DAY, DAYS, History, packed
from processors.domain.model.share import LEARN_AFTER
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from tests.processors.domain.build import PROPERTY

FIRST = 29_203_200
"""A midnight."""
ALL = {"status": (), "volume": ()}


def taught(counts: list[int], first: int = FIRST, history: History | None = None) -> History:
    """A history that these minutes taught, and one more long after them, which closes the last stretch."""
    history = history or History()
    for i, count in enumerate(counts):
        history.learn(first + i, count)
    return history


def closed(counts: list[int], first: int = FIRST) -> History:
    history = taught(counts, first)
    history.learn(first + DAY, 0)
    return history


def model_of(minutes: int, denied: int = 5, model: ScopeModel | None = None, first: int = FIRST) -> ScopeModel:
    model = model or ScopeModel()
    for minute in range(first, first + minutes):
        model.hear(minute, {"status": {"approved": 95, "denied": denied}}, ())
        model.remember(minute, ALL)
    return model


# --- one series --------------------------------------------------------------


def test_whole_stretches_hold_what_they_held_and_parts_of_them_their_part() -> None:
    history = closed([1, 2, 3, 4, 5, 10, 10, 10, 10, 10])
    assert history.total(FIRST, 5) == 15
    assert history.total(FIRST, 10) == 65
    assert history.total(FIRST + 2, 5) == 15 * 3 / 5 + 50 * 2 / 5
    assert history.total(FIRST + 6, 2) == 20


def test_what_is_not_known_is_not_guessed() -> None:
    history = closed([1] * 5)
    assert history.total(FIRST + 5, 5) is None, "that stretch has taught nothing"
    assert history.total(FIRST + 3, 5) is None
    assert history.total(FIRST - 1, 2) is None, "nor has that day"
    assert taught([1] * 5).total(FIRST, 5) is None, "the stretch is still being filled"


def test_a_stretch_of_which_some_minutes_may_not_teach_is_scaled_and_one_of_two_is_not_known() -> None:
    history = History()
    for minute, count in ((0, 10), (1, 20), (4, 30), (5, 7), (9, 7), (20, 0)):
        history.learn(FIRST + minute, count)
    assert history.total(FIRST, 5) == 100
    assert history.total(FIRST + 5, 5) is None
    assert history.total(FIRST + 10, 10) is None


def test_days_that_are_too_old_are_forgotten() -> None:
    history = History()
    for day in range(DAYS + 3):
        history = taught([day] * 6, FIRST + day * DAY, history)
    assert sorted(history.days) == [FIRST // DAY + day for day in range(3, DAYS + 3)]
    assert history.total(FIRST + 3 * DAY, 5) == 15


@PROPERTY
@given(st.lists(st.sampled_from([0, 1, 50, 51, 254, 255, 70_000, 10**9]), min_size=1, max_size=40))
def test_any_counts_come_out_as_they_went_in(levels: list[int]) -> None:
    history = closed([level for level in levels for _ in range(5)])
    assert [history.total(FIRST + 5 * i, 5) for i in range(len(levels))] == [5 * level for level in levels]
    assert history.size == len(levels)


def test_it_stays_small_and_comes_back_from_text_as_it_was() -> None:
    history = History()
    for day in range(DAYS):
        history = taught([day % 7] * DAY, FIRST + day * DAY, history)
    text = msgspec.json.encode(history)
    assert len(text) < 13_000
    assert msgspec.json.decode(text, type=History) == history


def test_a_copy_changes_apart() -> None:
    history = taught([1] * 12)
    before = deepcopy(history)
    copy = history.copy()
    assert copy == history
    taught([9] * 12, FIRST + 12, copy)
    copy.accept(FIRST + 60, [9] * 5)
    assert history == before


def test_a_series_that_was_silent_is_known_where_the_other_is() -> None:
    history = History()
    for minute in (*range(7), *range(15, 32)):
        history.learn(FIRST + minute, 300)
    silent = history.silent()
    assert silent.total(FIRST, 5) == 0
    assert silent.total(FIRST + 15, 15) == 0
    assert silent.total(FIRST + 5, 10) is None
    silent.learn(FIRST + 32, 4)
    silent.learn(FIRST + 40, 0)
    assert silent.total(FIRST + 30, 5) == round(4 * 5 / 3), "the stretch that is being filled is shared too"


def test_a_level_that_is_accepted_lifts_the_days_before_it() -> None:
    history = closed([10] * 60)
    assert history.lifted(FIRST, 50.0) == 50.0
    history.accept(FIRST + DAY + 59, [40] * 30)
    assert history.level == pytest.approx(4, rel=0.01)
    assert history.lifted(FIRST, 50.0) == pytest.approx(200, rel=0.01)
    assert history.lifted(FIRST + DAY + 60, 50.0) == 50.0, "what comes after it is at that level anyway"


def test_a_level_that_can_be_compared_with_nothing_changes_nothing() -> None:
    history = closed([10] * 60)
    before = history.copy()
    history.accept(FIRST + DAY + 700, [40] * 30)
    assert history == before


# --- a scope -----------------------------------------------------------------


def test_a_scope_learns_the_histories_late_and_only_those_that_are_asked_for() -> None:
    model = model_of(LEARN_AFTER + 11)
    assert {d: sorted(keys) for d, keys in model.histories.items()} == {
        "status": ["approved", "denied"],
        "volume": ["total"],
    }
    assert model.histories["status"]["denied"].total(FIRST, 10) == 50
    assert model.histories["volume"]["total"].total(FIRST, 10) == 1_000
    assert model.histories["status"]["denied"].total(FIRST, 15) is None
    quiet = ScopeModel()
    for minute in range(FIRST, FIRST + 70):
        quiet.hear(minute, {"status": {"approved": 95}}, ())
        quiet.remember(minute, {})
    assert quiet.histories == {}


def test_a_key_that_is_named_is_known_from_the_first_minute_on_and_others_are_not() -> None:
    model = ScopeModel()
    for minute in range(FIRST, FIRST + 70):
        model.hear(minute, {"status": {"approved": 95}}, ())
        model.remember(minute, {"status": ("failed",)})
    assert sorted(model.histories["status"]) == ["failed"]
    assert model.histories["status"]["failed"].total(FIRST, 5) == 0


def test_a_key_that_is_new_has_been_zero_as_if_it_had_been_told() -> None:
    dense, sparse = ScopeModel(), ScopeModel()
    for minute in range(FIRST, FIRST + 120):
        come = {"failed": 7} if minute >= FIRST + 100 else {}
        dense.hear(minute, {"status": {"approved": 95, "failed": 0, **come}}, ())
        sparse.hear(minute, {"status": {"approved": 95, **come}}, ())
        for model in (dense, sparse):
            model.remember(minute, ALL)
    assert sparse.histories == dense.histories


def test_minutes_that_may_not_teach_are_left_out_of_the_histories() -> None:
    model = ScopeModel()
    for minute in range(FIRST, FIRST + 80):
        closed_to = [SeriesKey("status", "denied"), VOLUME_SERIES] if minute >= FIRST + 10 else []
        model.hear(minute, {"status": {"approved": 95, "denied": 60}}, closed_to)
        model.remember(minute, ALL)
    assert model.histories["status"]["denied"].minutes == 5
    assert model.histories["volume"]["total"].minutes == 5
    assert model.histories["status"]["approved"].total(FIRST + 10, 10) == 950


def test_silence_of_the_whole_dimension_teaches_the_volume_and_no_key() -> None:
    model = model_of(20)
    for minute in range(FIRST + 20, FIRST + 90):
        model.hear(minute, {}, ())
        model.remember(minute, ALL)
    assert model.histories["volume"]["total"].total(FIRST + 20, 10) == 0
    assert model.histories["status"]["approved"].total(FIRST + 15, 5) is None


def test_what_is_accepted_is_so_for_the_history_of_the_series_too() -> None:
    model = model_of(DAY + 200)
    for minute in range(FIRST + DAY + 200, FIRST + DAY + 240):
        model.hear(minute, {"status": {"approved": 285, "denied": 15}}, [SeriesKey("status", "denied"), VOLUME_SERIES])
        model.remember(minute, ALL)
    model.accept([SeriesKey("status", "denied"), VOLUME_SERIES], FIRST + DAY + 239)
    assert model.histories["status"]["denied"].level == pytest.approx(3, rel=0.02)
    assert model.histories["volume"]["total"].level == pytest.approx(3, rel=0.02)
    assert model.histories["status"]["approved"].level == 1.0


def test_copies_of_a_scope_keep_their_histories_apart() -> None:
    model = model_of(70)
    before = deepcopy(model)
    copy = model.copy()
    assert copy == model
    model_of(30, 50, copy, FIRST + 70)
    assert model == before


def test_a_stretch_that_comes_again_is_known_as_it_came_last() -> None:
    history = closed([10] * 15)
    history.stretch = -1
    history = taught([20] * 5, FIRST + 5, history)
    history.learn(FIRST + DAY, 0)
    assert [history.total(FIRST + 5 * i, 5) for i in range(3)] == [50, 100, 50]


def test_a_day_with_nothing_in_it_is_one_byte() -> None:
    assert packed([]) == b"\1"
