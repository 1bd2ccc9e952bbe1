"""Records that their topic did not keep until they were read: counted, told, and what is left is counted."""

import urllib.request

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from floodmark.operate.doctor.deleted import deleted
from tests.pipeline import files
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Row
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
PARTITIONS = 2
READ = Row(NOON_MS, "status", "approved", 60)
GONE = Row(NOON_MS + MINUTE_MS, "status", "approved", 40)
LEFT = Row(NOON_MS + 2 * MINUTE_MS, "status", "approved", 50)


def test_what_is_gone_is_told_and_what_is_left_is_counted(install: Install) -> None:
    made = install(partitions=PARTITIONS, FLOODMARK_PARTITIONS=str(PARTITIONS))
    worker = made.worker().ready()
    made.publish(files.exploded([READ]), 1)
    made.drain()
    worker.stop()
    made.publish(files.exploded([GONE, LEFT]), 1)
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    upto = TopicPartition(made.topics.transactions, 0, READ.count + GONE.count)
    admin.delete_records([upto])[upto].result(timeout=PATIENCE_S)
    worker = made.worker().ready()
    made.punctuate(files.end_ms([LEFT]), PARTITIONS)
    made.drain()
    assert made.counts() == files.counts([READ, LEFT])
    verdicts = {cell[0]: record["verdict"] for cell, record in made.minutes().items()}
    assert verdicts[NOON_MS] == verdicts[NOON_MS + 2 * MINUTE_MS] == "unknown"
    (page,) = [alert for alert in made.last_alerts().values() if alert["dimension"] == "stream"]
    assert (page["key"], page["severity"]) == ("gone", "critical")
    ((finding,),) = [[*deleted(made.address, made.topics)]]
    assert finding.level == "warn"
    assert f"{GONE.count} of source partition 0" in finding.found
    with urllib.request.urlopen(f"{worker.metrics}/metrics", timeout=PATIENCE_S) as answer:
        metrics = answer.read().decode()
    assert f'floodmark_worker_gone_records_total{{stage="count"}} {GONE.count:.1f}' in metrics
    with urllib.request.urlopen(f"{worker.metrics}/healthz", timeout=PATIENCE_S) as answer:
        assert f"({GONE.count} of partition 0)" in answer.read().decode()
