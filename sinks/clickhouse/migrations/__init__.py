"""Brings a database to the tables and views that the sink writes to and people read from.

Each step is one numbered SQL file beside this one. A step may run twice, also at the same time from two
sinks: every statement in it makes something only if it is missing, replaces a view by itself, or copies rows into
a table that takes the same row twice for one. A statement that meets a view which another sink replaces just then is
run again. Copies run day by day, so that none takes longer than a request may.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from clickhouse_connect.driver.exceptions import DatabaseError

LEDGER: Final = """
CREATE TABLE IF NOT EXISTS {database}.schema_migrations
(version UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree(applied_at) ORDER BY version
"""
DAY: Final = re.compile(r"\{day of (?P<table>\w+)\}")
"""In a statement: it runs once for each day of that table that has minutes, a number YYYYMMDD."""


CROSSED: Final = frozenset({60, 218})
"""ClickHouse's numbers (unknown, dropped) for a view that another sink has replaced while a statement was at it."""
TRIES: Final = 40
"""How often such a statement is run again."""
AGAIN_S: Final = 0.1


class SchemaTooNew(Exception):
    """The database was made by a newer program, whose tables this one does not know."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Args:
        version: Its number; steps run in this order.
        name: What it makes.
        statements: SQL with `{database}` where the database's name goes.
    """

    version: int
    name: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """All steps, in order."""
    return tuple(sorted(_read(), key=lambda migration: migration.version))


def migrate(client: Any, database: str) -> list[Migration]:
    """Create the database when it is missing and run the steps that have not run on it.

    Args:
        client: A clickhouse-connect client.
        database: Its name; a plain identifier.

    Returns:
        The steps that ran now.

    Raises:
        SchemaTooNew: a newer program has been here.
    """
    client.command(f"CREATE DATABASE IF NOT EXISTS {database}")
    client.command(LEDGER.format(database=database))
    rows = client.query(f"SELECT DISTINCT version FROM {database}.schema_migrations").result_rows  # noqa: S608 - an identifier
    done = {int(version) for (version,) in rows}
    known = migrations()
    if done and max(done) > known[-1].version:
        raise SchemaTooNew(
            f"The database {database} has schema {max(done)}, made by a newer Floodmark; this one knows schema "
            f"{known[-1].version}. Run the newer version, or name another database in the DSN."
        )
    ran = [migration for migration in known if migration.version not in done]
    for migration in ran:
        for statement in migration.statements:
            for step in _steps(client, statement.replace("{database}", database), database):
                _run(client, step)
        client.insert(
            "schema_migrations",
            [[migration.version, migration.name]],
            column_names=["version", "name"],
            column_type_names=["UInt32", "String"],
            database=database,
        )
    return ran


def _run(client: Any, statement: str) -> None:
    """Run one statement, again where it has crossed that of another sink."""
    for left in reversed(range(TRIES)):
        try:
            client.command(statement)
        except DatabaseError as error:
            if error.code not in CROSSED or not left:
                raise
            time.sleep(AGAIN_S)
        else:
            return


def _steps(client: Any, statement: str, database: str) -> Iterator[str]:
    """The statement, or one for each day that its table has, each short enough for one request."""
    named = DAY.search(statement)
    if named is None:
        yield statement
        return
    days = f"SELECT DISTINCT toYYYYMMDD(minute) AS day FROM {database}.{named['table']} ORDER BY day"  # noqa: S608 - an identifier
    for (day,) in client.query(days).result_rows:
        yield DAY.sub(str(int(day)), statement)


def _read() -> Iterator[Migration]:
    for file in resources.files(__package__).iterdir():
        named = re.fullmatch(r"(?P<version>\d{4})_(?P<name>\w+)\.sql", file.name)
        if named:
            text = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.startswith("--"))
            statements = tuple(part.strip() for part in text.split(";\n") if part.strip(" \n;"))
            yield Migration(int(named["version"]), named["name"], tuple(s.rstrip(";") for s in statements))
