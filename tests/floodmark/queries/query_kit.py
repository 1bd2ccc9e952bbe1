"""Asking the library of queries, and counting what was written."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from typer.testing import CliRunner, Result

from floodmark.cli import app
from floodmark.queries.library import query
from sinks.clickhouse.rows import MinuteRow
from tests.sample_store import Filled

ODD = ("info", "warning", "critical")
OF_STATUS = ("approved", "denied", "failed", "reversed", "backend_reversed")
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["query", *words], env={"COLUMNS": "200", "FLOODMARK_STORE_DSN": ""})


def ask(filled: Filled, name: str, **params: Any) -> list[dict[str, Any]]:
    given = [word for key, value in params.items() for word in ("--param", f"{key}={value}")]
    result = run(name, "--dsn", filled.dsn, "--format", "json", *given)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    for row in rows:
        assert list(row) == list(query(name).columns)
    return [dict(row) for row in rows]


def ms(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def hours_of(rows: list[MinuteRow]) -> dict[int, list[MinuteRow]]:
    found = defaultdict(list)
    for row in rows:
        found[row.minute // HOUR_MS * HOUR_MS].append(row)
    return dict(sorted(found.items()))


def counts(rows: list[MinuteRow], *keys: str) -> int:
    return sum(row.count for row in rows if not keys or row.key in keys)
