"""Windows are half-open; what is equal to a border is said here."""

from hypothesis import given
from hypothesis import strategies as st

from processors.domain.window import TimePolicy, add, end_ms, minute_of, start_ms
from tests.processors.domain.build import PROPERTY

instants = st.integers(0, 4_102_444_800_000)


@PROPERTY
@given(instants)
def test_every_instant_lies_in_exactly_one_minute(event_ms: int) -> None:
    minute = minute_of(event_ms)
    assert start_ms(minute) <= event_ms < end_ms(minute)
    assert end_ms(minute) == start_ms(minute + 1)


def test_the_border_belongs_to_the_later_minute() -> None:
    assert [minute_of(ms) for ms in (59_999, 60_000, 60_001)] == [0, 1, 1]


def test_a_minute_is_settled_when_the_watermark_is_the_revision_time_past_its_end() -> None:
    policy = TimePolicy(revise_for_ms=90_000)
    assert [policy.is_settled(7, end_ms(7) + 90_000 + d) for d in (-1, 0, 1)] == [False, True, True]


def test_without_a_revision_time_closed_is_settled() -> None:
    policy = TimePolicy(revise_for_ms=0)
    assert [policy.is_settled(7, end_ms(7) + d) for d in (-1, 0, 1)] == [False, True, True]


def test_counts_and_amounts_add_up_by_dimension_and_key() -> None:
    into = {"status": {"approved": [1, 10]}}
    more = {"status": {"approved": [2, 5], "denied": [1, 0]}, "auth_code": {"51": [1, 7]}}
    add(into, more)
    assert into == {"status": {"approved": [3, 15], "denied": [1, 0]}, "auth_code": {"51": [1, 7]}}


def test_adding_leaves_what_is_added_alone() -> None:
    more = {"status": {"approved": [2, 5]}}
    into: dict[str, dict[str, list[int]]] = {}
    add(into, more)
    add(into, more)
    assert more == {"status": {"approved": [2, 5]}}
    assert into == {"status": {"approved": [4, 10]}}
