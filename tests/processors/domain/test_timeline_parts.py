"""The parts of minutes: what is kept as bytes is what was put."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.counting.packed import pack
from processors.domain.judging.timeline import Timeline, TimelineOutput
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Part
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.desk import POLICY, SMALL, status

ONE, TWO = Part(0, 1, status(approved=1)), Part(0, 2, status(approved=2))

counts = st.dictionaries(
    st.sampled_from(["status", "auth_code"]),
    st.dictionaries(st.sampled_from(["approved", "51"]), st.lists(st.integers(0, 2**62), min_size=2, max_size=2)),
)
some_parts = st.builds(Part, st.integers(0, 3), st.integers(0, 2**40), counts)
puts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), some_parts), max_size=12)


def made(put: list[tuple[int, int, Part]], *, packed: bool = False) -> Parts:
    parts = Parts()
    for minute, source, part in put:
        parts.put(minute, source, deepcopy(part))
        if packed:
            parts.pack(minute)
    return parts


@PROPERTY
@given(puts)
def test_packed_parts_are_equal_to_those_that_are_not(put: list[tuple[int, int, Part]]) -> None:
    open_, packed = made(put), made(put, packed=True)
    assert packed == open_
    for minute in range(7):
        assert packed.total_at(minute) == open_.total_at(minute)
        if minute in open_:
            assert packed.packed(minute) == open_.packed(minute)
    assert Parts({minute: open_.packed(minute) for minute in open_.between(-1, 9)}) == open_


@PROPERTY
@given(puts, st.integers(-2, 8), st.integers(-2, 8))
def test_between_is_after_the_one_and_up_to_the_other(put: list[tuple[int, int, Part]], after: int, upto: int) -> None:
    minutes = {minute for minute, _, _ in put}
    parts = made(put)
    assert parts.between(after, upto) == sorted(m for m in minutes if after < m <= upto)
    assert (len(parts), parts.first) == (len(minutes), min(minutes, default=None))


@PROPERTY
@given(puts, st.integers(-2, 8))
def test_what_is_dropped_is_gone_and_the_rest_is_as_it_was(put: list[tuple[int, int, Part]], until: int) -> None:
    parts = made(put)
    parts.drop_until(until)
    kept = [each for each in put if each[0] > until]
    assert parts == made(kept)
    assert (parts.first, parts.touched) == (made(kept).first, made(kept).touched)


@PROPERTY
@given(puts, puts, st.booleans())
def test_what_was_held_before_is_held_for_a_while(
    before: list[tuple[int, int, Part]], more: list[tuple[int, int, Part]], packed: bool
) -> None:
    parts = made(before, packed=packed)
    then = parts.as_dicts()
    replaced: dict[tuple[int, int], Part | None] = {}
    for minute, source, part in more:
        replaced.setdefault((minute, source), parts.at(minute).get(source))
        parts.put(minute, source, part)
    now = parts.as_dicts()
    with parts.as_before(replaced):
        assert parts.as_dicts() == then
        assert parts.between(-1, 9) == sorted(then)
    assert parts.as_dicts() == now
    assert parts.between(-1, 9) == sorted(now)


def test_parts_are_whole_again_after_an_error() -> None:
    parts = made([(0, 0, ONE), (1, 0, TWO)])

    def fail() -> None:
        with parts.as_before({(0, 0): None}):
            assert 0 not in parts
            raise ValueError("while it was as before")

    with pytest.raises(ValueError, match="as before"):
        fail()
    assert parts == made([(0, 0, ONE), (1, 0, TWO)])


def test_a_minute_without_data_holds_nothing_and_cannot_be_packed() -> None:
    parts = Parts()
    parts.pack(3)
    assert (parts.at(3), parts.first, len(parts), 3 in parts) == ({}, None, 0, False)


def test_parts_are_equal_to_nothing_else() -> None:
    assert Parts() != {}


def test_counts_that_came_packed_stay_so_until_somebody_looks() -> None:
    parts = Parts()
    parts.put(0, 0, Part(0, 1, pack(status(approved=1))))
    assert parts == made([(0, 0, ONE)])
    assert parts.at(0)[0].counts == pack(status(approved=1))
    assert parts.total_at(0).counts == status(approved=1)


def test_only_what_was_replaced_is_as_before() -> None:
    parts = made([(0, 0, ONE), (0, 1, ONE), (1, 0, TWO), (1, 1, TWO)])
    with parts.as_before({(0, 0): TWO, (1, 1): None}):
        assert parts == made([(0, 0, TWO), (0, 1, ONE), (1, 0, TWO)])


def test_a_timeline_without_minutes_has_nothing_to_revise() -> None:
    assert Timeline(SMALL, POLICY, "all").revise() == TimelineOutput()


def test_what_is_kept_of_a_timeline_is_what_was_put_and_is_needed_from_there() -> None:
    timeline = Timeline(SMALL, POLICY, "all")
    assert (timeline.kept_minutes(), timeline.needs_from) == ([], 1 << 62)
    for minute in (7, 5, 9):
        timeline.hear(minute, 0, ONE)
    assert timeline.kept_minutes() == [5, 7, 9]
    assert timeline.kept_minutes(5, 8) == [7]
    assert timeline.needs_from == 5
