"""`floodmark rules check` and `floodmark rules show`."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from processors.domain.rules import METHODS
from processors.rules import HYBRID, SHIPPED, load
from tests.rule_texts import many, rule_table

READY = [name for name in SHIPPED if name != HYBRID.stem]
"""Those that need no model of one's own; tests/floodmark/analysis/train tries the other."""
GOOD = many(9)
BAD = GOOD.replace("above = 9", 'above = "many"')


def rules(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, words)], env={"COLUMNS": "200"})


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_ok_and_names_its_version(tmp_path: Path) -> None:
    path = written(tmp_path, "good.toml", GOOD)
    result = rules("check", path)
    assert result.exit_code == 0
    assert f"{path}: ok, 1 rule, 0 tests, version {load(path).version}" in result.stdout


def test_the_shipped_rule_sets_are_ok_by_their_names() -> None:
    result = rules("check", *READY)
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == READY


def test_a_bad_file_is_named_with_line_and_key_and_the_good_ones_are_checked_all_the_same(tmp_path: Path) -> None:
    bad, good = written(tmp_path, "bad.toml", BAD), written(tmp_path, "good.toml", GOOD)
    gone = tmp_path / "gone.toml"
    result = rules("check", bad, gone, good)
    assert result.exit_code == 2
    assert f"{bad}:5: [[rule]] above: " in result.stderr
    assert f"{gone}: cannot be read" in result.stderr
    assert result.stdout.startswith(f"{good}: ok")


def test_a_rule_is_shown_with_the_settings_that_differ_from_its_methods_defaults(tmp_path: Path) -> None:
    text = GOOD + rule_table("rise", "share_tail", excluded=["approved"], strength=8.0, effect=1.35)
    shown = rules("show", written(tmp_path, "mine.toml", text)).stdout
    many, rise = (next(line for line in shown.splitlines() if line.startswith(name)) for name in ("many", "rise"))
    assert many.split() == ["many", "count", "status:", "failed", "above", "9"]
    assert "all but approved" in rise
    assert "strength 8" in rise
    assert "effect" not in rise, "it is what the method has anyway"


def test_the_default_rules_are_shown_when_no_file_is_named() -> None:
    shown = rules("show").stdout
    assert f"default  version {load().version}" in shown
    for rule in load().rules:
        assert rule.name in shown
    assert "auth_code keys are facets of denied" in shown
    assert "over after 3 minutes without a finding; what goes wrong in a scope at one time is one incident" in shown
    assert "critical when 50 % is lost or 500 transactions or for 30 minutes" in shown
    assert "relearn_after 180" in shown


@pytest.mark.parametrize("name", READY)
def test_as_json_every_setting_is_there(name: str) -> None:
    shown = json.loads(rules("show", name, "--json").stdout)
    expected = load(Path(name))
    assert (shown["name"], shown["version"]) == (expected.name, expected.version)
    assert shown["incidents"] == {
        "resolve_after": expected.resolve_after,
        "group": expected.group,
        "inhibit": expected.inhibit,
    }
    for told, rule in zip(shown["rules"], expected.rules, strict=True):
        names = {f.name for f in fields(METHODS[told["method"]])}
        assert names == told.keys() - {"method", "chosen"}
        assert set(told["chosen"]) <= names
        assert told["name"] == rule.name


def test_a_bad_file_is_not_shown(tmp_path: Path) -> None:
    result = rules("show", written(tmp_path, "bad.toml", BAD))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bad.toml:5: [[rule]] above: " in result.stderr
