"""`floodmark doctor` on brokers and a store that run."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from msgspec.structs import replace
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.local.store.locate import endpoint
from runtime.kafka.topics import ensure_topics
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from tests.pipeline import wire
from tests.pipeline.installation import installed
from tests.pipeline.wire import publish
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
PARTITIONS = 2


@pytest.fixture(scope="module")
def bare_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a store that runs and that no sink has ever met."""
    folder = tmp_path_factory.mktemp("bare store")
    command = (sys.executable, "-m", "floodmark", "store", "--data-dir", str(folder))
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        until(lambda: endpoint(folder) is not None or process.poll() is not None, "the store", within_s=240)
        yield folder
        process.send_signal(signal.SIGTERM)


def examined(broker: str, prefix: str, data_dir: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the worst finding of each check."""
    words = ("--broker", broker, "--topic-prefix", prefix, "--data-dir", str(data_dir), "--format", "json")
    result = CliRunner().invoke(app, ["doctor", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    order = ("ok", "warn", "fail")
    found: dict[str, dict[str, Any]] = {}
    for finding in json.loads(result.stdout):
        held = found.setdefault(finding["check"], finding)
        if order.index(finding["level"]) > order.index(held["level"]):
            found[finding["check"]] = finding
    return result.exit_code, found


def make(broker: str, prefix: str) -> Topics:
    topics = Topics(prefix)
    ensure_topics(broker, topics.specs(PARTITIONS), replication=1)
    # The doctor asks once; who leads a new topic is known a moment later.
    wire.ends(broker, [spec.name for spec in topics.specs(PARTITIONS)])
    return topics


def test_topics_as_we_make_them_are_right_and_nobody_at_work_is_told(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    topics = make(kafka, topic_prefix)
    code, found = examined(kafka, topic_prefix, tmp_path)
    assert code == 3  # there is no store
    assert found["broker"]["level"] == "ok"
    assert found["topics"]["found"] == f"{len(topics.specs(1))} topics, {PARTITIONS} partitions for transactions"
    assert (found["workers"]["level"], found["workers"]["found"]) == ("warn", "0 running, 0 records behind")
    assert "floodmark worker" in found["workers"]["advice"]
    publish(kafka, topics.transactions, [b"{}"] * 5, PARTITIONS)
    _, found = examined(kafka, topic_prefix, tmp_path)
    assert (found["workers"]["level"], found["workers"]["found"]) == ("fail", "0 running, 5 records behind")
    assert found["store's sink"]["level"] == "warn"


def test_a_page_that_reached_nobody_is_named_and_nothing_is_said_where_no_notifier_was(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    topics = make(kafka, topic_prefix)
    assert "pages to nobody" not in examined(kafka, topic_prefix, tmp_path)[1]
    at_ms = int(time.time() * 1000)
    lost = DeliveryReceipt(
        "n", 1, "chat", "payments", "all", "open", "unreached", ["i1"], "critical", 0, at_ms, 0, 0, ""
    )
    refused = replace(lost, what="refused", detail="Chat answered 400")
    publish(kafka, topics.receipts, [b"no receipt", receipt_bytes(refused), receipt_bytes(lost)], 1)

    def named() -> bool:
        finding = examined(kafka, topic_prefix, tmp_path)[1].get("pages to nobody")
        return finding is not None and finding["level"] == "fail" and "i1 at " in finding["found"]

    until(named, "the page is named")
    assert examined(kafka, topic_prefix, tmp_path)[1]["pages to nobody"]["found"].endswith(": Chat answered 400")


def test_a_worker_that_runs_is_counted(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with installed(kafka, topic_prefix, partitions=PARTITIONS) as made:
        made.worker().ready()

        def counted() -> bool:
            found = examined(kafka, topic_prefix, tmp_path)[1]["workers"]
            return (found["level"], found["found"]) == ("ok", "1 running, 0 records behind")

        until(counted, "the worker is seen")


def test_topics_of_somebody_else_are_told_apart(kafka: str, topic_prefix: str, bare_store: Path) -> None:
    """Nothing is changed by looking: what is missing stays so, and a setting too."""
    topics = Topics(topic_prefix)
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    theirs = NewTopic(topics.alerts, 1, 1, config={"cleanup.policy": "delete"})
    admin.create_topics([theirs])[topics.alerts].result(PATIENCE_S)
    until(lambda: topics.alerts in admin.list_topics(timeout=PATIENCE_S).topics, "the topic")
    for _ in range(2):
        code, found = examined(kafka, topic_prefix, bare_store)
        assert code == 1
        assert found["topics"]["level"] == "fail"
        assert topics.transactions in found["topics"]["found"]
        assert topics.alerts not in found["topics"]["found"]
    shown = CliRunner().invoke(
        app, ["doctor", "--broker", kafka, "--topic-prefix", topic_prefix, "--data-dir", str(bare_store)],
        env={"COLUMNS": "400"},
    )  # fmt: skip
    assert f"kafka-configs --alter --topic {topics.alerts} --add-config cleanup.policy=compact" in shown.output


def test_a_store_without_views_is_told_from_one_that_is_not_there(
    kafka: str, topic_prefix: str, tmp_path: Path, bare_store: Path
) -> None:
    make(kafka, topic_prefix)
    code, found = examined(kafka, topic_prefix, bare_store)
    assert (code, found["store"]["level"]) == (1, "fail")
    assert found["store"]["found"] == "answers, but the views alerts and minutes are not there"
    code, found = examined(kafka, topic_prefix, tmp_path)
    assert (code, found["store"]["found"]) == (3, f"no store runs on {tmp_path}")


def test_a_dsn_that_leads_nowhere_is_told_without_its_password(
    kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOODMARK_STORE_DSN", "clickhouse://me:hidden-word@127.0.0.1:1/floodmark")
    make(kafka, topic_prefix)
    code, found = examined(kafka, topic_prefix, tmp_path)
    assert (code, found["store"]["level"]) == (3, "fail")
    assert "hidden-word" not in json.dumps(found)


def test_the_embedded_broker_tells_less_and_that_is_no_fault(embedded: str, topic_prefix: str, tmp_path: Path) -> None:
    code, found = examined(embedded, topic_prefix, tmp_path)
    assert code == 3
    assert found["broker"]["level"] == "ok"
    assert {check: f for check, f in found.items() if f["level"] == "fail" and check not in ("topics", "store")} == {}


def test_what_was_put_aside_is_told_with_its_reason(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    topics = make(kafka, topic_prefix)
    assert examined(kafka, topic_prefix, tmp_path)[1]["dead letters"]["level"] == "ok"
    producer = Producer({"bootstrap.servers": kafka})
    for offset, (reason, field) in enumerate((("not_json", ""), ("not_json", ""), ("range", "count"))):
        letter = DeadLetter(topic=topics.transactions, partition=0, offset=offset, reason=reason, field=field)
        producer.produce(topics.dead_letters, b"x", letter.key, headers=letter.headers())
    assert producer.flush(PATIENCE_S) == 0
    _, found = examined(kafka, topic_prefix, tmp_path)
    said = "3 dead letters, none of them counted; of the last 3: not_json 2, range (count) 1"
    assert (found["dead letters"]["level"], found["dead letters"]["found"]) == ("warn", said)
    assert found["late records"]["level"] == "ok"
