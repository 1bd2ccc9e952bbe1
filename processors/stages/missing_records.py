"""Records that were there and cannot be read: in a batch that nobody can read, or deleted before it was our turn."""

from typing import Final

import structlog

from processors.intake.chunk import Chunk, UnreadableBatch
from processors.metrics import WorkerMetrics
from processors.stages.outbox import Outbox, Parcel
from runtime.log_rate import Sparing
from schemas.dead_letter import DeadLetter

log = structlog.get_logger(__name__)

BATCH_BYTES: Final = 100_000
"""How much of a batch that nobody can read is kept."""


class MissingRecords:
    """Says of one stage's topic what is missing.

    Args:
        stage: The name of the stage.
        outbox: Sends dead letters.
        metrics: The counters of the worker.
        sparing: Writes what many records may cause.
    """

    def __init__(self, stage: str, outbox: Outbox, metrics: WorkerMetrics, sparing: Sparing) -> None:
        self._outbox = outbox
        self._discarded = metrics.discarded
        self._metrics = metrics.of_stage(stage)
        self._sparing = sparing
        self._gone: dict[int, int] = {}
        self.remark = ""
        """What people should know of records that were not there to be read; empty when there is nothing."""

    async def put_aside(self, chunk: Chunk, batch: UnreadableBatch, dead_letters: str, parcel: Parcel) -> None:
        """Send a batch that nobody can read to the topic of dead letters, as one letter."""
        self._discarded.labels("unreadable_batch").inc(batch.records)
        detail = (
            f"the batch of offsets {batch.first} to {batch.last}, {batch.records:,} records by its header: {batch.why}"
        )
        self._sparing.tell(log.error, "batch_unreadable", topic=chunk.topic, partition=chunk.partition, batch=detail)
        letter = DeadLetter(
            topic=chunk.topic,
            partition=chunk.partition,
            offset=batch.first,
            reason="unreadable_batch",
            detail=detail,
        )
        await self._outbox.send_letter(parcel, dead_letters, letter, batch.raw[:BATCH_BYTES])

    def note_gone(self, chunk: Chunk, records: int) -> None:
        """This many records, up to the end of the chunk, were deleted before they could be read."""
        self._metrics.gone.inc(records)
        self._gone[chunk.partition] = self._gone.get(chunk.partition, 0) + records
        lost = ", ".join(f"{number:,} of partition {partition}" for partition, number in sorted(self._gone.items()))
        self.remark = f"{chunk.topic}: records were deleted before they could be read ({lost}); counts are not whole"
        self._sparing.tell(
            log.error,
            "records_deleted",
            topic=chunk.topic,
            partition=chunk.partition,
            records=records,
            since_the_start=self._gone[chunk.partition],
            upto=chunk.last,
            remedy="keep records for longer (retention), or run more workers",
        )
