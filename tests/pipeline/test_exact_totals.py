"""A replay of the challenge's files comes out exact, minute by minute, and says what the core says offline."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from processors.rules import load
from tests.pipeline import files, offline
from tests.pipeline.installation import Installation, installed
from tests.services import unique_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.story]
TOTALS = {
    ("status", "approved"): 504_622,
    ("status", "denied"): 29_957,
    ("status", "refunded"): 4_406,
    ("status", "reversed"): 4_241,
    ("status", "backend_reversed"): 824,
    ("status", "failed"): 270,
    ("auth_code", "00"): 504_622,
    ("auth_code", "51"): 13_230,
    ("auth_code", "59"): 16_727,
}
GOLDEN_MS = 1_752_343_620_000
"""2025-07-12T18:07Z."""


@contextmanager
def replayed(address: str, prefix: str, *, workers: int, rules: Path | None = None) -> Iterator[Installation]:
    """Both files at full speed, each row a record, counted and judged to the end."""
    rows = files.rows()
    with installed(address, prefix, rules=rules) as made:
        for _ in range(workers):
            made.worker()
        made.publish(files.counted_before(rows))
        made.punctuate(files.end_ms(rows))
        made.drain(120)
        yield made


@pytest.fixture(scope="module")
def golden(kafka: str, classic: Path) -> Iterator[Installation]:
    with replayed(kafka, unique_prefix(), workers=1, rules=classic) as made:
        yield made


@pytest.fixture(scope="module")
def three_workers(kafka: str) -> Iterator[Installation]:
    with replayed(kafka, unique_prefix(), workers=3) as made:
        yield made


def is_exact(made: Installation) -> None:
    held = made.counts()
    assert held == +files.counts(files.rows())
    totals: Counter[tuple[str, str]] = Counter()
    for (_, dimension, key), count in held.items():
        totals[dimension, key] += count
    assert totals == TOTALS
    assert len({minute for minute, _, _ in made.minutes()}) == 4_320
    assert made.dead() == []
    assert made.late() == []


def says_what_the_core_says(made: Installation) -> None:
    expected = [
        (s.said.incident.id, s.said.revision, s.said.state, s.said.incident.severity, s.said.incident.rules)
        for s in offline.judge(load(made.rules), files.rows()).statements
    ]
    said = [(a["incident_id"], a["revision"], a["state"], a["severity"], tuple(a["rules"])) for a in made.alerts()]
    assert sorted(set(said)) == sorted(expected)


def test_one_worker_on_kafka_counts_every_transaction_once(golden: Installation) -> None:
    is_exact(golden)


def test_three_workers_on_kafka_count_every_transaction_once(three_workers: Installation) -> None:
    is_exact(three_workers)


def test_the_embedded_broker_gives_the_same_numbers_and_the_same_alerts(embedded_of_its_own: tuple[str, str]) -> None:
    with replayed(*embedded_of_its_own, workers=3) as made:
        is_exact(made)
        says_what_the_core_says(made)


def test_the_classic_rules_find_the_golden_minute(golden: Installation) -> None:
    found = golden.minutes()[GOLDEN_MS, "status", "reversed"]
    assert found["count"] == 5
    assert [round(found[name], 4) for name in ("mean", "std", "z")] == [1.1667, 1.1769, 3.2572]
    assert found["rules"] == ["z_score"]
    assert found["verdict"] == "warning"


def test_the_classic_rules_fire_in_46_minutes(golden: Installation) -> None:
    fired = Counter(key for (_, _, key), record in golden.minutes().items() if record["rules"])
    assert fired == {"denied": 28, "reversed": 12, "failed": 6}


def test_one_worker_with_the_classic_rules_says_what_the_core_says(golden: Installation) -> None:
    says_what_the_core_says(golden)


def test_three_workers_say_what_the_core_says(three_workers: Installation) -> None:
    says_what_the_core_says(three_workers)
