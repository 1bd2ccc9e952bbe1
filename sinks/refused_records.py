"""What both loops do with records first: read those that are for us, put those aside that cannot be."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic

import structlog

from runtime.log_rate import Sparing
from sinks.health import Seconds
from sinks.metrics import Metrics
from sinks.protocol import Data, DeadLetterTarget, Entry, Record, Refusal, UnreadableRecord, is_for

log = structlog.get_logger(__name__)
MAX_NAMED: Final = 3
"""How many of the records that are put aside together are named in the log; all are in the dead-letter topic."""


class RefusedRecords:
    """Puts records aside, counts them and says so.

    Args:
        sink: The sink's name.
        dead_letters: Where they go.
        metrics: Told how many.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(
        self, sink: str, dead_letters: DeadLetterTarget, metrics: Metrics, clock: Seconds = time.monotonic
    ) -> None:
        self._sink = sink
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._sparing = Sparing(clock)

    def put(self, refused: Sequence[tuple[Record, str]], refusal: Refusal) -> None:
        """Put these aside, each with what is wrong with it.

        Raises:
            DeadLetterError: One of them could not be put aside.
        """
        self._dead_letters.put(refused, refusal)
        self._metrics.refused(refusal, len(refused))
        for record, detail in refused[:MAX_NAMED]:
            self._sparing.tell(
                log.error,
                "record_put_aside",
                sink=self._sink,
                reason=refusal.value,
                topic=record.partition.topic,
                partition=record.partition.number,
                offset=record.offset if record.first < 0 else record.first,
                detail=detail,
                of=len(refused),
                again="floodmark dlq replay",
            )


class RecordReading(Generic[Data]):
    """The records of a batch as entries, one after the other.

    Args:
        sink: The sink's name; what is meant for another one is nothing for us.
        read: Makes an entry of a record, or None of one that is not wanted; raises `UnreadableRecord`.
    """

    def __init__(self, sink: str, read: Callable[[Record], Entry[Data] | None]) -> None:
        self._sink = sink
        self._read = read
        self.unreadable: list[tuple[Record, str]] = []
        """What could not be read, each record with what is wrong with it."""

    def of(self, records: Iterable[Record]) -> Iterator[tuple[Record, Entry[Data] | None]]:
        """Each record that can be read, with its entry; None where it is not meant for us."""
        read, sink = self._read, self._sink
        for record in records:
            if record.trouble:
                self.unreadable.append((record, record.trouble))
                continue
            try:
                # Almost no record names a sink, so a look at its headers spares the question.
                entry = read(record) if not record.headers or is_for(record, sink) else None
            except UnreadableRecord as error:
                self.unreadable.append((record, str(error)))
            else:
                yield record, entry
