"""A result as a Parquet file in which every number is one.

The engine writes whole numbers of 128 bits, such as sums of amounts, as sixteen bytes, which no reader takes for a
number; as a decimal of 38 digits they are one everywhere.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from floodmark.queries.ask import Ask
from floodmark.queries.errors import StoreError
from floodmark.queries.result_table import lines

WIDE: Final = re.compile(r"(Nullable\()?U?Int128\)?")


def parquet(ask: Ask, sql: str, settings: Mapping[str, str]) -> Iterator[bytes]:
    """The result of a query as a Parquet file, cut anywhere.

    Raises:
        StoreError: the query fails, or a number in it has more than 38 digits.
    """
    if wide := _wide_columns(ask, sql, settings):
        decimals = ", ".join(f"toDecimal128({name}, 0) AS {name}" for name in wide)
        sql = f"SELECT * REPLACE ({decimals}) FROM (\n{sql}\n)"  # noqa: S608 - of a query that may say anything itself
    return ask(sql, "Parquet", settings)


def _wide_columns(ask: Ask, sql: str, settings: Mapping[str, str]) -> list[str]:
    """The names of the columns to be written otherwise, quoted; none of what cannot be described."""
    try:
        told = [json.loads(line) for line in lines(ask(f"DESCRIBE TABLE (\n{sql}\n)", "JSONEachRow", settings))]
    except StoreError:
        return []  # the query itself says what is wrong with it
    names = (column["name"] for column in told if WIDE.fullmatch(column["type"]))
    return ["`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`" for name in names]
