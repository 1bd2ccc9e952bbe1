"""What went wrong with a query, for the person who typed it."""

import re
from collections.abc import Callable
from typing import Final

from floodmark.queries.errors import StoreError
from floodmark.queries.limits import READER_LIMITS

POSITION: Final = re.compile(r"failed at position (?P<at>\d+)")
VIEWS: Final = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%View' ORDER BY name"


def explain(error: StoreError, sql: str, views: Callable[[], list[str]]) -> str:
    """A message: what is wrong, where, what to do.

    Args:
        error: What the store said.
        sql: The query, as it was typed.
        views: Asks for the names of the views; called only when a name is unknown.
    """
    if error.code == 62:
        return _syntax(error, sql)
    if error.code == 60:
        names = views()
        there = (
            f"There are: {', '.join(names)}."
            if names
            else "There are no views yet: `floodmark sink clickhouse` makes them."
        )
        return f"{error.text.partition(' In scope')[0].partition(' Maybe you')[0]} {there}"
    if error.code == 164:
        return f"only reads are possible here, and this is more: {error.text}"
    if error.code in (159, 241, 396):
        seconds, memory = READER_LIMITS["max_execution_time"], READER_LIMITS["max_memory_usage"] // 1_000_000
        return f"{error.text} A query may take {seconds} s and {memory} MB: ask for less, or aggregate."
    return f"{error.text} ({error.name})"


def _syntax(error: StoreError, sql: str) -> str:
    text = error.text.partition(". Expected one of")[0].removeprefix("Syntax error: ").removeprefix("Syntax error ")
    found = POSITION.search(error.text)
    if found is None:
        return f"syntax error: {text}"
    raw = sql.encode("utf-8", "surrogateescape")
    at = min(int(found["at"]) - 1, len(raw))
    if not raw[at:].strip(b"; \t\r\n"):
        return f"syntax error: the query ends too early, at position {at + 1}"
    before = raw[:at].decode("utf-8", "replace")
    line = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    shown = sql.splitlines()[line].replace("\t", " ")
    return f"syntax error at position {at + 1}, line {line + 1}, column {column + 1}:\n  {shown}\n  {' ' * column}^"
