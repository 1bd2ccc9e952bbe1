"""What is stored of a judge's partition: a crash at any time, and word for word the same is said."""

from copy import deepcopy
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy
from processors.stages.judging_state import JudgeState, stored_position, stored_timelines
from tests.processors.changelog.shelf import Shelf, changes_of
from tests.processors.domain.build import M0, PROPERTY, at
from tests.processors.domain.desk import MIXED, status
from tests.processors.domain.hearings import TIGHT, Said, Told, acknowledged, chunks, inputs, said_by
from tests.processors.domain.test_rules_exchanged import QUIET, WIDER

FORGETFUL = replace(TIGHT, forget_after_minutes=8)
PATIENT = replace(TIGHT, max_gap_minutes=35, forget_after_minutes=40)
"""Silences are long enough for a part of them to be skipped."""
"""A scope leaves soon after its silence has been judged."""
EVERY = 100
"""More scopes than there are."""


@dataclass
class Owner:
    """Whoever owns the partition: judges and stores, and is replaced by its successor.

    Args:
        shelf: The changelog.
        policy: Times.
        rules: Rules.
        scopes: See PartitionJudge.
    """

    shelf: Shelf
    policy: TimePolicy = TIGHT
    rules: RuleSet = MIXED
    scopes: int = EVERY
    said: Said = field(default_factory=set)

    def __post_init__(self) -> None:
        self.state = JudgeState(PartitionJudge(self.rules, self.policy, speaks=True, scopes=self.scopes))

    def hear(self, chunk: list[tuple[int, Told]]) -> None:
        """Judge what a chunk leads to."""
        for offset, told in chunk:
            self.said |= said_by(self.state.judge, offset, told)
        self.state.look()

    def store(self) -> int:
        """Write a checkpoint; its bytes."""
        state, where = self.state, (self.state.epoch, self.state.position)
        return self.shelf.store(
            where, state.encoded_position("id"), changes_of(state), state.everything, state.value_of
        )

    def crash(self) -> None:
        """What is not stored is lost; the successor begins with what is."""
        found = self.shelf.recovered()
        if found.position is None:
            self.state = JudgeState(PartitionJudge(self.rules, self.policy, speaks=True, scopes=self.scopes))
            return
        at = stored_position(found)
        judge = PartitionJudge(
            self.rules,
            self.policy,
            epoch=found.epoch,
            position=found.offset,
            marks=at.marks,
            timelines=stored_timelines(found, at, self.rules, self.policy),
            watch=at.watch,
            speaks=True,
            scopes=self.scopes,
        )
        self.state = JudgeState(judge, found.values)


owners = st.builds(
    lambda heavy, policy, scopes: Owner(Shelf(heavy), policy, scopes=scopes),
    st.booleans(),
    st.sampled_from([TIGHT, FORGETFUL, PATIENT]),
    st.sampled_from([EVERY, EVERY, 1]),
)


@pytest.mark.story
@settings(PROPERTY, max_examples=200)
@given(inputs(), owners, st.data())
def test_whenever_it_crashes_the_same_is_said_word_for_word(
    records: list[Told], owner: Owner, data: st.DataObject
) -> None:
    heard = records
    for _ in range(data.draw(st.integers(0, 2), label="acknowledgements")):
        heard = acknowledged(data, [told for _, told in heard])
    truth = Owner(Shelf(), owner.policy, scopes=owner.scopes)
    truth.hear(heard)
    for _ in range(data.draw(st.integers(1, 3), label="crashes")):
        for chunk in chunks(data, heard[owner.state.position + 1 :]):
            owner.hear(chunk)
            if data.draw(st.booleans(), label="stored"):
                owner.store()
            if data.draw(st.integers(0, 3), label="crashes now") == 3:
                break
        owner.crash()
    owner.hear(heard[owner.state.position + 1 :])
    assert owner.said == truth.said
    owner.store()
    before = owner.state.judge
    owner.crash()
    after = owner.state.judge
    assert after.timelines.keys() == before.timelines.keys()
    for scope, timeline in before.timelines.items():
        held, found = timeline.state, after.timelines[scope].state
        # Nobody has judged a timeline that has not begun; and what is settled, one that goes on notes a minute later.
        expected = replace(held, judged_by=held.judged_by or after.rules.version, settled_to=found.settled_to)
        assert found == expected
        assert (found.settled_to or -1) >= (held.settled_to or -1)
        assert after.timelines[scope].parts == timeline.parts


