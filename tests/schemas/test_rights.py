"""Who may do what, and what the AsyncAPI document says of who does what, are the same."""

import pytest

from schemas.asyncapi import document
from schemas.rights import Operation, Role, who
from schemas.topics import Topics

PARTS = {
    "producers": {Role.PRODUCER},
    "processors": {Role.WORKER},
    "sinks": {Role.CLICKHOUSE, Role.WEBHOOK, Role.CONSOLE, Role.JSONL, Role.NOTIFY},
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("action", "operation"), [("send", Operation.WRITE), ("receive", Operation.READ)])
def test_rights_are_on_what_the_document_says_that_a_part_does(part: str, action: str, operation: Operation) -> None:
    topics = Topics("bank.")
    told = document(topics)
    addresses = {name: channel["address"] for name, channel in told["channels"].items()}
    said = {
        addresses[each["channel"]["$ref"].rpartition("/")[2]]
        for name, each in told["operations"].items()
        if name.startswith(f"{part}_") and each["action"] == action
    }
    assert said == {spec.name for spec in topics.specs(1) if PARTS[part] & set(who(topics, spec.name, operation))}
