"""ClickHouse's engine, opened on a directory.

What a write promises: an insert that returned is in the table's files and synced (`fsync_after_insert`), so neither
`kill -9` nor a power loss takes it back. An insert that raised is refused, and what it leaves depends on its size:

- up to 1 048 448 rows and 256 MB (ClickHouse's `min_insert_block_size_rows` and `_bytes`) are one block, and a block of
  one partition is all or nothing, also for readers beside it;
- more are written in several blocks, side by side. Whole blocks of those that are not refused may stay.
  Sending them again stores them twice, unless the table replaces rows (Floodmark's all do);
- a block of several partitions becomes one part for each. Constraints, defaults and the number of partitions are looked
  at before the first part; only a disk or a memory that fails in between can leave some of the parts;
- a materialized view that refuses leaves the rows in its source, and may have filled other views.

The data are read only when the whole body has come and is undamaged: one that breaks off leaves nothing, of any size.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from floodmark.local.store.engineconfig import write_config
from floodmark.local.store.session import Session, engine_errors
from floodmark.queries.errors import StoreError

DATABASE: Final = "floodmark"
"""The database of a query that names none."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a session starts with; `readonly` among the settings takes effect after all others."""

    database: str
    settings: Mapping[str, str]

    def sql(self) -> bytes:
        """The statements that establish it."""
        name = self.database.replace("\\", "\\\\").replace("`", "\\`")
        ordered = sorted(self.settings.items(), key=lambda item: item[0] == "readonly")
        changes = ", ".join(f"{setting} = {quote(value)}" for setting, value in ordered)
        return f"USE `{name}`{f'; SET {changes}' if changes else ''}".encode()


class Engine:
    """The engine on one directory. A process can have one open, and a directory is open in one process.

    Opening sets the process's time zone to UTC, as the engine takes its own from there.
    """

    def __init__(self, path: str, anchor: Any) -> None:
        self._path = path
        self._anchor = anchor
        self.version = Session(anchor, path).query(b"SELECT version()", "TSVRaw").decode().strip()

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open the engine, and make the directory and the database `floodmark` when they are missing.

        Raises:
            StoreError: the engine cannot be opened there.
            ValueError: the path has a character that the engine cannot have in it.
            OSError: the directory cannot be made.
        """
        path = str(directory.absolute())
        if "?" in path:
            raise ValueError(f"the path {path} has a ? in it, which ClickHouse's engine cannot have: use another one")
        directory.mkdir(parents=True, exist_ok=True)
        os.environ["TZ"] = "UTC"
        time.tzset()
        try:
            import chdb
        except ModuleNotFoundError:
            raise StoreError(344, "SUPPORT_IS_DISABLED", "chdb is missing: install Floodmark's extra `local`") from None

        with tempfile.TemporaryDirectory(prefix="floodmark-") as folder, engine_errors():
            anchor = chdb.connect(f"{path}?config-file={write_config(Path(folder), _setting_names(chdb))}")
            # The engine's own file() reads every file of the machine and asks neither grants nor `readonly`; it can be
            # reached without its name being seen (in an expression inside a string). A function of ours takes its name.
            chdb.create_function("file", _closed, ["String"], "String")
        Session(anchor, path).query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}".encode(), "TSV")
        return cls(path, anchor)

    def open_session(self, setup: Setup) -> Session:
        """A fresh session, which is a connection of its own: half a millisecond and half a megabyte; to be closed.

        Raises:
            StoreError: it cannot be set up so.
        """
        import chdb

        with engine_errors():
            connection = chdb.connect(self._path)
            try:
                connection.query(setup.sql(), "TSV")
            except BaseException:
                connection.close()
                raise
        return Session(connection, self._path)

    @contextmanager
    def session(self, setup: Setup) -> Iterator[Session]:
        """The same, closed at the end of the block."""
        session = self.open_session(setup)
        try:
            yield session
        finally:
            session.close()

    def cancel_reads(self) -> None:
        """Ask every running query that only reads to stop."""
        with self.session(Setup(DATABASE, {})) as session:
            session.query(b"KILL QUERY WHERE query_kind = 'Select' AND query_id != queryID() ASYNC", "TSV")

    def close(self) -> None:
        """Close the engine; sessions that are still open keep it open until they end."""
        self._anchor.close()


def quote(text: str) -> str:
    """`text` as a string literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _setting_names(chdb: Any) -> list[str]:
    """All settings of this engine: they must be known before it is opened on a directory."""
    anchor = chdb.connect(":memory:")
    try:
        return bytes(anchor.query("SELECT name FROM system.settings", "TSVRaw").bytes()).decode().split()
    finally:
        anchor.close()


def _closed(_: str) -> str:
    raise PermissionError("file() is not served")
