"""What is read from a changelog is the last complete checkpoint, whatever was compacted and whoever else writes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.changelog import Recovered, StateDamaged, StateLog, Write, recover
from processors.changelog.log import SMALL_BYTES, Piece
from tests.processors.domain.build import PROPERTY

BIG = SMALL_BYTES // 2
NO_UTF8 = msgspec.msgpack.encode(Piece(1, 1, 1, 0, 1, {"clef": b"1"}, [1], [])).replace(b"clef", b"cl\xe9f")
"""A piece as we write it, with a name that is no text."""


@dataclass
class Shelf:
    """A changelog of one partition, and the state that its owner has in mind."""

    log: StateLog
    records: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    values: dict[str, bytes] = field(default_factory=dict)
    offset: int = -1

    def checkpoint(self, changed: dict[str, bytes], gone: list[str] | None = None) -> Write:
        """Change the state and store it."""
        write = self.planned(changed, gone or [])
        self.records += [*write.records, *((key, None) for key in write.deletes)]
        return write

    def planned(self, changed: dict[str, bytes], gone: list[str]) -> Write:
        """The same, but nothing of it arrives."""
        self.values = {k: v for k, v in (self.values | changed).items() if k not in gone or k in changed}
        self.offset += 1
        at, position = (1, self.offset), b"at %d" % self.offset
        if self.log.wants_all(changed):
            return self.log.whole(at, position, self.values)
        return self.log.addition(at, position, changed, gone, self.values.get)

    @property
    def held(self) -> dict[bytes, bytes]:
        """What compaction leaves."""
        last = dict(self.records)
        return {key: value for key, value in last.items() if value is not None}

    def successor(self) -> "Shelf":
        """Who recovers what lies there, and owns it from now on."""
        found = recover(self.held)
        log = StateLog(found.tenure + 1, found.keys)
        return Shelf(log, self.records, dict(found.values), found.offset)


def state_of(found: Recovered) -> tuple[int, dict[str, bytes]]:
    return found.offset, found.values


Change = tuple[dict[str, tuple[int, int]], list[str]]
"""Names to size and content of their new values, and names that are not needed any more."""
names = st.sampled_from(["a", "b", "c", "d", "e"])
values = st.tuples(st.sampled_from([0, 1, 100, BIG, BIG, 600_000]), st.integers(0, 9))
changes = st.tuples(st.dictionaries(names, values, max_size=4), st.lists(names, max_size=2))


def filled(change: Change) -> tuple[dict[str, bytes], list[str]]:
    """With the values themselves."""
    changed, gone = change
    return {name: bytes([fill]) * size for name, (size, fill) in changed.items()}, gone


@PROPERTY
@given(st.lists(changes, min_size=1, max_size=12))
def test_what_is_read_is_what_was_stored_last(steps: list[Change]) -> None:
    shelf = Shelf(StateLog(1))
    for changed, gone in map(filled, steps):
        shelf.checkpoint(changed, gone)
        assert state_of(recover(shelf.held)) == (shelf.offset, shelf.values)


@PROPERTY
@given(st.lists(changes, min_size=1, max_size=8), changes, st.data())
def test_a_checkpoint_of_which_a_record_is_missing_is_not_there(
    steps: list[Change], last: Change, data: st.DataObject
) -> None:
    shelf = Shelf(StateLog(1))
    for changed, gone in map(filled, steps):
        shelf.checkpoint(changed, gone)
    before = shelf.offset, dict(shelf.values)
    write = shelf.planned(*filled(last))
    arrived = data.draw(st.integers(0, len(write.records) - 1), label="records that arrive")
    shelf.records += write.records[:arrived]
    assert state_of(recover(shelf.held)) == before


@PROPERTY
@given(st.lists(changes, min_size=1, max_size=8), st.lists(changes, min_size=1, max_size=8), st.data())
def test_what_a_zombie_writes_after_its_successor_has_begun_is_not_read(
    ours: list[Change],
    its: list[Change],
    data: st.DataObject,
) -> None:
    zombie = Shelf(StateLog(1))
    for changed, gone in map(filled, ours):
        zombie.checkpoint(changed, gone)
    heir = zombie.successor()
    zombie.records = []  # what it still writes arrives later
    for changed, gone in map(filled, its):
        heir.checkpoint(changed, gone)
        if data.draw(st.booleans(), label="the zombie writes"):
            heir.records += zombie.checkpoint(*filled(ours[0])).records
            heir.records += [(key, None) for key in zombie.planned({}, []).deletes]
    assert state_of(recover(heir.held)) == (heir.offset, heir.values)


def test_a_small_state_is_one_record_that_is_written_over() -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({"a": b"1"})
    for i in range(50):
        write = shelf.checkpoint({"b": b"%d" % i})
        assert (len(write.records), len(write.deletes)) == (1, 0)
    assert len(shelf.held) == 1


def test_of_a_large_state_only_what_has_changed_is_written() -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({name: bytes(BIG) for name in "abcdef"})
    write = shelf.checkpoint({"a": b"1"})
    assert sum(len(value) for _, value in write.records) < 200


def test_what_a_checkpoint_replaces_is_deleted() -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({name: bytes(BIG) for name in "abc"})
    for i in range(400):
        shelf.checkpoint({"ab"[i % 2]: bytes(BIG)})
    assert len(shelf.held) <= 4
    assert sum(map(len, shelf.held.values())) < 6 * BIG


def test_old_checkpoints_of_which_little_is_needed_are_written_anew_in_the_end() -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({"large": bytes(2 * SMALL_BYTES)})
    for i in range(1_000):
        shelf.checkpoint({f"each its own {i}": b"1"})
    assert len(shelf.held) < 300
    assert state_of(recover(shelf.held)) == (shelf.offset, shelf.values)


def grown_old() -> Iterator[tuple[Shelf, dict[bytes, bytes], Write]]:
    """Timelines that are stored anew every 30 minutes, and one that falls silent each minute: a checkpoint a minute.

    Yields the changelog, what it held before the last checkpoint, and that checkpoint.
    """
    shelf = Shelf(StateLog(1))
    held = [f"timeline {i} at 0" for i in range(1_500)]
    shelf.checkpoint({name: bytes(60) for name in held})
    for minute in range(1, 121):
        turn = range(minute % 30, len(held), 30)
        gone = [held[i] for i in turn]
        for i in turn:
            held[i] = f"timeline {i} at {minute}"
        before = shelf.held
        write = shelf.checkpoint({held[i]: bytes(60) for i in turn} | {f"silent since {minute}": bytes(60)}, gone)
        yield shelf, before, write


def test_what_is_gone_is_not_told_of_for_ever_where_a_value_of_each_checkpoint_stays() -> None:
    *_, (shelf, _, _) = grown_old()
    write = shelf.checkpoint({"a": b"1"})
    assert sum(len(value) for _, value in write.records) < 25_000
    assert state_of(recover(shelf.held)) == (shelf.offset, shelf.values)


def test_while_old_checkpoints_become_fewer_a_missing_record_leaves_the_state_before() -> None:
    moving = [(before, write.records[:-1]) for _, before, write in grown_old() if len(write.records) > 1]
    assert len(moving) > 5
    for before, arrived in moving:
        assert state_of(recover({**before, **dict(arrived)})) == state_of(recover(before))


def test_a_state_that_has_lost_a_record_is_not_taken_for_whole() -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({name: bytes(BIG) for name in "abc"})
    shelf.checkpoint({"a": b"1"})
    held = shelf.held
    del held[min(held)]
    with pytest.raises(StateDamaged, match="checkpoint 2 needs checkpoint 1"):
        recover(held)


def test_an_empty_changelog_holds_no_state() -> None:
    found = recover({})
    assert (found.tenure, found.offset, found.position, found.values) == (0, -1, None, {})


def test_keys_of_the_first_format_are_told_apart_and_deleted_once_the_state_is_written_anew() -> None:
    first = {b"2|position": b"[1,9,0]", b"2|29205360": b"[1,9,{}]"}
    found = recover(first)
    assert (found.first, found.strange) == (first, 0)
    write = Shelf(StateLog(found.tenure + 1, found.keys)).checkpoint({})
    assert write.deletes == sorted(first)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"garbage", b"x"),
        (b"s|short|w", b"x"),
        (b"s|0000000009-abcdef12|w", b"no piece"),
        (b"s|0000000009-abcdef12|w", NO_UTF8),
        (b"", b""),
    ],
)
def test_what_is_none_of_ours_is_counted_and_ignored(key: bytes, value: bytes) -> None:
    shelf = Shelf(StateLog(1))
    shelf.checkpoint({"a": b"1"})
    found = recover({**shelf.held, key: value})
    assert (state_of(found), found.strange) == ((0, {"a": b"1"}), 1)


def test_a_tenure_that_nobody_can_have_counted_up_to_is_not_believed() -> None:
    shelf = Shelf(StateLog(7))
    shelf.checkpoint({"a": b"1"})
    made_up = Shelf(StateLog(9_999_999_999), offset=1_000)
    made_up.checkpoint({"a": b"forged"})
    found = recover({**shelf.held, **made_up.held})
    assert (found.tenure, state_of(found), found.strange) == (7, (0, {"a": b"1"}), 1)
    assert made_up.held.keys() <= set(found.keys)


def test_a_tenure_that_nobody_can_have_counted_up_to_is_not_believed_where_it_is_the_only_one() -> None:
    made_up = Shelf(StateLog(9_999_999_999))
    made_up.checkpoint({"a": b"forged"})
    found = recover(made_up.held)
    assert (found.tenure, found.position, found.values, found.strange) == (0, None, {}, 1)
