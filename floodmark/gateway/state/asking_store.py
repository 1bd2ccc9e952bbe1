"""Finds the store that older minutes are asked from: that of a DSN, or what runs on the data directory just then."""

from collections.abc import Callable
from pathlib import Path

from floodmark.gateway.state.history import StoredHistory
from floodmark.local.store import locate
from floodmark.local.store.users import CredentialsError
from floodmark.queries.ask import DATABASE, Ask, Unreachable, remote
from runtime.exits import Exit
from sinks.clickhouse.dsn import parse


def history_of(dsn: str, data_dir: Path) -> StoredHistory | None:
    """Who knows older minutes; None where there is neither a DSN nor a data directory.

    Args:
        dsn: clickhouse-connect DSN; empty: the store of the data directory.
        data_dir: Where the local store is.
    """
    if dsn:
        return StoredHistory(lambda: remote(dsn), parse(dsn).database or DATABASE)
    return StoredHistory(_local(data_dir), DATABASE) if data_dir.is_dir() else None


def _local(data_dir: Path) -> Callable[[], Ask]:
    def connect() -> Ask:
        try:
            running = locate.endpoint(data_dir)
        except CredentialsError as error:
            raise Unreachable(str(error), Exit.UNREACHABLE) from error
        if running is None:
            raise Unreachable(f"no store answers for {data_dir}", Exit.UNREACHABLE)
        return remote(running.reader_dsn, on_this_machine=True)

    return connect
