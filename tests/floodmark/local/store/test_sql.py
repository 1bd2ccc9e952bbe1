"""`floodmark sql`, on a store that runs and on one that is stopped."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.store.owner import StoreOwnership
from tests.floodmark.local.store.store_kit import StoreProcess, run

pytestmark = pytest.mark.store
MINUTES = "SELECT minute, status, count, share FROM minutes ORDER BY minute"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A store with a view of two rows, in a path with a space; it runs."""
    process = StoreProcess(tmp_path_factory.mktemp("sql") / "with a space")
    process.start()
    for query in (
        "CREATE TABLE rows (minute DateTime, status String, count UInt64, share Nullable(Float64)) "
        "ENGINE = MergeTree ORDER BY minute",
        "INSERT INTO rows VALUES (1752343620, 'approved', 1234567890123, 0.5), (1752343680, 'näh, \"x\"', 5, NULL)",
        "CREATE VIEW minutes AS SELECT * FROM rows",
        "CREATE VIEW alerts AS SELECT 1 AS incident_id",
    ):
        answer = process.ask(query)
        assert answer.status == 200, answer.text
    yield process
    process.stop()


@pytest.fixture(scope="module", params=["running", "stopped"])
def data_dir(filled: StoreProcess, request: pytest.FixtureRequest) -> str:
    """The data directory, with the store in the state of the parameter."""
    if request.param == "stopped":
        assert filled.stop() == 0
    return str(filled.data_dir)


def test_a_format_in_the_query_is_printed_as_it_comes(filled: StoreProcess) -> None:
    shown = run("sql", "SELECT count FROM minutes ORDER BY minute FORMAT TSV", "--data-dir", str(filled.data_dir))
    assert shown.stdout == "1234567890123\n5\n"


def test_csv_for_a_spreadsheet_has_no_formulas(filled: StoreProcess) -> None:
    query = "SELECT '=1+1' AS evil, '@x, \"y\"' AS quoted, -5 AS n, 'ok' AS good"
    shown = run("sql", query, "--safe-csv", "--data-dir", str(filled.data_dir))
    assert list(csv.reader(io.StringIO(shown.stdout))) == [
        ["evil", "quoted", "n", "good"],
        ["'=1+1", '\'@x, "y"', "-5", "ok"],
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("SELECT 1 FORMAT TSV",), "leave FORMAT out of the query"),
        (("SELECT 1", "--format", "json"), "leave --format json out"),
    ],
)
def test_csv_for_a_spreadsheet_in_another_format_is_refused(words: tuple[str, ...], why: str) -> None:
    refused = run("sql", *words, "--safe-csv")
    assert refused.returncode == 2
    assert why in refused.stderr


def test_an_error_in_the_middle_of_a_result_ends_with_1(filled: StoreProcess) -> None:
    query = "SELECT number, throwIf(number = 1500000, 'enough') FROM numbers(2000000)"
    failed = run("sql", f"{query} FORMAT CSV", "--data-dir", str(filled.data_dir))
    assert failed.returncode == 1
    assert failed.stdout.startswith("0,0\n1,0\n")
    assert failed.stderr.startswith("floodmark sql: enough")
    assert "__exception__" not in failed.stdout + failed.stderr


def test_any_server_can_be_asked_by_its_dsn_and_the_limits_hold_there_too(filled: StoreProcess) -> None:
    dsn = filled.at.dsn
    setting = "SELECT value FROM system.settings WHERE name = 'max_execution_time' FORMAT TSV"
    assert run("sql", setting, "--dsn", dsn).stdout == "30\n"
    refused = run("sql", "DROP TABLE rows", "--dsn", dsn)
    assert (refused.returncode, "only reads" in refused.stderr) == (1, True)
    wrong = run("sql", "SELECT 1", "--dsn", dsn.replace(filled.at.password, "wrong"))
    assert (wrong.returncode, "Authentication failed" in wrong.stderr) == (3, True)
    assert "wrong" not in wrong.stderr.replace("password is incorrect", "")


def test_a_syntax_error_is_shown_where_it_is(filled: StoreProcess) -> None:
    failed = run("sql", "SELECT count()\nFORM minutes x", "--data-dir", str(filled.data_dir))
    assert failed.returncode == 1
    assert failed.stderr.startswith("floodmark sql: syntax error at position 21, line 2, column 6:\n  FORM minutes x\n")
    assert failed.stderr.endswith("\n       ^\n")


