"""The FLOODMARK_… variables: unknown ones are named, wrong ones end the command."""

import re

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import COMMANDS, app
from floodmark.environment import TESTS, known, unknown, wrong
from tests.paths import ROOT


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(app, words, env=environment)


def said(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_names_a_variable_that_nobody_knows_and_goes_on(command: str) -> None:
    result = run(command, "--help", FLOODMARK_BROKRE="there:9092")
    assert result.exit_code == 0
    assert "FLOODMARK_BROKRE is no setting of Floodmark and changes nothing; did you mean FLOODMARK_BROKER?" in said(
        result
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_with_2_and_names_the_variable_whose_value_cannot_be_used(command: str) -> None:
    result = run(command, FLOODMARK_SCOPES="many")
    assert result.exit_code == 2
    assert "FLOODMARK_SCOPES is 'many': must be a whole number" in said(result)
    assert "Scopes of a minute and partition that are told apart; of more, silent ones are forgotten early." in said(
        result
    )


def test_a_name_like_no_other_is_told_where_all_are_listed() -> None:
    assert unknown({"FLOODMARK_XYZZY": "1"}) == [
        "FLOODMARK_XYZZY is no setting of Floodmark and changes nothing; `python -m floodmark.reference -` lists "
        "those that there are"
    ]


def test_variables_of_others_ours_in_any_case_and_those_of_our_tests_are_no_news() -> None:
    assert unknown({"PATH": "/bin", "floodmark_rules": "r.toml", "FLOODMARK_WEBHOOK_SECRET": "s"}) == []
    assert unknown({"FLOODMARK_TEST_CONTAINERS": "1"}) == []


def test_all_that_is_wrong_is_said_and_an_empty_value_is_none() -> None:
    faults = wrong({"FLOODMARK_PARTITIONS": "0", "FLOODMARK_LOG_LEVEL": "loud", "FLOODMARK_CHUNK": ""})
    assert [fault.split()[0] for fault in faults] == ["FLOODMARK_LOG_LEVEL", "FLOODMARK_PARTITIONS"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORGET_AFTER_H", "inf"),
        ("REVISE_FOR_S", "inf"),
        ("LATENESS_S", "inf"),
        ("IDLE_AFTER_S", "inf"),
        ("MAX_FUTURE_S", "inf"),
        ("LINGER_S", "nan"),
        ("MAX_POLL_S", "1e300"),
        ("CHECKPOINT_S", "1e-9"),
        ("COMMIT_INTERVAL_S", "1e-9"),
        ("CHUNK", "1000001"),
    ],
)
def test_a_number_that_no_worker_could_run_with_is_refused_before_it_starts(name: str, value: str) -> None:
    assert [fault.split(": ")[0] for fault in wrong({f"FLOODMARK_{name}": value})] == [f"FLOODMARK_{name} is '{value}'"]


def test_a_good_value_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_SCOPES", "0")
    assert wrong({"FLOODMARK_SCOPES": "7", "FLOODMARK_LATENESS_S": "2.5"}) == []


def test_every_variable_that_code_or_documents_name_is_known() -> None:
    paths = [ROOT / "README.md", ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*.*")]
    for package in ("floodmark", "processors", "producers", "sinks"):
        paths += (ROOT / package).rglob("*.py")
    named = {name for path in paths for name in re.findall(r"FLOODMARK_[A-Z_]*[A-Z]\b(?!_)", path.read_text("utf-8"))}
    assert {name for name in named if not name.startswith(TESTS)} - {*known(), "FLOODMARK_DECLARE_TOPICS"} == set()


@pytest.mark.parametrize(
    "words", [("worker", "--partitions", "0"), ("replay", "--sample", "--partitions", "0"), ("sink", "console")]
)
def test_a_flag_that_cannot_be_used_is_named_as_it_was_typed(words: tuple[str, ...]) -> None:
    flags = () if "--partitions" in words else ("--metrics-port", "70000")
    result = run(*words, *flags)
    assert result.exit_code == 2
    right = "--metrics-port: must be a whole number ≥ 0, ≤ 65535; it is 70000" if flags else None
    assert (right or "--partitions: must be a whole number ≥ 1, ≤ 1000; it is 0") in said(result)
