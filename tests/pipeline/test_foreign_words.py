"""Topics on which people's words lie, with records of others in them: what is not ours is passed, the rest is read."""

import ast
import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import KafkaError, Message, Producer
from structlog.testing import capture_logs

from floodmark.gateway.ingest.claims import Claims
from floodmark.gateway.ingest.post_topic import PostTopic
from floodmark.gateway.security.api_keys import KeyRing
from floodmark.gateway.security.key_topic import KeyTopic, read_keys
from floodmark.operate.notify.receipt_tail import ReceiptTail
from runtime.kafka.topics import ensure_topics
from runtime.log_rate import BURST
from schemas.topics import Topics
from sinks.notify import journal
from sinks.notify.silence_topic import SilenceTopic
from tests.paths import ROOT
from tests.pipeline.raw_batches import publish_raw, zstd_batch

DEEP: Final = b'{"a":' * 50_000
HOSTILE: Final = (DEEP, b"[" * 50_000, b'{"id":"\xff","a":1}', b"\xff", b"", b"null", b"{}", b"[1,2]", None)
KEYS: Final = (None, b"", b"\xff", b"one", b"silence\x00\xff")
KEYED: Final = (len(KEYS) - 1) * (len(HOSTILE) - 1)
"""So many have a key and a value."""
BOMB: Final = zstd_batch([bytes(1_000_000)] * 150)
"""Nobody can unpack it."""
WITHIN_S: Final = 120.0

pytestmark = pytest.mark.kafka


@pytest.fixture
def topics(kafka: str, topic_prefix: str) -> Topics:
    made = Topics(topic_prefix)
    ensure_topics(kafka, made.specs(1), replication=1)
    return made


def publish(kafka: str, topic: str) -> int:
    """How many records with a value the broker has taken: where keys count it refuses those without one."""
    producer, taken = Producer({"bootstrap.servers": kafka}), list[bytes]()

    def reported(error: KafkaError | None, message: Message) -> None:
        value = message.value()
        if error is None and value is not None:
            taken.append(value)

    for key in KEYS:
        for value in HOSTILE:
            producer.produce(topic, value, key, partition=0, on_delivery=reported)
        assert producer.flush(WITHIN_S) == 0
    publish_raw(kafka, topic, 0, BOMB)
    return len(taken)


def said(written: Sequence[Mapping[str, Any]]) -> int:
    """How many records are named as unreadable or counted so; few of them are named."""
    assert [line["event"] for line in written].count("batch_unreadable") == 1
    lines = [line for line in written if line["event"].endswith("_unreadable") and "first" not in line]
    assert len(lines) == BURST + 1
    return BURST + int(lines[-1]["not_written_before"])


def test_silences_are_read_past_records_of_others(kafka: str, topics: Topics) -> None:
    assert publish(kafka, topics.silences) == KEYED
    with capture_logs() as written:
        reader = SilenceTopic(kafka, topics.silences, topics.helper_group("test"))
        assert reader.all(WITHIN_S) == []
    reader.close()
    assert said(written) == KEYED


def test_what_people_are_owed_is_read_past_records_of_others(kafka: str, topics: Topics) -> None:
    assert publish(kafka, topics.notifications) == KEYED
    with capture_logs() as written:
        known = journal.read(kafka, topics.notifications, topics.helper_group("test"), WITHIN_S)
    assert (known.notifications, known.silences, known.budgets) == ({}, {}, {})
    assert said(written) == KEYED + 2, "two of the keys of tombstones are no text"


def test_keys_are_read_past_records_of_others(kafka: str, topics: Topics) -> None:
    assert publish(kafka, topics.api_keys) == KEYED
    with capture_logs() as written:
        assert read_keys(kafka, topics, WITHIN_S).all() == []
    assert said(written) == KEYED


def test_the_keys_that_a_gateway_follows_are_read_past_records_of_others(kafka: str, topics: Topics) -> None:
    assert publish(kafka, topics.api_keys) == KEYED
    with capture_logs() as written, closing(KeyTopic(kafka, topics, KeyRing())) as followed:
        assert followed.caught_up.wait(WITHIN_S)
    assert said(written) == KEYED


def test_receipts_are_read_past_records_of_others(kafka: str, topics: Topics) -> None:
    publish(kafka, topics.receipts)
    tail = ReceiptTail(kafka, topics.receipts, topics.helper_group("test"), WITHIN_S)
    publish(kafka, topics.receipts)
    assert [receipt for _ in range(20) for receipt in tail.news(0.1)] == []
    tail.close()


def test_a_claim_that_others_wrote_is_none(kafka: str, topics: Topics) -> None:
    publish(kafka, topics.posts)
    posts = PostTopic(kafka, topics, Claims(), WITHIN_S)
    with capture_logs() as written:
        found = [asyncio.run(posts.claim_at(offset)) for offset in range(len(HOSTILE))]
    posts.close()
    assert found == [None] * len(HOSTILE)
    assert len([line for line in written if line["event"] == "claim_unreadable"]) == BURST


def test_whoever_decodes_what_others_wrote_expects_all_that_may_be_raised() -> None:
    """msgspec's own errors cover neither text that is no UTF-8 nor a thousand brackets: NOT_DECODED does."""
    named = {
        str(path.relative_to(ROOT))
        for folder in ("runtime", "schemas", "producers", "processors", "sinks", "floodmark")
        for path in sorted(Path(ROOT, folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "MsgspecError"
    }
    assert named == {"schemas/codec.py"}
