"""Builders for the tests of the domain: values in, values out, no fixtures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from hypothesis import settings

from processors.domain.counting.fact import Fact
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.counting.rows import PUNCTUATION, Place, Rows
from processors.domain.window import MAX_KEYS, MAX_SCOPES, MINUTE_MS, Tally, TimePolicy, start_ms

M0: Final = 29_205_360
"""The minute 2025-07-12T12:00Z, in which the tests begin."""
T0: Final = M0 * MINUTE_MS

PROPERTY = settings(deadline=None, derandomize=True, max_examples=100)
"""How properties are tried: the same examples each time, and no clock in the verdict."""


def at(minute: int, second: float = 0.0) -> int:
    """Epoch milliseconds, `second` seconds into the minute `minute` of the tests."""
    return start_ms(M0 + minute) + round(second * 1000)


@dataclass(frozen=True, slots=True)
class Record:
    """One readable record of a source partition."""

    offset: int
    time_ms: int
    place: Place = ("all", "approved", None)
    count: int = 1
    amount: int = 0


def punctuation(offset: int, time_ms: int) -> Record:
    """A control record: nothing older than `time_ms` comes any more."""
    return Record(offset, time_ms, PUNCTUATION, 0)


def rows(records: Sequence[Record]) -> Rows:
    """The records as columns."""
    places = sorted({r.place for r in records}, key=repr)

    def column(values: Iterable[int]) -> np.ndarray:
        return np.fromiter(values, np.int64)

    return Rows(
        column(r.offset for r in records),
        column(r.time_ms for r in records),
        places,
        column(places.index(r.place) for r in records),
        column(r.count for r in records),
        column(r.amount for r in records),
    )


def copied(count: PartitionCount) -> PartitionCount:
    """What a restart finds when all that `count` holds was stored."""
    again = PartitionCount(
        count.policy,
        epoch=count.epoch,
        position=count.position,
        high_ms=count.high_ms,
        facts=deepcopy(count.facts),
        keys=count.keys,
        scopes=count.scopes,
    )
    again.few = count.few
    return again


@dataclass(slots=True)
class Recount:
    """What a partition of records comes to, by the definition: record by record, nothing clever."""

    facts: dict[int, Fact]
    late: list[int]
    high_ms: int
    folded: Counter[str] = field(default_factory=Counter)


def recounted(records: Iterable[Record], policy: TimePolicy, keys: int = MAX_KEYS, scopes: int = MAX_SCOPES) -> Recount:
    """The oracle of the count stage; `facts` keeps the settled minutes, `late` holds offsets."""
    answer = Recount({}, [], -1)
    for r in records:
        if r.place == PUNCTUATION:
            answer.high_ms = max(answer.high_ms, r.time_ms + policy.lateness_ms)
            continue
        minute = r.time_ms // MINUTE_MS
        if answer.high_ms >= 0 and policy.is_settled(minute, answer.high_ms - policy.lateness_ms):
            answer.late.append(r.offset)
        else:
            fact = answer.facts.setdefault(minute, Fact(0, r.offset, {}))
            fact.offset = r.offset
            answer.folded.update(tell(fact.tally, r, keys, scopes))
        answer.high_ms = max(answer.high_ms, r.time_ms)
    return answer


def tell(tally: Tally, record: Record, keys: int, scopes: int) -> list[str]:
    """Count one record, in each dimension that it names; where its key, or scope, is one too many."""
    scope, status, code = record.place
    folded = []
    if scope not in tally and len(tally.keys() - {"other"}) >= scopes:
        folded += ["scope"] * (scope != "other")
        scope = "other"
    held = tally.setdefault(scope, {})
    for dimension, key in (("status", status), ("auth_code", code)):
        if key is not None:
            known = held.setdefault(dimension, {})
            is_one_too_many = key not in known and len(known) >= keys
            cell = known.setdefault("other" if is_one_too_many else key, [0, 0])
            cell[0] += record.count
            cell[1] += record.amount
            folded += [dimension] * is_one_too_many
    return folded


def partials(
    count: PartitionCount, source: int, sources: int, chunks: Iterable[tuple[Sequence[Record], int]]
) -> list[Partial]:
    """What the count stage tells the judge of these chunks, each given with the offset it ends at."""
    told = []
    for records, last_offset in chunks:
        applied = count.apply(rows(records), last_offset)
        minutes = [
            PartialMinute(minute, scope, fact.offset, deepcopy(counts))
            for minute, fact in sorted(applied.touched.items())
            for scope, counts in fact.tally.items()
        ]
        told.append(Partial(source, sources, count.epoch, count.position, count.watermark_ms, minutes=minutes))
    return told
