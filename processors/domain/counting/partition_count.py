"""The count stage's state: for one source partition, what each minute holds up to which offset.

Every value is a fact: "these are the counts of all records of this partition and minute up to this
offset". A fact may be repeated and re-ordered; of two, the one with the higher (epoch, offset) is right.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

import numpy as np
import numpy.typing as npt

from processors.domain.counting.fact import SCOPE, Applied, Fact
from processors.domain.counting.rows import PUNCTUATION, Ints, Place, Rows, sums_of
from processors.domain.window import (
    AUTH_CODE,
    MAX_CELLS,
    MAX_KEYS,
    MAX_SCOPES,
    MINUTE_MS,
    OTHER,
    STATUS,
    TimePolicy,
)

NEVER_MS = -1
"""Event time of a partition that has seen nothing."""


@dataclass(eq=False)
class PartitionCount:
    """Counts the records of one source partition.

    Of the keys of one scope, dimension and minute, the first ones in the order of the offsets are told apart; the
    records of all further ones count under OTHER. So it is with the scopes of a minute. So the counts still add up, and
    a fact has a size.

    Args:
        policy: Lateness and revision time.
        epoch: Which life of the topic the offsets belong to.
        position: The last offset that is applied; -1 before the first.
        high_ms: The highest event time seen, or what a punctuation made of it; NEVER_MS before the first.
        facts: The minutes that may still change.
        keys: How many keys of one scope, dimension and minute are told apart, beside OTHER; 1 or more.
        scopes: How many scopes of one minute are told apart, beside OTHER; 1 or more.
    """

    few = 100
    """Up to so many rows are counted one by one."""

    policy: TimePolicy
    _: KW_ONLY
    epoch: int = 0
    position: int = -1
    high_ms: int = NEVER_MS
    facts: dict[int, Fact] = field(default_factory=dict)
    keys: int = MAX_KEYS
    scopes: int = MAX_SCOPES

    def __post_init__(self) -> None:
        """Facts of another life than this one are no help."""
        self.facts = {m: f for m, f in self.facts.items() if f.epoch == self.epoch}
        self.facts_reach = max((f.offset for f in self.facts.values()), default=-1)
        # More than there are: whether the order of the cells matters is asked with it, and asking too often is no harm.
        self._widest = max((f.cells for f in self.facts.values()), default=0)

    @property
    def watermark_ms(self) -> int:
        """No event older than this is awaited; NEVER_MS before the first event."""
        return self.high_ms - self.policy.lateness_ms if self.high_ms != NEVER_MS else NEVER_MS

    def begin_epoch(self, position: int) -> None:
        """Offsets begin anew after this one, in the next life of the topic; what was counted is counted on.

        So a fact is: "this is what all records of the lives before came to, and those of this one up to this offset".
        """
        self.epoch += 1
        self.position, self.facts_reach = position, -1
        for fact in self.facts.values():
            fact.epoch, fact.offset = self.epoch, -1

    def apply(self, rows: Rows, last_offset: int) -> Applied:
        """Count the rows of the chunk that ends at `last_offset` (which may itself hold no row).

        Rows at or below the position, or at or below the fact of their minute, are in already and are
        skipped. The answer depends on the records and their offsets only, never on how they are cut
        into chunks.
        """
        if len(rows.offsets) <= self.few and last_offset > self.position >= self.facts_reach:
            return self._apply_few(rows, last_offset)
        minutes = rows.times_ms // MINUTE_MS
        if last_offset <= self.position:
            repeated = self._facts_of(minutes)
            return Applied(repeated, _all_scopes(repeated), skipped=len(minutes))
        known = set(self.facts)
        keep = rows.offsets > self.position
        is_punctuation = self._punctuations(rows)
        high_ms = self._high_after(rows, is_punctuation)
        new = keep & ~is_punctuation
        late = np.zeros(len(minutes), dtype=np.bool_)
        if len(minutes) and self.policy.is_settled(int(minutes.min()), high_ms - self.policy.lateness_ms):
            settled_before = (
                self._highs(rows, is_punctuation)[:-1] - self.policy.lateness_ms - self.policy.revise_for_ms
            )
            late = new & ((minutes + 1) * MINUTE_MS <= settled_before)
            new &= ~late
        already = self._already(rows, minutes, new)
        counted = new & ~already
        counts, scopes, folded = self._count(rows, minutes, counted)
        repeated = self._facts_of(minutes[~keep | already])
        touched = repeated | counts
        self.position = last_offset
        self.high_ms = high_ms
        settled = [minute for minute in self._forget() if minute in known]
        skipped = int(np.count_nonzero(~keep) + np.count_nonzero(already))
        number = int(np.count_nonzero(counted))
        return Applied(
            touched, scopes | _all_scopes(repeated), np.flatnonzero(late).tolist(), settled, number, skipped, folded
        )

    def _apply_few(self, rows: Rows, last_offset: int) -> Applied:
        """The same for few rows, one by one: what numpy needs for each call is more than they take."""
        touched: dict[int, Fact] = {}
        scopes: dict[int, dict[str, int]] = {}
        late: list[int] = []
        known, counted, skipped = set(self.facts), 0, 0
        folded: dict[str, int] = {}
        columns = (column.tolist() for column in (rows.offsets, rows.times_ms, rows.codes, rows.counts, rows.amounts))
        for index, (offset, time_ms, code, count, amount) in enumerate(zip(*columns, strict=True)):
            place, minute = rows.places[code], time_ms // MINUTE_MS
            if place == PUNCTUATION:
                self.high_ms = max(self.high_ms, time_ms + self.policy.lateness_ms)
                continue
            if offset <= self.position:
                skipped += 1
                if minute in self.facts:
                    touched[minute] = fact = self.facts[minute]
                    scopes[minute] = dict.fromkeys(fact.tally, fact.offset)
            elif self.high_ms != NEVER_MS and self.policy.is_settled(minute, self.watermark_ms):
                late.append(index)
            else:
                counted += 1
                fact = touched[minute] = self.facts.setdefault(minute, Fact(self.epoch, offset, {}))
                fact.offset = max(fact.offset, offset)
                scope = self._count_in(fact, place, 1, count, amount, folded)
                scopes.setdefault(minute, {})[scope] = offset
            self.high_ms = max(self.high_ms, time_ms)
        self._widest = max([self._widest, *(fact.cells for fact in touched.values())])
        self.position = last_offset
        settled = [minute for minute in self._forget() if minute in known]
        return Applied(touched, scopes, late, settled, counted, skipped, folded)

    def _facts_of(self, minutes: Ints) -> dict[int, Fact]:
        """The facts of those of these minutes that are in the state."""
        return {minute: self.facts[minute] for minute in np.unique(minutes).tolist() if minute in self.facts}

    def _high_after(self, rows: Rows, is_punctuation: npt.NDArray[np.bool_]) -> int:
        """Highest event time after all rows; rows in already add nothing new to it."""
        high_ms = max(self.high_ms, int(rows.times_ms.max(initial=NEVER_MS)))
        if is_punctuation.any():
            high_ms = max(high_ms, int(rows.times_ms[is_punctuation].max()) + self.policy.lateness_ms)
        return high_ms

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

    def _count(
        self, rows: Rows, minutes: Ints, counted: npt.NDArray[np.bool_]
    ) -> tuple[dict[int, Fact], dict[int, dict[str, int]], dict[str, int]]:
        """Count these rows in; the facts of their minutes, their scopes, and of each dimension the folded records."""
        if not counted.any():
            return {}, {}, {}
        offsets, codes, counts, amounts = rows.offsets, rows.codes, rows.counts, rows.amounts
        if not counted.all():
            minutes, offsets, codes = minutes[counted], offsets[counted], codes[counted]
            counts, amounts = counts[counted], amounts[counted]
        width = len(rows.places)
        base = int(minutes.min())
        # The order of the cells matters only where the keys or the scopes may become too many.
        in_order = self._widest + width > min(self.keys, self.scopes)
        cells = sums_of((minutes - base) * width + codes, offsets, counts, amounts, in_order=in_order)
        touched: dict[int, Fact] = {}
        scopes: dict[int, dict[str, int]] = {}
        folded: dict[str, int] = {}
        for cell, last, records, count, amount in zip(*(column.tolist() for column in cells), strict=True):
            minute, place = base + cell // width, rows.places[cell % width]
            fact = touched.get(minute)
            if fact is None:
                fact = touched[minute] = self.facts.setdefault(minute, Fact(self.epoch, last, {}))
                scopes[minute] = {}
            if last > fact.offset:
                fact.offset = last
            scope, offsets_of = self._count_in(fact, place, records, count, amount, folded), scopes[minute]
            if last > offsets_of.get(scope, -1):
                offsets_of[scope] = last
        self._widest = max(self._widest, *(fact.cells for fact in touched.values()))
        return touched, scopes, folded

    def _count_in(self, fact: Fact, place: Place, records: int, count: int, amount: int, folded: dict[str, int]) -> str:
        """Count records of one place in; the scope they count under. What is one too many is added to `folded`."""
        named, status, code = place
        scope = named if self._has_room_for(fact, named) else OTHER
        if scope != named:
            folded[SCOPE] = folded.get(SCOPE, 0) + records
        dimensions = fact.opened(scope)
        for dimension, key in ((STATUS, status), (AUTH_CODE, code)):
            if key is None:
                continue
            cells = dimensions.get(dimension)
            if cells is None:
                cells = dimensions[dimension] = {}
            if not self._tell(fact, cells, key, count, amount):
                folded[dimension] = folded.get(dimension, 0) + records
        return scope

    def _has_room_for(self, fact: Fact, scope: str) -> bool:
        return scope in fact.tally or len(fact.tally) - (OTHER in fact.tally) < self.scopes

    def _tell(self, fact: Fact, cells: dict[str, list[int]], key: str, count: int, amount: int) -> bool:
        """Count under the key if it is known or there is room for it, else under OTHER; whether there was."""
        cell = cells.get(key)
        if cell is not None:
            cell[0] += count
            cell[1] += amount
            return True
        has_room = len(cells) < self.keys and fact.cells < MAX_CELLS
        name = key if has_room else OTHER
        cell = cells.get(name)
        if cell is None:
            fact.cells += 1
            cells[name] = [count, amount]
        else:
            cell[0] += count
            cell[1] += amount
        return has_room

    def _forget(self) -> list[int]:
        gone = [m for m in self.facts if self.policy.is_settled(m, self.watermark_ms)]
        for minute in gone:
            del self.facts[minute]
        return gone


def _all_scopes(facts: Mapping[int, Fact]) -> dict[int, dict[str, int]]:
    return {minute: dict.fromkeys(fact.tally, fact.offset) for minute, fact in facts.items()}
