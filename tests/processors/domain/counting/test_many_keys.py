"""Ids where words belong: the first keys are told apart, the rest counts under `other`, and the sums stay exact."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from processors.domain.counting.partition_count import PartitionCount
from processors.domain.window import MAX_KEYS, OTHER, Dimensions, TimePolicy, add
from tests.processors.domain.build import M0, PROPERTY, Record, at, recounted, rows
from tests.processors.domain.desk import MIXED, SMALL, Desk, last_words

PATIENT = TimePolicy(revise_for_ms=10**10)
POLICY = TimePolicy(lateness_ms=0, revise_for_ms=600_000, max_gap_minutes=6)
ROOM_FOR_TWO = replace(MIXED, keys=2)
MEGABYTE = 1_000_000


def ids(minute: int, many: int, *, first: int = 0) -> list[Record]:
    """As many records of the minute, each with a status of its own."""
    return [Record(first + i, at(minute), ("all", f"id{first + i:06d}", None), 2, 3) for i in range(many)]


def of(**counts: int) -> Dimensions:
    return {"status": {key: [count, 10 * count] for key, count in counts.items()}}


# --- the count stage --------------------------------------------------------------------------------------------------


def test_the_first_keys_in_the_order_of_offsets_are_told_apart_and_the_rest_adds_up_under_other() -> None:
    count = PartitionCount(PATIENT)
    applied = count.apply(rows(ids(0, 1_500)), 1_499)
    held = count.facts[M0].tally["all"]["status"]
    assert sorted(held) == sorted([*(f"id{i:06d}" for i in range(MAX_KEYS)), OTHER])
    assert held[OTHER] == [2 * (1_500 - MAX_KEYS), 3 * (1_500 - MAX_KEYS)]
    assert applied.folded == {"status": 1_500 - MAX_KEYS}


def test_there_is_room_in_each_scope_dimension_and_minute() -> None:
    records = [
        Record(i, at(m), (scope, f"s{i % 200}", f"c{i % 200}"))
        for i, (m, scope) in enumerate((m, scope) for m in range(2) for scope in ("all", "shop") for _ in range(200))
    ]
    applied = PartitionCount(PATIENT).apply(rows(records), records[-1].offset)
    assert applied.folded == {}
    assert [len(k) for f in applied.touched.values() for d in f.tally.values() for k in d.values()] == [200] * 8


def test_a_key_that_has_room_keeps_it() -> None:
    count = PartitionCount(PATIENT, keys=2)
    count.apply(rows([Record(0, at(0)), Record(1, at(0), ("all", "denied", None)), *ids(0, 9, first=2)]), 10)
    count.apply(rows([Record(11, at(0)), *ids(0, 3, first=12)]), 14)
    assert count.facts[M0].tally["all"]["status"] == {"approved": [2, 0], "denied": [1, 0], OTHER: [24, 36]}


def test_the_word_other_takes_the_place_that_it_comes_for() -> None:
    records = [Record(i, at(0), ("all", word, None)) for i, word in enumerate([OTHER, "a", "b", "c", OTHER])]
    count = PartitionCount(PATIENT, keys=2)
    assert count.apply(rows(records), 4).folded == {"status": 2}
    assert count.facts[M0].tally["all"]["status"] == {OTHER: [4, 0], "a": [1, 0]}


def test_the_order_of_places_and_far_apart_minutes_do_not_matter() -> None:
    noise = np.random.default_rng(3)
    records = [
        Record(i, at(40_000_000 * int(m)), ("all", f"s{s}", f"c{c}"))
        for i, (m, s, c) in enumerate(noise.integers((0, 0, 0), (2, 9, 9), (400, 3)))
    ]
    count = PartitionCount(PATIENT, keys=4)
    count.apply(rows(records), records[-1].offset)
    assert count.facts == recounted(records, PATIENT, 4).facts


# --- the judge --------------------------------------------------------------------------------------------------------


def test_the_judge_makes_room_for_the_largest_new_keys_and_keeps_those_it_knows() -> None:
    desk = Desk(replace(SMALL, keys=3))
    desk.minute(0, of(approved=50))
    desk.minute(1, of(approved=1, a=5, b=9, c=9, other=2))
    desk.until(2)
    said = {k: r.verdict for (_, _, k, m), r in last_words(desk.verdicts).items() if m == 1}
    assert {key: (v.count, v.amount, v.total) for key, v in said.items()} == {
        "approved": (1, 10, 26),
        "b": (9, 90, 26),
        "c": (9, 90, 26),
        OTHER: (7, 70, 26),
    }


def test_keys_that_several_source_partitions_hold_are_joined_before_there_is_too_little_room() -> None:
    desk = Desk(replace(SMALL, keys=2))
    for source in range(2):
        desk.minute(0, of(a=3, b=2, c=1), source=source)
    desk.until(1)
    assert [(v.verdict.key, v.verdict.count) for v in desk.verdicts] == [("a", 6), ("b", 4), (OTHER, 2)]


def test_a_series_of_which_only_zeros_are_remembered_makes_room() -> None:
    """It takes the baseline's window of 6 minutes until the ids of minute 0 are forgotten."""
    desk = Desk(replace(SMALL, keys=2))
    desk.minute(0, of(a=1, b=1))
    for minute in range(1, 9):
        desk.minute(minute, of(approved=8))
    desk.until(9)
    counted = {(m, k): r.verdict.count for (_, _, k, m), r in last_words(desk.verdicts).items()}
    assert [counted.get((m, "approved")) for m in range(1, 9)] == [None] * 6 + [8, 8]
    assert [counted.get((m, OTHER)) for m in range(1, 9)] == [8] * 6 + [0, 0]
    assert (7, "a") not in counted


