"""What keeps a reader a reader, and everybody inside the store.

Six locks, none of which trusts the others:

1. The engine grants nobody the sources outside it (`engineconfig.RIGHTS`): no tables from `file()`, `url()`, `s3()`,
   `remote()` and the like, no dictionaries, and of the system tables only those that tell of data.
2. The engine changes no setting that is not on the list (`allowed`), wherever it is named; the HTTP interface refuses
   the others by name before, and here they are looked for in the statement, for an error in words.
3. `readonly = 1` and the limits are set on the reader's session before its query; the engine then refuses to change
   them, from SET as well as from a SETTINGS clause.
4. The engine classifies the statement: one, and of the class READ_ONLY, or it does not run. INTO OUTFILE, KILL, SET and
   SYSTEM are of other classes (the first is not stopped by `readonly`).
5. The engine formats the statement, and what it names is checked: functions called, engines of new tables, system
   tables, the format of the result. The table functions `python()` and `executable()` know neither grants nor
   `readonly`. A reader has only the table functions that are known to stay inside the store and to take no column list
   (which may hide expressions in a string), so one that a later engine brings is refused too.
6. The scalar `file()` is replaced in the engine itself (`Engine.open`), as its name can be hidden from 5.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from floodmark.local.store.allowed import FORMATS, OWNER_SETTINGS, TABLE_SETTINGS
from floodmark.local.store.engine import DATABASE, Engine, Setup
from floodmark.local.store.engineconfig import DATABASE_ENGINES, PATHS, SYSTEM_TABLES, TABLE_ENGINES, WITH_PATHS
from floodmark.local.store.limits import not_settable
from floodmark.local.store.session import Session
from floodmark.local.store.statement import (
    called_names,
    engines_named,
    files_read,
    files_written,
    format_clause,
    identifiers_asked,
    insert_with_data,
    names,
    not_served,
    settings_named,
    tables_named,
    takes_all_columns,
    tokens,
)
from floodmark.queries.errors import StoreError

INSIDE: Final = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generate_series", "generateseries", "view", "primes", "format"}
)
"""Table functions that reach nothing outside the store; `format`, a plain function too, is refused by `readonly`."""
OWNER_INSIDE: Final = INSIDE | {"values", "null", "generaterandom", "merge", "input", "mergetreeindex", "loop"}
"""Those of the owner: no more of them leave the store, but they can hide what they name from a reader's checks."""
OUTSIDE: Final = frozenset({"file", "catboostevaluate", "getserversetting", "showcertificate", "logtrace"})
"""Ordinary functions that read files of the machine, tell where the store is, or write to our log; those that ask a
language model are found by their prefix."""
SYSTEM: Final = frozenset({"system"})
ENGINES: Final = frozenset(TABLE_ENGINES + DATABASE_ENGINES)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A statement that may run.

    Args:
        only_reads: Whether it only reads, whoever asks.
        output_format: The format that it names itself; empty for none.
    """

    only_reads: bool
    output_format: str


class Guard:
    """Checks statements before they run, in sessions of its own: nothing that a client sets reaches the check.

    Safe to use from many threads at once, and one that checks a long statement holds up no other. Sessions are kept for
    the next check, as many as there were at once: nothing but a look at a statement ever runs in them.

    Args:
        engine: The engine that is guarded; it is asked for its table functions.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Session] = []
        listed = self._names(b"SELECT lower(name) FROM system.table_functions")
        asking = self._names(b"SELECT lower(name) FROM system.functions WHERE name ILIKE 'ai%'")
        self._refused = OUTSIDE | asking | (listed - OWNER_INSIDE)
        self._refused_for_readers = OUTSIDE | asking | (listed - INSIDE)

    def check(self, sql: bytes, params: Mapping[str, str], *, reads_only: bool) -> Admitted:
        """Let a statement pass, or say why not.

        Args:
            sql: The statement.
            params: Values of its parameters; those that stand for identifiers are looked at.
            reads_only: Whoever asks may only read.

        Raises:
            StoreError: 62 when it is not exactly one well-formed statement, 358 when it writes a file, 344 when it
                inserts from anything but a query, 73 for a format and 115 for a setting that is not served, 497 when it
                calls or makes something that leaves the store; for readers also 164 when it does more than read, and
                497 when it looks at others.
        """
        with self._session() as session:
            kind, count = session.classify(sql)
            if count > 1:
                raise StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
            canonical = session.canonical(sql)
        if files_written(canonical):
            raise StoreError(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed")
        only_reads = kind == "READ_ONLY" and count == 1
        if reads_only and not only_reads:
            raise StoreError(164, "READONLY", "Cannot execute query in readonly mode.")
        if refused := sorted(called_names(canonical) & (self._refused_for_readers if reads_only else self._refused)):
            raise StoreError(497, "ACCESS_DENIED", f"Not enough privileges: {refused[0]}() reaches outside the store.")
        _check_settings(canonical, reads_only=reads_only)
        if reads_only:
            _check_tables(canonical, params)
        else:
            _check_source(canonical)
            if not only_reads:
                _check_engines(canonical)
        clause = format_clause(canonical)
        output_format = "" if clause is None else clause.name
        check_format(output_format)
        return Admitted(only_reads, output_format)

    def close(self) -> None:
        """Close its sessions, which would else keep the engine open; nothing may be checked any more."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._engine.open_session(Setup(DATABASE, {}))
        try:
            yield session
        finally:
            self._idle.append(session)

    def _names(self, sql: bytes) -> frozenset[str]:
        with self._session() as session:
            return frozenset(session.query(sql, "TSVRaw").decode().split())


def check_format(name: str) -> None:
    """Refuse a format that is not served; an empty name is none.

    Raises:
        StoreError: 73.
    """
    if name and name.lower() not in FORMATS:
        raise StoreError(73, "UNKNOWN_FORMAT", f"Unknown format {name}, or one that this store does not serve.")


def check_database(name: str) -> None:
    """Refuse a reader's default database in which names without one would be those of system tables.

    Raises:
        StoreError: 497.
    """
    if name.lower() in SYSTEM:
        raise _denied(f"{name} cannot be the database of a request; write system.NAME")


def _check_settings(canonical: bytes, *, reads_only: bool) -> None:
    named = settings_named(canonical)
    if reads_only and named:
        raise StoreError(164, "READONLY", f"Cannot modify '{min(named)}' setting in readonly mode.")
    if unknown := sorted(named - OWNER_SETTINGS - TABLE_SETTINGS):
        raise not_settable(unknown[0])


def _check_tables(canonical: bytes, params: Mapping[str, str]) -> None:
    """Refuse a look at what others ask, at the machine, and at names that cannot be seen here."""
    if hidden := sorted(tables_named(canonical, SYSTEM) - SYSTEM_TABLES):
        raise _denied(f"system.{hidden[0]} is not for readers")
    if "PROCESSLIST" in (token.keyword for token in tokens(canonical)):
        raise _denied("SHOW PROCESSLIST is not for readers")
    for name in identifiers_asked(canonical):
        if "system" in params.get(name, "").lower():
            raise _denied(f"the parameter {name} names a system table; write it into the query")
    if shown := sorted(tables_named(canonical, SYSTEM) & WITH_PATHS):
        _check_columns(canonical, params, shown[0])


def _check_columns(canonical: bytes, params: Mapping[str, str], table: str) -> None:
    """Refuse what tells a reader where on the machine the store is: by name, or by all columns at once."""
    asked = {*names(canonical), *(params.get(name, "").lower() for name in identifiers_asked(canonical))}
    if hidden := sorted(asked & PATHS):
        raise _denied(f"the column {hidden[0]} of system.{table} is not for readers")
    if takes_all_columns(canonical):
        raise _denied(f"some columns of system.{table} are not for readers; name those that you want")


def _check_engines(canonical: bytes) -> None:
    if foreign := sorted(engines_named(canonical) - ENGINES):
        raise _denied(f"the engine {foreign[0]} reaches outside the store")


def _check_source(canonical: bytes) -> None:
    """Refuse an INSERT that is not from a query: its data would be those of a file, or be lost without an error."""
    if files_read(canonical):
        raise not_served("INSERT FROM INFILE")
    if insert_with_data(canonical) is not None:
        raise not_served("This form of INSERT")
    if canonical[:6].upper() == b"INSERT" and "input" in called_names(canonical):
        raise not_served("INSERT from input()")


def _denied(what: str) -> StoreError:
    return StoreError(497, "ACCESS_DENIED", f"Not enough privileges: {what}.")
