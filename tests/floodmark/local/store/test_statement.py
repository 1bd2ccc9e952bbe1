import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.local.store.statement import (
    StatementKind,
    called_names,
    check_heredocs,
    engines_named,
    files_read,
    files_written,
    format_clause,
    identifiers_asked,
    insert_with_data,
    kind_of,
    settings_named,
    tables_named,
    tokens,
)
from floodmark.queries.errors import StoreError


@pytest.mark.parametrize(
    ("sql", "head", "format_name", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2\n", b"INSERT INTO t ", "CSV", b"1,2\n"),
        (b"insert into t (a, b) format Native\n\n\x00", b"insert into t (a, b) ", "Native", b"\n\x00"),
        (b"INSERT INTO t FORMAT CSV  \r\n 1", b"INSERT INTO t ", "CSV", b" 1"),
        (b"INSERT INTO t VALUES (1), (2)", b"INSERT INTO t ", "Values", b" (1), (2)"),
        (b"INSERT INTO t(format, values) VALUES(1, 2)", b"INSERT INTO t(format, values) ", "Values", b"(1, 2)"),
        (b"INSERT INTO db.format FORMAT TSV\n1", b"INSERT INTO db.format ", "TSV", b"1"),
        (b"INSERT INTO t FORMAT Values (1)", b"INSERT INTO t ", "Values", b"(1)"),
        (b"INSERT INTO values VALUES (1)", b"INSERT INTO values ", "Values", b" (1)"),
        (b"INSERT INTO `a FORMAT b` FORMAT CSV\n1", b"INSERT INTO `a FORMAT b` ", "CSV", b"1"),
        (b"/* FORMAT x */ INSERT INTO t -- VALUES\n FORMAT CSV\n1", None, "CSV", b"1"),
        (b"INSERT INTO t SETTINGS async_insert = 1 FORMAT CSV\n1", None, "CSV", b"1"),
    ],
)
def test_an_insert_is_split_where_its_data_begin(sql: bytes, head: bytes | None, format_name: str, data: bytes) -> None:
    insert = insert_with_data(sql)
    assert insert is not None
    assert insert.format == format_name
    assert sql[insert.data_at :] == data
    assert head is None or insert.head == head


@given(st.binary(max_size=200))
def test_data_after_the_line_of_the_statement_are_untouched_whatever_they_are(data: bytes) -> None:
    sql = b"INSERT INTO t (a) FORMAT Native\n" + data
    insert = insert_with_data(sql)
    assert insert is not None
    assert sql[insert.data_at :] == data


@pytest.mark.parametrize(
    "sql", [b"SELECT 'INSERT INTO t FORMAT CSV'", b"INSERT INTO t SELECT 1 FORMAT CSV", b"INSERT INTO t", b"", b"'"]
)
def test_what_carries_no_data_is_no_insert_with_data(sql: bytes) -> None:
    assert insert_with_data(sql) is None


@pytest.mark.parametrize(
    ("sql", "reading"),
    [
        (b"INSERT INTO t FORMAT CSV\n1", b"INSERT INTO t FROM INFILE '/f' COMPRESSION 'none' FORMAT CSV"),
        (b"INSERT INTO t (a) VALUES (1)", b"INSERT INTO t (a) FROM INFILE '/f' COMPRESSION 'none' FORMAT Values"),
        (
            b"INSERT INTO settings SETTINGS a = 1, b = 2 FORMAT CSV\n1",
            b"INSERT INTO settings FROM INFILE '/f' COMPRESSION 'none' SETTINGS a = 1, b = 2 FORMAT CSV",
        ),
        (
            b"INSERT INTO t (settings) SETTINGS a = 1 VALUES (1)",
            b"INSERT INTO t (settings) FROM INFILE '/f' COMPRESSION 'none' SETTINGS a = 1 FORMAT Values",
        ),
    ],
)
def test_the_data_can_be_put_into_a_file(sql: bytes, reading: bytes) -> None:
    insert = insert_with_data(sql)
    assert insert is not None
    assert b" ".join(insert.reading("/f").split()) == reading


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        (b"INSERT INTO t FROM INFILE 'x' FORMAT CSV", 1),
        (b"insert into t from /* a */ infile 'x' PARALLEL WITH INSERT INTO t FROM INFILE 'y'", 2),
        (b"INSERT INTO t SELECT 'FROM INFILE', `infile` FROM `INFILE`", 0),
    ],
)
def test_files_that_are_read_are_counted(sql: bytes, count: int) -> None:
    assert files_read(sql) == count


def test_data_from_a_file_of_the_server_are_refused() -> None:
    with pytest.raises(StoreError, match="send the data in the body"):
        insert_with_data(b"INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV")


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1 format  Native ;", "Native"),
        (b"SELECT 1 FORMAT CSV SETTINGS max_threads = 1", "CSV"),
        (b"SELECT 1 FORMAT CSV -- that is it", "CSV"),
        (b"SELECT 'x FORMAT JSON'", None),
        (b"SELECT 1 -- FORMAT JSON", None),
        (b"SELECT 1 /* FORMAT JSON */", None),
        (b"SELECT `FORMAT JSON` FROM t", None),
        (b"SELECT format FROM t", None),
        (b"SELECT 1 AS format UNION ALL SELECT 2", None),
    ],
)
def test_the_format_of_a_query_is_the_clause_at_its_end(sql: bytes, name: str | None) -> None:
    clause = format_clause(sql)
    assert (clause and clause.name) == name


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        (b"SELECT 1 INTO OUTFILE 'x'", True),
        (b"SELECT 1 into /* here */ outfile 'x'", True),
        (b"SELECT 'INTO OUTFILE'", False),
        (b"SELECT outfile FROM t", False),
    ],
)
def test_a_result_that_goes_to_a_file_is_seen(sql: bytes, *, writes: bool) -> None:
    assert bool(files_written(sql)) is writes


