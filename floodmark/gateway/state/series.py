"""The judged minutes of one series, packed: 24 hours of a thousand series take some 150 MB and not a gigabyte."""

import math
from collections.abc import Iterator
from struct import Struct, error
from typing import Final

import msgspec

from schemas.minute import Dimension, Verdict

VERDICTS: Final[tuple[Verdict, ...]] = ("normal", "warming_up", "info", "warning", "critical", "no_data", "unknown")
BLOCK: Final = 60
"""Minutes that are kept in one piece of memory."""
_CODE: Final = {word: number for number, word in enumerate(VERDICTS, 1)}
"""0: there is no record of the minute."""
_ROW: Final = Struct("<BxxxIQqqqQddddddd")
_SIZE: Final = _ROW.size
_RANK: Final = Struct("<IQ")
_RANK_AT: Final = 4
"""Where revision and version lie in a row."""
_NAN: Final = math.nan
_LOW: Final = (1 << 64) - 1


class KnownNumbers(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a record of the minutes topic in which no rule found anything; see `KnownMinute`."""

    minute: int
    scope: str
    dimension: Dimension
    key: str
    count: int
    total: int
    verdict: Verdict
    amount: int = 0
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    z: float | None = None
    score: float = 0.0
    rules: list[str] = []
    revision: int = 1
    version: int = 0


class KnownMinute(KnownNumbers, frozen=True, gc=False):
    """What is kept of a record of the minutes topic; fields as in `schemas.minute.Minute`."""

    terms: dict[str, float] = {}
    offsets: dict[str, int] = {}
    rule_set: str = ""

    @property
    def share(self) -> float | None:
        """Part of the total; None when that is 0."""
        return self.count / self.total if self.total else None


class Note(msgspec.Struct, frozen=True):
    """What is kept beside the numbers of a minute in which a rule found something."""

    rules: list[str]
    terms: dict[str, float]
    offsets: dict[str, int]
    rule_set: str


_NO_NOTE: Final = Note([], {}, {}, "")


class SeriesMinutes:
    """The minutes of one series by number (epoch minutes), those without a record left out.

    Args:
        scope: Of the series.
        dimension: Of the series.
        key: Of the series.
    """

    __slots__ = ("dimension", "key", "last", "notes", "pieces", "scope")

    def __init__(self, scope: str, dimension: Dimension, key: str) -> None:
        self.scope, self.dimension, self.key = scope, dimension, key
        self.pieces: dict[int, bytearray] = {}
        """Hours by their number, packed; to be looked at by `Minutes` alone."""
        self.notes: dict[int, Note] = {}
        """By minute, where a rule found something."""
        self.last = -1
        """The newest minute there is; -1 before the first."""

    @property
    def blocks(self) -> int:
        """How many pieces of memory it has."""
        return len(self.pieces)

    def put(self, minute: int, seen: KnownNumbers) -> bool:
        """Take in a record; whether it is news: of two of one minute the one with the higher version is right.

        One with a number that nobody can have counted is left out. Where rules found something it is a `KnownMinute`.
        """
        number, place = divmod(minute, BLOCK)
        at = place * _SIZE
        block = self.pieces.get(number)
        if block is not None and block[at]:
            revision, version = _RANK.unpack_from(block, at + _RANK_AT)
            if seen.version < version or (seen.version == version and seen.revision < revision):
                return False
        if seen.revision < 1 or not 0 <= seen.score <= 100:
            return False
        try:
            row = _ROW.pack(
                _CODE[seen.verdict],
                seen.revision,
                seen.version,
                seen.count,
                seen.total,
                seen.amount >> 64,
                seen.amount & _LOW,
                _NAN if seen.expected is None else seen.expected,
                _NAN if seen.low is None else seen.low,
                _NAN if seen.high is None else seen.high,
                _NAN if seen.mean is None else seen.mean,
                _NAN if seen.std is None else seen.std,
                _NAN if seen.z is None else seen.z,
                seen.score,
            )
        except error:
            return False
        if block is None:
            block = self.pieces[number] = bytearray(BLOCK * _SIZE)
        block[at : at + _SIZE] = row
        if isinstance(seen, KnownMinute) and seen.rules:
            self.notes[minute] = Note(seen.rules, seen.terms, seen.offsets, seen.rule_set)
        elif self.notes:
            self.notes.pop(minute, None)
        if minute > self.last:
            self.last = minute
        return True

    def at(self, minute: int) -> KnownMinute | None:
        """One minute; None where there is none."""
        number, place = divmod(minute, BLOCK)
        block = self.pieces.get(number)
        if block is None or not block[place * _SIZE]:
            return None
        return self._seen(minute, _ROW.unpack_from(block, place * _SIZE))

    def between(self, first: int, last: int) -> Iterator[KnownMinute]:
        """The minutes from `first` to `last`, both included, oldest first."""
        for number in sorted(n for n in self.pieces if first // BLOCK <= n <= last // BLOCK):
            for place, row in enumerate(_ROW.iter_unpack(self.pieces[number])):
                minute = number * BLOCK + place
                if row[0] and first <= minute <= last:
                    yield self._seen(minute, row)

    def forget_before(self, minute: int) -> int:
        """Forget what lies in pieces that end before this minute; how many pieces went."""
        gone = [number for number in self.pieces if (number + 1) * BLOCK <= minute]
        for number in gone:
            del self.pieces[number]
        if gone and self.notes:
            first = minute // BLOCK * BLOCK
            self.notes = {at: note for at, note in self.notes.items() if at >= first}
        return len(gone)

    def _seen(self, minute: int, row: tuple[float, ...]) -> KnownMinute:
        code, revision, version, count, total, amount, low_amount, *numbers, score = row
        expected, low, high, mean, std, z = [None if math.isnan(each) else each for each in numbers]
        note = self.notes.get(minute, _NO_NOTE)
        return KnownMinute(
            minute=minute * 60_000,
            scope=self.scope,
            dimension=self.dimension,
            key=self.key,
            count=int(count),
            total=int(total),
            verdict=VERDICTS[int(code) - 1],
            amount=(int(amount) << 64) + int(low_amount),
            expected=expected,
            low=low,
            high=high,
            mean=mean,
            std=std,
            z=z,
            score=score,
            terms=note.terms,
            rules=note.rules,
            revision=int(revision),
            version=int(version),
            offsets=note.offsets,
            rule_set=note.rule_set,
        )
