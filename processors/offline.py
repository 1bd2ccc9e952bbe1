"""The back-test: the stream's own counting and judging over rows in memory, without Kafka or a clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.counting.rows import Place, Rows
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import RevisedVerdict, Statement
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy, end_ms, minute_of
from processors.intake.reading import place_of

BATCH: Final = 20_000


class OfflineRow(NamedTuple):
    """A transaction, or transactions counted before; fields as in schemas.transaction."""

    timestamp_ms: int
    status: str | None
    auth_code: str | None
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs
    scope: str
    amount: int


class BadRow(ValueError):
    """A row that the stream would put aside as a dead letter."""


@dataclass(slots=True)
class OfflineJudgement:
    """What came of one batch of rows, in order."""

    verdicts: list[RevisedVerdict]
    statements: list[Statement]


def judge_rows(
    rows: Iterable[OfflineRow], rules: RuleSet, policy: TimePolicy | None = None
) -> Iterator[OfflineJudgement]:
    """Judge rows that come in event-time order; the last minute closes with the end of the rows.

    Yields what is to be said as soon as the rows so far have decided it, batch by batch.

    Raises:
        BadRow: when a row is one that the stream would refuse.
    """
    return (findings[0] for findings in judge_rows_by_each(rows, (rules,), policy))


def judge_rows_by_each(
    rows: Iterable[OfflineRow], rule_sets: Sequence[RuleSet], policy: TimePolicy | None = None
) -> Iterator[tuple[OfflineJudgement, ...]]:
    """As `judge_rows`, by several rule sets at once: rows are read and counted once. A finding for each set, in order.

    Raises:
        BadRow: when a row is one that the stream would refuse.
    """
    policy = policy or TimePolicy()
    judges = [PartitionJudge(rules, policy) for rules in rule_sets]
    for partial in partials_of(rows, policy):
        yield tuple(_judgement(judge, partial) for judge in judges)


def partials_of(rows: Iterable[OfflineRow], policy: TimePolicy) -> Iterator[Partial]:
    """What the count stage says of rows that come in event-time order, batch by batch; the last one closes all minutes.

    The counts of a minute grow while the rows go on: of what is said of it, the last is right.

    Raises:
        BadRow: when a row is one that the stream would refuse.
    """
    counter, source = PartitionCount(policy), iter(rows)
    newest_ms = -1
    while batch := list(islice(source, BATCH)):
        newest_ms = max(newest_ms, batch[-1].timestamp_ms)
        yield _counted(counter, batch)
    if newest_ms >= 0:
        yield Partial(0, 1, 0, counter.position + 1, end_ms(minute_of(newest_ms)))


def judge_arrivals(
    arrivals: Iterable[tuple[int, list[OfflineRow]]], sources: int, rules: RuleSet, policy: TimePolicy | None = None
) -> Iterator[OfflineJudgement]:
    """Judge rows in the order in which they come by several source partitions, late ones among them.

    Yields a finding for each arrival. The last minutes, which nothing closes, are not judged.

    Args:
        arrivals: Source partition, and the rows that come by it next; there may be none.
        sources: How many source partitions there are; no minute closes before all have spoken.
        rules: By which rules.
        policy: How long to wait, and how long to mend.

    Raises:
        BadRow: when a row is one that the stream would refuse.
    """
    policy = policy or TimePolicy()
    judge, counters = PartitionJudge(rules, policy), [PartitionCount(policy) for _ in range(sources)]
    for source, batch in arrivals:
        if batch:
            counter = counters[source]
            yield _judgement(judge, _counted(counter, batch, source, sources))


def _counted(counter: PartitionCount, batch: list[OfflineRow], source: int = 0, sources: int = 1) -> Partial:
    first = counter.position + 1
    touched = counter.apply(_columns(batch, first), counter.position + len(batch)).touched
    minutes = [
        PartialMinute(minute, scope, fact.offset, counts)
        for minute, fact in sorted(touched.items())
        for scope, counts in fact.tally.items()
    ]
    return Partial(source, sources, 0, counter.position, counter.watermark_ms, minutes=minutes)


def _judgement(judge: PartitionJudge, partial: Partial) -> OfflineJudgement:
    step = judge.apply(judge.position + 1, partial)
    return OfflineJudgement(
        [v for outcome in step.outcomes for v in outcome.verdicts],
        [s for outcome in step.outcomes for s in outcome.statements],
    )


def _columns(batch: list[OfflineRow], first: int) -> Rows:
    index: dict[Place, int] = {}
    codes = [index.setdefault(_place(row), len(index)) for row in batch]
    return Rows(
        np.arange(first, first + len(batch), dtype=np.int64),
        np.array([row.timestamp_ms for row in batch], np.int64),
        list(index),
        np.array(codes, np.int64),
        np.array([row.count for row in batch], np.int64),
        np.array([row.amount for row in batch], np.int64),
    )


def _place(row: OfflineRow) -> Place:
    place = place_of(row.scope, row.status, row.auth_code)
    if place is None:
        raise BadRow(f"status {row.status!r}, auth_code {row.auth_code!r}, scope {row.scope!r}: not words")
    return place
