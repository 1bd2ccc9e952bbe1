import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from floodmark.settings import Settings
from schemas.asyncapi import PARTITIONS, SINKS, document
from schemas.codec import alert_record, minute_record
from schemas.topics import Topics
from tests.schemas.schema_samples import alert, by_schema, dead_letter, minute

DOC = document()
TOPICS = {spec.name: spec for spec in Topics().specs(PARTITIONS)}
CHANNELS: dict[str, dict[str, Any]] = {channel["address"]: channel for channel in DOC["channels"].values()}


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference: str) -> Any:
    assert reference.startswith("#/"), f"{reference} points out of the document"
    node: Any = DOC
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def messages_of(topic: str) -> dict[str, Any]:
    return {name: resolve(message["$ref"]) for name, message in CHANNELS[topic]["messages"].items()}


def test_the_document_is_asyncapi_3_with_its_required_parts() -> None:
    assert DOC["asyncapi"] == "3.0.0"
    assert DOC["info"]["title"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", DOC["info"]["version"])
    assert {"servers", "channels", "operations", "components"} <= DOC.keys()
    known = {"asyncapi", "id", "info", "defaultContentType", "servers", "channels", "operations", "components"}
    assert DOC.keys() <= known


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOC))
    assert len(found) > 30
    for reference in found:
        assert resolve(reference) is not None


def test_every_variable_of_a_server_is_explained() -> None:
    for server in DOC["servers"].values():
        assert server["protocol"] == "kafka"
        assert set(re.findall(r"{(\w+)}", server["host"])) == server["variables"].keys()


def test_every_topic_is_a_channel_and_every_channel_a_topic() -> None:
    assert CHANNELS.keys() == TOPICS.keys()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_channel_says_how_its_topic_is_made(topic: str) -> None:
    spec, binding = TOPICS[topic], CHANNELS[topic]["bindings"]["kafka"]
    assert binding["topic"] == topic
    assert binding["partitions"] == spec.partitions
    cleanup = spec.config.get("cleanup.policy", "delete")
    assert binding["topicConfiguration"]["cleanup.policy"] == [cleanup]
    assert CHANNELS[topic]["x-topic-config"] == spec.config
    if "retention.ms" in spec.config:
        assert binding["topicConfiguration"]["retention.ms"] == int(spec.config["retention.ms"])


def test_the_document_has_the_partitions_of_a_fresh_installation() -> None:
    assert Settings.model_fields["partitions"].default == PARTITIONS


@pytest.mark.parametrize("topic", TOPICS)
def test_somebody_writes_every_topic(topic: str) -> None:
    senders = [o for o in DOC["operations"].values() if resolve(o["channel"]["$ref"])["address"] == topic]
    assert any(o["action"] == "send" for o in senders)


@pytest.mark.parametrize("name", DOC["operations"])
def test_an_operation_belongs_to_a_channel_and_takes_messages_of_it(name: str) -> None:
    operation = DOC["operations"][name]
    assert operation["action"] in {"send", "receive"}
    channel = operation["channel"]["$ref"]
    assert channel.startswith("#/channels/")
    assert operation["messages"]
    for message in operation["messages"]:
        assert message["$ref"].startswith(f"{channel}/messages/")


def test_consumers_name_their_groups() -> None:
    groups = {
        name: operation["bindings"]["kafka"]["groupId"]["enum"]
        for name, operation in DOC["operations"].items()
        if "bindings" in operation
    }
    clickhouse, webhook, console, jsonl, notify = (Topics().sink_group(sink) for sink in SINKS)
    assert groups == {
        "processors_receive_transactions": [Topics().worker_group],
        "processors_receive_partials": [Topics().worker_group],
        "sinks_receive_minutes": [clickhouse, jsonl],
        "sinks_receive_alerts": [clickhouse, webhook, console, jsonl, notify],
        "sinks_receive_receipts": [clickhouse],
        "sinks_receive_commands": [clickhouse],
        "sinks_receive_late": [clickhouse],
        "sinks_receive_deadLetters": [clickhouse],
    }


def test_records_are_json_and_alerts_are_cloudevents() -> None:
    kinds = {topic: {m["contentType"] for m in messages_of(topic).values()} for topic in TOPICS}
    assert kinds == {
        "transactions": {"application/json"},
        "minutes": {"application/json"},
        "alerts": {"application/cloudevents+json"},
        "commands": {"application/json"},
        "posts": {"application/octet-stream"},
        "api-keys": {"application/json"},
        "notifications": {"application/json"},
        "silences": {"application/json"},
        "receipts": {"application/json"},
        "transactions.dlq": {"application/octet-stream"},
        "transactions.late": {"application/octet-stream"},
        "partials": {"application/json"},
        "floodmark-counts-changelog": {"application/json"},
        "floodmark-judgements-changelog": {"application/json"},
    }


def test_the_keys_on_the_wire_are_as_described() -> None:
    sent = {
        "minutes": minute_record(minute())[0],
        "alerts": alert_record(alert())[0],
        "transactions.dlq": dead_letter().key,
    }
    for topic, key in sent.items():
        (message,) = messages_of(topic).values()
        assert by_schema(message["bindings"]["kafka"]["key"], key.decode())
        assert not by_schema(message["bindings"]["kafka"]["key"], None)


def test_the_records_on_the_wire_are_as_described() -> None:
    for topic, record in {"minutes": minute_record(minute())[1], "alerts": alert_record(alert())[1]}.items():
        (message,) = messages_of(topic).values()
        schema = message["payload"] | {"components": DOC["components"]}
        assert by_schema(schema, json.loads(record))
        assert not by_schema(schema, json.loads(record) | {"data": None, "count": None})


def test_dead_letters_have_the_headers_described() -> None:
    for topic in ("transactions.dlq", "transactions.late"):
        (message,) = messages_of(topic).values()
        described = resolve(message["headers"]["$ref"])["properties"]
        assert list(described) == [name for name, _ in dead_letter().headers()]


def test_every_example_is_a_valid_record() -> None:
    shown = 0
    for message in DOC["components"]["messages"].values():
        for example in message.get("examples", ()):
            assert by_schema(message["payload"] | {"components": DOC["components"]}, example["payload"])
            shown += 1
    assert shown >= 3


def test_a_prefix_is_part_of_every_address_and_group() -> None:
    doc = document(Topics("eu."))
    assert all(channel["address"].startswith("eu.") for channel in doc["channels"].values())
    groups = [o["bindings"]["kafka"]["groupId"]["enum"] for o in doc["operations"].values() if "bindings" in o]
    assert all(group.startswith("eu.") for names in groups for group in names)
