"""What is seen of the stored minutes while they are judged again: what proves them, and what is odd about them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import msgspec

from floodmark.analysis.verify.equal import is_same
from floodmark.analysis.verify.stored import StoredMinute, StoredRow
from processors.domain.judging.silence import is_stop
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import start_ms

_canonical: Final = msgspec.json.Encoder(order="deterministic").encode
_JUDGED: Final = ("count", "total", "share", "expected", "low", "high", "mean", "std", "z", "score", "verdict", "terms")


@dataclass(frozen=True, slots=True)
class Odd:
    """A minute whose counts do not add up to the total that its rows name."""

    minute: int
    dimension: str
    sum: int
    total: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The first series that is judged otherwise than it is stored: field to (stored, recomputed)."""

    minute: int
    dimension: str
    key: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class StoredEvidence:
    """Gathered minute by minute.

    Args:
        version: Version of the rule set that judges now.
        alert_version: The version (as the store numbers it) at which the alert was last said.
        gap: Minutes for which a silence is judged at most.
        first: The first stored minute.
        last: The last one so far.
        minutes: Stored minutes.
        with_data: Those that hold data.
        offsets: Source partition to the lowest and the highest offset.
        begins_anew: Whether nothing was known before the first minute, so that no history is missing.
        rule_sets: Version of a rule set to the last minute that it judged.
        odd: Minutes whose counts do not add up.
        missing: Minutes that were judged and are not stored, as (first, last).
        revised: Minutes that were stored anew after the alert was last said.
        left_out: Minutes that were judged without a source partition for which too much waited, as (first, last); of
            one that is still left out the last is None.
        silence: Minutes of the longest silence between two minutes with data, or after the last of them.
        otherwise: The first series in a minute that is judged otherwise than it is stored.
    """

    version: str
    alert_version: int
    gap: int
    first: int | None = None
    last: int | None = None
    minutes: int = 0
    with_data: int = 0
    offsets: dict[str, tuple[int, int]] = field(default_factory=dict)
    begins_anew: bool = True
    rule_sets: dict[str, int] = field(default_factory=dict)
    odd: list[Odd] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)
    revised: list[int] = field(default_factory=list)
    left_out: list[tuple[int, int | None]] = field(default_factory=list)
    silence: int = 0
    otherwise: Otherwise | None = None
    _last_data: int = 0
    _hash: Any = field(default_factory=sha256)
    _rows: dict[tuple[int, str, str], StoredRow] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Over one line of JSON for each minute with data, ascending, each ending with a line feed.

        The line is `[start in epoch milliseconds, {dimension: {key: [count, amount]}}, {partition: offset}]`, keys in
        order, without cells that are 0.
        """
        return str(self._hash.hexdigest())

    def take(self, stored: StoredMinute) -> None:
        """Take in the next stored minute."""
        minute, counts, offsets = stored.minute, stored.counts, stored.offsets
        if self.first is None:
            self.first = minute
            self.begins_anew = bool(counts) and all(row.mean is None for row in stored.rows)
        elif self.last is not None and (due := self._due(minute)) > self.last:
            self.missing.append((self.last + 1, due))
        self.last = minute
        self.minutes += 1
        for row in stored.rows:
            self.rule_sets[row.rule_set] = minute
            if not row.is_gone:
                self._rows[minute, row.dimension, row.key] = row
        if any(row.version > self.alert_version for row in stored.rows):
            self.revised.append(minute)
        self._note_silence(minute - 1 if counts else minute)
        if not counts:
            return
        self._last_data = minute
        self.with_data += 1
        for partition, offset in offsets.items():
            low, high = self.offsets.get(partition, (offset, offset))
            self.offsets[partition] = min(low, offset), max(high, offset)
        self._add_up(stored)
        cells = {
            dimension: {key: cell for key, cell in keys.items() if any(cell)} for dimension, keys in counts.items()
        }
        self._hash.update(_canonical([start_ms(minute), cells, offsets]) + b"\n")

    def end(self, upto: int) -> None:
        """No more minutes are stored up to and with this one."""
        self._note_silence(upto)

    def _note_silence(self, upto: int) -> None:
        if self._last_data:
            self.silence = max(self.silence, upto - self._last_data)

    def _due(self, minute: int) -> int:
        """The last minute before `minute` that must be stored: of a silence not every minute is."""
        assert self.last is not None
        is_skipped = is_stop(self.last - self._last_data)
        return self.last if is_skipped else min(minute - 1, self._last_data + self.gap)

    def judged(self, verdicts: Sequence[MinuteVerdict]) -> None:
        """Hold what the minutes taken in since the last call are judged to be against what is stored of them."""
        for verdict in verdicts:
            row = self._rows.get((verdict.minute, verdict.dimension, verdict.key))
            if self.otherwise is not None or row is None or row.rule_set != self.version:
                continue
            pairs = {name: (getattr(row, name), getattr(verdict, name)) for name in _JUDGED}
            differ = {name: pair for name, pair in pairs.items() if not is_same(*pair)}
            if differ:
                self.otherwise = Otherwise(verdict.minute, verdict.dimension, verdict.key, differ)
        self._rows.clear()

    def _add_up(self, stored: StoredMinute) -> None:
        sums, totals = Counter[str](), dict[str, int]()
        for row in stored.rows:
            if not row.is_gone:
                sums[row.dimension] += row.count
                totals[row.dimension] = row.total
        self.odd += [Odd(stored.minute, d, sums[d], total) for d, total in totals.items() if sums[d] != total]
