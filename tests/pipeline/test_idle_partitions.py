"""Idle partitions hold nobody back, and nobody runs away from them."""

import pytest

from tests.pipeline import files, wire
from tests.pipeline.conftest import Install
from tests.pipeline.installation import FEW_PARTITIONS, Installation
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
QUICKLY = "1"


def transaction(at_ms: int) -> bytes:
    return b'{"timestamp":%d,"status":"approved"}' % at_ms


def await_idle(made: Installation, sources: int = FEW_PARTITIONS) -> None:
    """Wait until the last word of each source partition is that it is idle."""

    def all_idle() -> bool:
        last = {}
        for message in wire.read(made.address, made.topics.partials):
            said = wire.loads(message)
            last[said["source"]] = said["idle"]
        return len(last) == sources and all(last.values())

    until(all_idle, "all partitions are idle")


def test_a_replay_after_all_partitions_were_idle_loses_nothing(install: Install) -> None:
    rows = files.first_hours(24)
    made = install(FLOODMARK_IDLE_AFTER_S=QUICKLY)
    for _ in range(3):
        made.worker()
    await_idle(made)
    made.publish(files.counted_before(rows))
    made.punctuate(files.end_ms(rows))
    made.drain()
    assert made.late() == []
    assert made.counts() == +files.counts(rows)


def test_a_partition_that_never_holds_anything_holds_nobody_back(install: Install) -> None:
    made = install(FLOODMARK_IDLE_AFTER_S=QUICKLY)
    made.worker()
    made.publish([transaction(NOON_MS), transaction(NOON_MS + 70_000)], partitions=1)
    until(lambda: made.counts() == {(NOON_MS, "status", "approved"): 1}, "the minute is judged")


def test_a_partition_that_wakes_is_counted(install: Install) -> None:
    made = install(FLOODMARK_IDLE_AFTER_S=QUICKLY)
    made.worker()
    made.publish([transaction(NOON_MS)] * FEW_PARTITIONS)
    made.publish([transaction(NOON_MS + 130_000)], partitions=1)
    until(lambda: made.counts().total() == FEW_PARTITIONS, "the others are idle and the minute is judged")
    made.publish([transaction(NOON_MS + 65_000)] * FEW_PARTITIONS)
    made.punctuate(NOON_MS + 180_000)
    until(lambda: made.counts().total() == 2 * FEW_PARTITIONS + 1, "all three minutes are judged")
    assert made.counts()[NOON_MS + 60_000, "status", "approved"] == FEW_PARTITIONS
    assert made.late() == []
