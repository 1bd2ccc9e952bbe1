"""Many batches side by side that unpack to 1.4 GB: a worker reads them one by one, and stays small."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline import files
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, Worker, installed
from tests.pipeline.raw_batches import publish_raw, zstd_batch
from tests.services import unique_prefix
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
ROWS = [Row(NOON_MS + minute * MINUTE_MS, "status", "approved", 60) for minute in range(2)]
BOMBS = 16
UNPACKED = 90_000_000
MAX_MB = 1000


def most_memory_mb(worker: Worker) -> int:
    """The most that the process has held at once."""
    status = Path(f"/proc/{worker.child.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@dataclass(frozen=True)
class Seen:
    """What is there after a worker has met them."""

    made: Installation
    firsts: list[int]
    memory_mb: int
    log: str


@pytest.fixture(scope="module")
def seen(kafka: str) -> Iterator[Seen]:
    bomb = zstd_batch([bytes(UNPACKED)])
    assert len(bomb) < 4_000
    with installed(kafka, unique_prefix(), partitions=1, FLOODMARK_PARTITIONS="1", FLOODMARK_LOOK_AHEAD="true") as made:
        made.publish(files.exploded(ROWS[:1]), 1)
        firsts = [publish_raw(kafka, made.topics.transactions, 0, bomb) for _ in range(BOMBS)]
        made.publish(files.exploded(ROWS[1:]), 1)
        made.punctuate(files.end_ms(ROWS), 1)
        worker = made.worker(made.command).ready()
        made.drain()
        until(lambda: "reading_eased" in worker.said(), "it is read as usual again")
        memory_mb = most_memory_mb(worker)
        print(f"at most {memory_mb} MB")
        yield Seen(made, firsts, memory_mb, worker.said())


def test_the_worker_stays_small(seen: Seen) -> None:
    assert seen.memory_mb < MAX_MB


def test_what_lies_beside_them_is_counted(seen: Seen) -> None:
    assert seen.made.counts() == files.counts(ROWS)


def test_each_is_a_dead_letter(seen: Seen) -> None:
    letters = [letter.headers for letter in seen.made.dead()]
    assert sorted(int(told["floodmark-offset"]) for told in letters) == seen.firsts
    assert {told["floodmark-reason"] for told in letters} == {b"too_large"}


def test_the_log_says_so_once(seen: Seen) -> None:
    assert seen.log.count('"event": "reading_batch_by_batch"') == 1
    assert seen.log.count('"event": "reading_eased"') == 1
