"""A producer puts an id into `status`: the worker goes on, and the sums stay exact."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.pipeline import wire
from tests.pipeline.bad_records import NOON_MS, record
from tests.pipeline.installation import Installation, installed
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
IDS = 60_000
FEW = 300
"""Records of a real status, spread among the ids."""
PARTITIONS = 2
ROOM = 200
MAX_WORD_BYTES = 100 * ROOM
"""A hundred bytes for each key that is told apart; all ids that wait to be told would take fifty times as many."""


@dataclass(frozen=True)
class Flooded:
    """What is there after the flood."""

    made: Installation
    metrics: str


@pytest.fixture(scope="module")
def flooded(kafka: str) -> Iterator[Flooded]:
    with installed(kafka, unique_prefix(), partitions=PARTITIONS, FLOODMARK_PARTITIONS=str(PARTITIONS)) as made:
        worker = made.worker().ready()
        made.publish((record(status=f'"{i:08x}-5717-4562-b3fc-2c963f66afa6"', count=2) for i in range(IDS)), PARTITIONS)
        made.punctuate(NOON_MS + 60_000, PARTITIONS)
        made.publish((record(timestamp=NOON_MS + 60_000, status='"approved"') for _ in range(FEW)), PARTITIONS)
        made.punctuate(NOON_MS + 120_000, PARTITIONS)
        made.drain()
        with urllib.request.urlopen(f"{worker.metrics}/metrics", timeout=PATIENCE_S) as answer:
            metrics = answer.read().decode()
        yield Flooded(made, metrics)


def test_the_worker_goes_on_and_no_word_to_the_judge_grows_with_the_ids(flooded: Flooded) -> None:
    made = flooded.made
    (worker,) = made.workers
    assert worker.child.poll() is None, worker.said()[-2000:]
    words = [message.value or b"" for message in wire.read(made.address, made.topics.partials)]
    assert ROOM < max(map(len, words)) < MAX_WORD_BYTES


def test_the_sum_over_the_keys_is_exact(flooded: Flooded) -> None:
    counts = flooded.made.counts()
    held = {key: count for (minute, _, key), count in counts.items() if minute == NOON_MS}
    assert sum(held.values()) == 2 * IDS
    assert held["other"] == 2 * (IDS - ROOM)
    assert len(held) == ROOM + 1


def test_what_comes_after_the_flood_is_counted_in_full(flooded: Flooded) -> None:
    minute = {key: count for (at, _, key), count in flooded.made.counts().items() if at == NOON_MS + 60_000}
    assert sum(minute.values()) == FEW


def test_what_was_folded_is_a_metric(flooded: Flooded) -> None:
    said = f'floodmark_worker_folded_records_total{{dimension="status"}} {IDS - PARTITIONS * ROOM:.1f}'
    assert said in flooded.metrics


def test_another_worker_takes_up_what_is_stored(flooded: Flooded) -> None:
    made = flooded.made
    assert made.workers[0].stop() == 0
    made.worker()
    made.publish((record(status=f'"late-{i}"') for i in range(FEW)), PARTITIONS)
    made.drain()
    expected = 2 * IDS + FEW
    found = until(
        lambda: sum(c for (at, _, _), c in made.counts().items() if at == NOON_MS) == expected, "late ids are counted"
    )
    assert found
