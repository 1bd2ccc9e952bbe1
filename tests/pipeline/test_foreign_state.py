"""Records that are none of ours in the topics between the stages and in the changelogs: told, and nothing else."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest

from processors.changelog.log import Piece
from runtime.exits import Exit
from tests.pipeline import files
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, Worker, installed
from tests.pipeline.wire import Publisher
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
PARTITIONS = 2
ROWS = [Row(NOON_MS + minute * MINUTE_MS, "status", "approved", 60) for minute in range(4)]
GARBAGE = {b"garbage": b"\x00\xff", b"s|short": b"{}", b"s|0000000099-abcdef12|w": b"no checkpoint", b"9|": b""}
"""The last key is one of the first format, of a state that has no position: it is left alone."""
OF_SEVEN = b'{"source":0,"sources":7,"epoch":1,"offset":99999,"watermark_ms":%d}' % (NOON_MS + 10**9)
"""A word of an installation that has more partitions; it would close every minute at once."""
OF_LATER = b'{"source":0,"sources":2,"epoch":1,"offset":99999,"watermark_ms":%d}' % (4 * 10**12)
"""A word as ours, of a time that has not come (2096): no live minute would ever be judged again."""
NOT_PARTIALS = (b"garbage", b"{}", OF_SEVEN, OF_LATER)


@dataclass(frozen=True)
class Seen:
    """What is there after a worker has recovered from garbage and counted on."""

    made: Installation
    worker: Worker
    metrics: str


def metrics_of(worker: Worker) -> str:
    with urllib.request.urlopen(f"{worker.metrics}/metrics", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def spoil(made: Installation) -> None:
    """Put records that are none of ours where only workers write."""
    topics = made.topics
    for topic in (topics.changelog("counts"), topics.changelog("judgements")):
        publisher = Publisher(made.address, topic)
        for partition in range(PARTITIONS):
            for key, value in GARBAGE.items():
                publisher.send(value, partition, key=key)
        publisher.close()
    publisher = Publisher(made.address, topics.partials)
    for partition in range(PARTITIONS):
        for value in NOT_PARTIALS:
            publisher.send(value, partition)
    publisher.close()


@pytest.fixture(scope="module")
def seen(kafka: str) -> Iterator[Seen]:
    with installed(kafka, unique_prefix(), partitions=PARTITIONS, FLOODMARK_PARTITIONS=str(PARTITIONS)) as made:
        worker = made.worker()
        made.publish(files.exploded(ROWS[:2]), PARTITIONS)
        made.drain()
        assert worker.stop() == 0
        spoil(made)
        worker = made.worker().ready()
        made.publish(files.exploded(ROWS[2:]), PARTITIONS)
        made.punctuate(files.end_ms(ROWS), PARTITIONS)
        made.drain()
        yield Seen(made, worker, metrics_of(worker))


def test_the_worker_goes_on_and_counts_exactly(seen: Seen) -> None:
    assert seen.made.counts() == files.counts(ROWS)
    assert (seen.made.dead(), seen.made.late()) == ([], [])
    assert seen.worker.child.poll() is None


def test_what_is_no_state_is_counted(seen: Seen) -> None:
    records = 2 * PARTITIONS * (len(GARBAGE) - 1)
    assert f'floodmark_worker_discarded_records_total{{reason="not_state"}} {records:.1f}' in seen.metrics
    assert "changelog_records_foreign" in seen.worker.said()


def test_what_is_no_partial_is_counted(seen: Seen) -> None:
    records = PARTITIONS * len(NOT_PARTIALS)
    assert f'floodmark_worker_discarded_records_total{{reason="not_a_partial"}} {records:.1f}' in seen.metrics
    assert "source partition 0 of 7" in seen.worker.said()
    assert "s after what can have been counted" in seen.worker.said()


def test_state_that_this_release_cannot_read_ends_the_worker_with_what_to_do(kafka: str) -> None:
    later = Piece(1, 5, 1, 0, 1, {}, [1], [], position=b"of a later release")
    with installed(kafka, unique_prefix(), partitions=1, FLOODMARK_PARTITIONS="1") as made:
        publisher = Publisher(made.address, made.topics.changelog("judgements"))
        publisher.send(msgspec.msgpack.encode(later), 0, key=b"s|0000000007-abcdef12|w")
        publisher.close()
        worker = made.worker()
        assert worker.exit_code() == Exit.BROKEN
        assert "start the release that wrote it, or delete the changelogs" in worker.said().splitlines()[-1]
