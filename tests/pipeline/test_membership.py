"""A worker stays a member of its group for as long as it turns, though Faust's own consumer is asked for nothing."""

import time

import pytest

from tests.pipeline import wire
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
MAX_POLL_S = 8
"""Longer than a worker of a busy machine stands still."""
TURNS = 2
"""How many times the interval the worker is watched for."""


def publish_one(made: Installation, number: int) -> None:
    made.publish([b'{"timestamp":%d,"status":"approved"}' % (NOON_MS + number)], partitions=1)


def test_a_worker_reads_on_after_the_time_in_which_it_must_poll_pitfall_9(install: Install) -> None:
    made = install(FLOODMARK_MAX_POLL_S=str(MAX_POLL_S))
    worker = made.worker().ready()
    until(worker.has_partitions, "it has partitions")
    began, number = time.monotonic(), 0
    while time.monotonic() - began < TURNS * MAX_POLL_S:
        publish_one(made, number)
        number += 1
        made.reach(wire.ends(made.address, [made.topics.transactions]))
    assert number > 0
    assert worker.said().count('"stage": "count", "generation"') == 1
