"""Rows in the order in which they come: the last word is that of rows in the order of time, late ones among them."""

from collections.abc import Iterator

import numpy as np

from floodmark.analysis.incidents import Incidents
from processors.domain.window import MINUTE_MS, TimePolicy
from processors.offline import OfflineJudgement, OfflineRow, judge_arrivals, judge_rows
from processors.rules import load
from processors.rules.load import THRESHOLDS

START_MS = 1_746_403_200_000
RULES = load(THRESHOLDS)


def rows(minutes: int = 90) -> list[OfflineRow]:
    """Flat traffic, with many failures in ten minutes of it."""
    draw = np.random.RandomState(1)
    found = []
    for minute in range(minutes):
        at = START_MS + minute * MINUTE_MS + 30_000
        failed = 60 if 60 <= minute < 70 else 1
        found += [OfflineRow(at, "approved", None, int(draw.poisson(100)), "all", 0)]
        found += [OfflineRow(at, "failed", None, failed, "all", 0)]
    return found


def last_words(findings: Iterator[OfflineJudgement]) -> tuple[list[tuple[int, int, str]], dict[tuple[int, str], int]]:
    """Incidents by when they opened, and what each minute and key finally held."""
    incidents, counts = Incidents(), dict[tuple[int, str], int]()
    for finding in findings:
        incidents.take(finding)
        counts |= {(v.verdict.minute, v.verdict.key): v.verdict.count for v in finding.verdicts}
    return [(i.since, i.opened, i.key) for i in incidents], counts


def test_two_source_partitions_with_late_rows_come_to_what_all_rows_come_to() -> None:
    every = rows()
    arrivals: list[tuple[int, list[OfflineRow]]] = []
    waiting: dict[int, list[OfflineRow]] = {}
    for minute in range(len(every) // 2):
        approved, failed = every[2 * minute : 2 * minute + 2]
        third = approved.count // 3
        arrivals.append((0, [approved._replace(count=approved.count - third), failed]))
        late = approved._replace(count=third)
        waiting[minute + 10] = [late]
        arrivals.append((1, [*waiting.pop(minute, []), approved._replace(count=0)]))
    policy = TimePolicy()
    incidents, counts = last_words(judge_rows(iter(every), RULES, policy))
    late_incidents, late_counts = last_words(judge_arrivals(iter(arrivals), 2, RULES, policy))
    assert late_incidents == incidents != []
    settled = {key: count for key, count in counts.items() if key[0] < START_MS // MINUTE_MS + 75}
    assert {key: late_counts[key] for key in settled} == settled


def test_no_minute_closes_before_all_source_partitions_have_spoken() -> None:
    alone = ((0, [row]) for row in rows())
    assert not any(finding.verdicts for finding in judge_arrivals(alone, 2, RULES))


def test_an_arrival_without_rows_says_nothing() -> None:
    assert list(judge_arrivals([(0, []), (0, [])], 1, RULES)) == []
