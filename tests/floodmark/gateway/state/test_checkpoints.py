"""Whoever reads on knows after each checkpoint what a worker would recover."""

from hypothesis import given, settings
from hypothesis import strategies as st

from floodmark.gateway.state.checkpoints import ReadCheckpoints
from processors.changelog import StateLog, recover
from tests.processors.changelog.test_state_log import NO_UTF8, Change, Shelf, changes, filled
from tests.processors.domain.build import PROPERTY


class Follower:
    """Follows a shelf, and keeps what it is told."""

    def __init__(self) -> None:
        self.log = ReadCheckpoints(self.change)
        self.values: dict[str, bytes] = {}
        self.read = 0

    def change(self, name: str, value: bytes | None) -> None:
        if value is None:
            del self.values[name]
        else:
            self.values[name] = value

    def catch_up(self, shelf: Shelf) -> None:
        for key, value in shelf.records[self.read :]:
            self.log.take(key, value)
        self.read = len(shelf.records)


@settings(PROPERTY, max_examples=40)
@given(st.lists(changes, min_size=1, max_size=12), st.sets(st.integers(0, 11), max_size=3))
def test_what_is_followed_is_what_is_recovered(steps: list[Change], ends: set[int]) -> None:
    shelf, follower = Shelf(StateLog(1)), Follower()
    for number, (changed, gone) in enumerate(map(filled, steps)):
        if number in ends:
            shelf = shelf.successor()
        shelf.checkpoint(changed, gone)
        follower.catch_up(shelf)
        found = recover(shelf.held)
        assert follower.log.values == follower.values == found.values
        assert follower.log.at == (found.epoch, found.offset)
        assert follower.log.position == found.position


@settings(PROPERTY, max_examples=40)
@given(st.lists(changes, min_size=1, max_size=12))
def test_who_comes_later_to_what_was_compacted_knows_the_same(steps: list[Change]) -> None:
    shelf, follower = Shelf(StateLog(1)), ReadCheckpoints()
    for changed, gone in map(filled, steps):
        shelf.checkpoint(changed, gone)
    places = {key: at for at, (key, _) in enumerate(shelf.records)}
    for at, (key, value) in enumerate(shelf.records):
        if places[key] == at:
            follower.take(key, value)
    assert follower.values == recover(shelf.held).values


def test_who_was_replaced_and_still_writes_changes_nothing() -> None:
    old, follower = Shelf(StateLog(1)), Follower()
    old.checkpoint({"a": b"1"})
    new = old.successor()
    new.checkpoint({"a": b"2"})
    old.checkpoint({"a": b"3", "b": b"4"})
    follower.catch_up(new)
    assert follower.values == {"a": b"2"}


def test_records_of_somebody_else_are_passed_over() -> None:
    shelf, follower = Shelf(StateLog(1)), Follower()
    shelf.checkpoint({"a": b"1"})
    (key, _), *_ = shelf.records
    strange = [(b"key", b"value"), (key, b"\xc1"), (key, NO_UTF8), (b"s|9999999999-abcdefgh|w", shelf.records[0][1])]
    for each, value in strange:
        assert not follower.log.take(each, value)
    assert not follower.log.take(None, b"value")
    follower.catch_up(shelf)
    assert follower.values == {"a": b"1"}
