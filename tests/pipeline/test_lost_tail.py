"""A broker that lost the newest records of a partition, as after a power cut: what comes next is counted, all of it."""

import os
import signal
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from floodmark.local.broker.kafka import LocalKafka
from tests.pipeline import files, wire
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, Worker, installed
from tests.services import SOON_BACK, unique_prefix
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
PARTITIONS = 2
BATCHES = 5
LOST = 2
FIRST = Row(NOON_MS, "status", "approved", 60)
SAME = Row(NOON_MS, "status", "failed", 7)
NEXT = Row(NOON_MS + MINUTE_MS, "status", "approved", 600)


@dataclass(frozen=True)
class Seen:
    """An installation after the cut, drained, and what its workers said."""

    made: Installation
    said: str


def cut(folder: Path, topic: str, partition: int, batches: int) -> None:
    """Take the last batches of a partition away; the broker was killed, so it looks at its logs when it starts."""
    (log,) = folder.rglob(f"{topic}-{partition}/*.log")
    content, starts, at = log.read_bytes(), list[int](), 0
    while at < len(content):
        starts.append(at)
        at += 12 + int(struct.unpack_from(">i", content, at + 8)[0])
    assert len(starts) > batches
    log.write_bytes(content[: starts[-batches]])
    for index in log.parent.glob("*index"):
        index.unlink()


def fed(made: Installation) -> Worker:
    """Count some batches of one minute, all of them on partition 0."""
    worker = made.worker().ready()
    for _ in range(BATCHES):
        made.publish(files.exploded([FIRST]), 1)
    made.drain()
    return worker


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """Two installations on one broker: in one the worker lives on, in the other the log has grown before it reads."""
    broker = LocalKafka(tmp_path_factory.mktemp("kafka"), print, more=SOON_BACK)
    broker.start()
    settings = {"partitions": PARTITIONS, "FLOODMARK_PARTITIONS": str(PARTITIONS), "FLOODMARK_IDLE_AFTER_S": "1"}
    try:
        with (
            installed(broker.address, unique_prefix(), **settings) as alive,
            installed(broker.address, unique_prefix(), **settings) as away,
        ):
            fed(alive)
            fed(away).stop()
            before = wire.ends(broker.address, [away.topics.transactions])
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            broker.stop()
            for made in (alive, away):
                cut(broker.home, made.topics.transactions, 0, LOST)
            broker.start()
            away.publish(files.exploded([SAME, NEXT]), 1)
            after = wire.ends(broker.address, [away.topics.transactions])
            assert all(after[tp] >= end for tp, end in before.items()), "it is longer than the position again"
            away.worker().ready()
            until(lambda: "partition_tail_lost" in alive.workers[0].said(), alive.workers[0].said)
            alive.publish(files.exploded([SAME, NEXT]), 1)
            told = {}
            for name, made in (("alive", alive), ("away", away)):
                made.punctuate(files.end_ms([NEXT]), PARTITIONS)
                made.drain()
                told[name] = Seen(made, made.workers[-1].said())
            yield told
    finally:
        broker.stop()


@pytest.mark.parametrize("worker", ["alive", "away"])
def test_what_was_counted_stays_and_all_that_comes_is_counted(seen: dict[str, Seen], worker: str) -> None:
    assert seen[worker].made.counts() == files.counts([*[FIRST] * BATCHES, SAME, NEXT])


@pytest.mark.parametrize("worker", ["alive", "away"])
def test_how_many_records_are_lost_is_said(seen: dict[str, Seen], worker: str) -> None:
    assert f'"lost": {LOST * FIRST.count}' in seen[worker].said
    assert seen[worker].made.workers[-1].child.poll() is None
