"""The destination ClickHouse."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import structlog

from runtime.log_rate import Sparing
from schemas.dead_letter import PREFIX, SETTLED
from schemas.topics import Topics
from sinks.clickhouse.errors import ErrorKind, kind
from sinks.clickhouse.roll_up import TouchedHours, touched
from sinks.clickhouse.rows import (
    StoredRow,
    action_row,
    alert_row,
    dead_row,
    late_row,
    minute_row,
    raw_row,
    receipt_row,
)
from sinks.clickhouse.tables import ACTIONS, ALERTS, AUDIT, DEAD, LATE, MINUTES, RECEIPTS, TRANSACTIONS, Table
from sinks.protocol import BadRecord, BatchLimits, Entry, Record, Refusal

log = structlog.get_logger(__name__)
MAX_BAD: Final = 100
"""With this many refused rows in a batch, the rows are not to blame: the table is not what we think it is."""
_OF_SETTLED: Final = (f"{PREFIX}reason", SETTLED.encode())
Reader = Callable[[Record], tuple[StoredRow, int] | None]


class Inserts(Protocol):
    """What takes rows; see `Connection`."""

    def insert(self, table: Table[Any], rows: Sequence[Any], known_ms: Sequence[int]) -> None:
        """Insert them in one statement, with the times at which they were said."""

    def roll_up(self, touched: TouchedHours) -> None:
        """Add up some hours anew."""

    def close(self) -> None:
        """Forget the connection."""


class ClickHouse:
    """Writes all that people ask the store for; implements `sinks.protocol.Destination`.

    A batch written twice, or an older version after a newer one, changes nothing that the views show. When `write`
    returns, the hours of its minutes are added up anew, so what is committed is also in the roll-ups.

    Args:
        topics: The installation's topics.
        connection: The store.
        with_transactions: Whether transactions are kept as they came, too.
    """

    name = "clickhouse"
    limits = BatchLimits(records=40_000, linger_s=0.3)

    def __init__(self, topics: Topics, connection: Inserts, *, with_transactions: bool = False) -> None:
        self._connection = connection
        self._sparing = Sparing()
        self._late = topics.late
        self._minutes = topics.minutes
        self._readers: dict[str, Reader] = {
            topics.minutes: minute_row,
            topics.alerts: alert_row,
            topics.commands: action_row,
            topics.late: late_row,
            topics.dead_letters: dead_row,
            topics.receipts: receipt_row,
        }
        self._tables: dict[str, tuple[Table[Any], ...]] = {
            topics.minutes: (MINUTES,),
            topics.alerts: (ALERTS,),
            topics.commands: (ACTIONS, AUDIT),
            topics.late: (LATE,),
            topics.dead_letters: (DEAD,),
            topics.receipts: (RECEIPTS,),
        }
        if with_transactions:
            self._readers[topics.transactions] = raw_row
            self._tables[topics.transactions] = (TRANSACTIONS,)

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads."""
        return tuple(self._readers)

    def read(self, record: Record) -> Entry[StoredRow] | None:
        """See `Destination.read`. A record without a value is a tombstone of a compacted topic.

        What workers had told each other of settled minutes is on the late topic as well, and no transaction.
        """
        if record.value is None:
            return None
        topic = record.partition.topic
        if topic == self._late and _OF_SETTLED in record.headers:
            return None
        found = self._readers[topic](record)
        return None if found is None else Entry(record, found[0], found[1])

    def write(self, batch: Sequence[Entry[StoredRow]]) -> int:
        """See `Destination.write`. Rows that the store refuses are found by halving the batch.

        Raises:
            StoreRefused: the store does not let us in.
        """
        bad: list[tuple[Entry[Any], str]] = []
        by_topic: dict[str, list[Entry[Any]]] = {topic: [] for topic in self._tables}
        for entry in batch:
            by_topic[entry.record.partition.topic].append(entry)
        for topic, entries in by_topic.items():
            refused = len(bad)
            for table in self._tables[topic] if entries else ():
                # What one table refuses is offered to none after it, so that it is named once.
                if len(bad) == refused:
                    self._insert(table, entries, bad)
        if bad:
            # The loop offers the others again, and then the hours are added up.
            raise BadRecord(Refusal.UNSTORABLE, bad)
        for part in touched([entry.data for entry in by_topic[self._minutes]]):
            self._connection.roll_up(part)
        return len(batch)

    def close(self) -> None:
        """See `Destination.close`."""
        self._connection.close()

    def _insert(
        self, table: Table[Any], entries: Sequence[Entry[StoredRow]], bad: list[tuple[Entry[Any], str]]
    ) -> None:
        """Insert what can be inserted, add the rest to `bad`."""
        waiting = [entries]
        while waiting:
            part = waiting.pop()
            try:
                self._connection.insert(
                    table, [entry.data for entry in part], [entry.record.timestamp_ms for entry in part]
                )
            except Exception as error:
                if kind(error) is not ErrorKind.ROW or len(bad) >= MAX_BAD:
                    raise
                if len(part) == 1 and table is DEAD:
                    # Put aside, it would come again as another dead letter, without an end.
                    offset = part[0].record.offset
                    self._sparing.tell(log.warning, "dead_letter_not_stored", offset=offset, error=type(error).__name__)
                elif len(part) == 1:
                    bad.append(
                        (
                            part[0],
                            f"the store refuses the row ({type(error).__name__}, code {getattr(error, 'code', None)})",
                        )
                    )
                else:
                    middle = len(part) // 2
                    waiting += [part[middle:], part[:middle]]
