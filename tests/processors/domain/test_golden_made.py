"""The classic rule on a small file that lies in the repository, against a count of it that shares no code with us.

The file is made: `floodmark simulate --seed 7 --start 2025-07-12T17:00 --days 0.0833333 --rate 120
--incident reversed_rise@2025-07-12T18:07+12 --incident failed_burst@2025-07-12T17:50+6 --out tests/data/made`.
"""

from collections import Counter, defaultdict
from statistics import fmean, pstdev, stdev

import pytest

from processors.domain.verdict import MinuteVerdict
from processors.domain.window import start_ms
from processors.rules import CLASSIC, load
from tests.pipeline import files, offline
from tests.pipeline.files import MINUTE_MS, Row

WINDOW = 30
WATCHED = ("failed", "denied", "reversed")
"""The keys of the rule."""


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    return files.made_rows()


@pytest.fixture(scope="module")
def judged(rows: tuple[Row, ...]) -> offline.Judged:
    return offline.judge(load(CLASSIC), rows)


@pytest.fixture(scope="module")
def verdicts(judged: offline.Judged) -> dict[tuple[int, str], MinuteVerdict]:
    """Of statuses, by minute and key."""
    return {
        (start_ms(each.verdict.minute), each.verdict.key): each.verdict
        for each in judged.verdicts
        if each.verdict.dimension == "status"
    }


def windows(rows: tuple[Row, ...]) -> dict[tuple[int, str], list[int]]:
    """The half hour that ends with a minute, of each minute that has one, by minute and watched key."""
    counts: defaultdict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row.dimension == "status":
            counts[row.minute_ms, row.key] += row.count
    first, last = rows[0].minute_ms, rows[-1].minute_ms
    return {
        (end, key): [counts[end - back * MINUTE_MS, key] for back in reversed(range(WINDOW))]
        for end in range(first + (WINDOW - 1) * MINUTE_MS, last + 1, MINUTE_MS)
        for key in WATCHED
    }


def test_mean_deviation_and_score_of_each_minute_are_those_of_its_half_hour(
    rows: tuple[Row, ...], verdicts: dict[tuple[int, str], MinuteVerdict]
) -> None:
    expected = windows(rows)
    assert len(expected) == 91 * len(WATCHED)
    for place, counts in expected.items():
        seen = verdicts[place]
        mean, deviation = fmean(counts), stdev(counts)
        assert (seen.count, seen.mean, seen.std) == (counts[-1], pytest.approx(mean), pytest.approx(deviation)), place
        if pstdev(counts):
            assert seen.z == pytest.approx((counts[-1] - mean) / deviation), place


def test_the_rule_fires_where_the_score_is_above_three_and_nowhere_else(
    rows: tuple[Row, ...], verdicts: dict[tuple[int, str], MinuteVerdict]
) -> None:
    due = {
        place
        for place, counts in windows(rows).items()
        if counts[-1] >= 5 and pstdev(counts) and (counts[-1] - fmean(counts)) / stdev(counts) > 3
    }
    assert {key for _, key in due} == {"failed", "reversed"}, "both of what was made to break"
    assert {place for place, seen in verdicts.items() if seen.rules and place in windows(rows)} == due


def test_every_minute_is_judged_once_and_adds_up_to_the_file(rows: tuple[Row, ...], judged: offline.Judged) -> None:
    assert {each.revision for each in judged.verdicts} == {1}
    assert len({each.verdict.minute for each in judged.verdicts}) == 120
    found: Counter[tuple[str, str]] = Counter()
    for each in judged.verdicts:
        found[each.verdict.dimension, each.verdict.key] += each.verdict.count
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row.dimension, row.key] += row.count
    assert +found == totals


def test_every_incident_opens_once_and_ends(judged: offline.Judged) -> None:
    states = Counter(each.stated.state for each in judged.statements)
    assert states["firing"] == states["resolved"] == len({each.stated.incident.id for each in judged.statements})
