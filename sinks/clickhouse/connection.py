"""A connection to the store that is looked up anew whenever it breaks."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import clickhouse_connect
import structlog
from clickhouse_connect.driver.compression import get_compressor
from clickhouse_connect.driver.httputil import default_pool_manager

from sinks.clickhouse.dsn import Dsn, DsnError, parse
from sinks.clickhouse.errors import ErrorKind, busy, kind
from sinks.clickhouse.keeping import KeepSettings, keep
from sinks.clickhouse.migrations import Migration, SchemaTooNew, migrate
from sinks.clickhouse.roll_up import TouchedHours, statement
from sinks.clickhouse.shape import differences, is_distributed
from sinks.clickhouse.tables import Table
from sinks.protocol import Busy, Trouble

log = structlog.get_logger(__name__)
Endpoint = Callable[[], str]
"""Says the DSN of the store; raises `Busy` while there is none. Asked at every new connection."""
Connect = Callable[[Dsn, int], Any]
DATABASE: Final = "floodmark"
WRITING: Final = {"max_partitions_per_insert_block": 0}
"""Old data in one batch may span many months; that is no mistake here."""
ON_SHARDS: Final = {**WRITING, "distributed_foreground_insert": 1}
"""On a cluster an insert is done when it is on its shards, not when it waits for them."""
LOOKS_EVERY_S: Final = 10.0
"""Who changes a table by hand does so while we write: what is stored wrongly by then is at most of so many seconds."""
_BY_HAND: Final = "changed by hand, and nothing is written until it is as it was"
_AGAIN: Final = "What was written since the change may be wrong: write it again, with --from-beginning."
LOOPBACK: Final = re.compile(r"localhost|127(\.\d+){3}|::1")
IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class StoreRefused(Exception):
    """The store does not let us in, or the DSN is wrong; the message says what to do, without secrets."""


class StoreChanged(StoreRefused):
    """The tables are not what we made them: what is written meanwhile would be wrong, and look right.

    Args:
        changes: What is otherwise, each as a sentence with its remedy; one or more.
    """

    def __init__(self, changes: Sequence[str]) -> None:
        listed = "".join(f"\n- {change}." for change in changes[:10])
        more = f"\n- and {len(changes) - 10} more." if len(changes) > 10 else ""
        super().__init__(f"The store was {_BY_HAND}:{listed}{more}\n{_AGAIN}")
        others = f" (and {len(changes) - 1} more, which `floodmark doctor` names)" if len(changes) > 1 else ""
        self.shortly = f"the store was {_BY_HAND}: {changes[0]}{others}. {_AGAIN}"


class Connection:
    """Connects when first needed, migrates, inserts.

    Args:
        endpoint: Where the store is. A database in the path of the DSN is used instead of `floodmark`.
        timeout_s: The longest time one insert may take.
        connect: Makes a client from an address and a time limit in seconds.
        keeping: How long the tables keep their rows; None leaves them as they are.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        timeout_s: int = 60,
        connect: Connect | None = None,
        keeping: KeepSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeping = keeping
        self._clock = clock
        self._set_up_at = clock()
        self._endpoint = endpoint
        self._connect = connect or _connect
        self._timeout_s = timeout_s
        self._client: Any = None
        self._dsn = ""
        self._settings: Mapping[str, int] = WRITING
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
            ran = self._set_up()
        except Exception as error:
            self.close()
            raise self._at_setup(error, dsn) from error
        self._dsn = dsn
        return ran

    def _set_up(self) -> list[Migration]:
        """Bring the database up to date, and see that it is what we have made of it."""
        self._set_up_at = self._clock()
        ran = migrate(self._client, self.database)
        for migration in ran:
            log.info("migrated", database=self.database, version=migration.version, name=migration.name)
        self._settings = ON_SHARDS if is_distributed(self._client, self.database) else WRITING
        self._look()
        if self._keeping is not None:
            for table in keep(self._client, self.database, self._keeping):
                log.info("keeping_changed", database=self.database, table=table)
        return ran

    def _look(self) -> None:
        """Raises `StoreChanged` when the tables are not what we made them."""
        changed = differences(self._client, self.database)
        if changed:
            raise StoreChanged(changed)

    def insert(self, table: Table[Any], rows: Sequence[Any], known_ms: Sequence[int]) -> None:
        """Insert the rows in one statement.

        Args:
            table: Where to.
            rows: What.
            known_ms: When each of them was said, epoch milliseconds, by the broker's record; below 0: not known.

        Raises:
            Busy: the store is down, has to be set up again first, or was changed by hand.
            StoreRefused: it does not let us in.
            Exception: a row that the store cannot take (`errors.kind` is `ROW`), or a fault of ours.
        """
        self._prepare()
        try:
            compression = self._client.write_compression
            self._client.raw_insert(
                f"{self.database}.{table.name}",
                table.names,
                _compressed(table.blocks(rows, known_ms), compression),
                settings=dict(self._settings),
                fmt="Native",
                compression=compression,
            )
        except Exception as error:
            raise self._of_a_write(error) from error

    def roll_up(self, touched: TouchedHours) -> None:
        """Add up some hours anew, from the minutes that are stored by now.

        Raises:
            Busy: the store is down, has to be set up again first, or was changed by hand.
            StoreRefused: it does not let us in.
        """
        self._prepare()
        try:
            self._client.command(
                statement(self.database),
                parameters=touched.parameters,
                settings=dict(self._settings),
            )
        except Exception as error:
            raise self._of_a_write(error) from error

    def close(self) -> None:
        """Forget the connection; the next use makes a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _prepare(self) -> None:
        """Connect, or see now and then that all is still as it was when we did."""
        try:
            if self._client is None:
                self.migrate()
            elif self._clock() - self._set_up_at >= LOOKS_EVERY_S:
                self._set_up()
        except Exception as error:
            raise self._translated(error, self._dsn) from error

    def _of_a_write(self, error: Exception) -> Exception:
        """What to raise for an error of a write: a table that was changed refuses rows that are right."""
        if kind(error) in (ErrorKind.ROW, ErrorKind.OURS):
            try:
                self._look()
            except Exception as other:
                return self._translated(other, self._dsn)
        return self._translated(error, self._dsn)

    def _translated(self, error: Exception, dsn: str) -> Exception:
        """What to raise for `error`; a connection that may be broken is forgotten.

        Who changes a store by hand ends no sink that runs: it holds what it has until that is mended.
        """
        if isinstance(error, StoreChanged):
            self.close()
            return Busy(Trouble.REFUSED, error.shortly)
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
        if isinstance(error, SchemaTooNew):
            return StoreRefused(str(error))
        if isinstance(error, StoreChanged):
            return error
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


def _compressed(blocks: Iterable[bytes], compression: str | None) -> bytes:
    """The blocks as one body, compressed as the client and the store have agreed, or not at all."""
    compressor = get_compressor(compression)
    parts = [compressor.compress_block(block) for block in blocks]
    return b"".join((*parts, compressor.flush() or b""))


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
