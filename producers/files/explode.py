"""From rows counted before to one record for each transaction, at times that are the same whenever it is done."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Final

from producers.rows import MINUTE_MS, Row, event_time, minute_start

GOLDEN_STEP_MS: Final = 37_082
"""A minute divided by the golden ratio: rows shifted by multiples of it against each other hardly ever coincide."""
AT_ONCE: Final = 50_000
"""A minute of more transactions is merged lazily, which is slower, instead of sorted in memory."""


def exploded(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for each transaction, in event-time order.

    A row at the start of a minute stands for all of it: its transactions lie evenly in `[start, start + 60 s)`, those
    of the next row shifted against them. A row within a minute is an instant that was measured: its transactions keep
    its time. A row of count 0 stays as it is, so that what was dense stays dense. Amounts are divided to the last
    minor unit. Counts and amounts of each minute stay what they were.

    Args:
        rows: In event-time order.
    """
    for _, same in groupby(rows, key=lambda row: minute_start(row.timestamp_ms)):
        minute = list(same)
        parts = [_records(row, number) for number, row in enumerate(minute)]
        if sum(row.count for row in minute) <= AT_ONCE:
            yield from sorted(chain.from_iterable(parts), key=event_time)
        else:
            yield from heapq.merge(*parts, key=event_time)


def _records(row: Row, number: int) -> Iterator[Row]:
    """The records of the row that is the `number`th of its minute, in event-time order."""
    if row.count == 0:
        yield row
        return
    # Record i lies at (i * spread + shift) // count after the row: below MINUTE_MS, because shift is.
    stands_for_minute = row.timestamp_ms % MINUTE_MS == 0
    spread = MINUTE_MS if stands_for_minute else 0
    shift = (number + 1) * GOLDEN_STEP_MS % MINUTE_MS if stands_for_minute else 0
    share, rest = divmod(row.amount or 0, row.count)
    for i in range(row.count):
        amount = None if row.amount is None else share + (i < rest)
        at_ms = row.timestamp_ms + (i * spread + shift) // row.count
        yield Row(at_ms, 1, row.status, row.auth_code, row.scope, amount)