def test_a_series_with_an_open_incident_is_not_forgotten() -> None:
    rules = replace(SMALL, keys=1, resolve_after=20)
    desk = Desk(rules)
    desk.minute(0, of(failed=9))
    for minute in range(1, 12):
        desk.minute(minute, of(approved=8))
    desk.until(12)
    assert desk.last("failed", 11).verdict.count == 0
    assert desk.last(OTHER, 11).verdict.count == 8


def test_a_key_that_late_data_crowd_out_is_taken_back() -> None:
    desk = Desk(replace(SMALL, keys=2))
    desk.minute(0, of(a=5, b=1))
    desk.until(1)
    desk.minute(0, of(a=5, c=3), source=1)
    b, other = desk.last("b", 0), desk.last(OTHER, 0).verdict
    assert (b.revision, b.verdict.verdict, b.verdict.count, b.verdict.amount) == (2, "unknown", 0, 0)
    assert (b.verdict.total, b.verdict.share) == (14, 0.0)
    assert (other.count, other.total) == (1, 14)


def test_what_is_taken_back_of_a_minute_that_holds_nothing_has_no_share() -> None:
    desk = Desk(replace(SMALL, keys=1))
    desk.minute(0, of(b=0))
    desk.until(1)
    desk.minute(0, of(a=0), source=1)
    assert desk.last("b", 0).verdict.share is None


held = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9), min_size=1, max_size=6)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.booleans(), held), min_size=1, max_size=14))
def test_late_keys_in_any_order_end_as_the_final_counts_judged_in_one_go(
    told: list[tuple[int, int, bool, dict[str, int]]],
) -> None:
    desk, once = Desk(ROOM_FOR_TWO, POLICY), Desk(ROOM_FOR_TWO, POLICY)
    final: dict[tuple[int, int], Dimensions] = {}
    sums: Counter[int] = Counter()
    for minute, source, close, counts in told:
        add(final.setdefault((minute, source), {}), of(**counts))
        sums[minute] += sum(counts.values())
        desk.minute(minute, deepcopy(final[minute, source]), source=source)
        if close:
            desk.until(minute + 1)
    for (minute, source), dimensions in final.items():
        once.minute(minute, dimensions, source=source)
    for each in (desk, once):
        each.until(8)
    words, expected = ({k: r.verdict for k, r in last_words(d.verdicts).items()} for d in (desk, once))
    apart = {k: v for k, v in words.items() if v.verdict != "unknown"}
    assert {k: structs.replace(v, offsets={}) for k, v in apart.items()} == {
        k: structs.replace(v, offsets={}) for k, v in expected.items()
    }
    found: Counter[int] = Counter()
    for (_, _, _, minute), verdict in words.items():
        found[minute] += verdict.count
    assert +found == +sums


@pytest.mark.story
def test_an_hour_of_ids_makes_no_state_of_a_megabyte() -> None:
    desk = Desk()
    for minute in range(60):
        for source in range(6):
            words = {f"{minute:04d}-{source}-{i:04d}-{'x' * 51}": [10**9, 10**12] for i in range(MAX_KEYS)}
            desk.minute(minute, {"status": words, "auth_code": words}, source=source)
        desk.until(minute + 1)
    timeline = desk.judge.timelines["all"]
    assert len(msgspec.json.encode(timeline.state)) < MEGABYTE
    assert max(len(timeline.parts.packed(minute)) for minute in timeline.parts.between(0, M0 + 60)) < MEGABYTE
    assert len(desk.verdicts) == 60 * 2 * (MAX_KEYS + 1)
