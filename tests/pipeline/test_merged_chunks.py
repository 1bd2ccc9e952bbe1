"""Chunks that wait are taken as one: in order, no more than a chunk holds, words of idleness apart."""

from collections import deque
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.intake.chunk import HEAVY, Chunk, load_of
from processors.intake.gathered import joined
from tests.processors.domain.build import PROPERTY

MAX_RECORDS = 10


def chunk(after: int, offsets: list[int], *, idle: bool = False) -> Chunk:
    values = [b"%d" % offset for offset in offsets]
    last = offsets[-1] if offsets else after
    return Chunk(
        "t", 2, after, last, values, np.array(offsets, np.int64), idle=idle, generation=4, load=load_of(values)
    )


@st.composite
def waiting(draw: st.DrawFn) -> list[Chunk]:
    """Chunks of one partition that follow on each other; offsets may be missing within and between them."""
    after, found = draw(st.integers(-1, 5)), []
    for _ in range(draw(st.integers(1, 8))):
        if draw(st.integers(0, 4)) == 0:
            found.append(chunk(after, [], idle=True))
            continue
        offset, offsets = after, []
        for _ in range(draw(st.integers(1, MAX_RECORDS))):
            offset += draw(st.sampled_from([1, 1, 1, 3]))
            offsets.append(offset)
        found.append(chunk(after, offsets))
        after = offset
    return found


def taken(waits: list[Chunk]) -> list[Chunk]:
    ready, found = deque(waits), []
    while ready:
        found.append(joined(ready, MAX_RECORDS))
    return found


@PROPERTY
@given(waiting())
def test_all_that_waits_is_taken_once_and_in_order(waits: list[Chunk]) -> None:
    found = taken(waits)
    for one in (waits, found):
        assert all(len(c.values) == len(c.offsets) for c in one)
    assert [v for c in found for v in c.values] == [v for c in waits for v in c.values]
    assert [o for c in found for o in c.offsets.tolist()] == [o for c in waits for o in c.offsets.tolist()]


@PROPERTY
@given(waiting())
def test_each_chunk_follows_on_the_one_before(waits: list[Chunk]) -> None:
    found = taken(waits)
    assert (found[0].after, found[-1].last) == (waits[0].after, waits[-1].last)
    assert all(one.last == other.after for one, other in pairwise(found))
    assert all(c.last == (c.offsets[-1] if len(c.offsets) else c.after) for c in found)


@PROPERTY
@given(waiting())
def test_as_much_is_joined_as_a_chunk_may_hold(waits: list[Chunk]) -> None:
    found = taken(waits)
    assert all(len(c.values) <= MAX_RECORDS for c in found)
    for one, other in pairwise(found):
        if not (one.idle or other.idle):
            first = next(c for c in waits if c.after == other.after and not c.idle)
            assert len(one.values) + len(first.values) > MAX_RECORDS


@PROPERTY
@given(waiting())
def test_words_of_idleness_stay_apart(waits: list[Chunk]) -> None:
    assert [c for c in taken(waits) if c.idle] == [c for c in waits if c.idle]


def test_a_chunk_that_waits_alone_is_taken_as_it_is() -> None:
    alone = chunk(0, [1, 2])
    assert taken([alone])[0] is alone


def test_a_record_that_is_long_weighs_as_much_as_many() -> None:
    assert load_of([b"", None, bytes(HEAVY - 1)]) == 3
    assert load_of([b"x", bytes(5 * HEAVY)]) == 2 + 5
    heavy = [Chunk("t", 0, n - 1, n, [bytes(6 * HEAVY)], np.array([n]), load=7) for n in range(3)]
    assert [len(found.values) for found in taken(heavy)] == [1, 1, 1]
