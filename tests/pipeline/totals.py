"""A replay of the challenge's files on workers, and what must come out of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processors.rules import load
from tests.pipeline import files, offline
from tests.pipeline.files import Cell, Row
from tests.pipeline.installation import FEW_PARTITIONS, Installation, counts_of, installed

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


@contextmanager
def replayed(
    address: str,
    prefix: str,
    rows: Sequence[Row],
    *,
    workers: int,
    rules: Path | None = None,
    partitions: int = FEW_PARTITIONS,
) -> Iterator[Installation]:
    """The rows at full speed, each a record, counted and judged to the end."""
    with installed(address, prefix, rules=rules, partitions=partitions) as made:
        for _ in range(workers):
            made.worker()
        made.publish(files.counted_before(rows))
        made.punctuate(files.end_ms(rows))
        made.drain()
        yield made


def is_exact(made: Installation, rows: Sequence[Row], minutes: Mapping[Cell, Mapping[str, Any]]) -> None:
    """Whether the minutes that were read hold what the rows hold, and nothing was put aside.

    They are read once: the embedded broker hands out one small batch at a time, and there are thousands.
    """
    held = counts_of(minutes)
    assert held == +files.counts(rows)
    totals: Counter[tuple[str, str]] = Counter()
    for (_, dimension, key), count in held.items():
        totals[dimension, key] += count
    assert {minute for minute, _, _ in minutes} == {row.minute_ms for row in rows}
    if rows is files.rows() is not files.made_rows():
        assert totals == TOTALS
        assert len({minute for minute, _, _ in minutes}) == 4_320
    assert made.dead() == []
    assert made.late() == []


def says_what_the_core_says(made: Installation, rows: Sequence[Row]) -> None:
    expected = [
        (s.stated.incident.id, s.stated.revision, s.stated.state, s.stated.incident.severity, s.stated.incident.rules)
        for s in offline.judge(load(made.rules), rows).statements
    ]
    said = [(a["incident_id"], a["revision"], a["state"], a["severity"], tuple(a["rules"])) for a in made.alerts()]
    assert sorted(set(said)) == sorted(expected)
