"""`floodmark topics`: what is needed, what differs, and what is made."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.operate.topics.differences import DifferenceKind, There, TopicDifference, differences
from runtime.kafka.topics import TopicState, describe
from schemas.rights import Operation, Resource, Role, rights, who
from schemas.topics import DAY_MS, STATE_BYTES, Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.console.destination import ConsoleSink
from sinks.jsonl.destination import JsonLines
from sinks.webhook.destination import Webhook
from tests.waiting import PATIENCE_S, until

TOPICS = Topics("bank.")
SPECS = TOPICS.specs(6)
STATES = {spec.name: TopicState(spec.name, spec.partitions, 3, None) for spec in SPECS}
SETTINGS: dict[str, dict[str, str]] = {spec.name: dict(spec.config) for spec in SPECS}


def floodmark(*words: str, width: int = 200) -> tuple[int, str]:
    """How a command ends, and what it says on a screen of this width."""
    ended = CliRunner().invoke(app, ("topics", *words), env={"COLUMNS": str(width)})
    return ended.exit_code, ended.output


def told(
    settings: Mapping[str, Mapping[str, str]] = {}, copies: int = 3, **partitions: int | None
) -> list[TopicDifference]:
    """What differs when topics (by the name behind the prefix) have other partitions (None: not there) or settings."""
    states = dict(STATES)
    for name, number in partitions.items():
        full = f"bank.{name.replace('_', '-')}"
        if number is None:
            del states[full]
        else:
            states[full] = replace(states[full], partitions=number)
    changed = {f"bank.{name}": {**SETTINGS[f"bank.{name}"], **each} for name, each in settings.items()}
    return list(differences(TOPICS, SPECS, There(states, {**SETTINGS, **changed}), copies))


def test_what_we_make_ourselves_differs_in_nothing() -> None:
    assert told() == []


def test_a_topic_that_is_not_there_is_told_with_the_command_that_makes_it() -> None:
    (missing,) = told(alerts=None)
    assert (missing.topic, missing.kind, missing.is_fault) == ("bank.alerts", DifferenceKind.MISSING, True)
    assert missing.remedy == (
        "floodmark topics create, or kafka-topics --create --topic bank.alerts --partitions 1 --replication-factor 3 "
        "--config cleanup.policy=compact --config min.compaction.lag.ms=86400000"
    )


def test_a_topic_that_we_may_not_see_is_not_called_missing() -> None:
    states = {name: state for name, state in STATES.items() if name != "bank.minutes"}
    (hidden,) = differences(TOPICS, SPECS, There(states, SETTINGS, frozenset({"bank.minutes"})), 3)
    assert (hidden.kind, hidden.is_fault) == (DifferenceKind.HIDDEN, True)
    assert "right Describe on topic bank.minutes" in hidden.remedy


@pytest.mark.parametrize(
    ("few", "found"),
    [
        ({"partials": 5}, "has 5 partitions, bank.floodmark-judgements-changelog needs 6"),
        ({"floodmark_counts_changelog": 5}, "has 5 partitions, bank.transactions needs 6"),
    ],
)
def test_partitions_that_must_agree_are_told_with_the_command_that_adds_them(few: dict[str, int], found: str) -> None:
    (difference,) = told(**few)
    assert (difference.kind, difference.is_fault, difference.found) == (DifferenceKind.PARTITIONS, True, found)
    assert f"kafka-topics --alter --topic {difference.topic} --partitions 6" in difference.remedy


def test_fewer_partitions_of_transactions_than_were_asked_for_are_a_fault() -> None:
    (difference,) = told(transactions=4)
    assert difference.found == "has 4 partitions, should have 6"


@pytest.mark.parametrize(
    ("topic", "setting", "value", "fault"),
    [
        ("alerts", "cleanup.policy", "delete", True),
        ("transactions", "cleanup.policy", "compact", True),
        ("partials", "cleanup.policy", "compact,delete", True),
        ("transactions", "retention.ms", str(DAY_MS - 1), True),
        ("transactions", "retention.ms", str(DAY_MS), False),
        ("transactions.dlq", "retention.ms", str(DAY_MS), True),
        ("partials", "retention.ms", "-1", False),
        ("floodmark-counts-changelog", "max.message.bytes", str(STATE_BYTES - 1), True),
        ("floodmark-counts-changelog", "max.message.bytes", str(STATE_BYTES + 1), False),
        ("minutes", "max.message.bytes", "1048587", True),
        ("minutes", "min.insync.replicas", "4", True),
        ("minutes", "min.insync.replicas", "2", False),
    ],
)
def test_settings_that_would_lose_something_are_faults_and_others_are_nobodys_business(
    topic: str, setting: str, value: str, *, fault: bool
) -> None:
    found = told({topic: {setting: value}})
    assert [(each.topic, each.is_fault) for each in found] == ([(f"bank.{topic}", True)] if fault else [])
    assert all(each.remedy.startswith(f"kafka-configs --alter --topic bank.{topic} --add-config ") for each in found)


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [("partials", "message.timestamp.type", "CreateTime"), ("transactions", "retention.bytes", "1000000")],
)
def test_what_loses_nothing_yet_is_a_remark(topic: str, setting: str, value: str) -> None:
    (remark,) = told({topic: {setting: value}})
    assert (remark.kind, remark.is_fault) == (DifferenceKind.REMARK, False)


def test_too_few_copies_are_told() -> None:
    assert {each.kind for each in told(copies=4)} == {DifferenceKind.COPIES}
    assert len(told(copies=4)) == len(SPECS)


def test_settings_that_a_cluster_does_not_tell_are_not_judged() -> None:
    assert list(differences(TOPICS, SPECS, There(STATES, {}), 3)) == []


def test_the_list_has_every_topic_with_its_settings_and_who_writes_and_reads_it() -> None:
    code, said = floodmark("list", "--json", "--rights", "--topic-prefix", "bank.", "--replication", "3")
    assert code == 0
    listed = {topic["name"]: topic for topic in json.loads(said)["topics"]}
    assert set(listed) == {spec.name for spec in SPECS}
    assert listed["bank.alerts"] == {
        "name": "bank.alerts",
        "partitions": 1,
        "replication": 3,
        "settings": {"cleanup.policy": "compact", "min.compaction.lag.ms": "86400000"},
        "at_least": {"max.message.bytes": 1_048_588},
        "written_by": ["worker"],
        "read_by": ["sink clickhouse", "sink webhook", "sink console", "sink jsonl", "sink notify", "gateway"],
    }
    assert set(json.loads(said)["rights"]) == {role.value for role in Role}
    code, said = floodmark("list", "--rights")
    assert code == 0
    assert "Read on group floodmark-sink-jsonl" in said


def test_at_80_columns_no_name_is_cut_in_pieces() -> None:
    _, said = floodmark("list", width=80)
    assert "transactions.late: 1 partition, 1 copy\n  settings    cleanup.policy=delete, retention.ms=-1\n" in said
    assert all(f"\n{spec.name}: " in f"\n{said}" for spec in Topics("").specs(6))
    assert floodmark("list")[1].startswith("topic ")


def test_the_rights_of_a_sink_are_on_what_it_reads() -> None:
    read = {
        "clickhouse": set(ClickHouse(TOPICS, Connection(lambda: "")).topics),
        "console": {TOPICS.alerts},
        "webhook": {TOPICS.alerts},
        "jsonl": {TOPICS.alerts, TOPICS.minutes},
    }
    assert set(read) == {each.name for each in (ClickHouse, ConsoleSink, Webhook, JsonLines)}
    for name, topics in read.items():
        needed = [r for r in rights(TOPICS, Role(f"sink {name}")) if r.operation is Operation.READ and not r.only_for]
        assert {r.name for r in needed if r.resource is Resource.TOPIC} == topics
        assert {r.name for r in needed if r.resource is Resource.GROUP} == {TOPICS.sink_group(name)}


def test_every_topic_has_somebody_who_writes_it() -> None:
    assert [spec.name for spec in SPECS if not who(TOPICS, spec.name, Operation.WRITE)] == []
    assert who(TOPICS, TOPICS.transactions, Operation.WRITE) == (Role.PRODUCER, Role.GATEWAY)
    assert who(TOPICS, TOPICS.api_keys, Operation.WRITE) == (Role.PEOPLE,)


@pytest.mark.kafka
def test_missing_topics_are_made_once_and_those_of_others_are_checked(kafka: str, topic_prefix: str) -> None:
    topics, at = Topics(topic_prefix), ("--broker", kafka, "--topic-prefix", topic_prefix)
    theirs = NewTopic(topics.transactions, 3, 1, config={"retention.ms": "3600000"})
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    admin.create_topics([theirs])[topics.transactions].result(PATIENCE_S)
    until(lambda: topics.transactions in describe(kafka), "the topic")

    code, said = floodmark("create", "--dry-run", *at)
    assert code == 0
    assert f"{topics.transactions}: is there, with 3 partitions\n" in said
    assert f"{topics.minutes}: would be made: floodmark topics create, or kafka-topics --create" in said
    assert set(describe(kafka)) & {spec.name for spec in topics.specs(1)} == {topics.transactions}

    code, said = floodmark("check", *at)
    assert code == 1
    assert f"FAULT {topics.alerts}: is not there\n" in said

    code, said = floodmark("create", *at)
    assert (code, f"{topics.minutes}: made, with 3 partitions\n" in said) == (0, True)
    code, said = floodmark("create", *at)
    assert (code, said.count("is there, with")) == (0, len(topics.specs(1)))

    def checked() -> tuple[int, list[tuple[str, str]]]:
        code, said = floodmark("check", "--json", *at)
        return code, [(each["topic"], each["found"]) for each in json.loads(said)]

    short = (topics.transactions, f"retention.ms is 3600000, should be {DAY_MS} at least")
    until(lambda: checked() == (1, [short]), lambda: str(checked()))


def test_a_broker_that_is_not_there_ends_with_3_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")
    code, said = floodmark("check", "--broker", "127.0.0.1:1")
    assert (code, said.count("\n")) == (3, 1)
    assert "No Kafka answers at 127.0.0.1:1" in said
