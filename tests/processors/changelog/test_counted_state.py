"""What is stored and told of a source partition: a crash at any time, and the same facts in the end."""

from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.counting.fact import Fact
from processors.domain.counting.packed import unpack
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.window import MAX_CELLS, MAX_KEYS, MAX_SCOPES, Dimensions, TimePolicy
from processors.stages.counting_state import MAX_ADDED, SourceState, load_source, stored_position
from tests.processors.changelog.shelf import Shelf, changes_of
from tests.processors.domain.build import M0, PROPERTY, Record, at, punctuation, recounted, rows
from tests.processors.domain.partitions import CROWDED_MS, FEW, ROOM, SCOPES, cut, partitions

POLICY = TimePolicy(lateness_ms=5_000, revise_for_ms=120_000)
Told = dict[tuple[int, str], tuple[int, Dimensions]]
"""Minute and scope to the offset of the last record in it, and what it holds."""


@dataclass
class Owner:
    """Whoever owns the partition: counts, tells and stores, and is replaced by its successor.

    Args:
        shelf: The changelog.
        keys: See PartitionCount.
        scopes: See PartitionCount.
        few: See PartitionCount.
        told: What the judge has heard.
    """

    shelf: Shelf
    keys: int = MAX_KEYS
    scopes: int = MAX_SCOPES
    few: int = 100
    told: Told = field(default_factory=dict)
    ever_told: dict[tuple[int, str, int], Dimensions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = SourceState(self._made(epoch=0), 1)
        self._told_here: dict[tuple[int, str], int] = {}

    def apply(self, records: list[Record], last: int) -> list[int]:
        """Count a chunk; the offsets of what came too late."""
        self.state.count.few = self.few
        return [records[i].offset for i in self.state.apply(rows(records), last).late]

    def tell(self) -> None:
        """Tell what has waited. Nothing is told twice, and what is told of the same records is always the same."""
        for minute, fact, scopes in self.state.take_unsent():
            for scope, offset in scopes.items():
                assert self._told_here.get((minute, scope), -1) < offset
                self._told_here[minute, scope] = offset
                counts = unpack(fact.packed(scope))
                assert self.ever_told.setdefault((minute, scope, offset), counts) == counts
                if offset >= self.told.get((minute, scope), (-1, {}))[0]:
                    self.told[minute, scope] = offset, counts

    def store(self) -> int:
        """Write a checkpoint; its bytes."""
        self.tell()
        state = self.state
        where = state.epoch, state.position
        return self.shelf.store(where, state.encoded_position("id"), changes_of(state), state.everything)

    def crash(self) -> None:
        """What is not stored is lost; the successor begins with what is."""
        found = self.shelf.recovered()
        if found.position is None:
            self.state = SourceState(self._made(epoch=0), 1)
        else:
            assert stored_position(found).topic_id == "id"
            self.state = load_source(found, self._made, 1)
        self._told_here = {}

    @property
    def facts(self) -> dict[int, Fact]:
        """Its minutes, unpacked."""
        return {m: unpacked(f) for m, f in self.state.count.facts.items()}

    @property
    def _made(self) -> "partial[PartitionCount]":
        return partial(PartitionCount, POLICY, keys=self.keys, scopes=self.scopes)


def unpacked(fact: Fact) -> Fact:
    return Fact(fact.epoch, fact.offset, {scope: unpack(counts) for scope, counts in fact.tally.items()})


def by_scope(facts: dict[int, Fact]) -> dict[tuple[int, str], Dimensions]:
    return {(m, scope): counts for m, f in facts.items() for scope, counts in f.tally.items()}


owners = st.builds(
    lambda heavy, keys, scopes, few: Owner(Shelf(heavy), keys, scopes, few), st.booleans(), ROOM, SCOPES, FEW
)


@pytest.mark.story
@settings(PROPERTY, max_examples=200)
@given(partitions() | partitions(CROWDED_MS), owners, st.data())
def test_whenever_it_crashes_the_same_is_counted_and_told_in_the_end(
    records: list[Record], owner: Owner, data: st.DataObject
) -> None:
    truth = recounted(records, POLICY, owner.keys, owner.scopes)
    end = records[-1].offset
    late: set[int] = set()
    for _ in range(data.draw(st.integers(0, 3), label="crashes")):
        if owner.state.position < end:
            for chunk, last in cut(
                data, records, owner.state.position, data.draw(st.integers(owner.state.position + 1, end))
            ):
                late.update(owner.apply(chunk, last))
                step = data.draw(st.sampled_from(["store", "store", "tell", "wait"]))
                if step == "store":
                    owner.store()
                elif step == "tell":
                    owner.tell()
        owner.crash()
    for chunk, last in cut(data, records, owner.state.position, end) if owner.state.position < end else []:
        late.update(owner.apply(chunk, last))
        owner.store()
    owner.tell()
    assert {key: counts for key, (_, counts) in owner.told.items()} == by_scope(truth.facts)
    assert late == set(truth.late)
    left = {m: f for m, f in truth.facts.items() if not POLICY.is_settled(m, owner.state.count.watermark_ms)}
    assert owner.facts == left
    owner.crash()
    assert owner.facts == left
    assert (owner.state.position, owner.state.count.high_ms) == (end, truth.high_ms)


def minute_of_shop(owner: Owner) -> Dimensions:
    return owner.facts[M0].tally["shop"]


def shop(offset: int, key: str = "approved", minute: int = 0, scope: str = "shop") -> Record:
    return Record(offset, at(minute, 1), (scope, key, None))


def test_late_records_are_kept_beside_a_minute_that_was_stored_as_a_whole() -> None:
    owner = Owner(Shelf(heavy=True))
    owner.apply([shop(0), shop(1, scope="all"), punctuation(2, at(1))], 2)
    owner.store()
    owner.apply([shop(3), shop(4, minute=1)], 4)
    assert owner.store() < 300
    owner.crash()
    owner.apply([shop(5)], 5)
    assert owner.facts[M0] == Fact(
        0, 5, {"shop": {"status": {"approved": [3, 0]}}, "all": {"status": {"approved": [1, 0]}}}
    )


def test_only_the_scopes_that_were_touched_are_stored_of_a_minute_that_goes_on() -> None:
    owner = Owner(Shelf(heavy=True))
    owner.apply([shop(i, scope=f"shop-{i}") for i in range(100)], 99)
    assert owner.store() > 2_000
    owner.apply([shop(100, scope="shop-7")], 100)
    assert owner.store() < 300


def test_a_minute_that_was_added_to_often_is_stored_as_a_whole_again() -> None:
    owner = Owner(Shelf(heavy=True))
    owner.apply([shop(0)], 0)
    owner.store()
    for i in range(1, 3 * MAX_ADDED):
        owner.apply([shop(i)], i)
        owner.store()
        assert len(owner.shelf.values()) <= MAX_ADDED + 1
    owner.crash()
    assert minute_of_shop(owner) == {"status": {"approved": [3 * MAX_ADDED, 0]}}


def test_what_is_settled_leaves_the_changelog() -> None:
    owner = Owner(Shelf(heavy=True))
    for minute in range(200):
        owner.apply([shop(2 * minute, minute=minute), shop(2 * minute + 1, "denied", minute)], 2 * minute + 1)
        owner.store()
    names = {name.split("|")[1] for name in owner.shelf.values()}
    assert names == {str(M0 + minute) for minute in (196, 197, 198, 199)}
    assert len(owner.shelf.held) < 20


def test_a_minute_of_many_scopes_is_stored_in_several_values_and_read_as_one() -> None:
    owner = Owner(Shelf())
    names = [f"{i:060d}" for i in range(5_000)]
    owner.apply([shop(i, scope=name) for i, name in enumerate(names)], len(names) - 1)
    owner.store()
    assert len(owner.shelf.values()) > 1
    owner.crash()
    assert owner.facts[M0].tally == {name: {"status": {"approved": [1, 0]}} for name in names}


def test_which_scopes_are_told_apart_survives_a_crash() -> None:
    owner = Owner(Shelf(), scopes=2)
    owner.apply([shop(0, scope="a"), shop(1, scope="b"), shop(2, scope="c")], 2)
    owner.store()
    owner.crash()
    owner.apply([shop(3, scope="b"), shop(4, scope="d"), shop(5, scope="c")], 5)
    found = {scope: counts["status"]["approved"][0] for scope, counts in owner.facts[M0].tally.items()}
    assert found == {"a": 1, "b": 2, "other": 3}


def test_how_many_keys_a_minute_tells_apart_survives_a_crash() -> None:
    owner = Owner(Shelf())
    full = Fact(0, 0, {"shop": {"status": {"approved": [1, 0]}}}, MAX_CELLS - 1)
    owner.state = SourceState(PartitionCount(POLICY, position=0, high_ms=at(0), facts={M0: full}), 1)
    owner.store()
    owner.crash()
    owner.apply([shop(1, "denied"), shop(2, "failed"), shop(3, "denied"), shop(4, "failed")], 4)
    assert minute_of_shop(owner) == {"status": {"approved": [1, 0], "denied": [2, 0], "other": [2, 0]}}


def test_what_settles_before_it_was_told_is_told() -> None:
    owner = Owner(Shelf())
    owner.apply([shop(0), shop(1, minute=60)], 1)
    owner.apply([shop(2, minute=120)], 2)
    assert sorted(owner.facts) == [M0 + 120]
    owner.tell()
    assert sorted(owner.told) == [(M0, "shop"), (M0 + 60, "shop"), (M0 + 120, "shop")]


def test_a_state_that_nothing_has_changed_stores_its_position_only() -> None:
    owner = Owner(Shelf(heavy=True))
    owner.apply([shop(0)], 0)
    owner.store()
    owner.apply([], 9)
    assert changes_of(owner.state) == ({}, [])
    owner.store()
    owner.crash()
    assert owner.state.position == 9


def test_what_was_stored_in_an_earlier_life_of_the_topic_is_counted_on_after_a_crash() -> None:
    owner = Owner(Shelf())
    owner.apply([shop(offset) for offset in range(100)], 99)
    owner.store()
    owner.state.begin_epoch(59, 0)
    owner.store()
    owner.crash()
    assert (owner.state.epoch, owner.state.position) == (1, 59)
    owner.apply([shop(60), shop(61)], 61)
    owner.store()
    owner.crash()
    owner.apply([shop(62)], 62)
    assert minute_of_shop(owner) == {"status": {"approved": [103, 0]}}
    assert (owner.facts[M0].epoch, owner.facts[M0].offset) == (1, 62)


def test_under_which_leader_a_position_was_written_is_known_after_a_crash() -> None:
    owner = Owner(Shelf())
    owner.apply([shop(0)], 0)
    assert owner.state.leader_epoch == -1
    owner.state.leader_epoch = 7
    owner.store()
    owner.crash()
    assert owner.state.leader_epoch == 7
