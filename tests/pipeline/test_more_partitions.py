"""Partitions that are added while workers run are counted from their first record on, and nothing is counted twice."""

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from runtime.exits import Exit
from runtime.kafka.topics import describe
from tests.pipeline import files
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Row
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
BEFORE, AFTER = 2, 4
ROWS = [Row(NOON_MS + minute * MINUTE_MS, "status", "approved", 60) for minute in range(3)]


def test_partitions_that_are_added_join_and_judges_stay_as_many_as_they_were(install: Install) -> None:
    made = install(partitions=BEFORE, FLOODMARK_PARTITIONS=str(BEFORE))
    first = made.worker().ready()
    made.publish(files.exploded(ROWS[:2]), BEFORE)
    made.drain()
    topic = made.topics.transactions
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    admin.create_partitions([NewPartitions(topic, AFTER)])[topic].result(timeout=PATIENCE_S)
    until(lambda: describe(made.address)[topic].partitions == AFTER, "they are there")
    made.publish(files.exploded(ROWS[1:]), AFTER)
    assert first.exit_code() == Exit.AGAIN, first.said()[-2000:]
    assert f"{topic} has {AFTER} partitions now instead of {BEFORE}" in first.said()
    second = made.worker().ready()
    made.punctuate(files.end_ms(ROWS), AFTER)
    made.drain()
    assert made.counts() == files.counts([*ROWS[:2], *ROWS[1:]])
    assert (made.dead(), made.late()) == ([], [])
    assert second.child.poll() is None
    found = describe(made.address)
    assert found[made.topics.changelog("counts")].partitions == AFTER
    assert found[made.topics.changelog("judgements")].partitions == found[made.topics.partials].partitions == BEFORE
