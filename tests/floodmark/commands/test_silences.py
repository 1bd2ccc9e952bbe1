"""`floodmark silences`: made, shown and ended."""

import json

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from runtime.kafka.topics import ensure_topics
from schemas.codec import alert_record
from schemas.topics import Topics
from tests.pipeline import wire
from tests.services import unique_prefix
from tests.sinks.sink_kit import alert


@pytest.fixture
def place(kafka: str) -> tuple[str, str]:
    return kafka, unique_prefix()


def run(place: tuple[str, str], *words: str) -> Result:
    more = ("--broker", place[0], "--topic-prefix", place[1])
    return CliRunner().invoke(app, ["silences", *words, *more], env={"COLUMNS": "220"})


MADE = ("create", "--scope", "shop-*", "--for", "4h", "--reason", "a release", "--by", "ana")


@pytest.mark.kafka
def test_a_silence_from_its_making_to_its_end(place: tuple[str, str]) -> None:
    assert run(place, "list").output == "No silence is on. `--all` shows those that have ended.\n"
    made = run(place, *MADE, "--accept", "warning", "--accept-lost", "500", "--until-cleared", "--idle", "1h")
    assert made.exit_code == 0, made.output
    name = made.output.split()[2]
    assert "hides scope shop-* until" in made.output
    assert ", or when all that it hides is over, or when it has matched nothing for 60 minutes." in made.output
    assert "breaks when something is more severe than warning or losing more than 500 transactions" in made.output
    listed = run(place, "list").output
    assert "(3 h 59 min left)" in listed
    assert {name, "ana", "a release", "nothing"} <= set(listed.replace("  ", "|").split("|")) | set(listed.split())
    shown = " ".join(run(place, "show", name).output.split())
    assert "tripwire breaks when something is more severe than warning or losing more than 500 transactions" in shown
    assert "has hidden nothing" in shown
    ended = run(place, "expire", name, "--by", "bob")
    assert (ended.exit_code, ended.output) == (0, f"The silence {name} has ended: nothing that it hid is open.\n")
    assert "No silence is on" in run(place, "list").output
    (one,) = [json.loads(line) for line in run(place, "list", "--all", "--json").output.splitlines()]
    assert (one["ended_why"], one["ended_by"], one["author"]) == ("expired", "bob", "ana")
    again = run(place, "expire", name)
    assert (again.exit_code, f"SILENCE: {name} has ended already, at 20" in again.output) == (2, True)
    assert "(expired)" in run(place, "show", name).output
    assert json.loads(run(place, "show", name, "--json").output)["ended_by"] == "bob"


@pytest.mark.kafka
def test_one_that_things_are_worse_than_already_is_not_made_and_says_what_it_has_to_accept(
    place: tuple[str, str],
) -> None:
    topics = Topics(place[1])
    ensure_topics(place[0], [spec for spec in topics.specs(1) if spec.name == topics.alerts], replication=1)
    open_one = alert(incident_id="bad", scope="shop-7", severity="critical", estimated_loss={"transactions": 640.5})
    publisher = wire.Publisher(place[0], topics.alerts)
    for record in (open_one, open_one.model_copy(update={"incident_id": "over", "state": "resolved"})):
        key, value = alert_record(record)
        publisher.send(value, 0, key=key)
    publisher.close()
    refused = run(place, *MADE, "--accept", "warning", "--accept-lost", "500")
    said = " ".join(refused.output.replace("│", " ").split())
    assert (refused.exit_code, "it would break at once" in said) == (2, True)
    assert "of shop-7 is critical and has lost 640 transactions" in said
    assert "No silence is made; give --accept critical --accept-lost 641 or more" in said
    assert "No silence is on" in run(place, "list").output
    assert run(place, *MADE, "--accept", "critical", "--accept-lost", "641").exit_code == 0
    assert "UTC. It never breaks: it accepts everything. End it with" in run(place, *MADE).output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("create", "--for", "8d", "--scope", "a", "--reason", "r"),
            "--for: must be a length of time from 1m to 7d, such as 15m or 4h; it is '8d'",
        ),
        (("create", "--for", "soon", "--scope", "a", "--reason", "r"), "must be a length of time"),
        (("create", "--for", "1h", "--scope", "a", "--reason", " "), "--reason: is empty"),
        (
            ("create", "--for", "1h", "--reason", "r"),
            "--scope: must be given, or --dimension, --key or --rule: it has to say what it hides",
        ),
        (("create", "--for", "1h", "--scope", "a", "--reason", "r", "--accept", "bad"), "must be one of info"),
        (("create", "--for", "1h", "--scope", "a", "--reason", "r", "--idle", "x"), "must be a length of time"),
    ],
)
def test_one_that_cannot_be_made_is_refused_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    result = run(("127.0.0.1:1", "none."), *words)
    assert (result.exit_code, sentence in " ".join(result.output.replace("│", " ").split())) == (2, True)


@pytest.mark.kafka
@pytest.mark.parametrize("command", ["expire", "show"])
def test_one_that_is_not_there_cannot_be_ended_or_shown(place: tuple[str, str], command: str) -> None:
    result = run(place, command, "none")
    assert (
        result.exit_code,
        "there is no silence 'none'; `floodmark silences list --all` shows all" in result.output,
    ) == (2, True)


def test_a_broker_that_does_not_answer_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "1")
    assert run(("127.0.0.1:1", "none."), *MADE).exit_code == 3
