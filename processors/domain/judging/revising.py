"""Judging minutes again that late data have changed, or that nobody trusts any more; what differs is said anew."""

from collections.abc import Mapping
from typing import Final

from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.live_memory import JudgedMinutes, LiveMemory
from processors.domain.judging.statements import Statements
from processors.domain.judging.timeline_state import Changes, Part, RevisedVerdict, TimelineOutput
from processors.domain.verdict import MinuteVerdict, taken_back

_KEEP_MINUTES: Final = 2
"""Minutes without late data after which what was said of the minutes that may change is forgotten again."""


class Revising:
    """Knows what came of the minutes that may change, as long as late data come; else it follows from the anchors.

    Args:
        live: The memory of the scope, with the state of the timeline.
        changes: What has changed of it: noted whenever a minute is revised.
        statements: Says what is to be said.
    """

    def __init__(self, live: LiveMemory, changes: Changes, statements: Statements) -> None:
        self._live, self._changes, self._statements = live, changes, statements
        self._state, self._parts = live.state, live.walk.parts
        self.judged: JudgedMinutes | None = None
        """What came of the minutes that may change, from `_since` on; None where that is not at hand."""
        self._since = self._used_at = 0
        self._replaced: dict[tuple[int, int], Part | None] = {}

    def note_replaced(self, minute: int, source: int, before: Part | None) -> None:
        """The part of a judged minute is another one now; `before` is what was held."""
        self._replaced.setdefault((minute, source), before)

    def revise(self) -> TimelineOutput:
        """Judge the minutes that late data have changed, and those after them, again."""
        if self._state.judged_to is None:
            return TimelineOutput()
        replaced, self._replaced = self._replaced, {}
        changed = self._changed_from(min((minute for minute, _ in replaced), default=self._state.judged_to + 1))
        output = self._judge_again(changed, self._before(changed, replaced))
        for minute in {minute for minute, _ in replaced}:
            self._parts.pack(minute)
        return output

    def distrust(self, since: int, before: Watch) -> TimelineOutput:
        """Judge the minutes from `since` on again that may change; see `Timeline.distrust`."""
        state, walk = self._state, self._live.walk
        if state.judged_to is None or state.settled_to is None or since > state.judged_to:
            return TimelineOutput()
        changed = self._changed_from(max(since, state.settled_to + 1))
        if changed > state.judged_to:
            return TimelineOutput()
        now, walk.watch = walk.watch, before
        minutes = self._before(changed, {})
        walk.watch = now
        return self._judge_again(changed, minutes)

    def settle(self, settled_to: int, judged_to: int) -> None:
        """Nothing can change the minutes up to and including `settled_to` any more."""
        is_used = judged_to - self._used_at < _KEEP_MINUTES
        self.judged = {m: v for m, v in (self.judged or {}).items() if m > settled_to} if is_used else None

    def _changed_from(self, minute: int) -> int:
        """The first minute that is judged again: other rules may have judged otherwise wherever that may change."""
        is_all = self._live.is_exchanged and self._state.settled_to is not None
        return (self._state.settled_to or 0) + 1 if is_all else minute

    def _before(self, changed: int, replaced: Mapping[tuple[int, int], Part | None]) -> JudgedMinutes:
        """What came of the minutes from `changed` on before these parts were replaced."""
        if self.judged is None or changed < self._since:
            with self._parts.as_before(replaced):
                self.judged, self._since = self._live.as_was(changed), changed
        return self.judged

    def _judge_again(self, changed: int, before: JudgedMinutes) -> TimelineOutput:
        """Judge the minutes from `changed` on again, and say what differs from what came of them before."""
        state = self._state
        assert state.judged_to is not None
        output = TimelineOutput()
        now, touched = self._live.judge_again(changed)
        self.judged, self._used_at = before | now, state.judged_to
        self._parts.touched |= now.keys()
        for minute, verdicts in now.items():
            old = before.get(minute, [])
            differing = _differing(old, verdicts)
            if differing:
                revision = state.revisions[minute] = state.revisions.get(minute, 1 if old else 0) + 1
                self._changes.has_news = True
                output.verdicts += [RevisedVerdict(v, revision) for v in differing]
        output.statements = self._statements.mend(touched)
        return output


def _differing(before: list[MinuteVerdict], now: list[MinuteVerdict]) -> list[MinuteVerdict]:
    """The verdicts of a minute that are other ones now; those of series that it does not hold any more, taken back."""
    old = {(v.dimension, v.key): v for v in before}
    totals = {v.dimension: v.total for v in now}
    gone = old.keys() - {(v.dimension, v.key) for v in now}
    return [v for v in now if old.get((v.dimension, v.key)) != v] + [
        taken_back(old[series], totals.get(series[0], 0)) for series in sorted(gone)
    ]
