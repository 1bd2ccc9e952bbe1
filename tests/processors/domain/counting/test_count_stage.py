"""The count stage: any cutting, any repeat and any restart give the same facts."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.counting.fact import Applied, Fact
from processors.domain.counting.partition_count import NEVER_MS, PartitionCount
from processors.domain.window import Tally, TimePolicy
from tests.processors.domain.build import M0, PROPERTY, Record, at, copied, punctuation, recounted, rows
from tests.processors.domain.partitions import FEW, PLACES, ROOM, SCOPES, cut, partitions

POLICY = TimePolicy(lateness_ms=5_000, revise_for_ms=120_000)


@dataclass(frozen=True)
class Room:
    """How much is told apart, and up to how many rows are counted one by one."""

    keys: int
    scopes: int
    few: int

    def count(self, **state: Any) -> PartitionCount:
        count = PartitionCount(POLICY, keys=self.keys, scopes=self.scopes, **state)
        count.few = self.few
        return count


def rooms() -> st.SearchStrategy[Room]:
    return st.builds(Room, ROOM, SCOPES, FEW)


def counted(records: list[Record], policy: TimePolicy = POLICY, last_offset: int | None = None) -> PartitionCount:
    count = PartitionCount(policy)
    count.apply(rows(records), records[-1].offset if last_offset is None else last_offset)
    return count


def tallies(count: PartitionCount) -> dict[int, Tally]:
    return {m - M0: f.tally for m, f in count.facts.items()}


def told(into: dict[int, Fact], applied: Applied) -> None:
    """What the next stage knows: of two facts, the one with the higher offset."""
    for minute, fact in applied.touched.items():
        if minute not in into or fact.offset >= into[minute].offset:
            into[minute] = deepcopy(fact)


@PROPERTY
@given(partitions(), rooms(), st.data())
def test_any_cutting_gives_the_same_facts(records: list[Record], room: Room, data: st.DataObject) -> None:
    truth = recounted(records, POLICY, room.keys, room.scopes)
    count, heard, late, sums = room.count(), {}, [], [0, 0]
    folded: Counter[str] = Counter()
    for chunk, end in cut(data, records, -1, records[-1].offset):
        applied = count.apply(rows(chunk), end)
        told(heard, applied)
        late += [chunk[i].offset for i in applied.late]
        sums[0] += applied.counted
        sums[1] += applied.skipped
        folded.update(applied.folded)
        assert count.position == end
    assert heard == truth.facts
    assert late == truth.late
    assert folded == truth.folded
    assert count.high_ms == truth.high_ms
    assert sums == [len([r for r in records if r.place[1:] != (None, None)]) - len(truth.late), 0]
    assert count.facts == {m: f for m, f in truth.facts.items() if not POLICY.is_settled(m, count.watermark_ms)}


@PROPERTY
@given(partitions(), rooms(), st.data())
def test_any_repeat_of_what_is_in_changes_nothing(records: list[Record], room: Room, data: st.DataObject) -> None:
    truth = recounted(records, POLICY, room.keys, room.scopes)
    count, heard, late = room.count(), {}, []
    for _, end in cut(data, records, -1, records[-1].offset):
        start = data.draw(st.integers(-1, count.position), label="read again from")
        again = data.draw(st.integers(start, end), label="read again to")
        for last in (again, end):
            chunk = [r for r in records if start < r.offset <= last]
            applied = count.apply(rows(chunk), last)
            told(heard, applied)
            late += [chunk[i].offset for i in applied.late]
    assert heard == truth.facts
    assert late == truth.late
    assert (count.high_ms, count.position) == (truth.high_ms, records[-1].offset)


@PROPERTY
@given(partitions(), rooms(), st.data())
def test_a_restart_from_any_mixture_of_old_position_and_newer_facts_gives_the_same_facts(
    records: list[Record], room: Room, data: st.DataObject
) -> None:
    truth = recounted(records, POLICY, room.keys, room.scopes)
    end = records[-1].offset
    stored_at = data.draw(st.integers(-1, end), label="position stored")
    crashed_at = data.draw(st.integers(stored_at, end), label="crashed at")
    count, heard = room.count(), {}
    for chunk, last in cut(data, records, -1, stored_at) if stored_at >= 0 else []:
        told(heard, count.apply(rows(chunk), last))
    restarted = copied(count)
    # Facts are stored before the position, and what is settled is deleted only after it.
    for chunk, last in cut(data, records, stored_at, crashed_at) if crashed_at > stored_at else []:
        applied = count.apply(rows(chunk), last)
        stored = data.draw(st.sets(st.sampled_from(sorted(applied.touched)))) if applied.touched else set()
        restarted.facts |= {m: deepcopy(applied.touched[m]) for m in stored}
    restarted = copied(restarted)
    late = [o for o in truth.late if o <= stored_at]
    for chunk, last in cut(data, records, stored_at, end) if end > stored_at else []:
        applied = restarted.apply(rows(chunk), last)
        told(heard, applied)
        late += [chunk[i].offset for i in applied.late]
    assert heard == truth.facts
    assert late == truth.late
    assert (restarted.high_ms, restarted.position) == (truth.high_ms, end)


def test_a_fact_names_the_last_record_that_is_in_it_wherever_the_chunk_ends() -> None:
    count = counted([Record(3, at(0)), Record(5, at(1)), Record(6, at(0))], last_offset=9)
    assert {m - M0: f.offset for m, f in count.facts.items()} == {0: 6, 1: 5}
    assert count.position == 9


def test_what_a_repeated_chunk_holds_is_told_again() -> None:
    """The next stage may not have heard it: the crash can lie between storing and sending."""
    records = [Record(0, at(0)), Record(1, at(1))]
    count = counted(records)
    again = count.apply(rows(records[:1]), 0)
    assert again.touched == {M0: Fact(0, 0, {"all": {"status": {"approved": [1, 0]}}})}
    assert (again.counted, again.skipped) == (0, 1)


def test_what_lies_before_the_position_in_a_chunk_with_new_records_is_told_again_too() -> None:
    records = [Record(0, at(0)), Record(1, at(1)), Record(2, at(2))]
    count = counted(records[:2])
    applied = count.apply(rows(records), 2)
    assert sorted(applied.touched) == [M0, M0 + 1, M0 + 2]
    assert (applied.counted, applied.skipped) == (1, 2)


def test_a_repeat_of_a_settled_minute_tells_nothing() -> None:
    records = [Record(0, at(0)), Record(1, at(10))]
    count = counted(records)
    assert count.apply(rows(records[:1]), 0).touched == {}


def test_a_fact_stored_beyond_the_position_is_told_again_and_not_counted_twice() -> None:
    records = [Record(0, at(0), count=2), Record(1, at(0), count=3), Record(2, at(0), count=4)]
    ahead = counted(records[:2])
    restarted = PartitionCount(POLICY, position=-1, facts=ahead.facts)
    applied = restarted.apply(rows(records), 2)
    assert applied.touched[M0].tally["all"]["status"]["approved"] == [9, 0]
    assert (applied.counted, applied.skipped) == (1, 2)


def test_only_the_minutes_whose_facts_were_stored_are_not_counted_again() -> None:
    records = [Record(0, at(0), count=2), Record(1, at(1), count=3)]
    ahead = counted(records)
    restarted = PartitionCount(POLICY, position=-1, facts={M0 + 1: ahead.facts[M0 + 1]})
    applied = restarted.apply(rows(records), 1)
    assert {m - M0: f.tally["all"]["status"]["approved"] for m, f in applied.touched.items()} == {0: [2, 0], 1: [3, 0]}
    assert (applied.counted, applied.skipped) == (1, 1)


def test_facts_of_another_life_of_the_topic_are_not_taken_over() -> None:
    old = {M0: Fact(epoch=1, offset=900, tally={"all": {"status": {"approved": [5, 0]}}})}
    count = PartitionCount(POLICY, epoch=2, facts=old)
    count.apply(rows([Record(0, at(0))]), 0)
    assert count.facts == {M0: Fact(2, 0, {"all": {"status": {"approved": [1, 0]}}})}


def test_a_chunk_without_a_readable_record_moves_the_position_only() -> None:
    count = counted([Record(0, at(0))])
    before = deepcopy(count.facts)
    applied = count.apply(rows([]), 4)
    assert (applied.touched, applied.counted, applied.skipped) == ({}, 0, 0)
    assert (count.position, count.facts, count.high_ms) == (4, before, at(0))


def test_before_the_first_event_there_is_no_watermark() -> None:
    count = PartitionCount(POLICY)
    count.apply(rows([]), 3)
    assert count.watermark_ms == NEVER_MS


def test_the_watermark_stays_the_lateness_behind_the_highest_event_time() -> None:
    assert counted([Record(0, at(1, 30)), Record(1, at(1, 10))]).watermark_ms == at(1, 25)


def test_an_event_on_the_border_belongs_to_the_later_minute() -> None:
    last_of_minute = replace(Record(0, at(1)), time_ms=at(1) - 1)
    assert sorted(tallies(counted([last_of_minute, Record(1, at(1))]))) == [0, 1]


@pytest.mark.parametrize(("seen_at", "is_late"), [(at(3, 5) - 1, False), (at(3, 5), True)])
def test_a_record_is_late_from_the_instant_its_minute_is_settled(seen_at: int, *, is_late: bool) -> None:
    """Minute 0 ends at 1:00; with 2 min to revise and 5 s of lateness it is settled by an event at 3:05."""
    applied = counted([Record(0, seen_at)]).apply(rows([Record(1, at(0, 59))]), 1)
    assert list(applied.late) == ([0] if is_late else [])
    assert applied.counted == (0 if is_late else 1)
    assert (M0 in applied.touched) is not is_late


def test_a_record_is_not_made_late_by_itself_or_by_what_comes_after_it() -> None:
    applied = PartitionCount(POLICY).apply(rows([Record(0, at(0)), Record(1, at(60))]), 1)
    assert list(applied.late) == []
    assert sorted(applied.touched) == [M0, M0 + 60]


def test_a_minute_that_comes_and_settles_in_one_chunk_was_never_in_the_state() -> None:
    """So there is nothing stored to delete; it is told all the same."""
    count = PartitionCount(POLICY)
    applied = count.apply(rows([Record(0, at(0)), Record(1, at(60))]), 1)
    assert applied.touched[M0].tally == {"all": {"status": {"approved": [1, 0]}}}
    assert (list(applied.settled), sorted(count.facts)) == ([], [M0 + 60])


def test_a_late_record_raises_no_count_and_is_named_by_its_row() -> None:
    count = counted([Record(0, at(60))])
    applied = count.apply(rows([Record(1, at(60)), Record(2, at(0)), Record(3, at(1))]), 3)
    assert list(applied.late) == [1, 2]
    assert tallies(count) == {60: {"all": {"status": {"approved": [2, 0]}}}}


def test_a_settled_minute_leaves_the_state_and_is_named() -> None:
    count = counted([Record(0, at(0)), Record(1, at(1))])
    applied = count.apply(rows([Record(2, at(3, 5))]), 2)
    assert list(applied.settled) == [M0]
    assert sorted(count.facts) == [M0 + 1, M0 + 3]


def test_a_punctuation_raises_the_watermark_to_its_time_and_counts_nowhere() -> None:
    count = counted([Record(0, at(0))])
    applied = count.apply(rows([punctuation(1, at(1))]), 1)
    assert count.watermark_ms == at(1)
    assert applied.counted == 0
    assert applied.touched == {}
    assert tallies(count) == {0: {"all": {"status": {"approved": [1, 0]}}}}


def test_a_punctuation_never_lowers_the_watermark() -> None:
    count = counted([Record(0, at(10))])
    count.apply(rows([punctuation(1, at(2))]), 1)
    assert count.watermark_ms == at(9, 55)


def test_a_punctuation_makes_records_late_within_its_own_chunk() -> None:
    applied = PartitionCount(POLICY).apply(rows([punctuation(0, at(3)), Record(1, at(0)), Record(2, at(1))]), 2)
    assert list(applied.late) == [1]
    assert sorted(applied.touched) == [M0 + 1]


def test_a_zero_count_touches_its_minute() -> None:
    applied = PartitionCount(POLICY).apply(rows([Record(0, at(0), count=0)]), 0)
    assert applied.touched[M0].tally == {"all": {"status": {"approved": [0, 0]}}}
    assert applied.counted == 1


def test_a_record_counts_in_each_dimension_it_names_and_in_its_scope_alone() -> None:
    count = counted(
        [
            Record(0, at(0), ("all", "denied", "51"), 2, 30),
            Record(1, at(0), ("all", None, "51"), 1),
            Record(2, at(0), ("shop", "denied", None), 5),
        ]
    )
    assert tallies(count)[0] == {
        "all": {"status": {"denied": [2, 30]}, "auth_code": {"51": [3, 30]}},
        "shop": {"status": {"denied": [5, 0]}},
    }


def test_the_largest_counts_and_amounts_add_up_exactly() -> None:
    """Sums beyond 2**53, where floats lose the last digit, and beyond 2**63 over chunks."""
    count = PartitionCount(POLICY)
    each = rows([Record(i, at(0), count=10**9 - 1, amount=10**12 - 1) for i in range(10_000)])
    for chunk in range(1_000):
        offsets = each.offsets + chunk * 10_000
        count.apply(replace(each, offsets=offsets), int(offsets[-1]))
    assert tallies(count)[0]["all"]["status"]["approved"] == [10**7 * (10**9 - 1), 10**7 * (10**12 - 1)]


@pytest.mark.parametrize("span", [1, 2_000, 40_000_000])
def test_minutes_far_apart_in_one_chunk_are_kept_apart(span: int) -> None:
    """Close together they are summed in a table, far apart by sorting: the same numbers."""
    records = [Record(i, at(span * (i % 2)), PLACES[i % 3], 1, i) for i in range(6)]
    policy = TimePolicy(revise_for_ms=span * 60_000)
    count = counted(records, policy)
    assert count.facts == recounted(records, policy).facts


def test_the_table_and_the_sort_agree_on_many_records() -> None:
    noise = np.random.default_rng(7)
    records = [
        Record(i, at(int(m)), PLACES[int(p)], int(c))
        for i, (m, p, c) in enumerate(noise.integers((0, 0, 0), (90_000, 4, 9), (500, 3)))
    ]
    patient = TimePolicy(revise_for_ms=10**10)
    whole = counted(records, patient)
    by_one = PartitionCount(patient)
    for record in records:
        by_one.apply(rows([record]), record.offset)
    assert whole.facts == by_one.facts == recounted(records, patient).facts


@pytest.fixture(params=[0, 100], ids=["in a table", "one by one"])
def counts(request: pytest.FixtureRequest) -> Callable[..., PartitionCount]:
    """Makes a count that counts in this way."""

    def made(**how: Any) -> PartitionCount:
        count = PartitionCount(POLICY, **how)
        count.few = request.param
        return count

    return made


Counts = Callable[..., PartitionCount]


def test_of_too_many_scopes_the_first_are_told_apart(counts: Counts) -> None:
    count = counts(scopes=2)
    records = [Record(i, at(0), (scope, "approved", None), 2) for i, scope in enumerate("abcacd")]
    applied = count.apply(rows(records), 5)
    assert {scope: each["status"]["approved"] for scope, each in count.facts[M0].tally.items()} == {
        "a": [4, 0],
        "b": [2, 0],
        "other": [6, 0],
    }
    assert applied.folded == {"scope": 3}
    assert applied.scopes == {M0: {"a": 3, "b": 1, "other": 5}}


def test_a_scope_that_is_called_other_takes_nobodys_place(counts: Counts) -> None:
    count = counts(scopes=1)
    records = [Record(i, at(0), (scope, "approved", None)) for i, scope in enumerate(["other", "a", "other", "b"])]
    applied = count.apply(rows(records), 3)
    assert {s: each["status"]["approved"] for s, each in count.facts[M0].tally.items()} == {
        "a": [1, 0],
        "other": [3, 0],
    }
    assert applied.folded == {"scope": 1}


def test_a_punctuation_between_records_counts_nowhere(counts: Counts) -> None:
    count = counts()
    applied = count.apply(rows([Record(0, at(0)), punctuation(1, at(1)), Record(2, at(0))]), 2)
    assert (applied.counted, count.watermark_ms) == (2, at(1))


def test_records_that_are_all_too_late_touch_nothing(counts: Counts) -> None:
    count = counts()
    count.apply(rows([Record(0, at(60))]), 0)
    applied = count.apply(rows([Record(1, at(0)), Record(2, at(1))]), 2)
    assert (list(applied.late), applied.touched, applied.scopes, count.position) == ([0, 1], {}, {}, 2)


def test_of_a_repeat_what_is_settled_is_not_told_and_the_rest_is(counts: Counts) -> None:
    records = [Record(0, at(0)), Record(1, at(10)), Record(2, at(10))]
    count = counts()
    count.apply(rows(records[:2]), 1)
    applied = count.apply(rows(records), 2)
    assert (sorted(applied.touched), applied.skipped, applied.counted) == ([M0 + 10], 2, 1)


def test_what_a_minute_holds_is_the_same_packed_and_open(counts: Counts) -> None:
    count = counts()
    count.apply(rows([Record(0, at(0)), Record(1, at(0), PLACES[2])]), 1)
    before = {scope: count.facts[M0].packed(scope) for scope in ("all", "shop")}
    count.facts[M0].tally.update(before)
    count.apply(rows([Record(2, at(0))]), 2)
    assert count.facts[M0].tally == {"all": {"status": {"approved": [2, 0]}}, "shop": before["shop"]}


def test_in_the_next_life_of_a_topic_what_was_counted_is_counted_on() -> None:
    places = ("shop", "approved", None)
    count = counted([Record(offset, at(0, 1), places) for offset in range(5)])
    count.begin_epoch(2)
    assert (count.epoch, count.position) == (1, 2)
    applied = count.apply(rows([Record(offset, at(0, 2), places) for offset in (3, 4)]), 4)
    assert (applied.counted, applied.skipped) == (2, 0)
    assert tallies(count) == {0: {"shop": {"status": {"approved": [7, 0]}}}}
    assert (count.facts[M0].epoch, count.facts[M0].offset) == (1, 4)
