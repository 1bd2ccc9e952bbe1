"""Whatever is wrong with how a command was used is one sentence of one form, and ends with 2."""

import pytest
from typer.testing import CliRunner

from floodmark.cli import app

HELP = "`{0} --help` shows what there is"
NOTE = "--note: must be up to 1000 characters that can be printed"
INSTANT = "an instant such as 2025-07-12T18:00 (UTC)"
SPAN = "a length of time from 1m to {0}, such as 15m or 4h"


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words, env={"COLUMNS": "40"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("ack", f"INCIDENT_ID is missing. {HELP}"),
        ("silences create --for 1h", f"--reason is missing. {HELP}"),
        ("report dy", f"there is no command 'dy'; did you mean 'day'. {HELP}"),
        ("report day --fo x", f"there is no option --fo, but --format. {HELP}"),
        ("report day --format x", "--format: must be one of text, markdown; it is 'x'"),
        ("report day --objective 7", "--objective: must be a number from 0.001 to 0.999; it is '7'"),
        (
            "gateway --port 99999",
            "--port: must be a whole number ≥ 0, ≤ 65535; it is 99999. It says: Port of the gateway on gateway_host; "
            "0: a free one.",
        ),
        ("dlq list --limit x", "--limit: must be a whole number from 1; it is 'x'"),
        (
            "ack x --by a --take-over --release",
            "--assign, --take-over and --release exclude each other; give one of them",
        ),
        (f"ack x --by a --note {1001 * 'n'}", f"{NOTE}; it is {40 * 'n'!r} ..."),
    ],
)
def test_it_names_the_command_the_option_what_it_has_to_be_and_what_it_is(words: str, sentence: str) -> None:
    group = 2 if words.split()[0] in ("silences", "report", "dlq") and words != "report dy" else 1
    command = " ".join(["floodmark", *words.split()[:group]])
    assert said(*words.split()) == (2, f"{command}: {sentence.format(command)}\n")


def test_a_command_that_is_misspelled_is_told_which_one_is_near() -> None:
    sentence = "there is no command 'detekt'; did you mean 'detect'"
    assert said("detekt") == (2, f"floodmark: {sentence}. {HELP.format('floodmark')}\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("drill --routes", "--routes needs a value"), ("ack x --release=yes", "--release takes no value")],
)
def test_where_it_is_not_known_which_command_was_meant_the_option_is_named(words: str, sentence: str) -> None:
    assert said(*words.split()) == (2, f"floodmark: {sentence}. {HELP.format('floodmark')}\n")


@pytest.mark.parametrize(
    ("words", "option", "form"),
    [
        ("report day --date", "--date", "a day such as 2025-07-12"),
        ("report shift --date", "--date", "a day such as 2025-07-12"),
        ("detect --transactions x --alerts y --date", "--date", "a day such as 2025-07-12"),
        ("train x --out y --date", "--date", "a day such as 2025-07-12"),
        ("rules explain x --from 18:00 --to 19:00 --date", "--date", "a day such as 2025-07-12"),
        ("replay x --date", "--date", "a day such as 2025-07-12"),
        ("up --replay FILE --date", "--date", "a day such as 2025-07-12"),
        ("replay x --time-zone", "--time-zone", "a time zone such as America/Sao_Paulo, or UTC"),
        ("simulate --out x --start", "--start", INSTANT),
        ("notify routes explain x --at", "--at", INSTANT),
        ("query failure_rates --param from=soon --param", "--param from", INSTANT),
        ("silences create --scope a --reason r --for", "--for", SPAN.format("7d")),
        ("silences create --scope a --reason r --for 1h --idle", "--idle", SPAN.format("7d")),
        ("silences preview --scope a --over", "--over", SPAN.format("31d")),
        ("ack x --by a --for", "--for", SPAN.format("7d")),
    ],
)
def test_every_option_that_takes_a_time_says_so_in_the_same_way(words: str, option: str, form: str) -> None:
    typed = "to=soon" if words.endswith("--param") else "soon"
    code, sentence = said(*[__file__ if word == "FILE" else word for word in words.split()], typed)
    command = words.partition(" --")[0].removesuffix(" x").removesuffix(" failure_rates")
    assert (code, sentence) == (2, f"floodmark {command}: {option}: must be {form}; it is 'soon'\n")


def test_the_help_that_a_group_shows_for_want_of_a_command_has_no_error_after_it() -> None:
    result = CliRunner().invoke(app, ["silences"])
    assert (result.exit_code, result.stderr) == (2, "")
    assert "Usage: " in result.output
