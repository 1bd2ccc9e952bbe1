"""`floodmark ack` on a broker: whoever is on an incident is said until it ends, whatever dies on the way."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.operate.acknowledge import run
from processors.domain.counting.partial import judge_of
from schemas.codec import alert_record
from schemas.instants import instant_of
from tests.pipeline import wire
from tests.pipeline.bursts import PARTITIONS, Traffic, text
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation
from tests.sinks.sink_kit import alert
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOBODY = "127.0.0.1:1"


def ack(made: Installation, *words: str) -> tuple[int, str]:
    """What comes of the command, and what it says."""
    flags = ("--broker", made.address, "--topic-prefix", made.prefix)
    result = CliRunner().invoke(app, ["ack", *words, *flags], env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def made(install: Install, tmp_path: Path) -> Installation:
    rules = tmp_path / "bursts.toml"
    rules.write_text(text(5))
    return install(rules=rules, partitions=PARTITIONS)


def states(made: Installation) -> list[tuple[str, str | None]]:
    """What was said of the only incident, each thing once, with who is on it."""
    told = {alert["revision"]: (alert["state"], alert["acknowledged_by"]) for alert in made.alerts()}
    return [told[revision] for revision in sorted(told)]


def opened(made: Installation, traffic: Traffic) -> dict[str, Any]:
    """The incident that opens when failures come."""
    traffic.flow(failed=9)
    (incident,) = until(made.last_alerts, "an incident opens").values()
    return incident


def test_who_is_on_it_is_said_until_it_ends_also_after_a_crash(made: Installation) -> None:
    worker = made.worker().ready()
    traffic = Traffic(made)
    id_ = opened(made, traffic)["incident_id"]
    code, said = ack(made, id_, "--by", "ann", "--note", "with  the\tacquirer")
    assert (code, said) == (0, f"{id_} (critical, failed in all since 2025-07-12 12:00 UTC) is acknowledged by ann.")
    alert = made.last_alerts()[id_]
    assert (alert["state"], alert["acknowledged_by"], alert["acknowledged_severity"]) == (
        "acknowledged",
        "ann",
        "critical",
    )
    assert alert["acknowledged_note"] == "with the acquirer"
    assert alert["acknowledged_at"].endswith("Z")
    since = instant_of(alert["acknowledged_at"])
    taken = f"is taken by ann since {since}. Nothing was changed: `floodmark ack {id_} --take-over` takes it over."
    for words in (("--by", "bob"), ("--by", "bob", "--for", "1h"), ("--by", "ann", "--note", "still")):
        code, said = ack(made, id_, *words)
        assert (code, taken in said) == (1, True)
    code, said = ack(made, id_, "--by", "ann")
    assert (code, said.endswith(f"is acknowledged already, by ann since {since}.")) == (0, True)
    assert made.last_alerts()[id_] == alert
    code, said = ack(made, id_, "--by", "bob", "--assign", "carl", "--for", "4h")
    alert = made.last_alerts()[id_]
    assert (code, f"is acknowledged by carl until {instant_of(alert['acknowledged_until'])}." in said) == (0, True)
    lasts = datetime.fromisoformat(alert["acknowledged_until"]) - datetime.fromisoformat(alert["acknowledged_at"])
    assert lasts == timedelta(hours=4)
    worker.kill()
    made.worker().ready()
    traffic.flow(failed=9)
    traffic.flow(failed=0, minutes=2)
    until(lambda: made.last_alerts()[id_]["state"] == "resolved", "it ends")
    assert states(made) == [
        ("firing", None),
        ("acknowledged", "ann"),
        ("acknowledged", "carl"),
        ("updated", "carl"),
        ("resolved", "carl"),
    ]
    code, said = ack(made, id_, "--by", "bob")
    assert (code, said.endswith("is resolved: there is nothing to acknowledge.")) == (0, True)
    made.drain()
    assert made.counts() == traffic.counts


def test_what_is_told_while_no_worker_runs_is_taken_up_by_the_next_one(
    made: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = made.worker().ready()
    id_ = opened(made, Traffic(made))["incident_id"]
    assert worker.stop() == 0
    monkeypatch.setattr(run, "TAKEN_UP_WITHIN_S", 0.2)
    for who in ("ann", "bob"):
        code, said = ack(made, id_, "--by", who)
        assert (code, "saying it again does no harm" in said) == (75, True)
    made.worker()
    made.drain()
    assert states(made) == [("firing", None), ("acknowledged", "ann")]


def test_it_is_told_to_the_judge_of_the_scope_also_where_partitions_were_added(
    made: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judges stay as many as they were."""
    added = NewPartitions(made.topics.transactions, 2 * PARTITIONS)
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    admin.create_partitions([added])[made.topics.transactions].result(timeout=PATIENCE_S)
    key, value = alert_record(alert(incident_id="one", scope="shop"))
    publisher = wire.Publisher(made.address, made.topics.alerts)
    publisher.send(value, 0, key=key)
    publisher.close()
    monkeypatch.setattr(run, "TAKEN_UP_WITHIN_S", 0.2)
    assert ack(made, "one", "--by", "ann")[0] == 75
    (told,) = wire.read(made.address, made.topics.partials)
    assert told.partition == judge_of("shop", PARTITIONS) != judge_of("shop", 2 * PARTITIONS)


