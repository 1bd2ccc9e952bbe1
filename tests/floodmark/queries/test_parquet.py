"""A Parquet file holds the numbers of a result, the large ones too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from tests.deploy.clickhouse_engine import ask
from tests.sample_store import Filled
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import minute_at

SUM = 2**64 - 2**100


@pytest.fixture
def store(filled: Filled) -> Iterator[OnStore]:
    made = OnStore(filled.process)
    made.write(minute_at(0, amount=2**64), minute_at(1, amount=-(2**100)))
    yield made
    made.close()


@pytest.mark.parametrize(
    "words",
    [
        ["query", "performance_summary"],
        ["sql", "SELECT sum(amount) AS amount FROM minutes -- of all"],
        ["sql", "SELECT toNullable(sum(m.amount)) AS amount, sum(m.amount) AS `odd \\` name` FROM minutes AS m"],
    ],
    ids=["query", "sql", "names"],
)
def test_an_amount_past_64_bits_is_a_decimal(store: OnStore, words: list[str], tmp_path: Path) -> None:
    made = CliRunner().invoke(app, [*words, "--dsn", store.dsn, "--format", "parquet"])
    assert made.exit_code == 0, made.stderr
    file = tmp_path / "a.parquet"
    file.write_bytes(made.stdout_bytes)
    (answer,) = ask(tmp_path / "engine", [], [f"SELECT toString(amount) AS text, amount FROM file('{file}')"])
    assert answer.rows[0]["text"] == str(SUM)
    assert "Decimal(38, 0)" in answer.types["amount"]


def test_what_cannot_be_described_and_what_fails_is_as_it_was(store: OnStore) -> None:
    shown = CliRunner().invoke(app, ["sql", "SHOW TABLES", "--dsn", store.dsn, "--format", "parquet"])
    assert (shown.exit_code, shown.stdout_bytes[:4]) == (0, b"PAR1")
    failed = CliRunner().invoke(app, ["sql", "SELECT nothing FROM minutes", "--dsn", store.dsn, "--format", "parquet"])
    assert failed.exit_code == 1
    assert "REPLACE" not in failed.stderr
