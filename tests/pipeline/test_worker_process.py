"""A worker as a process: how it starts, listens, hurries and ends."""

import json
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka.admin import AdminClient

from processors.faustapp.transport import WAIT_S
from runtime.kafka.topic_settings import topic_settings
from runtime.kafka.topics import describe
from tests.pipeline import wire
from tests.pipeline.conftest import Install
from tests.pipeline.installation import PARTITIONS, ROOT, Installation, Worker, installed
from tests.pipeline.wire import punctuation
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
NOON_MS = 1_752_321_600_000


@pytest.fixture(scope="module", autouse=True)
def one_too_many(kafka: str) -> Iterator[tuple[Installation, float]]:
    """Two workers for one partition, and since when they are ready."""
    with installed(kafka, unique_prefix(), partitions=1) as made:
        made.worker()
        made.worker()
        for worker in made.workers:
            worker.ready()
        yield made, time.monotonic()


def still_s(worker: Worker) -> float:
    """For how long the slower stage of a worker has not turned."""
    with urllib.request.urlopen(f"{worker.metrics}/metrics") as answer:
        told = re.findall(r"^floodmark_worker_still_seconds\{.*\} (.*)$", answer.read().decode(), re.MULTILINE)
    assert len(told) == 2
    return max(map(float, told))


def transaction(at_ms: int, status: str = "approved") -> bytes:
    return b'{"timestamp":%d,"status":"%s"}' % (at_ms, status.encode())


def test_sigterm_ends_a_worker_with_0_and_all_it_has_done_committed(install: Install) -> None:
    made = install(FLOODMARK_COMMIT_INTERVAL_S="3600")
    worker = made.worker().ready()
    made.publish(transaction(NOON_MS + i) for i in range(3_000))
    made.punctuate(NOON_MS + 60_000)
    until(lambda: made.counts().total() == 3_000, "the minute is judged")
    goals = wire.ends(made.address, [made.topics.transactions])
    assert not wire.reached(made.address, made.topics.worker_group, goals)
    assert worker.stop() == 0
    assert wire.reached(made.address, made.topics.worker_group, goals)


@pytest.mark.story
def test_sigterm_in_the_middle_of_a_backlog_loses_nothing(install: Install) -> None:
    made = install(FLOODMARK_CHUNK="500")
    made.publish(transaction(NOON_MS + i) for i in range(60_000))
    made.punctuate(NOON_MS + 60_000)
    worker = made.worker().ready()
    until(lambda: any(wire.ends(made.address, [made.topics.partials]).values()), "the worker counts")
    assert worker.stop() == 0
    made.worker()
    made.drain()
    assert made.counts() == {(NOON_MS, "status", "approved"): 60_000}


def test_faust_starts_a_worker_as_well(install: Install) -> None:
    made = install(partitions=PARTITIONS)
    faust = str(Path(sys.executable).with_name("faust"))
    worker = made.worker([faust, "-A", "processors.app", "worker", "--without-web"])
    made.publish(transaction(NOON_MS + i) for i in range(600))
    made.punctuate(NOON_MS + 60_000)
    until(lambda: made.counts().total() == 600 or worker.child.poll() is not None, worker.said)
    assert worker.stop() == 0
    assert not list(ROOT.glob(f"{made.prefix}*")), "a worker leaves nothing in the folder it was started in"


def test_a_worker_that_faust_starts_makes_its_changelogs_compacted(install: Install) -> None:
    made = install(partitions=PARTITIONS)
    names = [made.topics.changelog(table) for table in ("counts", "judgements")]
    admin = AdminClient({"bootstrap.servers": made.address})
    for gone in admin.delete_topics(names).values():
        gone.result(PATIENCE_S)
    until(lambda: not set(names) & set(describe(made.address)), "they are gone")
    faust = str(Path(sys.executable).with_name("faust"))
    worker = made.worker([faust, "-A", "processors.app", "worker", "--without-web"])
    until(lambda: "recovered" in worker.said() and set(names) <= set(describe(made.address)), worker.said)
    policies = {name: each["cleanup.policy"] for name, each in topic_settings(made.address, names).items()}
    assert policies == dict.fromkeys(names, "compact")
    assert worker.stop() == 0


def test_two_workers_listen_on_loopback_only_pitfall_7(one_too_many: tuple[Installation, float]) -> None:
    made, _ = one_too_many
    for worker in made.workers:
        connections = psutil.Process(worker.child.pid).net_connections("inet")
        listening = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}


@pytest.mark.story
def test_a_minute_is_judged_well_before_a_fetch_of_faust_would_return_pitfall_12(install: Install) -> None:
    made = install(FLOODMARK_LINGER_S="0.05")  # our own wait is a setting; what is looked for is one of Faust's
    made.worker().ready()
    waits: list[int] = []

    def newest_ms(topic: str) -> int:
        return max(message.at_ms for message in wire.read(made.address, topic))

    def minutes() -> set[int]:
        return {
            json.loads(message.value or b"{}")["minute"] for message in wire.read(made.address, made.topics.minutes)
        }

    def is_soon() -> bool:
        """Whether one more minute was judged soon: on a machine that is busy not each of them is."""
        minute_ms = NOON_MS + len(waits) * 60_000
        made.publish([transaction(minute_ms)] * PARTITIONS)
        made.drain()
        made.publish([punctuation(minute_ms + 60_000)] * PARTITIONS)
        until(lambda: minute_ms in minutes(), "the minute is judged")
        waits.append(newest_ms(made.topics.minutes) - newest_ms(made.topics.transactions))
        return waits[-1] < 800 * WAIT_S

    until(is_soon, lambda: f"the milliseconds were {waits}", every_s=0.0)


def test_a_worker_without_partitions_turns_and_is_healthy(one_too_many: tuple[Installation, float]) -> None:
    """For how long that lasts is told by the tests of its health, which have a clock of their own."""
    made, ready_at = one_too_many
    for worker in made.workers:
        until(lambda: still_s(worker) < time.monotonic() - ready_at - 1, "both stages turn after the start")  # noqa: B023
        with urllib.request.urlopen(f"{worker.metrics}/healthz") as answer:  # raises for anything but 200
            assert json.load(answer)["healthy"]
