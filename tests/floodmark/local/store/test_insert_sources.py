"""Where the data of an insert may come from: its own body, whole, and nothing else."""

import errno
import resource
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.store import staging
from floodmark.local.store.engineconfig import KEEP_FREE
from floodmark.local.store.staging import disk_errors, staging_file
from floodmark.queries.errors import StoreError
from tests.floodmark.local.store.store_kit import StoreProcess


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that the store's process can read and its clients must not."""
    path = tmp_path / "secret.csv"
    path.write_text("1,a,2025-07-12 18:07:00\n")
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV",
        "INSERT INTO {t} FROM INFILE '{f}'",
        "insert into {t} from /* x */ infile '{f}' compression 'none' settings max_threads = 1 format CSV",
        "INSERT INTO {t} (id, name, at) FROM INFILE '{f}' FORMAT CSV -- FORMAT CSV",
        "INSERT INTO {t} (\u201c'\u201d) FROM INFILE '{f}' FORMAT CSV --' FORMAT CSV",
        "INSERT INTO {t} (id, name, at) /*\u2018'\u2019*/ FROM INFILE '{f}' FORMAT CSV --' FORMAT CSV",
        "INSERT INTO {t} SETTINGS log_comment = \u2018'\u2019 FROM INFILE '{f}' FORMAT CSV --' FORMAT CSV",
        "INSERT INTO {t} SETTINGS max_threads = 1; INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV",
        "INSERT INTO {t} SELECT 1, 'a', 0 PARALLEL WITH INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV",
        "WITH 1 AS x INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV",
        "(INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV)",
        "EXPLAIN INSERT INTO {t} FROM INFILE '{f}' FORMAT CSV",
    ],
)
def test_no_way_to_write_it_makes_the_store_read_a_file_of_its_own(
    store: StoreProcess, table: str, secret: Path, statement: str
) -> None:
    sql = statement.format(t=table, f=secret)
    answers = [store.ask(sql), store.ask(body=sql.encode()), store.ask(sql, b"2,b,0\n")]
    if not statement.startswith("EXPLAIN"):
        assert {answer.code for answer in answers} <= {62, 344}
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]


@pytest.mark.parametrize(
    "statement", ["SELECT 1 INTO OUTFILE '{f}'", "SELECT 1 AS \u201c'\u201d INTO OUTFILE '{f}' --'"]
)
def test_no_way_to_write_it_makes_the_store_write_a_file(store: StoreProcess, tmp_path: Path, statement: str) -> None:
    target = tmp_path / "out.csv"
    for user in ("floodmark", "reader"):
        assert store.ask(statement.format(f=target), user=user).code in (164, 358)
    assert not target.exists()


@pytest.mark.parametrize("form", ["SELECT id, name, at FROM input('id UInt32, name String, at DateTime') FORMAT CSV"])
def test_data_that_would_be_lost_without_an_error_are_refused(store: StoreProcess, table: str, form: str) -> None:
    answer = store.ask(f"INSERT INTO {table} {form}", b"1,a,2025-07-12 18:07:00\n")
    assert answer.code == 344
    assert "send the data in the body" in answer.text


def test_one_statement_is_run_and_no_second_one_behind_it(store: StoreProcess, table: str) -> None:
    answer = store.ask(
        f"INSERT INTO {table} SETTINGS max_threads = 1; DROP TABLE {table}; INSERT INTO {table} VALUES (1)"
    )
    assert answer.code == 62
    assert "Multi-statements" in answer.text
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]


def test_names_and_comments_may_be_about_files(store: StoreProcess) -> None:
    name = f"t_{uuid.uuid4().hex[:12]}"
    assert store.ask(f"CREATE TABLE {name} (infile UInt8, outfile UInt8) ENGINE = Memory").status == 200
    sql = (
        f"INSERT INTO {name} (infile, outfile) /* not FROM INFILE */ SETTINGS max_threads = 1 -- not either\nFORMAT CSV"
    )
    assert store.ask(sql, b"1,2\n").text == ""
    assert store.ask(f"INSERT INTO {name} SELECT infile + 1, outfile FROM {name}").text == ""
    assert store.rows(f"SELECT infile, outfile FROM {name} ORDER BY 1") == [[1, 2], [2, 2]]


