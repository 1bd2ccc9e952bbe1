"""Each question of the library, asked of the sample and counted anew from what was written."""

import csv
import io
import json
import re

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.queries.ask import remote
from floodmark.queries.library import BadParameter, Parameter, library, names, query
from tests.floodmark.queries.query_kit import ask, run
from tests.sample_store import Filled


@pytest.mark.parametrize("name", names())
def test_a_query_returns_the_columns_that_it_declares_and_takes_the_parameters_that_it_names(
    filled: Filled, name: str
) -> None:
    wanted = query(name)
    told = b"".join(remote(filled.dsn)(f"DESCRIBE TABLE ({wanted.sql})", "JSONEachRow", wanted.values({})))
    shape = [json.loads(line) for line in told.splitlines()]
    plain = {row["name"]: re.sub(r"LowCardinality\((.*)\)", r"\1", row["type"]) for row in shape}
    assert plain == dict(wanted.columns)
    assert set(re.findall(r"\{(\w+):", wanted.sql)) == {each.name for each in wanted.parameters}
    for each in wanted.parameters:
        assert f"{{{each.name}:{each.type}}}" in wanted.sql
    assert wanted.question.endswith("?")


def test_all_are_listed_with_what_they_answer() -> None:
    shown = run().stdout.splitlines()
    assert len(shown) == len(names()) >= 25
    assert all(
        line.startswith(f"{each.name} ") and each.question in line for line, each in zip(shown, library(), strict=True)
    )


def test_the_list_is_no_wider_than_a_person_reads_or_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError))
    for env, width in (({}, 120), ({"COLUMNS": "60"}, 60)):
        listed = CliRunner().invoke(app, ["query"], env=env).output
        assert max(map(len, listed.splitlines())) <= width
        asked = " ".join(listed.split())
        assert all(f"{each.name} {each.question}" in asked for each in library())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["failure_rate"], "did you mean failure_rates?"),
        (["failure_rates", "--param", "scop=all"], "failure_rates has no parameter scop; it has from, to, scope"),
        (["failure_rates", "--param", "scope"], "--param: must be NAME=VALUE; it is 'scope'"),
        (
            ["failure_rates", "--param", "from=yesterday"],
            "--param from: must be an instant such as 2025-07-12T18:00 (UTC); it is 'yesterday'",
        ),
        (["recent_alerts", "--param", "limit=-1"], "limit: must be a whole number from 1; it is '-1'"),
        (["recent_alerts", "--param", "limit=1_0"], "limit: must be a whole number from 1; it is '1_0'"),
        (
            ["approval_slo", "--param", "objective=much"],
            "objective: must be a number above 0 and below 1; it is 'much'",
        ),
        (["approval_slo", "--param", "objective=1"], "objective: must be a number above 0 and below 1; it is '1'"),
        (["approval_slo", "--param", "objective=nan"], "objective: must be a number above 0 and below 1; it is 'nan'"),
        (["failed_spikes", "--param", "times=inf"], "times: must be a number above 0; it is 'inf'"),
        (["outage_periods", "--param", "severity=Critical"], "severity: must be one of critical, warning, info; it is"),
        (
            ["same_day_last_week", "--param", "dimension=code"],
            "dimension: must be one of status, auth_code; it is 'code'",
        ),
        (
            ["current_and_baseline", "--param", "minutes=525601"],
            "minutes: must be a whole number from 1 to 525600; it is",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_value_is_never_text_of_the_query(filled: Filled) -> None:
    for odd in ("x' OR 1=1 --", "\\", "a\tb\nc", "all'", "${scope:singlequote}", "{scope:String}", "all\0", "\\N"):
        assert ask(filled, "minutes_by_status", scope=odd) == []


def test_instants_of_other_zones_are_brought_to_utc() -> None:
    at = Parameter("at", "DateTime('UTC')", "", "")
    assert at.encoded("2025-03-04T01:00:00-03:00") == at.encoded("2025-03-04 04:00:00") == "2025-03-04 04:00:00"
    assert (
        Parameter("at", "DateTime64(3, 'UTC')", "", "").encoded("2025-03-04T04:00:00.25Z") == "2025-03-04 04:00:00.250"
    )
    with pytest.raises(BadParameter, match="at: must be an instant"):
        at.encoded("")


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00+05:00", "1969-12-31"])
def test_an_instant_before_all_that_is_stored_is_the_first(text: str) -> None:
    assert Parameter("at", "DateTime('UTC')", "", "").encoded(text) == "1970-01-02 00:00:00"


@pytest.mark.parametrize("text", ["2150-01-01", "9999-12-31T23:59:59", "9999-12-31T23:59:59-05:00"])
def test_an_instant_after_all_that_is_stored_is_the_last(text: str) -> None:
    assert Parameter("at", "DateTime('UTC')", "", "").encoded(text) == "2106-01-01 00:00:00"


def test_every_query_answers_whatever_the_range(filled: Filled) -> None:
    """The first and the last instant that can be written, and a range that ends before it begins."""
    asker = remote(filled.dsn)
    ranges = ({}, {"from": "0001-01-01", "to": "9999-12-31"}, {"from": "2099-01-01", "to": "1999-01-01"})
    for each in library():
        if {"from", "to"} <= {parameter.name for parameter in each.parameters}:
            counted = f"SELECT count() FROM ({each.sql})"
            usual, wide, none = (int(b"".join(asker(counted, "TSV", each.values(given)))) for given in ranges)
            assert usual == wide > none == 0, each.name


def test_csv_is_safe_for_a_spreadsheet_and_parquet_is_a_file(filled: Filled) -> None:
    filled.client.command(
        "INSERT INTO floodmark.audit_records (id, at, actor) VALUES ('f', '2030-01-01 00:00:00', '=cmd()')"
    )
    shown = run("who_did_what", "--dsn", filled.dsn, "--format", "csv", "--param", "from=2029-12-31")
    (row,) = csv.DictReader(io.StringIO(shown.stdout))
    assert row["actor"] == "'=cmd()"
    made = run("approval_slo", "--dsn", filled.dsn, "--format", "parquet")
    assert made.stdout_bytes[:4] == made.stdout_bytes[-4:] == b"PAR1"


def test_a_query_shows_itself() -> None:
    shown = run("approval_slo", "--show").stdout
    assert "objective Float64 = 0.9: the part that is to be approved; a number above 0 and below 1" in shown
    assert "FROM hours" in shown
