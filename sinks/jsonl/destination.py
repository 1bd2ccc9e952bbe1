"""The destination jsonl."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from schemas.codec import decode, decode_alert, encode
from schemas.minute import Minute
from schemas.topics import Topics
from sinks.jsonl.file import LinesFile
from sinks.protocol import BatchLimits, Entry, Record, UnreadableRecord


class JsonLines:
    """Appends to one file for each topic; implements `sinks.protocol.Destination`.

    Args:
        topics: The installation's topics.
        alerts: File for alerts (the alert itself, not its envelope); none: alerts are not read.
        minutes: File for minutes; none: minutes are not read.

    Raises:
        FileTaken: another process writes to one of the files.
        OSError: one of them cannot be opened.
    """

    name = "jsonl"
    limits = BatchLimits(records=5_000, linger_s=0.1)

    def __init__(self, topics: Topics, alerts: Path | None, minutes: Path | None = None) -> None:
        wanted: tuple[tuple[str, Path | None, Callable[[bytes], tuple[bytes, int] | None]], ...] = (
            (topics.alerts, alerts, _alert),
            (topics.minutes, minutes, _minute),
        )
        self._readers = {topic: reader for topic, path, reader in wanted if path is not None}
        self._files = {topic: LinesFile(path) for topic, path, _ in wanted if path is not None}

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads."""
        return tuple(self._readers)

    def read(self, record: Record) -> Entry[bytes] | None:
        """See `Destination.read`. A record without a value is a tombstone of a compacted topic."""
        if record.value is None:
            return None
        try:
            found = self._readers[record.partition.topic](record.value)
        except ValidationError as error:
            raise UnreadableRecord(f"not a record of its topic: {error.error_count()} fields are wrong") from error
        return None if found is None else Entry(record, *found)

    def write(self, batch: Sequence[Entry[bytes]]) -> int:
        """See `Destination.write`; returns once the lines are on the disk.

        Raises:
            OSError: a file cannot be written.
        """
        for topic, file in self._files.items():
            lines = [entry.data for entry in batch if entry.record.partition.topic == topic]
            if lines:
                file.append(lines)
        return len(batch)

    def close(self) -> None:
        """See `Destination.close`."""
        for file in self._files.values():
            file.close()


def _alert(raw: bytes) -> tuple[bytes, int] | None:
    alert = decode_alert(raw)
    return None if alert is None else (encode(alert), int(alert.timestamp.timestamp() * 1000))


def _minute(raw: bytes) -> tuple[bytes, int]:
    minute = decode(Minute, raw)
    return encode(minute), minute.minute
