"""Running one request in the engine."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from floodmark.local.store.allowed import OWNER_SETTINGS
from floodmark.local.store.coding import decoded
from floodmark.local.store.engine import Engine, Setup
from floodmark.local.store.guard import Guard, check_database, check_format
from floodmark.local.store.limits import BUILT_IN_MEMORY, capped, not_settable, owner_settings, reader_settings
from floodmark.local.store.request import Request
from floodmark.local.store.session import Stats
from floodmark.local.store.statement import MAX_DATA, Insert, StatementKind, insert_with_data, kind_of, settings_named
from floodmark.local.store.users import READER
from floodmark.queries.errors import StoreError

MAX_DECODED: Final = 1 << 30
"""Bytes of a body after decompression."""

STREAMED: Final = frozenset(
    {
        "native",
        "tabseparated",
        "tsv",
        "tabseparatedraw",
        "tsvraw",
        "csv",
        "rowbinary",
        "jsoneachrow",
        "jsonlines",
        "ndjson",
        "jsoncompacteachrow",
    }
)
"""Formats whose blocks can be put one after the other; all others need the whole result before the first byte."""


class Execution:
    """One request, from its first byte to its last.

    Args:
        engine: Where it runs.
        guard: Checks the statement before it runs.
        request: What to run. Its body is closed at the end.
    """

    def __init__(self, engine: Engine, guard: Guard, request: Request) -> None:
        self._engine = engine
        self._guard = guard
        self._request = request
        self.kind = StatementKind.OTHER
        self.output_format = request.output_format
        self.stats = Stats()

    def chunks(self) -> Iterator[bytes]:
        """Run it and yield the result; `output_format` is right from the first chunk on, `stats` at the end.

        Runs in one thread. Closing the iterator early cancels a query whose result is streamed.

        Raises:
            StoreError: at any point.
        """
        with self._request.body as body:
            coded = decoded(body, self._request.content_coding, MAX_DECODED)
            text = self._request.text
            stream = chain([text + b"\n"], coded) if text else coded
            sql = _up_to(stream, MAX_DATA + 1)
            start = sql[:MAX_DATA]
            self.kind = kind_of(start)
            insert = insert_with_data(start)
            if insert is not None:
                self._insert(insert, chain([sql[insert.data_at :]], stream))
            elif len(sql.rstrip()) > MAX_DATA:
                raise StoreError(62, "SYNTAX_ERROR", f"The query is longer than {MAX_DATA} bytes.")
            else:
                yield from self._run(sql.removesuffix(b"\n") if text else sql)

    def _insert(self, insert: Insert, data: Iterator[bytes]) -> None:
        if self._guarded or self._request.reads_only:
            raise StoreError(164, "READONLY", "Cannot execute query in readonly mode.")
        check_format(insert.format)
        if unknown := sorted(settings_named(insert.settings) - OWNER_SETTINGS):
            raise not_settable(unknown[0])
        with self._engine.session(Setup(self._request.database, self._settings())) as session:
            self.stats = session.stats
            session.insert(insert, data, self._request.params)

    def _run(self, sql: bytes) -> Iterator[bytes]:
        settings = self._settings()
        if self._request.user == READER:
            check_database(self._request.database)
        admitted = self._guard.check(sql, self._request.params, reads_only=self._guarded)
        only_reads = admitted.only_reads
        self.output_format = admitted.output_format or self._request.output_format
        check_format(self.output_format)
        streamed = only_reads and self.kind is StatementKind.READ and self.output_format.lower() in STREAMED
        if only_reads and not streamed:
            settings = capped(settings, BUILT_IN_MEMORY)
        with self._engine.session(Setup(self._request.database, settings)) as session:
            self.stats = session.stats
            if streamed:
                yield from session.stream(sql, self.output_format, self._request.params)
            else:
                yield session.query(sql, self.output_format, self._request.params)

    @property
    def _guarded(self) -> bool:
        """The reader always, and the owner when it asks to be held back."""
        return self._request.user == READER or self._request.settings.get("readonly", "0") != "0"

    def _settings(self) -> dict[str, str]:
        if self._request.user == READER:
            return reader_settings(self._request.settings)
        return owner_settings(self._request.settings, reads_only=self._request.reads_only)


def _up_to(stream: Iterator[bytes], size: int) -> bytes:
    """Chunks of the stream until there are at least `size` bytes or it ends."""
    parts, have = [], 0
    while have < size and (chunk := next(stream, b"")):
        parts.append(chunk)
        have += len(chunk)
    return b"".join(parts)
