"""Rows: what files hold and what is published, one transaction or several counted before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from msgspec import Struct

MINUTE_MS: Final = 60_000
MAX_EXAMPLES: Final = 5
"""How many of the bad rows that were left out are kept to be shown."""


class Row(Struct, frozen=True, gc=False, omit_defaults=True, rename={"timestamp_ms": "timestamp"}):
    """A transaction, or transactions counted before; encoded, it is a record of schemas.transaction.

    A msgspec struct and not a dataclass, because a replay makes one for each transaction.

    Args:
        timestamp_ms: Event time in epoch milliseconds.
        count: How many transactions, 0 or more.
        status: In lower case; None in a row that counts by auth code alone.
        auth_code: In lower case; None in a row that counts by status alone.
        scope: In lower case.
        amount: Sum of the row in minor units; None when it is not known.
    """

    timestamp_ms: int
    count: int
    status: str | None = None
    auth_code: str | None = None
    scope: str = "all"
    amount: int | None = None


event_time: Final[Callable[[Row], int]] = attrgetter("timestamp_ms")
"""The event time of a row in epoch milliseconds; the sort key of everything that merges rows."""


def minute_start(timestamp_ms: int) -> int:
    """The start of the minute `[start, start + 60 s)` that an instant lies in, both in epoch milliseconds."""
    return timestamp_ms - timestamp_ms % MINUTE_MS


class RowError(ValueError):
    """A file or a row of it cannot be read; the message says where, what is wrong and what to do."""


@dataclass(slots=True)
class FileReading:
    """What came of reading files, beside the rows themselves.

    Args:
        rows: Good rows.
        bad: Rows that were left out.
        examples: The first few of them, in words.
        notes: What people should know, one sentence each: columns that were ignored.
        assumed: What was taken for granted of the way in which files are written, one sentence each.
    """

    rows: int = 0
    bad: int = 0
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def leave_out(self, error: RowError) -> None:
        """Count a bad row."""
        self.bad += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(str(error))

    def told_left_out(self) -> list[str]:
        """How many rows were left out and why the first was, in a sentence; nothing where none was."""
        return [f"{self.bad:,} bad rows left out; the first: {self.examples[0]}"] if self.bad else []
