"""Alerts that somebody else wrote, between good ones, on a broker: sinks as people start them tell the good ones."""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from schemas.codec import alert_record
from schemas.dead_letter import DeadLetter
from tests.pipeline.raw_batches import publish_raw, zstd_batch
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.http_kit import receiving
from tests.sinks.kafka_kit import committed, everything, made, publish
from tests.sinks.sink_kit import alert
from tests.sinks.test_sink_commands import running
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
GOOD = alert_record(alert())[1]
EVENT: Final = json.loads(GOOD)


def with_data(**changes: object) -> bytes:
    return json.dumps(EVENT | {"data": EVENT["data"] | changes}).encode()


HOSTILE: Final = {
    "no text": b"\xff\xfe\x00",
    "empty": b"",
    "deep brackets": b"[" * 200_000,
    "deep objects": b'{"data":' * 100_000,
    "another shape": b'{"data": 7}',
    "a list": b"[1, 2]",
    "an instant that no calendar has": with_data(since="99999-01-01T00:00:00Z"),
    "a number that no float holds": GOOD.replace(b'"score":72.5', b'"score":1e400'),
    "a version of another kind": with_data(version="one"),
    "a version beyond all": with_data(version=1 << 80),
    "an unknown state": with_data(state="smouldering"),
    "no id": with_data(incident_id=None),
}


@pytest.mark.parametrize("kind", ["webhook", "console", "jsonl"])
def test_sinks_live_put_it_aside_and_tell_the_good_ones(
    kafka: str, topic_prefix: str, tmp_path: Path, kind: str
) -> None:
    topics = made(kafka, topic_prefix)
    first, last = (alert_record(alert(incident_id=name)) for name in ("b1b2c3d4", "c1b2c3d4"))
    with receiving() as receiver:
        words = {
            "webhook": ("webhook", "--url", receiver.url(), "--allow-http", "--allow-private", "--from-beginning"),
            "console": ("console", "--format", "json", "--from-beginning"),
            "jsonl": ("jsonl", "--alerts", str(tmp_path / "alerts.jsonl")),
        }[kind]
        publish(kafka, topics.alerts, [first, (b"b1b2c3d4", None)], 0)
        publish(kafka, topics.alerts, [(b"x", value) for value in HOSTILE.values()], 0)
        publish_raw(kafka, topics.alerts, 0, zstd_batch([bytes(1_000_000)] * 150))
        publish(kafka, topics.alerts, [last], 0)
        group, end = topics.sink_group(kind), len(HOSTILE) + 150 + 3
        environment = {"FLOODMARK_BROKER": kafka, "FLOODMARK_TOPIC_PREFIX": topic_prefix}
        with running(tmp_path, *words, stdout=subprocess.PIPE, **environment) as process:
            until(lambda: "partitions_assigned" in (tmp_path / "log").read_text(), "it has its partition")
            until(lambda: committed(kafka, group, topics.alerts, 1).get(0) == end, "all of it is done with")
            assert process.poll() is None
            process.terminate()
            out, _ = process.communicate(timeout=PATIENCE_S)
        told = out + b"".join(request.body for request in receiver.requests)
        told += (tmp_path / "alerts.jsonl").read_bytes() if kind == "jsonl" else b""
    assert b"b1b2c3d4" in told
    assert b"c1b2c3d4" in told
    letters = everything(kafka, topics.dead_letters, len(HOSTILE) + 1)
    about = [DeadLetter.from_headers(letter.headers()) for letter in letters]
    assert sorted(letter.offset for letter in about) == [*range(2, len(HOSTILE) + 3)]
    assert {letter.reason for letter in about} == {"unreadable", "unreadable_batch"}
    assert "record_put_aside" in (tmp_path / "log").read_text()


def test_the_store_gets_the_good_ones(kafka: str, topic_prefix: str, tmp_path: Path, store: OnStore) -> None:
    topics = made(kafka, topic_prefix)
    first, last = (alert_record(alert(incident_id=name)) for name in ("b1b2c3d4", "c1b2c3d4"))
    publish(kafka, topics.alerts, [first, *((b"x", value) for value in HOSTILE.values()), last], 0)
    environment = {"FLOODMARK_BROKER": kafka, "FLOODMARK_TOPIC_PREFIX": topic_prefix}
    with running(tmp_path, "clickhouse", "--store-dsn", store.dsn, **environment) as process:
        group = topics.sink_group("clickhouse")
        until(lambda: "partitions_assigned" in (tmp_path / "log").read_text(), "it has its partitions")
        until(lambda: committed(kafka, group, topics.alerts, 1).get(0) == len(HOSTILE) + 2, "all of it is done with")
        until(
            lambda: store.rows("SELECT count() FROM DB.dead_letters")[0][0] == len(HOSTILE), "letters are stored, too"
        )
        assert process.poll() is None
    assert store.rows("SELECT incident_id FROM DB.alerts ORDER BY incident_id") == [("b1b2c3d4",), ("c1b2c3d4",)]
