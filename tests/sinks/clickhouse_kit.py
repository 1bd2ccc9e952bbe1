"""The destination ClickHouse on a real store, and a client that looks at what came of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import clickhouse_connect

from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.protocol import Record

if TYPE_CHECKING:
    from tests.sinks.conftest import StoreProcess


class OnStore:
    """A database of its own on the shared store, the destination on it, and a client to look."""

    def __init__(self, process: StoreProcess) -> None:
        self.database = f"t{uuid.uuid4().hex[:8]}"
        self.dsn = process.dsn(self.database)
        self.connection = Connection(lambda: self.dsn)
        self.sink = ClickHouse(Topics(), self.connection)
        self.client = clickhouse_connect.get_client(dsn=process.dsn("default"), autogenerate_session_id=False)

    def write(self, *records: Record) -> int:
        return self.sink.write([entry for record in records if (entry := self.sink.read(record)) is not None])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self.client.query(query.replace("DB.", f"{self.database}.")).result_rows)

    def close(self) -> None:
        self.sink.close()
        self.client.command(f"DROP DATABASE IF EXISTS {self.database}")
        self.client.close()