def test_of_a_query_that_ends_too_early_only_what_was_typed_is_spoken_of(filled: StoreProcess) -> None:
    shown = run("sql", "SELECT count FROM", "--data-dir", str(filled.data_dir))
    assert shown.returncode == 1
    assert shown.stderr == "floodmark sql: syntax error: the query ends too early, at position 18\n"


def test_an_unknown_table_names_the_views_that_there_are(filled: StoreProcess) -> None:
    failed = run("sql", "SELECT * FROM minute", "--data-dir", str(filled.data_dir))
    assert failed.returncode == 1
    assert "'minute'" in failed.stderr
    assert "There are: alerts, minutes." in failed.stderr


def test_a_table_is_the_default(data_dir: str) -> None:
    shown = run("sql", MINUTES, "--data-dir", data_dir)
    assert shown.returncode == 0, shown.stderr
    table = [line.rstrip() for line in shown.stdout.splitlines() if line.strip()]
    assert table[0].split() == ["minute", "(UTC)", "status", "count", "share"]
    assert table[2] == " 2025-07-12 18:07:00   approved   1234567890123     0.5"
    assert table[3] == ' 2025-07-12 18:08:00   näh, "x"               5    NULL'
    assert table[-1] == "2 rows"


def test_csv_has_a_header_and_instants_with_their_zone(data_dir: str) -> None:
    shown = run("sql", MINUTES, "--format", "csv", "--data-dir", data_dir)
    assert list(csv.reader(io.StringIO(shown.stdout))) == [
        ["minute", "status", "count", "share"],
        ["2025-07-12T18:07:00Z", "approved", "1234567890123", "0.5"],
        ["2025-07-12T18:08:00Z", 'näh, "x"', "5", "\\N"],
    ]


def test_json_is_one_array_of_objects(data_dir: str) -> None:
    shown = run("sql", "-", "--format", "json", "--data-dir", data_dir, stdin=f"-- from stdin\n{MINUTES};\n")
    assert json.loads(shown.stdout) == [
        {"minute": "2025-07-12T18:07:00Z", "status": "approved", "count": 1234567890123, "share": 0.5},
        {"minute": "2025-07-12T18:08:00Z", "status": 'näh, "x"', "count": 5, "share": None},
    ]


def test_a_write_is_refused(data_dir: str) -> None:
    failed = run("sql", "INSERT INTO rows VALUES (0, 'x', 1, 1)", "--data-dir", data_dir)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "only reads are possible here" in failed.stderr


def test_files_stay_closed(data_dir: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    failed = run("sql", f"SELECT file('{tmp_path / 'secret'}')", "--data-dir", data_dir)
    assert failed.returncode == 1
    assert "the secret" not in failed.stdout + failed.stderr


def test_a_server_that_is_not_there_is_not_reachable() -> None:
    failed = run("sql", "SELECT 1", "--dsn", "clickhousedb://me:secret@127.0.0.1:1/x")
    assert failed.returncode == 3
    assert "nobody answers at 127.0.0.1:1" in failed.stderr
    assert "secret" not in failed.stderr


def test_without_a_store_it_says_how_to_get_one(tmp_path: Path) -> None:
    failed = run("sql", "SELECT 1", "--data-dir", str(tmp_path / "nowhere"))
    assert failed.returncode == 2
    assert "does not exist. Start one with `floodmark up`" in failed.stderr
    failed = run("sql", "SELECT 1", "--data-dir", str(tmp_path))
    assert failed.returncode == 2
    assert "has no store in it" in failed.stderr
    assert not (tmp_path / "store").exists()


def test_an_empty_query_is_wrong_usage(tmp_path: Path) -> None:
    assert run("sql", "-", "--data-dir", str(tmp_path), stdin=" ;\n").returncode == 2


def test_it_waits_for_another_that_has_the_stopped_store_open(filled: StoreProcess) -> None:
    filled.stop()
    owner = StoreOwnership(filled.files / "lock", "another", 0)
    release = threading.Timer(1.0, owner.release)
    release.start()
    shown = run("sql", "SELECT 1 FORMAT TSV", "--data-dir", str(filled.data_dir))
    release.join()
    assert (shown.returncode, shown.stdout) == (0, "1\n")
