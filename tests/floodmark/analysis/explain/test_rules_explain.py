"""`floodmark rules explain`: how near the rules came, and what would have caught it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from processors.rules import DEFAULT, load
from tests.floodmark.analysis.explain.explain_kit import CHANGED, LAST, START, at, explain, morning, run
from tests.rule_texts import rule_table

CREEP = 1.5


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def crept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows with a drift that the default rules do not find."""
    return morning(tmp_path_factory.mktemp("crept"), CREEP)


@pytest.fixture(scope="module")
def explained(crept: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The explanation by a copy of the default rules."""
    rules = tmp_path_factory.mktemp("rules") / "mine.toml"
    rules.write_text(DEFAULT.read_text())
    return told(explain(crept, "--rules", rules, "--json"))


def test_a_drift_that_is_too_small_is_explained_by_what_came_nearest(explained: dict[str, Any]) -> None:
    assert (explained["fired"], explained["version"]) == ([], load().version)
    nearest = explained["nearest"][0]
    assert (nearest["rule"], nearest["setting"], nearest["alone"]) == ("share_rise", "strength", True)
    assert nearest["key"] == "denied"
    assert at(CHANGED) <= nearest["minute"] < at(CHANGED + 30)
    assert 0 < nearest["value"] < nearest["limit"] == 6.5


@pytest.mark.story
def test_each_proposed_change_really_catches_it(explained: dict[str, Any], crept: Path, tmp_path: Path) -> None:
    assert explained["proposals"]
    for number, proposal in enumerate(explained["proposals"]):
        file = Path(proposal["file"])
        lines = file.read_text().splitlines()
        line = f"{proposal['setting']} = {proposal['new']}"
        if proposal["is_written"]:
            assert lines[proposal["line"] - 1].startswith(f"{proposal['setting']} = {proposal['old']}")
            lines[proposal["line"] - 1] = line
        else:
            assert lines[proposal["line"] - 1] == "[[rule]]"
            lines.insert(proposal["line"], line)
        changed, alerts = tmp_path / f"{number}.toml", tmp_path / f"{number}.jsonl"
        changed.write_text("\n".join(lines))
        judged = run("detect", "--transactions", crept, "--alerts", alerts, "--rules", changed, "--json")
        assert told(judged)["incidents"] == len(proposal["caught"])
        opened = [
            alert["timestamp"]
            for alert in map(json.loads, alerts.read_text().splitlines())
            if alert["state"] == "firing"
        ]
        assert opened
        assert all(at(CHANGED) <= instant < at(CHANGED + 30) for instant in opened)


def test_a_stricter_value_would_not_have_caught_it(explained: dict[str, Any], crept: Path, tmp_path: Path) -> None:
    proposal = next(each for each in explained["proposals"] if each["rule"] == "share_rise")
    near = next(each for each in explained["nearest"] if each["rule"] == "share_rise")
    assert proposal["new"] <= near["value"]
    stricter = f"[[rule]]\nstrength = {near['value'] + 0.05}"
    rules, alerts = tmp_path / "stricter.toml", tmp_path / "alerts.jsonl"
    rules.write_text(DEFAULT.read_text().replace("[[rule]]", stricter, 1))
    assert (
        told(run("detect", "--transactions", crept, "--alerts", alerts, "--rules", rules, "--json"))["incidents"] == 0
    )


@pytest.mark.story
def test_the_price_and_the_line_are_printed(crept: Path) -> None:
    result = explain(crept)
    assert result.exit_code == 0, result.output
    assert f"{DEFAULT}:" in result.stdout
    assert "strength = 8.0 → strength = " in result.stdout, "it is written in the file"
    assert "add below it strength = " in result.stdout, "it has its default"
    assert "denied opens at 2025-07-07 11:" in result.stdout
    assert "0.0 → " in result.stdout
    assert "The cheapest change that catches it is " in result.stdout


@pytest.mark.story
def test_what_did_fire_is_said_and_nothing_is_proposed(tmp_path: Path) -> None:
    rows = morning(tmp_path, 3.0)
    result = explain(rows)
    assert result.exit_code == 0, result.output
    assert "It was not missed: denied at 11:0" in result.stdout
    explanation = told(explain(rows, "--json"))
    assert [each["key"] for each in explanation["fired"]] == ["denied"]
    assert (explanation["tried"], explanation["proposals"]) == (0, [])


def test_nothing_short_of_many_alerts_would_have_said_anything_of_a_quiet_stretch(crept: Path, tmp_path: Path) -> None:
    rules = tmp_path / "z.toml"
    rules.write_text(rule_table("z", "z_score", keys=["denied"], threshold=6.0).replace("6.0", "6.0 # high"))
    result = explain(crept, "--rules", rules, begin=at(START + 60), end=at(START + 80))
    assert result.exit_code == 0, result.output
    assert f"{rules}:5: threshold = 6.0 → threshold = " in result.stdout
    assert "\nNothing short of +" in result.stdout
    assert "Better leave the rules." in result.stdout


def test_where_no_setting_alone_is_in_the_way_it_says_so_and_how_near_it_came_all_the_same(crept: Path) -> None:
    result = explain(crept, begin=at(START + 150), end=at(START + 180))
    assert result.exit_code == 0, result.output
    assert "No change of one setting of a rule would have caught anything here" in result.stdout
    assert "and not by that alone" in result.stdout
    words = ["rules", "explain", str(crept), "--from", at(START + 150), "--to", at(START + 180)]
    narrow = CliRunner().invoke(app, words, env={"COLUMNS": "80"}).stdout
    assert "and not by that alone" in narrow
    assert "the rule would have said" not in narrow, "nothing is known of it, so nothing is announced"


def test_one_scope_can_be_looked_at_alone(tmp_path: Path) -> None:
    loud, still = morning(tmp_path, 3.0, "loud", "loud.csv"), morning(tmp_path, 1.0, "still", "still.csv")
    alone = told(explain(loud, still, "--scope", " STILL\u200b", "--json"))
    assert (alone["fired"], {each["scope"] for each in alone["nearest"]}) == ([], {"still"})
    wrong = explain(loud, still, "--scope", "other")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "the rows hold no scope 'other'; they hold loud, still" in wrong.stderr


def test_codes_in_a_file_of_their_own_are_looked_at_too(tmp_path: Path) -> None:
    lines = morning(tmp_path, CREEP).read_text().splitlines()
    statuses, codes = tmp_path / "statuses.csv", tmp_path / "codes.csv"
    statuses.write_text(
        "\n".join([lines[0], *(line for line in lines[1:] if ",,," not in line and line.split(",")[1])])
    )
    codes.write_text("\n".join([lines[0], *(line for line in lines[1:] if line.split(",")[2])]))
    explanation = told(explain(statuses, "--auth-codes", codes, "--json", end=at(CHANGED + 5)))
    assert {"status", "auth_code"} <= {each["dimension"] for each in explanation["nearest"]}


def test_a_time_without_a_day_lies_on_the_day_of_the_rows(crept: Path) -> None:
    shown = told(explain(crept, "--json", begin="11:00", end="11h05"))
    assert (shown["from"], shown["to"]) == ("2025-07-07T11:00:00+00:00", "2025-07-07T11:05:00+00:00")


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (at(CHANGED), at(CHANGED), "must be later than --from"),
        (at(CHANGED + 5), at(CHANGED), "must be later than --from"),
        (at(START - 1), at(CHANGED), "is not within the rows"),
        (at(CHANGED), at(LAST + 2), "is not within the rows"),
        ("yesterday", at(CHANGED), "--from: must be an instant"),
    ],
)
def test_times_that_cannot_be_explained_are_refused_with_the_range_of_the_rows(
    crept: Path, begin: str, end: str, said: str
) -> None:
    result = explain(crept, begin=begin, end=end)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    if said != "--from: must be an instant":
        assert "the rows reach from 2025-07-07 08:00 to 12:00 UTC" in result.stderr


def test_of_a_time_without_a_day_a_day_is_proposed_on_which_there_are_rows_at_that_time(tmp_path: Path) -> None:
    path = tmp_path / "night.csv"
    path.write_text("timestamp,status,count\n2025-07-07T18:00,approved,5\n2025-07-08T17:59,approved,5\n")
    there = "the rows reach from 2025-07-07 18:00 to 2025-07-08 18:00 UTC"
    for begin, proposed in (("12:00", "2025-07-08T12:00"), ("19:00", "2025-07-07T19:00")):
        result = explain(path, begin=begin, end="20:00")
        assert result.exit_code == 2
        assert f"--from {begin} names no day, and {there}; write {proposed}\n" in result.stderr


def test_more_than_a_day_is_too_long_a_stretch(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("timestamp,status,count\n2025-07-07T00:00,approved,5\n2025-07-09T00:00,approved,5\n")
    result = explain(path, begin="2025-07-07T00:00", end="2025-07-08T00:01")
    assert (result.exit_code, "more than a day" in result.stderr) == (2, True)
    result = explain(path, begin="10:00", end="11:00")
    assert (result.exit_code, "names no day" in result.stderr) == (2, True)


def test_rules_and_rows_that_cannot_be_used_are_refused(crept: Path, tmp_path: Path) -> None:
    assert explain(crept, "--rules", tmp_path / "gone.toml").exit_code == 2
    assert explain(tmp_path / "gone.csv").exit_code == 2
    empty = tmp_path / "empty.csv"
    empty.write_text("timestamp,status,count\n")
    result = explain(empty)
    assert (result.exit_code, "0 rows in " in result.stderr) == (2, True)


@pytest.mark.story
def test_a_narrow_terminal_cuts_nothing(tmp_path: Path) -> None:
    rows = morning(tmp_path, 3.0)
    words = ["rules", "explain", str(rows), "--from", at(CHANGED), "--to", at(CHANGED + 30)]
    text = CliRunner().invoke(app, words, env={"COLUMNS": "80"}).stdout
    assert "…" not in text
    assert "nearest at 20" in text
    assert "with it, the rule would have said: " in text
