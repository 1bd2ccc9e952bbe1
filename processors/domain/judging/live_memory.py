"""The memory of a scope after the last minute judged, and the anchors from which it follows where it is not at hand."""

from collections.abc import Iterable
from zlib import crc32

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import Judged
from processors.domain.judging.snapshot import pack, unpack
from processors.domain.judging.timeline_state import Anchor, Changes, TimelineState
from processors.domain.judging.walk import Walk
from processors.domain.verdict import MinuteVerdict

Incidents = dict[str, Incident]
"""By id, as they are last."""
JudgedMinutes = dict[int, list[MinuteVerdict]]
"""Minute to what its series came to."""


def anchor_at(scope: str, every: int) -> int:
    """After which of each `every` minutes the memory of a scope is packed: not all scopes do so in the same one."""
    return crc32(scope.encode()) % every


class LiveMemory:
    """See the module.

    Args:
        state: Of the timeline.
        changes: What has changed of it, for whoever stores it: noted whenever an anchor is.
        walk: The way through its minutes.
        judged_by: Version of the rules that judge.
        anchor_every: Minutes from one anchor to the next.
        anchor_at: See the function.
    """

    def __init__(
        self, state: TimelineState, changes: Changes, walk: Walk, judged_by: str, anchor_every: int, anchor_at: int
    ) -> None:
        self.state, self.walk = state, walk
        self._changes, self._judged_by = changes, judged_by
        self._anchor_every, self._anchor_at = anchor_every, anchor_at
        self.scope: JudgedScope | None = None
        """The scope with this memory; None while it rests in the last anchor."""
        self.minute = -1
        """The last minute that it has heard."""
        self.exchanged: Incidents | None = None
        """What came of all incidents that may change by other rules than before, until that is said."""

    def wake(self) -> JudgedScope:
        """The scope with its live memory; where that is not known, it follows from the last anchor and the parts."""
        if self.scope is None:
            if self.is_exchanged and self.state.settled_to is not None:
                self.scope, _, self.exchanged = self._relive(self.state.settled_to + 1, anew=True)
            else:
                self.scope, _, _ = self._relive(None)
            self.state.judged_by = self._judged_by
        return self.scope

    def ahead(self) -> tuple[JudgedScope, int]:
        """The scope with a memory of its own, to be judged ahead, and the last minute that it has heard."""
        if self.state.judged_to is None:
            return self.walk.scope_with(ScopeMemory()), -1
        if self.scope is None:
            return self._relive(None)[0], self.minute
        return self.walk.scope_with(self.scope.memory.copy()), self.minute

    def judge_again(self, changed: int) -> tuple[JudgedMinutes, Incidents]:
        """Judge the minutes from `changed` on again: what came of them, and of the incidents that may change."""
        self.scope, minutes, touched = self._relive(changed, anew=True)
        self.state.judged_by = self._judged_by
        return minutes, touched

    def as_was(self, changed: int) -> JudgedMinutes:
        """What comes of the minutes from `changed` on, as the parts and the watch are now; nothing is replaced."""
        return self._relive(changed)[1]

    @property
    def is_exchanged(self) -> bool:
        """Whether what was said so far was said by other rules."""
        return self.state.judged_by not in ("", self._judged_by)

    def _relive(self, changed: int | None, *, anew: bool = False) -> tuple[JudgedScope, JudgedMinutes, Incidents]:
        """Judge again up to `judged_to`, from the first anchor; from the last one where nothing has `changed` (None).

        Args:
            changed: From this minute on the rules are asked again; before it, only in minutes in which they found
                something.
            anew: Whether what comes of it replaces what was held before: anchors and what was found.

        Returns:
            The scope with its memory; what came of the minutes from `changed` on; every incident of the minutes
            after `settled_to`.
        """
        state, walk = self.state, self.walk
        assert state.judged_to is not None
        settled_to = state.judged_to if state.settled_to is None else state.settled_to
        # From the first anchor on, all incidents of the minutes that may change are met again.
        anchor = state.anchors[-1 if changed is None else 0]
        scope, minutes, touched = walk.scope_with(unpack(anchor.memory)), JudgedMinutes(), Incidents()
        anchored = [a.minute for a in state.anchors if a.minute > anchor.minute]
        if anew:
            self.forget_anchors(anchored)
        upto = anchor.minute
        for minute in walk.minutes(scope, anchor.minute, state.judged_to):
            upto = minute
            if changed is not None and minute >= changed:
                judged = walk.judged(scope, minute)
                minutes[minute], steps = judged.verdicts, judged.steps
                if anew:
                    self.note(minute, judged)
            elif minute in state.found:
                steps = walk.judged(scope, minute).steps
            else:
                steps = walk.relived(scope, minute)
            if minute > settled_to:
                touched |= {incident.id: incident for _, incident in steps}
            if anew and minute in anchored:
                self.anchor(scope.memory, minute)
        self.minute = upto
        if anew and upto > state.anchors[-1].minute and not walk.follows(scope, upto + 1):
            self.anchor(scope.memory, upto)
        return scope, minutes, touched | scope.memory.living()

    def note(self, minute: int, judged: Judged) -> None:
        """Whether the rules are to be asked again when this minute is lived again."""
        if judged.is_quiet:
            self.state.found.discard(minute)
        else:
            self.state.found.add(minute)
            if self.state.arrivals is not None:  # what was stored when it closed did not know of it
                self.walk.parts.touched.add(minute)

    def is_anchored(self, live: JudgedScope, minute: int) -> bool:
        """Whether the memory is packed after this minute: now and then, and when a silence is followed no longer."""
        is_silent = live.memory.last_data != minute
        return minute % self._anchor_every == self._anchor_at or (is_silent and not self.walk.follows(live, minute + 1))

    def anchor(self, memory: ScopeMemory, minute: int) -> None:
        """Pack the memory after this minute."""
        anchor = Anchor(minute, pack(memory))
        self.state.anchors.append(anchor)
        self._changes.anchors[minute] = anchor

    def forget_anchors(self, minutes: Iterable[int]) -> None:
        """There are no anchors after these minutes any more."""
        gone = set(minutes)
        self.state.anchors = [a for a in self.state.anchors if a.minute not in gone]
        self._changes.anchors |= dict.fromkeys(gone)
