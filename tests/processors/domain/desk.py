"""A judge at work: tell it what source partitions say, look at what it published."""

from collections.abc import Iterable, Mapping
from typing import Final

from processors.domain.baseline import BaselineSettings
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.partition_judge import Effects, PartitionJudge
from processors.domain.judging.timeline import RevisedVerdict, Statement, TimelineOutput
from processors.domain.rules import CountThreshold, ShareThreshold, ZScore
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions, TimePolicy
from tests.processors.domain.build import M0, at

SMALL: Final = RuleSet(
    "small",
    "v1",
    BaselineSettings(window=6, minimum_history=3),
    (
        CountThreshold("burst", keys=("failed",), above=5),
        ShareThreshold(
            "share", keys=("denied",), warning=0.1, critical=0.5, window=1, minimum_history=1, minimum_total=1
        ),
    ),
    resolve_after=2,
)
"""`failed` above 5 is critical; `denied` from 10 % of its minute on is a warning; over after 2 quiet minutes."""
MIXED: Final = RuleSet(
    "mixed",
    "v2",
    BaselineSettings(window=5, minimum_history=3, relearn_after=4),
    (
        ZScore("z", keys=("failed",), threshold=1.5, minimum_count=3),
        CountThreshold("burst", keys=("failed",), above=8),
        ShareThreshold("share", warning=0.4, critical=0.8, window=3, minimum_history=2, minimum_total=4),
        CountThreshold("codes", dimension="auth_code", above=6, severity="info"),
    ),
    resolve_after=2,
)
"""Every kind of rule, quick to fire: for properties."""
POLICY: Final = TimePolicy(lateness_ms=0, revise_for_ms=5 * 60_000, max_gap_minutes=20)


def status(**counts: int) -> Dimensions:
    """Counts by status, without amounts."""
    return {"status": {key: [count, 0] for key, count in counts.items()}}


class Desk:
    """One partition of the judge's input. Minutes are those of the tests: 0 is M0."""

    def __init__(
        self, rules: RuleSet = SMALL, policy: TimePolicy = POLICY, judge: PartitionJudge | None = None
    ) -> None:
        self.judge = judge or PartitionJudge(rules, policy)
        self.offset = self.judge.position
        self.verdicts: list[RevisedVerdict] = []
        self.statements: list[Statement] = []
        self.too_late: list[tuple[str, int]] = []

    def tell(self, partial: Partial) -> Effects:
        """The next record of the input."""
        self.offset += 1
        step = self.judge.apply(self.offset, partial)
        for outcome in step.outcomes:
            self.publish(outcome)
        self.too_late += [(scope, minute - M0) for scope, minute in step.too_late]
        return step

    def publish(self, outcome: TimelineOutput) -> None:
        """Note what is to be sent."""
        self.verdicts += outcome.verdicts
        self.statements += outcome.statements

    def minute(
        self, minute: int, counts: Dimensions, *, source: int = 0, scope: str = "all", offset: int | None = None
    ) -> Effects:
        """`source` holds `counts` of `minute` now; no word of the watermark."""
        said_at = self.offset + 1 if offset is None else offset
        part = PartialMinute(M0 + minute, scope, said_at, counts)
        return self.tell(Partial(source, 1, 0, said_at, None, minutes=[part]))

    def until(self, minute: int, second: float = 0, *, source: int = 0, idle: bool = False) -> Effects:
        """The watermark of the one source reaches this instant."""
        return self.tell(Partial(source, 1, 0, self.offset + 1, at(minute, second), idle))

    def minutes(self, counts: Mapping[int, Dimensions], *, upto: int) -> None:
        """These minutes, then the watermark at the start of minute `upto`."""
        for minute, held in counts.items():
            self.minute(minute, held)
        self.until(upto)

    @property
    def said(self) -> list[tuple[str, int, int]]:
        """(state, since, revision) of all that was said of incidents, in order."""
        return [(s.stated.state, s.stated.incident.since - M0, s.stated.revision) for s in self.statements]

    def words(self, key: str, dimension: str = "status") -> dict[int, str]:
        """The last verdict on each minute of a series."""
        return {
            m: v.verdict.verdict for (_, d, k, m), v in last_words(self.verdicts).items() if (d, k) == (dimension, key)
        }

    def last(self, key: str, minute: int, dimension: str = "status", scope: str = "all") -> RevisedVerdict:
        """What was last said of a series in a minute."""
        return last_words(self.verdicts)[scope, dimension, key, minute]


def last_words(verdicts: Iterable[RevisedVerdict]) -> dict[tuple[str, str, str, int], RevisedVerdict]:
    """What counts in the end: of each series and minute the highest revision; and one is never said twice."""
    last: dict[tuple[str, str, str, int], RevisedVerdict] = {}
    for revised in verdicts:
        v = revised.verdict
        held = last.setdefault((v.scope, v.dimension, v.key, v.minute - M0), revised)
        assert held is revised or held.revision < revised.revision
        last[v.scope, v.dimension, v.key, v.minute - M0] = revised
    return last
