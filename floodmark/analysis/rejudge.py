"""Minutes that are final, judged again by the core that the stream runs."""

from collections.abc import Sequence
from dataclasses import replace

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import TimelineOutput
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions, TimePolicy, end_ms


class Rejudge:
    """Judges the minutes of one scope in order.

    Args:
        scope: The scope.
        rules: By which rules.
        policy: By which times; what comes later changes nothing, so each minute is judged once.
        watch: Which minutes could not be trusted when they came; None: all could.
    """

    def __init__(self, scope: str, rules: RuleSet, policy: TimePolicy, watch: Watch | None = None) -> None:
        self._scope = scope
        # What was told of a minute in passing is compared with what is found in it.
        policy = replace(policy, revise_for_ms=0, says_every_minute=True)
        self._judge = PartitionJudge(rules, policy, watch=watch or Watch())

    def take(self, minutes: Sequence[tuple[int, Dimensions]], upto: int) -> list[TimelineOutput]:
        """Judge the minutes after the last ones, up to and with minute `upto`.

        Args:
            minutes: Number and counts of those with data, ascending, none after `upto`; the others are silent.
            upto: The last minute to judge.
        """
        offset = self._judge.position + 1
        parts = [PartialMinute(minute, self._scope, offset, counts) for minute, counts in minutes]
        return self._judge.apply(offset, Partial(0, 1, 0, offset, end_ms(upto), minutes=parts)).outcomes