def test_what_is_no_partial_and_no_acknowledgement_holds_nothing_up(made: Installation) -> None:
    made.worker().ready()
    traffic = Traffic(made)
    traffic.flow(failed=0)
    made.drain()
    nonsense = [b"", b"{", b'{"incident_id":"x"}', b'{"incident_id":"x","scope":"all","by":"ann","at_ms":1}']
    for partition in range(PARTITIONS):
        wire.publish(made.address, made.topics.partials, nonsense * (partition + 1), PARTITIONS)
    id_ = opened(made, traffic)["incident_id"]
    assert ack(made, id_)[0] == 0
    made.drain()
    assert made.counts() == traffic.counts


def test_an_incident_that_is_not_known_is_refused_and_the_open_ones_are_named(made: Installation) -> None:
    code, said = ack(made, "unknown")
    assert (code, "There is no incident 'unknown'" in said, "No incident is open there" in said) == (2, True, True)
    made.worker().ready()
    id_ = opened(made, Traffic(made))["incident_id"]
    code, said = ack(made, "unknown")
    assert (code, f"Open are: {id_} (critical, failed in all since" in said) == (2, True)


def test_what_is_said_of_the_stream_itself_cannot_be_acknowledged(made: Installation) -> None:
    key, value = alert_record(alert(incident_id="blind", dimension="stream", key="silent"))
    publisher = wire.Publisher(made.address, made.topics.alerts)
    publisher.send(value, 0, key=key)
    publisher.close()
    code, said = ack(made, "blind")
    assert (code, "it cannot be acknowledged" in said) == (2, True)


def test_a_broker_without_our_topics_or_none_at_all_is_said(kafka: str) -> None:
    flags = ("--broker", kafka, "--topic-prefix", "nobody-has-this.")
    result = CliRunner().invoke(app, ["ack", "x", "--by", "ann", *flags])
    assert (result.exit_code, "There is no topic nobody-has-this.alerts" in result.output) == (2, True)


def test_a_broker_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")
    result = CliRunner().invoke(app, ["ack", "x", "--by", "ann", "--broker", NOBODY])
    assert (result.exit_code, f"No Kafka answers at {NOBODY}" in result.output) == (3, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--by", " "),
        ("--by", "a" * 101),
        ("--by", "a\x1bb"),
        ("--note", "n" * 1001),
        ("--assign", " "),
        ("--assign", "a\x1bb"),
        ("--for", "soon"),
        ("--for", "59s"),
        ("--for", "8d"),
        ("--take-over", "--release"),
        ("--for", "1h", "--release"),
    ],
)
def test_what_cannot_be_shown_or_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["ack", "x", *words, "--broker", NOBODY])
    assert (result.exit_code, words[0] in result.output) == (2, True)
