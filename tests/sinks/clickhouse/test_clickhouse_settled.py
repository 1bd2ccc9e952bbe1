"""What workers had told each other of settled minutes lies on the late topic, and in no table."""

from collections.abc import Sequence
from typing import Any

from schemas.dead_letter import SETTLED, DeadLetter
from schemas.topics import Topics
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.roll_up import TouchedHours
from sinks.clickhouse.tables import Table
from sinks.protocol import Partition, Record

TOPICS = Topics("")
WORD = b'{"source":1,"sources":3,"epoch":1,"offset":7,"watermark_ms":9,"minutes":[]}'
TRANSACTION = b'{"timestamp":1752343620000,"status":"denied"}'


class Nowhere:
    """Takes no rows."""

    def insert(self, table: Table[Any], rows: Sequence[Any], known_ms: Sequence[int]) -> None:
        raise AssertionError

    def roll_up(self, touched: TouchedHours) -> None:
        raise AssertionError

    def close(self) -> None:
        """Nothing to forget."""


def late(value: bytes, reason: str, topic: str = TOPICS.late) -> Record:
    letter = DeadLetter(topic="transactions", partition=3, offset=41, reason=reason, field="minutes")
    return Record(Partition(topic, 0), 0, letter.key, value, letter.headers())


def test_a_word_of_settled_minutes_is_passed_over_and_is_no_dead_letter() -> None:
    assert ClickHouse(TOPICS, Nowhere()).read(late(WORD, SETTLED)) is None


def test_a_transaction_that_came_too_late_is_a_row() -> None:
    entry = ClickHouse(TOPICS, Nowhere()).read(late(TRANSACTION, "too_late"))
    assert entry is not None
    assert entry.event_ms == 1752343620000
