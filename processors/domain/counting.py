"""The count stage's state: for one source partition, what each minute holds up to which offset.

Every value is a fact: "these are the counts of all records of this partition and minute up to this
offset". A fact may be repeated and re-ordered; of two, the one with the higher (epoch, offset) is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from processors.domain.window import AUTH_CODE, MINUTE_MS, STATUS, Tally, TimePolicy, add

Ints = npt.NDArray[np.int64]
Place = tuple[str, str | None, str | None]
"""(scope, status, auth_code) of a record."""
PUNCTUATION: Place = ("", None, None)
"""The place of a control record: it counts nowhere and only moves the watermark."""

NEVER_MS = -1
"""Event time of a partition that has seen nothing."""


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


@dataclass(slots=True)
class Fact:
    """What one minute of one source partition holds, up to and including `offset` of `epoch`.

    `offset` is that of the last record counted in, so equal records make equal facts, however they come in chunks.
    """

    epoch: int
    offset: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Applied:
    """What a chunk did.

    Args:
        touched: The minutes its records lie in, each with its whole fact; also those that are now settled, and those
            that held all of it already, because what was stored before a crash may not have been sent. The facts are
            the ones in the state: write them out before the next chunk.
        late: Indices into the rows of records that came after their minute was settled; not counted.
        settled: Minutes that were in the state before and left it, because nothing can change them any more. What is
            stored of them may be deleted once the position is stored; until then the chunk may be read again.
        counted: Number of records that were counted.
        skipped: Number of records that were in already.
    """

    touched: dict[int, Fact] = field(default_factory=dict)
    late: Sequence[int] = ()
    settled: Sequence[int] = ()
    counted: int = 0
    skipped: int = 0


class PartitionCount:
    """Counts the records of one source partition.

    Args:
        policy: Lateness and revision time.
        epoch: Which life of the topic the offsets belong to.
        position: The last offset that is applied; -1 before the first.
        high_ms: The highest event time seen, or what a punctuation made of it; NEVER_MS before the first.
        facts: The minutes that may still change.
    """

    def __init__(
        self,
        policy: TimePolicy,
        *,
        epoch: int = 0,
        position: int = -1,
        high_ms: int = NEVER_MS,
        facts: dict[int, Fact] | None = None,
    ) -> None:
        self.policy = policy
        self.epoch = epoch
        self.position = position
        self.high_ms = high_ms
        self.facts = {m: f for m, f in (facts or {}).items() if f.epoch == epoch}
        self.facts_reach = max((f.offset for f in self.facts.values()), default=-1)

    @property
    def watermark_ms(self) -> int:
        """No event older than this is awaited; NEVER_MS before the first event."""
        return self.high_ms - self.policy.lateness_ms if self.high_ms != NEVER_MS else NEVER_MS

    def apply(self, rows: Rows, last_offset: int) -> Applied:
        """Count the rows of the chunk that ends at `last_offset` (which may itself hold no row).

        Rows at or below the position, or at or below the fact of their minute, are in already and are
        skipped. The answer depends on the records and their offsets only, never on how they are cut
        into chunks.
        """
        minutes = rows.times_ms // MINUTE_MS
        if last_offset <= self.position:
            return Applied(self._held(minutes), skipped=len(minutes))
        known = set(self.facts)
        keep = rows.offsets > self.position
        is_punctuation = self._punctuations(rows)
        highs = self._highs(rows, is_punctuation)
        settled_before = highs[:-1] - self.policy.lateness_ms - self.policy.revise_for_ms
        late = keep & ~is_punctuation & ((minutes + 1) * MINUTE_MS <= settled_before)
        new = keep & ~is_punctuation & ~late
        already = self._already(rows, minutes, new)
        counted = new & ~already
        touched = self._held(minutes[~keep | already]) | self._count(rows, minutes, counted)
        self.position = last_offset
        self.high_ms = int(highs[-1])
        settled = [minute for minute in self._forget() if minute in known]
        skipped = int(np.count_nonzero(~keep) + np.count_nonzero(already))
        return Applied(touched, np.flatnonzero(late).tolist(), settled, int(np.count_nonzero(counted)), skipped)

    def _held(self, minutes: Ints) -> dict[int, Fact]:
        """The facts of those of these minutes that are in the state."""
        return {minute: self.facts[minute] for minute in np.unique(minutes).tolist() if minute in self.facts}

    def _highs(self, rows: Rows, is_punctuation: npt.NDArray[np.bool_]) -> Ints:
        """Highest event time before the first row and after each; rows in already add nothing new to it."""
        times = rows.times_ms + np.where(is_punctuation, self.policy.lateness_ms, 0)
        highs: Ints = np.maximum.accumulate(np.concatenate(([self.high_ms], times)))
        return highs

    def _punctuations(self, rows: Rows) -> npt.NDArray[np.bool_]:
        if PUNCTUATION not in rows.places:
            return np.zeros(len(rows.codes), dtype=np.bool_)
        return np.asarray(rows.codes == list(rows.places).index(PUNCTUATION), dtype=np.bool_)

    def _already(self, rows: Rows, minutes: Ints, counted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Rows that a fact beyond the position holds already: it was stored, the position after it was not."""
        already = np.zeros(len(rows.offsets), dtype=np.bool_)
        if self.facts_reach <= self.position:
            return already
        for minute in np.unique(minutes[counted]).tolist():
            fact = self.facts.get(minute)
            if fact is not None and fact.offset > self.position:
                already |= counted & (minutes == minute) & (rows.offsets <= fact.offset)
        return already

    def _count(self, rows: Rows, minutes: Ints, counted: npt.NDArray[np.bool_]) -> dict[int, Fact]:
        if not counted.any():
            return {}
        offsets, codes, counts, amounts = rows.offsets, rows.codes, rows.counts, rows.amounts
        if not counted.all():
            minutes, offsets, codes = minutes[counted], offsets[counted], codes[counted]
            counts, amounts = counts[counted], amounts[counted]
        width = len(rows.places)
        base = int(minutes.min())
        sums = _sums((minutes - base) * width + codes, offsets, counts, amounts)
        touched: dict[int, Fact] = {}
        for cell, offset, count, amount in zip(*(column.tolist() for column in sums), strict=True):
            minute = base + cell // width
            fact = touched[minute] = self.facts.setdefault(minute, Fact(self.epoch, offset, {}))
            fact.offset = max(fact.offset, offset)
            scope, status, code = rows.places[cell % width]
            more = {d: {k: [count, amount]} for d, k in ((STATUS, status), (AUTH_CODE, code)) if k is not None}
            add(fact.tally.setdefault(scope, {}), more)
        return touched

    def _forget(self) -> list[int]:
        gone = [m for m in self.facts if self.policy.is_settled(m, self.watermark_ms)]
        for minute in gone:
            del self.facts[minute]
        return gone


def _sums(cells: Ints, offsets: Ints, counts: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The distinct cells in order, each with its last offset, its sum of counts and its sum of amounts; all exact."""
    size = int(cells.max()) + 1
    if size > 4 * len(cells) + 65_536:
        distinct, cells = np.unique(cells, return_inverse=True)
        size = len(distinct)
    else:
        distinct = np.flatnonzero(np.bincount(cells, minlength=size))
    last, count_sums, amount_sums = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    last[cells] = offsets  # ascending, so that the last one of a cell stays
    np.add.at(count_sums, cells, counts)
    if amounts.any():
        np.add.at(amount_sums, cells, amounts)
    if size != len(distinct):
        last, count_sums, amount_sums = last[distinct], count_sums[distinct], amount_sums[distinct]
    return distinct, last, count_sums, amount_sums