def test_settings_of_the_statement_count(store: StoreProcess, table: str) -> None:
    sql = f"INSERT INTO {table} SETTINGS input_format_allow_errors_num = 1 FORMAT CSV"
    assert store.ask(sql, b"1,a,1752343620\nx,b,1752343620\n3,c,1752343620\n").status == 200
    assert store.rows(f"SELECT id FROM {table} ORDER BY id") == [[1], [3]]


@pytest.mark.parametrize("waits", ["0", "1"])
def test_an_insert_that_asks_to_be_asynchronous_is_stored_when_it_is_answered(
    store: StoreProcess, table: str, waits: str
) -> None:
    asked = store.ask(
        f"INSERT INTO {table} FORMAT CSV", b"1,a,1752343620\n", async_insert="1", wait_for_async_insert=waits
    )
    assert asked.status == 200
    assert store.rows(f"SELECT id FROM {table}") == [[1]]


@pytest.mark.store
def test_a_store_in_a_folder_that_looks_like_a_pattern_stores_what_it_gets(tmp_path: Path) -> None:
    process = StoreProcess(tmp_path / "a{b,c}* [1..2] it's")
    try:
        process.start()
        process.ask("CREATE TABLE t (id UInt8) ENGINE = MergeTree ORDER BY id")
        assert (
            process.ask("INSERT INTO t FORMAT CSV", b"1\n").headers["x-clickhouse-summary"].count('"written_rows": "1"')
        )
        assert process.rows("SELECT id FROM t") == [[1]]
        assert process.ask("INSERT INTO t FORMAT CSV", b"x\n").code in (27, 72, 117)
    finally:
        process.stop()


def test_the_engine_refuses_to_fill_its_disk(store: StoreProcess) -> None:
    assert store.rows("SELECT toUInt32(keep_free_space) FROM system.disks") == [[KEEP_FREE]]


class TestStaging:
    def test_what_is_written_is_read_from_the_start_in_order(self, tmp_path: Path) -> None:
        with staging_file(str(tmp_path)) as file:
            file.fill([b"ab", b"", b"c" * 3_000_000])
            assert Path(file.path).read_bytes() == b"ab" + b"c" * 3_000_000
            assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_is_told_as_clickhouse_tells_it(self, tmp_path: Path, file_size_limit: None) -> None:
        """A limit on the size of files stands for the disk."""
        with staging_file(str(tmp_path)) as file, pytest.raises(StoreError, match="no room for the data") as told:
            file.fill([b"x" * 1_000_000] * 2)
        assert (told.value.code, told.value.name) == (243, "NOT_ENOUGH_SPACE")

    def test_a_disk_that_fails_is_told_as_clickhouse_tells_it(self) -> None:
        with pytest.raises(StoreError) as told, disk_errors():
            raise OSError(errno.EIO, "Input/output error")
        assert told.value.code == 75

    def test_room_is_left_for_the_engine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(staging, "KEEP_FREE", 1 << 60)
        with staging_file(str(tmp_path)) as file, pytest.raises(StoreError, match="are left free") as told:
            file.fill([b"x"])
        assert told.value.code == 243

    def test_data_that_break_off_say_so_themselves(self, tmp_path: Path) -> None:
        def data() -> Iterator[bytes]:
            yield b"x"
            raise StoreError(271, "CANNOT_DECOMPRESS", "cut")

        with staging_file(str(tmp_path)) as file, pytest.raises(StoreError, match="cut"):
            file.fill(data())


@pytest.fixture
def file_size_limit() -> Iterator[None]:
    """No file of this process grows above 1.5 MB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
