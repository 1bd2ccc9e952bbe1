"""A connection to the store that is looked up anew whenever it breaks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import clickhouse_connect
import structlog
from clickhouse_connect.driver.httputil import default_pool_manager

from sinks.clickhouse.dsn import Dsn, DsnError, parse
from sinks.clickhouse.errors import ErrorKind, busy, kind
from sinks.clickhouse.migrations import Migration, migrate
from sinks.clickhouse.shape import differences
from sinks.clickhouse.tables import Table
from sinks.protocol import Busy

log = structlog.get_logger(__name__)
Endpoint = Callable[[], str]
"""Says the DSN of the store; raises `Busy` while there is none. Asked at every new connection."""
Connect = Callable[[Dsn, int], Any]
DATABASE: Final = "floodmark"
LOOPBACK: Final = re.compile(r"localhost|127(\.\d+){3}|::1")
IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class StoreRefused(Exception):
    """The store does not let us in, or the DSN is wrong; the message says what to do, without secrets."""


class Connection:
    """Connects when first needed, migrates, inserts.

    Args:
        endpoint: Where the store is. A database in the path of the DSN is used instead of `floodmark`.
        timeout_s: The longest time one insert may take.
        connect: Makes a client from an address and a time limit in seconds.
    """

    def __init__(self, endpoint: Endpoint, timeout_s: int = 60, connect: Connect | None = None) -> None:
        self._endpoint = endpoint
        self._connect = connect or _connect
        self._timeout_s = timeout_s
        self._client: Any = None
        self._dsn = ""
        self.database = DATABASE

    def migrate(self) -> list[Migration]:
        """Connect and bring the database up to date; returns the steps that ran.

        Raises:
            Busy: the store is down.
            StoreRefused: it does not let us in, or its tables are not what we made them.
        """
        dsn = self._endpoint()
        self.database, place = _place(dsn)
        try:
            self._client = self._connect(place, self._timeout_s)
            ran = migrate(self._client, self.database)
            changed = differences(self._client, self.database)
            if changed:
                raise _changed(changed)
        except Exception as error:
            self.close()
            raise self._at_setup(error, dsn) from error
        self._dsn = dsn
        for migration in ran:
            log.info("migrated", database=self.database, version=migration.version, name=migration.name)
        return ran

    def insert(self, table: Table[Any], rows: Sequence[Any]) -> None:
        """Insert the rows in one statement.

        Raises:
            Busy: the store is down, or has to be set up again first.
            StoreRefused: it does not let us in.
            Exception: a row that the store cannot take (`errors.kind` is `ROW`), or a fault of ours.
        """
        if self._client is None:
            self.migrate()
        try:
            self._client.insert(
                table.name,
                table.data(rows),
                column_names=table.names,
                column_type_names=table.types,
                database=self.database,
                column_oriented=True,
                # Old data in one batch may span many months; that is no mistake here.
                settings={"max_partitions_per_insert_block": 0},
            )
        except Exception as error:
            raise self._translated(error, self._dsn) from error

    def close(self) -> None:
        """Forget the connection; the next use makes a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _translated(self, error: Exception, dsn: str) -> Exception:
        """What to raise for `error`; a connection that may be broken is forgotten."""
        if isinstance(error, (Busy, StoreRefused)):
            return error
        what = kind(error)
        if what in (ErrorKind.ROW, ErrorKind.OURS):
            return error
        self.close()
        if what is ErrorKind.DENIED and self._current(dsn) == dsn:
            return StoreRefused("The store refuses our name and password. Check the DSN (FLOODMARK_STORE_DSN).")
        return busy(error)

    def _at_setup(self, error: Exception, dsn: str) -> Exception:
        """What to raise for an error before the first insert: no row can be at fault yet."""
        translated = self._translated(error, dsn)
        if translated is error and not isinstance(error, (Busy, StoreRefused)):
            return StoreRefused(
                f"The store cannot be set up ({type(error).__name__}). Check the DSN and our rights there."
            )
        return translated

    def _current(self, otherwise: str) -> str:
        try:
            return self._endpoint()
        except Busy:
            return otherwise


def _changed(differences: Sequence[str]) -> StoreRefused:
    """The refusal for tables that were changed by hand: what is written meanwhile would be wrong, and look right."""
    listed = "".join(f"\n- {difference}." for difference in differences[:10])
    more = f"\n- and {len(differences) - 10} more." if len(differences) > 10 else ""
    return StoreRefused(
        f"The store was changed by hand, and nothing is written until it is as it was:{listed}{more}\n"
        "What was written since the change may be wrong: write it again, with --from-beginning."
    )


def _place(dsn: str) -> tuple[str, Dsn]:
    """The database that a DSN names (or `floodmark`), and the DSN without it: the database may not exist yet."""
    try:
        place = parse(dsn)
    except DsnError as error:
        raise StoreRefused(f"{error}. Check the DSN (FLOODMARK_STORE_DSN).") from None
    database = DATABASE if place.database in ("", "default") else place.database
    if not IDENTIFIER.fullmatch(database):
        raise StoreRefused("The DSN names a database that is not a plain identifier. Use letters, digits and _.")
    return database, replace(place, database="")


def _connect(place: Dsn, timeout_s: int) -> Any:
    return clickhouse_connect.get_client(
        **place.arguments(
            connect_timeout=5,
            send_receive_timeout=timeout_s,
            query_retries=0,
            autogenerate_session_id=False,
            pool_mgr=_pool(place),
        )
    )


def _pool(place: Dsn) -> Any:
    """How to get there: None for the client's own way, which takes a proxy when the environment names one.

    No proxy can reach this machine's loopback, where the embedded store is.
    """
    return default_pool_manager() if not place.secure and LOOPBACK.fullmatch(place.host) else None
