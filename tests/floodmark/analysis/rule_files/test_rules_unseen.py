"""`floodmark rules check` warns of what rule files name and the data do not have."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from tests.rule_texts import many

RULES = """\
[facets]
auth_code = "denied"

[[rule]]
name = "many"
method = "count"
keys = ["Failed", "chargebak", "other"]
above = 9

[[rule]]
name = "codes"
method = "share_tail"
dimension = "auth_code"
excluded = ["00", "99"]

[[calendar.maintenance]]
name = "night"
from = "02:00"
to = "04:00"
scopes = ["Shop-A", "shop-c"]
keys = ["51", "total", "nothing"]

[[calendar.event]]
name = "sale"
from = "2026-12-10T20:00"
to = "2026-12-10T23:00"
scopes = ["total"]
"""
DATA = """\
timestamp,status,auth_code,count,scope
2025-07-12 13:45:00Z,Failed,51,1,SHOP-A
2025-07-12 13:45:00Z,chargeback,00,1,shop-b
2025-07-12 13:45:00Z,denied,,1,shop-b
"""


def check(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", "check", *map(str, words)])


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_word_that_no_row_has_is_named_with_its_place_and_what_is_like_it(tmp_path: Path) -> None:
    path = written(tmp_path, "mine.toml", RULES)
    result = check(path, "--transactions", written(tmp_path, "a.csv", DATA))
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: ok, 2 rules")
    assert result.stderr.splitlines() == [
        f"{path}:7: warning: rule many: no row has the status 'chargebak'; did you mean 'chargeback'?",
        f"{path}:14: warning: rule codes: no row has the auth code '99'",
        f"{path}:20: warning: maintenance night: no row has the scope 'shop-c'; did you mean 'shop-b'?",
        f"{path}:21: warning: maintenance night: no row has the status or auth code 'nothing'",
        f"{path}:27: warning: event sale: no row has the scope 'total'",
    ]


def test_data_without_codes_say_nothing_of_codes(tmp_path: Path) -> None:
    data = written(tmp_path, "a.csv", "time,status,count\n00h 00,failed,1\n")
    result = check(written(tmp_path, "mine.toml", RULES), "--transactions", data)
    assert result.exit_code == 0
    assert "auth code '99'" not in result.stderr
    assert "status 'chargebak'" in result.stderr


def test_several_files_of_data_are_looked_at_together(tmp_path: Path) -> None:
    more = written(tmp_path, "b.csv", "timestamp,auth_code,count\n2025-07-12 13:45:00Z,99,1\n")
    data = written(tmp_path, "a.csv", DATA)
    result = check(written(tmp_path, "mine.toml", RULES), "--transactions", data, "--transactions", more)
    assert "auth code '99'" not in result.stderr


def test_without_data_it_says_that_it_has_not_looked(tmp_path: Path) -> None:
    result = check(written(tmp_path, "mine.toml", RULES))
    assert result.exit_code == 0
    assert result.stderr == (
        "Whether any record has the scopes, keys and codes was not looked at: give rows with --transactions.\n"
    )
    bare = written(tmp_path, "bare.toml", many(9, keys=(), name="any"))
    assert check(bare).stderr == ""


@pytest.mark.parametrize("text", ["", "timestamp,status,count\nx,a,1\n"])
def test_data_that_cannot_be_read_end_with_two(tmp_path: Path, text: str) -> None:
    result = check(written(tmp_path, "mine.toml", RULES), "--transactions", written(tmp_path, "a.csv", text))
    assert result.exit_code == 2
    assert "a.csv" in result.stderr
