"""A worker on a real Kafka that says how it is by what the broker tells, and ends when it cannot go on."""

import json
import re
import urllib.error
import urllib.request

import pytest

from tests.pipeline.conftest import Install
from tests.pipeline.installation import Worker
from tests.waiting import until

pytestmark = pytest.mark.kafka
NOON_MS = 1_752_321_600_000


def health(worker: Worker) -> str:
    """What it says, well or not."""
    try:
        with urllib.request.urlopen(f"{worker.metrics}/healthz") as answer:
            return str(json.load(answer)["reason"])
    except urllib.error.HTTPError as error:
        return str(json.load(error)["reason"])


def metric(worker: Worker, name: str) -> list[float]:
    """The values of a metric, whatever its labels."""
    with urllib.request.urlopen(f"{worker.metrics}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name}{{", f"{name} "))]


def test_a_group_that_refuses_a_worker_is_named_and_ends_it_with_75(install: Install) -> None:
    made = install(partitions=1, FLOODMARK_UNWELL_FOR_S="12")
    worker = made.worker(FLOODMARK_SESSION_TIMEOUT_S="2").ready()  # less than the broker allows

    def refused() -> str:
        return said if "refuses this worker: " in (said := health(worker)) else ""

    assert "InvalidSessionTimeoutError" in until(refused, worker.said)
    assert worker.exit_code() == 75
    (ended,) = [json.loads(line) for line in worker.said().splitlines() if '"process_ends"' in line]
    assert re.match(r"unwell for \d+ s: consumer group ", ended["reason"])


def test_lag_is_told_by_the_broker_and_the_clocks_are_compared(install: Install) -> None:
    made = install(partitions=2)
    worker = made.worker().ready()
    made.publish([b'{"timestamp":%d,"status":"approved"}' % NOON_MS] * 100, partitions=2)
    made.drain()
    until(lambda: health(worker) == "reading: nothing more on the broker", lambda: health(worker))
    until(lambda: metric(worker, "floodmark_worker_lag_records") == [0] * 4, "each partition of both stages is told of")
    until(lambda: metric(worker, "floodmark_worker_broker_silent_seconds")[0] < 10, "the broker answers")
    assert metric(worker, "floodmark_worker_clock_ahead_seconds") == [0]
