"""The rows that a question of the library gives."""

import json
from collections.abc import Mapping
from typing import Any

from floodmark.queries.ask import ISO, Ask
from floodmark.queries.library import query
from floodmark.queries.result_table import lines

Row = Mapping[str, Any]


def rows(ask: Ask, name: str, **given: str) -> list[Row]:
    """Ask for all of it; instants are texts in ISO 8601.

    Args:
        ask: The store.
        name: The question.
        given: Values of its parameters.

    Raises:
        BadParameter: a value cannot be used.
        StoreError: the query failed.
    """
    wanted = query(name)
    return [json.loads(line) for line in lines(ask(wanted.sql, "JSONEachRow", {**ISO, **wanted.values(given)}))]