def test_calls_are_found_by_name_and_not_in_strings_or_names() -> None:
    canonical = b"SELECT File('a'), `python`('x'), 'url(1)', `s3(` FROM numbers(1) WHERE remote IN (1, 2)"
    assert called_names(canonical) == {"file", "python", "numbers", "in"}


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        (b" -- hello\n select 1", StatementKind.READ),
        (b"(SELECT 1)", StatementKind.READ),
        (b"DESCRIBE t", StatementKind.SHOW),
        (b"insert into t values", StatementKind.INSERT),
        (b"DROP TABLE t", StatementKind.DEFINE),
        (b"SYSTEM FLUSH LOGS", StatementKind.OTHER),
        (b"\xff\x00", StatementKind.OTHER),
        (b"", StatementKind.OTHER),
    ],
)
def test_a_statement_is_of_the_kind_of_its_first_word(sql: bytes, kind: StatementKind) -> None:
    assert kind_of(sql) is kind


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        (b"SELECT 1 SETTINGS a = 1, B = '2, c = 3' FORMAT CSV", {"a", "b"}),
        (b"SELECT * FROM (SELECT 1 SETTINGS a = 1), t WHERE b = 1", {"a"}),
        (b"SET a = 1, `b` = 2", {"a", "b"}),
        (
            b"CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '/')",
            {"disk"},
        ),
        (b"ALTER TABLE t MODIFY SETTING a = 1", {"a"}),
        (b"SELECT settings, a = 1, 'SETTINGS b = 1' FROM t /* SETTINGS c = 1 */", set()),
        (b"UPDATE t SET name = 'x' WHERE 1", set()),
    ],
)
def test_settings_are_found_wherever_they_are_set(sql: bytes, names: set[str]) -> None:
    assert settings_named(sql) == names


def test_tables_engines_and_identifiers_are_found_by_name() -> None:
    assert tables_named(b"SELECT a.b FROM `System`.`Tables`, system.one, x.system", frozenset({"system"})) == {
        "tables",
        "one",
    }
    assert engines_named(b"CREATE TABLE t (engine Int8) ENGINE = `File`(CSV) COMMENT 'ENGINE = URL'") == {"File"}
    assert engines_named(b"SELECT 1 WHERE engine = 'View' AND (engine = lower(x) OR \"ENGINE\" = y)") == {"lower"}
    assert identifiers_asked(b"SELECT {a:UInt8} FROM {t:Identifier} WHERE '{x:Identifier}'") == {"t"}


@pytest.mark.parametrize(
    "piece",
    [
        b"/* ",
        b"/*'",
        b"'\\",
        b"`\\",
        b'"\\',
        b"''",
        b"$a$ $b$",
        b"a",
        b"a ",
        b" ",
        b"FORMAT ",
        b"FORMAT  \n",
        b"-- ",
        b"(",
    ],
)
@pytest.mark.parametrize("start", [b"", b"INSERT INTO t ", b"SELECT 1 SETTINGS a = 1, "])
def test_no_text_costs_more_than_in_proportion_to_its_length(start: bytes, piece: bytes) -> None:
    """A quadratic scanner would take four times as long for twice the text."""

    def cost(size: int) -> float:
        sql = start + (piece * size)[:size]
        before = time.thread_time()
        for scan in (kind_of, insert_with_data, format_clause, called_names, settings_named, files_written):
            scan(sql)
        return time.thread_time() - before

    once, twice = cost(16_000), cost(32_000)
    for _ in range(2):
        if twice < 3 * once + 0.01:
            break
        # Others were at work meanwhile, perhaps.
        once, twice = min(once, cost(16_000)), min(twice, cost(32_000))
    assert twice < 3 * once + 0.01


def test_an_error_of_the_engine_is_read_in_proportion_to_its_length() -> None:
    def cost(size: int) -> float:
        before = time.thread_time()
        StoreError.from_engine("Code: 47. DB::Exception: Unknown" + " " * size + "x. (UNKNOWN_IDENTIFIER)")
        return time.thread_time() - before

    assert cost(400_000) < 0.1 + 3 * cost(200_000)


def test_a_heredoc_is_one_string_and_an_open_one_is_none() -> None:
    assert [token.kind for token in tokens(b"SELECT $a$ ' FORMAT x $a$, a$b$c")] == ["word", "string", "other", "word"]
    assert [token.kind for token in tokens(b"$a$ x")] == ["other", "word", "word"]


@pytest.mark.parametrize(
    "sql",
    [
        b"SELECT " + b" ".join(b"$a%d$" % n for n in range(30_000)),
        b"SELECT " + b"$" * 3_000,
        b"SELECT " + b"$x$ 1 $x$ " * 501,
    ],
)
def test_heredocs_by_the_thousand_are_refused_before_the_engine_looks_for_their_ends(sql: bytes) -> None:
    with pytest.raises(StoreError, match="more than 1,000 beginnings of a heredoc") as refused:
        check_heredocs(sql)
    assert refused.value.code == 62


@pytest.mark.parametrize("sql", [b"SELECT $x$ it's $x$", b"SELECT '" + b"$ 12.50, " * 20_000 + b"'", b"$a$" * 1000])
def test_dollars_that_somebody_may_have_written_are_let_pass(sql: bytes) -> None:
    check_heredocs(sql)
