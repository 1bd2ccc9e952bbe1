"""A replay of the challenge's files comes out exact, minute by minute, and says what the core says offline."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.pipeline import files
from tests.pipeline.files import Cell
from tests.pipeline.installation import PARTITIONS, Installation
from tests.pipeline.totals import is_exact, replayed, says_what_the_core_says
from tests.services import unique_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.story]
GOLDEN_MS = 1_752_343_620_000
"""2025-07-12T18:07Z."""
DAY_H: Final = 24
"""Of three workers a day says as much as three."""


@pytest.fixture(scope="module")
def golden(kafka: str, classic: Path) -> Iterator[Installation]:
    with replayed(kafka, unique_prefix(), files.rows(), workers=1, rules=classic) as made:
        yield made


@pytest.fixture(scope="module")
def golden_minutes(golden: Installation) -> Mapping[Cell, Mapping[str, Any]]:
    """Read once: there are fifty thousand."""
    return golden.minutes()


@pytest.fixture(scope="module")
def three_workers(kafka: str) -> Iterator[Installation]:
    day = files.first_hours(DAY_H)
    with replayed(kafka, unique_prefix(), day, workers=3, partitions=PARTITIONS) as made:
        yield made


def test_one_worker_on_kafka_counts_every_transaction_once(
    golden: Installation, golden_minutes: Mapping[Cell, Mapping[str, Any]]
) -> None:
    is_exact(golden, files.rows(), golden_minutes)


def test_three_workers_on_kafka_count_every_transaction_once(three_workers: Installation) -> None:
    is_exact(three_workers, files.first_hours(DAY_H), three_workers.minutes())


@files.needs_the_challenge
def test_the_classic_rules_find_the_golden_minute(golden_minutes: Mapping[Cell, Mapping[str, Any]]) -> None:
    found = golden_minutes[GOLDEN_MS, "status", "reversed"]
    assert found["count"] == 5
    assert [round(found[name], 4) for name in ("mean", "std", "z")] == [1.1667, 1.1769, 3.2572]
    assert found["rules"] == ["z_score"]
    assert found["verdict"] == "warning"


@files.needs_the_challenge
def test_the_classic_rules_fire_in_46_minutes(golden_minutes: Mapping[Cell, Mapping[str, Any]]) -> None:
    fired = Counter(key for (_, _, key), record in golden_minutes.items() if record["rules"])
    assert fired == {"denied": 28, "reversed": 12, "failed": 6}


def test_one_worker_with_the_classic_rules_says_what_the_core_says(golden: Installation) -> None:
    says_what_the_core_says(golden, files.rows())


def test_three_workers_say_what_the_core_says(three_workers: Installation) -> None:
    says_what_the_core_says(three_workers, files.first_hours(DAY_H))
