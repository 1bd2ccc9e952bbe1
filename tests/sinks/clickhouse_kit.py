"""The destination ClickHouse on a real store, and a client that looks at what came of it."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

import clickhouse_connect

from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.protocol import Record

if TYPE_CHECKING:
    from tests.sinks.conftest import StoreProcess


MIGRATED: Final = "migrated"
"""The database that the migrations have made, and that others are copied from."""


class OnStore:
    """A database of its own on the shared store, the destination on it, and a client to look.

    Args:
        process: The store.
        is_set_up: Whether the database is there as the migrations make it; a copy, as they take a second of CPU time.
    """

    def __init__(self, process: StoreProcess, *, is_set_up: bool = True) -> None:
        self.database = f"t{uuid.uuid4().hex[:8]}"
        self.dsn = process.dsn(self.database)
        self.connection = Connection(lambda: self.dsn)
        self.sink = ClickHouse(Topics(), self.connection)
        self.client = clickhouse_connect.get_client(dsn=process.dsn("default"), autogenerate_session_id=False)
        if is_set_up:
            self._set_up(process)

    def _set_up(self, process: StoreProcess) -> None:
        if not self.client.query(f"EXISTS DATABASE {MIGRATED}").first_row[0]:
            template = Connection(lambda: process.dsn(MIGRATED))
            template.migrate()
            template.close()
        made = self.client.query(f"SELECT name, create_table_query FROM system.tables WHERE database = '{MIGRATED}'")
        self.client.command(f"CREATE DATABASE {self.database}")
        left = dict(made.result_rows)
        while left:
            # What others are made of comes before them.
            name = next(each for each, query in left.items() if not _names(query) & (left.keys() - {each}))
            self.client.command(left.pop(name).replace(f"{MIGRATED}.", f"{self.database}."))
        ledger = "schema_migrations"
        self.client.command(f"INSERT INTO {self.database}.{ledger} SELECT * FROM {MIGRATED}.{ledger}")

    def write(self, *records: Record) -> int:
        return self.sink.write([entry for record in records if (entry := self.sink.read(record)) is not None])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self.client.query(query.replace("DB.", f"{self.database}.")).result_rows)

    def close(self) -> None:
        self.sink.close()
        self.client.command(f"DROP DATABASE IF EXISTS {self.database}")
        self.client.close()


def _names(query: str) -> set[str]:
    """The tables and views of the database that a statement names."""
    return set(re.findall(rf"\b{MIGRATED}\.(\w+)", query))
