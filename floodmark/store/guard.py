"""What keeps a reader a reader.

Five locks, none of which trusts the others:

1. The engine grants nobody the sources outside it (`engineconfig.RIGHTS`): no tables from `file()`, `url()`, `s3()`,
   `remote()` and the like.
2. `readonly = 1` and the limits are set on the reader's session before its query; the engine then refuses to change
   them, from SET as well as from a SETTINGS clause.
3. The engine classifies the statement: one, and of the class READ_ONLY, or it does not run. INTO OUTFILE, KILL, SET and
   SYSTEM are of other classes (the first is not stopped by `readonly`).
4. The engine formats the statement, and the functions called in the result are checked by name: the table functions
   `python()` and `executable()` know neither grants nor `readonly`. Table functions are refused unless they are known
   to stay inside the store and to take no column list (which may hide expressions in a string), so one that a later
   engine brings is refused too.
5. The scalar `file()` is replaced in the engine itself (`Engine.open`), as its name can be hidden from 4.
"""

import re
import threading
from contextlib import ExitStack
from typing import Final

from floodmark.store.engine import DATABASE, Engine, Setup
from floodmark.store.errors import StoreError
from floodmark.store.statement import called_names, files_read, files_written, insert_with_data, not_served

INSIDE: Final = frozenset(
    {
        "numbers",
        "numbers_mt",
        "zeros",
        "zeros_mt",
        "generate_series",
        "generateseries",
        "view",
        "merge",
        "primes",
        "format",
    }
)
"""Table functions that reach nothing outside the store; `format`, a plain function too, is refused by `readonly`."""
MOVES_DATA: Final = re.compile(rb"insert|outfile", re.IGNORECASE)
"""Statements with these words are looked at as the engine prints them: its lexer knows quotes that ours does not."""
OUTSIDE: Final = frozenset({"file", "catboostevaluate"})
"""Ordinary functions that read files of the machine; those that ask a language model are found by their prefix."""


class Guard:
    """Checks statements before they run, in a session of its own: nothing that a client sets reaches the check.

    Args:
        engine: The engine that is guarded; it is asked for its table functions.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._session = self._open.enter_context(engine.session(Setup(DATABASE, {})))
        listed = self._names(b"SELECT lower(name) FROM system.table_functions")
        asking = self._names(b"SELECT lower(name) FROM system.functions WHERE name ILIKE 'ai%'")
        self._refused = OUTSIDE | asking | (listed - INSIDE)

    def check(self, sql: bytes, *, reads_only: bool) -> bool:
        """Let a statement pass, or say why not.

        Returns:
            Whether it only reads, whoever asks.

        Raises:
            StoreError: 62 when it is not exactly one well-formed statement, 358 when it writes a file, 344 when it
                inserts from anything but a query; for readers also 164 when it does more than read and 497 when it
                calls a function that leaves the store.
        """
        with self._lock:
            kind, count = self._session.classify(sql)
            looks = count == 0 or reads_only or MOVES_DATA.search(sql) is not None
            canonical = self._session.canonical(sql) if looks else b""
        if count > 1:
            raise StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
        if files_written(canonical):
            raise StoreError(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed")
        if not reads_only:
            _check_source(canonical)
            return kind == "READ_ONLY"
        if kind != "READ_ONLY" or count != 1:
            raise StoreError(164, "READONLY", "Cannot execute query in readonly mode.")
        refused = sorted(called_names(canonical) & self._refused)
        if refused:
            raise StoreError(497, "ACCESS_DENIED", f"Not enough privileges: {refused[0]}() reaches outside the store.")
        return True

    def close(self) -> None:
        """Close its session."""
        self._open.close()

    def _names(self, sql: bytes) -> frozenset[str]:
        return frozenset(self._session.query(sql, "TSVRaw").decode().split())


def _check_source(canonical: bytes) -> None:
    """Refuse an INSERT that is not from a query: its data would be those of a file, or be lost without an error."""
    if files_read(canonical):
        raise not_served("INSERT FROM INFILE")
    if insert_with_data(canonical) is not None:
        raise not_served("This form of INSERT")
    if canonical[:6].upper() == b"INSERT" and "input" in called_names(canonical):
        raise not_served("INSERT from input()")
