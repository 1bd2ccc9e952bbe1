"""The published example of the classic rule, in small and on the real file."""

import csv
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from processors.domain.counting.partition_count import PartitionCount
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import TimePolicy, start_ms
from processors.rules import CLASSIC, DEFAULT, load
from tests.paths import SHARED_FILES
from tests.processors.domain.build import Record, partials, punctuation
from tests.processors.domain.desk import Desk, status

FILE = SHARED_FILES / "data" / "transactions.csv"
real_input = pytest.mark.skipif(not FILE.exists(), reason="the real input lies beside the project, not in it")
GOLDEN_MS = int(datetime(2025, 7, 12, 18, 7, tzinfo=UTC).timestamp()) * 1000


def rounded(seen: MinuteVerdict) -> tuple[int, float | None, float | None, float | None]:
    return seen.count, *(value and round(value, 4) for value in (seen.mean, seen.std, seen.z))  # type: ignore[return-value]


def test_five_reversals_after_half_an_hour_of_about_one_a_minute() -> None:
    """30 minutes with the judged one: 35 reversals whose squares add up to 81."""
    desk = Desk(load(CLASSIC))
    before = [0, 1, 2] * 7 + [2, 2, 2, 3, 0, 0, 0, 0]
    desk.minutes({m: status(approved=120, reversed=c) for m, c in enumerate([*before, 5])}, upto=30)
    seen = desk.last("reversed", 29).verdict
    assert rounded(seen) == (5, 1.1667, 1.1769, 3.2572)
    assert (seen.verdict, seen.rules) == ("warning", ("z_score",))
    assert desk.said == [("firing", 29, 1)]


@cache
def on_the_file(rules: Path) -> Desk:
    """The whole pure core on the real file, in time order, three hours to a chunk."""
    with FILE.open(newline="") as lines:
        read = [
            (
                int(datetime.fromisoformat(r["timestamp"]).replace(tzinfo=UTC).timestamp() * 1000),
                r["status"],
                r["count"],
            )
            for r in csv.DictReader(lines)
        ]
    read.sort(key=lambda r: r[0])
    records = [Record(i, time, ("all", word, None), int(count)) for i, (time, word, count) in enumerate(read)]
    records.append(punctuation(len(records), read[-1][0] + 60_000))
    policy = TimePolicy()
    size = 180 * 6
    chunks = [(records[i : i + size], records[i : i + size][-1].offset) for i in range(0, len(records), size)]
    desk = Desk(load(rules), policy)
    for partial in partials(PartitionCount(policy), 0, 1, chunks):
        desk.tell(partial)
    return desk


@pytest.mark.story
@real_input
def test_the_golden_minute() -> None:
    golden = [v.verdict for v in on_the_file(CLASSIC).verdicts if start_ms(v.verdict.minute) == GOLDEN_MS]
    seen = next(v for v in golden if v.key == "reversed")
    assert rounded(seen) == (5, 1.1667, 1.1769, 3.2572)
    assert (seen.verdict, seen.total) == ("warning", 128)


@real_input
def test_the_classic_rules_find_46_minutes() -> None:
    found = [v.verdict for v in on_the_file(CLASSIC).verdicts if v.verdict.rules]
    assert Counter(v.key for v in found) == {"denied": 28, "reversed": 12, "failed": 6}
    assert len(found) == 46


@real_input
def test_every_minute_of_the_file_is_judged_once_and_adds_up_to_its_totals() -> None:
    verdicts = on_the_file(CLASSIC).verdicts
    assert {v.revision for v in verdicts} == {1}
    assert len({v.verdict.minute for v in verdicts}) == 4_320
    totals: Counter[str] = Counter()
    for v in verdicts:
        totals[v.verdict.key] += v.verdict.count
    assert totals == {
        "approved": 504_622,
        "denied": 29_957,
        "refunded": 4_406,
        "reversed": 4_241,
        "backend_reversed": 824,
        "failed": 270,
    }


@pytest.mark.story
@real_input
def test_every_incident_of_the_file_opens_once_and_all_but_the_open_ones_resolve() -> None:
    for rules in (CLASSIC, DEFAULT):
        desk = on_the_file(rules)
        timeline = desk.judge.timelines["all"]
        states = Counter(s.stated.state for s in desk.statements)
        assert set(states) <= {"firing", "updated", "resolved"}
        assert states["firing"] == len({s.stated.incident.id for s in desk.statements})
        assert states["firing"] - states["resolved"] == sum(
            not s.incident.resolved for s in timeline.state.stated.values()
        )
