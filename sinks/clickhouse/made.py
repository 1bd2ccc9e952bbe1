"""What the migrations make, read from their SQL: the columns of tables, and what views show."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sinks.clickhouse.migrations import migrations

_TABLE: Final = re.compile(
    r"CREATE TABLE IF NOT EXISTS \{database\}\.(?P<name>\w+)\s*\((?P<columns>.*?)\n\)", re.DOTALL
)
_VIEW: Final = re.compile(r"CREATE OR REPLACE VIEW \{database\}\.(?P<name>\w+) AS\s+(?P<select>.*)", re.DOTALL)
_NESTED: Final = re.compile(r"\([^()]*\)")
_ITEMS: Final = re.compile(r"SELECT\s(?:DISTINCT\s)?(?P<items>.*?)\sFROM\s", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ViewMade:
    """What a view shows.

    Args:
        names: Of its columns, in order.
        is_final: Whether it shows of each row the right version alone, by `FINAL`.
    """

    names: tuple[str, ...]
    is_final: bool


@cache
def columns_made(table: str) -> Mapping[str, str]:
    """Name to type of the columns that a table is created with; what later migrations add to it is not among them.

    Raises:
        KeyError: No migration makes it.
    """
    for statement in _statements():
        if (found := _TABLE.match(statement)) and found["name"] == table:
            lines = (line.strip().rstrip(",") for line in found["columns"].splitlines())
            return dict(line.split(" ", 1) for line in lines if line)
    raise KeyError(table)


@cache
def views_made() -> Mapping[str, ViewMade]:
    """By name, the views as the last migration that makes each leaves them."""
    found = (_VIEW.match(statement) for statement in _statements())
    return {each["name"]: _view(each["select"]) for each in found if each is not None}


def _statements() -> Iterator[str]:
    for migration in migrations():
        yield from migration.statements


def _view(select: str) -> ViewMade:
    flat, before = select, ""
    while flat != before:
        flat, before = _NESTED.sub(" ", flat), flat
    items = _ITEMS.search(f"{flat} FROM ")
    assert items is not None
    return ViewMade(tuple(item.split()[-1].rpartition(".")[2] for item in items["items"].split(",")), "FINAL" in select)
