"""Rows are cut into pieces, and joined, without a change to what they say."""

import numpy as np

from processors.domain.counting.rows import Rows, joined_rows, pieces
from tests.processors.domain.build import Record, rows

OURS, THEIRS = ("all", "approved", None), ("all", "denied", "51")


def in_words(found: Rows) -> list[tuple[int, int, tuple[str, str | None, str | None], int, int]]:
    columns = (found.offsets, found.times_ms, found.codes, found.counts, found.amounts)
    return [(o, t, found.places[code], n, a) for o, t, code, n, a in zip(*(c.tolist() for c in columns), strict=True)]


def test_each_piece_has_so_many_rows_and_ends_at_its_last_and_the_last_one_where_the_chunk_ends() -> None:
    whole = rows([Record(offset, 60_000 + offset, OURS, offset, 7) for offset in (3, 4, 6, 7, 9)])
    cut = list(pieces(whole, 12, most=2))
    assert [(piece.offsets.tolist(), last) for piece, last in cut] == [([3, 4], 4), ([6, 7], 7), ([9], 12)]
    assert [word for piece, _ in cut for word in in_words(piece)] == in_words(whole)


def test_a_chunk_without_rows_is_one_piece_that_ends_where_the_chunk_ends() -> None:
    ((piece, last),) = pieces(rows([]), 12)
    assert (len(piece.offsets), last) == (0, 12)


def test_rows_that_are_joined_say_what_each_says_and_name_each_place_once() -> None:
    one = rows([Record(1, 60_000, THEIRS, 2, 5), Record(2, 60_001, OURS)])
    other = Rows(np.array([5]), np.array([60_002]), [OURS, THEIRS], np.array([1]), np.array([3]), np.array([9]))
    both = joined_rows([one, other])
    assert in_words(both) == [(1, 60_000, THEIRS, 2, 5), (2, 60_001, OURS, 1, 0), (5, 60_002, THEIRS, 3, 9)]
    assert sorted(both.places, key=repr) == [OURS, THEIRS]
