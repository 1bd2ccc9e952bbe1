"""The judge without a broker: the same core, fed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.counting.rows import Rows
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import RevisedVerdict, Statement
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy
from tests.pipeline.files import Row, end_ms

CHUNK: Final = 5_000


@dataclass(slots=True)
class Judged:
    """All that the core says about some rows, in order."""

    verdicts: list[RevisedVerdict]
    statements: list[Statement]


def judge(rules: RuleSet, rows: Sequence[Row], policy: TimePolicy | None = None) -> Judged:
    """Judge the rows as one partition that ends with a punctuation."""
    policy = policy or TimePolicy()
    count, judging = PartitionCount(policy), PartitionJudge(rules, policy)
    said = Judged([], [])
    number = 0
    for start in range(0, len(rows), CHUNK):
        piece = rows[start : start + CHUNK]
        applied = count.apply(_columns(piece, start), start + len(piece) - 1)
        minutes = [
            PartialMinute(minute, scope, fact.offset, held)
            for minute, fact in sorted(applied.touched.items())
            for scope, held in fact.tally.items()
        ]
        _tell(judging, number, Partial(0, 1, 0, count.position, count.watermark_ms, minutes=minutes), said)
        number += 1
    _tell(judging, number, Partial(0, 1, 0, len(rows), end_ms(rows)), said)
    return said


def _tell(judging: PartitionJudge, number: int, partial: Partial, said: Judged) -> None:
    for outcome in judging.apply(number, partial).outcomes:
        said.verdicts += outcome.verdicts
        said.statements += outcome.statements


def _columns(rows: Sequence[Row], first: int) -> Rows:
    places = sorted({(row.scope, row.dimension, row.key) for row in rows})
    index = {place: i for i, place in enumerate(places)}
    return Rows(
        np.arange(first, first + len(rows), dtype=np.int64),
        np.array([row.minute_ms for row in rows], np.int64),
        [(scope, key, None) if dimension == "status" else (scope, None, key) for scope, dimension, key in places],
        np.array([index[row.scope, row.dimension, row.key] for row in rows], np.int64),
        np.array([row.count for row in rows], np.int64),
        np.zeros(len(rows), np.int64),
    )
