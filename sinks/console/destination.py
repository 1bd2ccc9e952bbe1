"""The destination console."""

import sys
from collections.abc import Sequence
from typing import Literal, TextIO

from rich.console import Console

from schemas.alert import Alert
from schemas.codec import encode
from schemas.shown import shown_json
from sinks.alert_record import alert_in
from sinks.console.text import lines
from sinks.protocol import BatchLimits, Entry, Record

ConsoleFormat = Literal["text", "json"]


class ConsoleSink:
    """Prints each alert; implements `sinks.protocol.Destination`.

    Args:
        form: `text` for people, coloured on a terminal; `json` for one alert a line.
        stream: Where to print; none: stdout.
    """

    name = "console"
    limits = BatchLimits(records=500, linger_s=0.02)

    def __init__(self, form: ConsoleFormat = "text", stream: TextIO | None = None) -> None:
        self._json = form == "json"
        self._stream = stream or sys.stdout
        self._console = Console(file=self._stream, highlight=False, soft_wrap=True, markup=False, emoji=False)

    def read(self, record: Record) -> Entry[Alert] | None:
        """See `Destination.read`."""
        alert = alert_in(record)
        return None if alert is None else Entry(record, alert, int(alert.timestamp.timestamp() * 1000))

    def write(self, batch: Sequence[Entry[Alert]]) -> int:
        """See `Destination.write`; returns once the text has left this process.

        Raises:
            OSError: nobody reads any more, or the disk behind it is full.
        """
        for entry in batch:
            if self._json:
                self._stream.write(shown_json(encode(entry.data).decode()) + "\n")
            else:
                self._console.print(lines(entry.data))
        self._stream.flush()
        return len(batch)

    def close(self) -> None:
        """See `Destination.close`. The stream is not ours to close."""
