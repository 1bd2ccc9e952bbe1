"""A worker takes up from what is true, whoever wrote last: zombies, frozen workers, recreated topics."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from confluent_kafka.admin import AdminClient

from processors.intake.topic_identity import TRUST_S
from runtime.exits import Exit
from runtime.kafka.topics import describe, ensure_topics
from tests.pipeline import files, wire
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import FEW_PARTITIONS, Installation, Worker, installed
from tests.pipeline.wire import Message, Publisher
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
OLD = (Row(NOON_MS, "status", "approved", 600), Row(NOON_MS + MINUTE_MS, "status", "approved", 300))
NEW = (Row(NOON_MS + MINUTE_MS, "status", "approved", 120), Row(NOON_MS + 2 * MINUTE_MS, "status", "denied", 60))
LONG_NEW = (NEW[0], Row(NOON_MS + 60 * MINUTE_MS, "status", "denied", 2_400))
"""More records than the old topic held. Whoever skips the first is an hour ahead and takes them for too late."""


def write_once_more(made: Installation, table: str, written: list[Message]) -> None:
    """What a zombie does: behind what its successor has written, it goes on under the name that was its own."""
    publisher = Publisher(made.address, made.topics.changelog(table))
    for message in written:
        publisher.send(message.value, message.partition, key=message.key)
    publisher.close()


def a_zombie_writes_behind_its_successor(kafka: str, table: str) -> None:
    minutes = [Row(NOON_MS + m * MINUTE_MS, "status", "approved", 60) for m in range(4)]
    with installed(kafka, unique_prefix(), partitions=FEW_PARTITIONS) as made:
        for turn in range(2):
            worker = made.worker()
            made.publish(files.exploded(minutes))
            made.drain()
            assert worker.stop() == 0
            if turn == 0:
                written = wire.read(made.address, made.topics.changelog(table))
        assert {message.partition for message in written} == set(range(FEW_PARTITIONS))
        before = made.stored(table)
        write_once_more(made, table, written)
        assert made.stored(table) == before
        made.worker()
        made.publish(files.exploded(minutes))
        made.punctuate(files.end_ms(minutes))
        made.drain()
        assert made.counts() == {(row.minute_ms, "status", "approved"): 3 * row.count for row in minutes}
        assert made.late() == []


def recreate(made: Installation) -> None:
    """Delete the transactions topic and make it again under its name."""
    topic = made.topics.transactions
    before = describe(made.address)[topic].topic_id
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    admin.delete_topics([topic], operation_timeout=PATIENCE_S)[topic].result(timeout=PATIENCE_S)
    until(lambda: topic not in describe(made.address), "the topic is gone")
    ensure_topics(made.address, made.topics.specs(FEW_PARTITIONS), replication=1)
    assert describe(made.address)[topic].topic_id != before


def live(made: Installation, rows: tuple[Row, ...]) -> None:
    made.publish(files.exploded(rows))
    made.punctuate(files.end_ms(rows))


def highest_version(made: Installation) -> int:
    return max(int(record["version"]) for record in made.minutes().values())


def made_anew(kafka: str, meanwhile: Callable[[Installation, Worker], tuple[Row, ...]]) -> None:
    """What the old topic held stays counted; of a minute that both hold, the counts are added up.

    However long the new topic takes to make, the group does not give the worker up meanwhile.
    """
    with installed(kafka, unique_prefix(), partitions=FEW_PARTITIONS, FLOODMARK_SESSION_TIMEOUT_S="30") as made:
        worker = made.worker()
        live(made, OLD)
        made.drain()
        assert made.counts() == files.counts(OLD)
        old_version = highest_version(made)
        rows = meanwhile(made, worker)
        made.worker()
        expected = files.counts((*OLD, *rows))
        until(lambda: made.counts() == expected, lambda: f"{made.counts()} should be {expected}")
        assert all(made.minutes()[cell]["version"] > old_version for cell in files.counts(rows))
        assert made.late() == []


def while_a_worker_runs(made: Installation, worker: Worker) -> tuple[Row, ...]:
    recreate(made)
    live(made, NEW)
    assert worker.exit_code() == Exit.AGAIN, worker.said()[-2000:]
    return NEW


def while_a_worker_is_held_up(made: Installation, worker: Worker) -> tuple[Row, ...]:
    before = wire.ends(made.address, [made.topics.transactions])
    worker.freeze()
    frozen_at = time.monotonic()
    recreate(made)
    live(made, LONG_NEW)
    after = wire.ends(made.address, [made.topics.transactions])
    assert all(after[tp] > end for tp, end in before.items())
    until(lambda: time.monotonic() > frozen_at + TRUST_S + 0.5, "it has been held up for long enough")
    worker.thaw()
    assert worker.exit_code() == Exit.AGAIN, worker.said()[-2000:]
    assert "was recreated" in worker.said()
    return LONG_NEW


def frozen_for_too_long(kafka: str) -> None:
    rows = [Row(NOON_MS + m * MINUTE_MS, "status", "approved", 6_000) for m in range(10)]
    with installed(
        kafka, unique_prefix(), partitions=FEW_PARTITIONS, FLOODMARK_CHUNK="200", FLOODMARK_IDLE_AFTER_S="1"
    ) as made:
        frozen, other = made.worker().ready(), made.worker().ready()
        until(lambda: frozen.has_partitions() and other.has_partitions(), lambda: frozen.said() + other.said())
        made.publish(files.exploded(rows[:5]))
        frozen.freeze()
        made.publish(files.exploded(rows[5:]))
        made.punctuate(files.end_ms(rows))
        made.drain()
        assert made.counts() == files.counts(rows)
        frozen.thaw()
        assert frozen.exit_code() == Exit.AGAIN, frozen.said()[-2000:]
        made.drain()
        assert made.counts() == files.counts(rows)
        assert made.late() == []


STORIES: dict[str, Callable[[str], None]] = {
    "counts": partial(a_zombie_writes_behind_its_successor, table="counts"),
    "judgements": partial(a_zombie_writes_behind_its_successor, table="judgements"),
    "while a worker runs": partial(made_anew, meanwhile=while_a_worker_runs),
    "while a worker is held up": partial(made_anew, meanwhile=while_a_worker_is_held_up),
    "frozen": frozen_for_too_long,
}


@pytest.fixture(scope="module")
def told(kafka: str) -> Iterator[dict[str, Future[None]]]:
    """All of it side by side, as most of it is waiting until the group has given up a worker."""
    with ThreadPoolExecutor(3) as pool:
        yield {name: pool.submit(story, kafka) for name, story in STORIES.items()}


@pytest.mark.parametrize("table", ["counts", "judgements"])
def test_state_that_a_zombie_writes_behind_its_successor_is_not_read_pitfall_14(
    told: dict[str, Future[None]], table: str
) -> None:
    told[table].result()


@pytest.mark.parametrize("when", ["while a worker runs", "while a worker is held up"])
def test_a_topic_that_is_made_anew_is_counted_on_pitfall_15(told: dict[str, Future[None]], when: str) -> None:
    told[when].result()


def test_a_worker_that_was_frozen_for_too_long_ends_when_it_wakes_pitfall_14(told: dict[str, Future[None]]) -> None:
    told["frozen"].result()
