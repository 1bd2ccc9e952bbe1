"""What a worker could not read: told to the judges, to the log, and to whoever asks for its health."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import structlog

from processors.domain.incidents.refusals import SHARE, Refusals, RefusedCount, example
from processors.intake import chunk as chunks
from processors.intake.chunk import Chunk
from processors.intake.reading import UnreadableValue

log = structlog.get_logger(__name__)

SHOUT_MS: Final = 60_000
"""How often it is logged."""
UNREADABLE_BATCH: Final = "unreadable_batch"
"""The reason of records that lie in a batch which nobody can read."""
FRESH_MS: Final = 600_000
"""For so long it is spoken of."""


class RefusedBySource:
    """Of all source partitions of this worker.

    Args:
        share: See domain.incidents.refusals.SHARE.
    """

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._sources: dict[int, Refusals] = {}
        self._reasons: Counter[str] = Counter()
        self._last_ms = self._shouted_ms = 0
        self._last = RefusedCount(0)

    def note(self, chunk: Chunk, bad: Sequence[UnreadableValue], now_ms: int) -> None:
        """A chunk was read, and these of its records were refused."""
        source = self._sources.setdefault(chunk.partition, Refusals(self._share))
        if not bad:
            source.note(now_ms, len(chunk.values), 0)
            return
        last = bad[-1]
        place = f"{chunk.topic}/{chunk.partition}@{int(chunk.offsets[last.index])}"
        sample = example(place, chunk.values[last.index])
        self._last = RefusedCount(len(bad), len(chunk.values), last.reason, last.field, sample)
        source.note(now_ms, len(chunk.values), len(bad), self._last)
        self._reasons.update(each.reason for each in bad)
        self._tell(sample, last.detail, now_ms)

    def note_batch(self, chunk: Chunk, batch: chunks.UnreadableBatch, now_ms: int) -> None:
        """A batch was passed over; what it holds is known by its header alone, and is one record at least."""
        records = max(1, min(batch.records, batch.last - batch.first + 1))
        place = f"{chunk.topic}/{chunk.partition}@{batch.first} a batch of {records:,} records:"
        sample = example(place, batch.why.encode())
        self._last = RefusedCount(records, records, UNREADABLE_BATCH, "", sample)
        self._sources.setdefault(chunk.partition, Refusals(self._share)).note(now_ms, records, records, self._last)
        self._reasons[UNREADABLE_BATCH] += records
        self._tell(sample, batch.why, now_ms)

    def _tell(self, sample: str, detail: str, now_ms: int) -> None:
        """Note when something was refused last, and log it now and then."""
        self._last_ms = now_ms
        if abs(now_ms - self._shouted_ms) >= SHOUT_MS:
            self._shouted_ms = now_ms
            log.error(
                "records_put_aside",
                since_the_start=self._reasons.total(),
                by_reason=dict(self._reasons.most_common()),
                last=f"{sample} ({detail})",
                remedy="`floodmark dlq list` shows them",
            )

    def word(self, source: int, judge: int, now_ms: int) -> RefusedCount | None:
        """What the judge is to be told of a source; None when there is no news."""
        refusals = self._sources.get(source)
        return None if refusals is None else refusals.word(judge, now_ms)

    def remark(self, now_ms: int) -> str:
        """What people should know; empty when nothing was refused lately."""
        if not self._reasons or now_ms - self._last_ms > FRESH_MS:
            return ""
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in self._reasons.most_common(3))
        return (
            f"{self._reasons.total():,} records put aside since the start ({reasons}), the last "
            f"{max(0, now_ms - self._last_ms) // 1000} s ago: see `floodmark dlq list`"
        )
