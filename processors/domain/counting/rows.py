"""The readable records of a chunk as columns, and what is done to the columns alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Place = tuple[str, str | None, str | None]
"""(scope, status, auth_code) of a record."""
PUNCTUATION: Place = ("", None, None)
"""The place of a control record: it counts nowhere and only moves the watermark."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The readable records of a chunk as columns, in offset order.

    Args:
        offsets: Offset of each record, ascending.
        times_ms: Event time of each record; of a punctuation, the time it speaks of.
        places: The distinct places that occur.
        codes: Index into `places` of each record.
        counts: `count` of each record.
        amounts: `amount` of each record, 0 where it has none.
    """

    offsets: Ints
    times_ms: Ints
    places: Sequence[Place]
    codes: Ints
    counts: Ints
    amounts: Ints


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """Rows that follow on each other as one."""
    index: dict[Place, int] = {}
    codes: list[Ints] = []
    for rows in parts:
        numbers = np.array([index.setdefault(place, len(index)) for place in rows.places], np.int64)
        codes.append(numbers[rows.codes])
    return Rows(
        np.concatenate([rows.offsets for rows in parts]),
        np.concatenate([rows.times_ms for rows in parts]),
        list(index),
        np.concatenate(codes),
        np.concatenate([rows.counts for rows in parts]),
        np.concatenate([rows.amounts for rows in parts]),
    )


def pieces(rows: Rows, last_offset: int, most: int = 20_000) -> Iterator[tuple[Rows, int]]:
    """The rows of a chunk that ends at `last_offset` in pieces of so many, each with the offset that it ends at."""
    for first in range(0, max(len(rows.offsets), 1), most):
        piece = slice(first, first + most)
        columns = (
            rows.offsets[piece],
            rows.times_ms[piece],
            rows.codes[piece],
            rows.counts[piece],
            rows.amounts[piece],
        )
        offsets, times_ms, codes, counts, amounts = columns
        is_last = first + most >= len(rows.offsets)
        yield Rows(offsets, times_ms, rows.places, codes, counts, amounts), last_offset if is_last else int(offsets[-1])


def sums_of(cells: Ints, offsets: Ints, counts: Ints, amounts: Ints, *, in_order: bool) -> tuple[Ints, ...]:
    """The distinct cells, each with its last offset, its number of records and its exact sums of counts and amounts.

    Args:
        cells: The cell of each record; the records lie in the order of their offsets.
        offsets: The offset of each.
        counts: What each counts.
        amounts: The amount of each.
        in_order: Whether the cells must come in the order of their first records.
    """
    size = int(cells.max()) + 1
    if size > 4 * len(cells) + 65_536:
        distinct, cells = np.unique(cells, return_inverse=True)
        size = len(distinct)
        records = np.bincount(cells, minlength=size)
    else:
        records = np.bincount(cells, minlength=size)
        distinct = np.flatnonzero(records)
    last, count_sums, amount_sums = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    last[cells] = offsets  # ascending, so that the last one of a cell stays
    np.add.at(count_sums, cells, counts)
    if amounts.any():
        np.add.at(amount_sums, cells, amounts)
    columns: tuple[Ints, ...] = (last, records, count_sums, amount_sums)
    used = np.arange(size) if size == len(distinct) else distinct
    if in_order:
        first = np.zeros(size, np.int64)
        first[cells[::-1]] = np.arange(len(cells))[::-1]
        order = np.argsort(first[used])
        distinct, used = distinct[order], used[order]
    return distinct, *(column[used] for column in columns)
