"""One query's way through the engine: run it, stream it, insert, or only look at it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from floodmark.local.store.staging import staging_file
from floodmark.local.store.statement import Insert, check_heredocs, files_read, not_served
from floodmark.queries.errors import StoreError

ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
"""Values of query parameters are in ClickHouse's escaped text form."""


@dataclass(slots=True)
class Stats:
    """What a query read, wrote and returned: rows, bytes, nanoseconds."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0


class Session:
    """One connection to the engine, for one thread at a time: what a query sets is gone with it.

    Args:
        connection: The library's connection.
        folder: Where the data of an insert wait for the engine, in a file without a name.
    """

    def __init__(self, connection: Any, folder: str) -> None:
        self._connection = connection
        self._folder = folder
        self.stats = Stats()

    def close(self) -> None:
        """End it; nothing may be asked any more."""
        self._connection.close()

    def query(self, sql: bytes, output_format: str, params: Mapping[str, str] | None = None) -> bytes:
        """Run one statement and return its whole result; a FORMAT clause in `sql` wins over `output_format`."""
        started = time.perf_counter_ns()
        with engine_errors():
            result = self._connection.query(sql, output_format, params=dict(params or {}))
            body = bytes(result.bytes())
            self._count(result, len(body), started)
        return body

    def stream(self, sql: bytes, output_format: str, params: Mapping[str, str]) -> Iterator[bytes]:
        """Run one query and yield its result block by block; each block is complete in its format."""
        started = time.perf_counter_ns()
        with engine_errors():
            blocks = self._connection.send_query(sql, output_format, params=dict(params))
            try:
                for block in blocks:
                    body = bytes(block.bytes())
                    self._count(block, len(body), started)
                    yield body
            finally:
                blocks.close()

    def insert(self, insert: Insert, data: Iterable[bytes], params: Mapping[str, str]) -> None:
        """Insert `data`, in chunks cut anywhere; when it returns, the rows are stored.

        The engine reads them from a file, once all have come. (Its call for data that come in chunks reports success
        when the rows are refused behind the parser: by a constraint, a DEFAULT, the partitions, the disk.)

        Raises:
            StoreError: the rows are refused; what an insert of many blocks then leaves is said in `engine`.
        """
        with staging_file(self._folder) as file:
            sql = insert.reading(file.path)
            self._admit(insert, sql)
            file.fill(data)
            self.query(sql, "TSV", params)

    def _admit(self, insert: Insert, sql: bytes) -> None:
        """Refuse what is not one statement, and what brings a file of its own, as the engine reads it."""
        count = self.classify(sql)[1]
        if count == 1 and b"infile" not in (insert.head + insert.settings).lower():
            return
        printed = self.canonical(sql)
        if count > 1:
            raise StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
        if files_read(printed) != 1:
            raise not_served("INSERT FROM INFILE")

    def classify(self, sql: bytes) -> tuple[str, int]:
        """The engine's own judgement of `sql`, without running it: its class and its number of statements.

        The class is `READ_ONLY` for what neither writes nor changes the session nor leaves the engine; the number
        is 0 when it cannot be parsed.

        Raises:
            StoreError: 62 for what the engine would look at for too long.
        """
        check_heredocs(sql)
        # The wrapper does not pass this one on, so it is asked from the connection that it wraps.
        report = self._connection._conn.classify_query(sql, "")
        return report["query_class"].name, int(report["statement_count"])

    def canonical(self, sql: bytes) -> bytes:
        """`sql` as the engine prints it: one line, no comments, names quoted only where they must be.

        Raises:
            StoreError: 62 with the position in `sql`, when it is not one well-formed statement.
        """
        try:
            text = {"text": sql.decode("utf-8").translate(ESCAPES)}
            return self.query(b"SELECT formatQuerySingleLine({text:String})", "TSVRaw", text).rstrip(b"\n")
        except UnicodeDecodeError as error:
            raise StoreError(62, "SYNTAX_ERROR", f"The query is not UTF-8 at byte {error.start + 1}.") from None
        except StoreError as error:
            raise StoreError(error.code, error.name, error.text.partition(": In scope SELECT formatQ")[0]) from None

    def _count(self, result: Any, size: int, started: int) -> None:
        self.stats.read_rows += result.storage_rows_read()
        self.stats.read_bytes += result.storage_bytes_read()
        self.stats.written_rows += result.rows_written()
        self.stats.written_bytes += result.bytes_written()
        self.stats.result_rows += result.rows_read()
        self.stats.result_bytes += size
        self.stats.elapsed_ns = time.perf_counter_ns() - started


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what the engine raises into `StoreError`."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        # The library has two classes of one name, and both must be imported late (the time zone comes first).
        if isinstance(error, RuntimeError) or type(error).__name__ == "ChdbError":
            raise StoreError.from_engine(str(error)) from None
        raise