@pytest.mark.story
@settings(PROPERTY, max_examples=150)
@given(inputs(), owners, st.data())
def test_a_crash_after_the_rules_were_exchanged_changes_no_word(
    records: list[tuple[int, Told]], owner: Owner, data: st.DataObject
) -> None:
    exchanged_at = data.draw(st.integers(0, len(records)), label="exchanged at")
    owner.hear(records[:exchanged_at])
    owner.store()
    owner.rules = data.draw(st.sampled_from([WIDER, QUIET]), label="rules")
    owner.said.clear()
    truth = deepcopy(owner)
    for each in (truth, owner):
        each.crash()
    truth.hear(records[exchanged_at:])
    for chunk in chunks(data, records[exchanged_at:]):
        owner.hear(chunk)
        owner.store()
        if data.draw(st.booleans(), label="crashes"):
            owner.crash()
    assert owner.said == truth.said


def spoken(offset: int, minute: int, scope: str = "shop", **counts: int) -> tuple[int, Partial]:
    """A word on a minute, and that the one before it is over."""
    part = PartialMinute(M0 + minute, scope, offset, status(**counts))
    return offset, Partial(0, 1, 0, offset, at(minute), minutes=[part])


def test_a_scope_that_is_forgotten_leaves_the_changelog() -> None:
    owner = Owner(Shelf(heavy=True), FORGETFUL)
    owner.hear([spoken(0, 0, "gone", failed=9), spoken(1, 1, "stays", failed=1)])
    owner.store()
    assert any(name.endswith("|gone") for name in owner.shelf.values())
    for minute in range(2, 30):
        owner.hear([spoken(minute, minute, "stays", failed=1)])
        owner.store()
    assert sorted(owner.state.judge.timelines) == ["stays"]
    assert not any(name.endswith("|gone") for name in owner.shelf.values())
    owner.crash()
    assert sorted(owner.state.judge.timelines) == ["stays"]


def test_what_is_stored_does_not_grow_with_ids_as_scopes() -> None:
    owner = Owner(Shelf(heavy=True), replace(TIGHT, max_gap_minutes=2, forget_after_minutes=10_000), scopes=10)
    sizes = []
    for minute in range(300):
        owner.hear([spoken(minute, minute, f"id-{minute}", approved=1)])
        owner.store()
        sizes.append(sum(map(len, owner.shelf.values().values())))
    assert max(sizes[150:]) <= 1.1 * max(sizes[50:150])


def test_what_is_stored_of_a_scope_does_not_grow_with_time() -> None:
    owner = Owner(Shelf(heavy=True))
    sizes = []
    for minute in range(400):
        owner.hear([spoken(minute, minute, failed=minute % 3, denied=2)])
        owner.store()
        sizes.append((len(owner.shelf.values()), len(owner.shelf.held)))
    assert max(sizes[200:]) <= max(sizes[20:200])


def test_what_was_stored_long_ago_and_is_still_needed_is_moved_to_where_the_new_is() -> None:
    """Else a quiet scope would keep a checkpoint alive for each busy minute that has passed."""
    patient = replace(TIGHT, max_gap_minutes=2, forget_after_minutes=10_000)
    owner = Owner(Shelf(heavy=True), patient)
    for scope in range(300):
        owner.hear([spoken(scope, scope, f"shop-{scope}", failed=9)])
        owner.store()
    assert len(owner.shelf.held) < 290
    before = owner.state.judge.timelines
    owner.crash()
    assert {s: c.state.anchors for s, c in owner.state.judge.timelines.items()} == {
        s: c.state.anchors for s, c in before.items()
    }


def test_a_value_that_is_not_at_hand_is_none() -> None:
    owner = Owner(Shelf())
    owner.hear([spoken(0, 0, failed=9), spoken(1, 5, failed=0)])
    (anchor, *_) = owner.state.judge.timelines["shop"].state.anchors
    values = dict(owner.state.everything())
    at_hand = {name: owner.state.value_of(name) for name in values}
    assert at_hand == {name: None if name.startswith("p|") else value for name, value in values.items()}
    assert [owner.state.value_of(name) for name in ("i|else", f"a|{anchor.minute}|else", "a|7|shop")] == [None] * 3


def test_a_minute_of_many_scopes_is_stored_in_several_values_and_read_as_one() -> None:
    owner = Owner(Shelf())
    names = [f"{i:060d}" for i in range(6_000)]
    parts = [PartialMinute(M0, name, 0, status(failed=1, denied=1, approved=1)) for name in names]
    owner.hear([(0, Partial(0, 1, 0, 0, at(0, 30), minutes=parts))])
    owner.store()
    assert sum(name.startswith("p|") for name in owner.shelf.values()) > 1
    before = owner.state.judge.timelines
    owner.crash()
    assert {s: c.parts for s, c in owner.state.judge.timelines.items()} == {s: c.parts for s, c in before.items()}
