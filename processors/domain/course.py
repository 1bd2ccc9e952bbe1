"""The course of one scope: closes its minutes by the watermark, judges them in order, and mends what late data change.

Two memories are kept: the *settled* one, up to the last minute that nothing can change any more, and the
*live* one, up to the last minute judged. When late data change a minute in between, the live memory is
taken anew from the settled one and the minutes after it are judged again. So what is finally said is a
function of what the minutes finally hold, in whatever order it came.
"""

from processors.domain.course_state import (
    AlertState,
    CourseState,
    Outcome,
    Part,
    RevisedVerdict,
    Said,
    Statement,
    is_same,
    may_change,
)
from processors.domain.incident import Incident
from processors.domain.judge import Judged, MinuteCounts, judge, total_of
from processors.domain.memory import ScopeMemory
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import taken_back
from processors.domain.window import TimePolicy, minute_of

__all__ = ["AlertState", "Course", "CourseState", "Outcome", "Part", "RevisedVerdict", "Said", "Statement"]


class Course:
    """See the module. `parts` are those of the minutes after `settled_to`: minute to source partition to part.

    Store the state first, then the parts. After a crash the state may so be ahead of the parts, never behind them:
    tell the records up to `state.offset` again with `recall`, and all is as if there had been no crash.
    """

    def __init__(
        self,
        rules: RuleSet,
        policy: TimePolicy,
        scope: str,
        state: CourseState | None = None,
        parts: dict[int, dict[int, Part]] | None = None,
    ) -> None:
        self.rules = rules
        self.policy = policy
        self.scope = scope
        self.state = state or CourseState()
        self.parts = parts or {}
        self._gap = max(policy.max_gap_minutes, rules.resolve_after)
        self._live = ScopeMemory()
        self._rows: dict[int, Judged] = {}
        self._is_awake = False
        self._woken: dict[str, Incident] | None = None

    def is_settled(self, minute: int) -> bool:
        """Whether the minute can no longer take anything in."""
        return self.state.settled_to is not None and minute <= self.state.settled_to

    def hear(self, minute: int, source: int, part: Part) -> bool:
        """Take in a part of a minute that is not settled; whether this changes what was judged.

        A part that is not newer than the one held is dropped.
        """
        self._wake()
        is_new = self._put(minute, source, part)
        return is_new and self.state.judged_to is not None and minute <= self.state.judged_to

    def recall(self, minute: int, source: int, part: Part) -> None:
        """Take in again a part that the state knows already; it may not have been stored."""
        if not self.is_settled(minute):
            self._put(minute, source, part)
            self._is_awake = False

    def _put(self, minute: int, source: int, part: Part) -> bool:
        held = self.parts.setdefault(minute, {}).get(source)
        if held is not None and (part.epoch, part.offset) <= (held.epoch, held.offset):
            return False
        self.parts[minute][source] = part
        return True

    def _wake(self) -> None:
        """Know again what was judged after the settled minutes: it follows from the state and the parts."""
        if not self._is_awake:
            self._woken = self._replay()
            self._is_awake = True

    def advance(self, watermark_ms: int) -> Outcome:
        """Judge every minute that this watermark closes, in order; settle what it settles.

        Other rules than those of the state may have judged otherwise: the first time, that is mended too.
        """
        outcome = Outcome()
        last = minute_of(watermark_ms) - 1
        if self.state.judged_to is not None and last <= self.state.judged_to:
            return outcome
        self._wake()
        if self._woken is not None:
            outcome.statements, self._woken = self._mend(self._woken), None
        settles = minute_of(watermark_ms - self.policy.revise_for_ms) - 1
        self._begin(last, settles)
        for minute in self._walk(self._live, self.state.judged_to, last):
            judged = self._judge(self._live, minute)
            self._rows[minute] = judged
            self.state.judged_to = minute
            outcome.verdicts += [RevisedVerdict(v, 1) for v in judged.verdicts]
            outcome.statements += [self._say(step, incident, minute) for step, incident in judged.steps]
            if minute == settles:
                self.state.settled = self._live.copy()
                self._drop_until(minute)
        self._settle(settles)
        return outcome

    def revise(self) -> Outcome:
        """Judge the minutes after the settled ones again; what differs from what was said is said anew."""
        outcome = Outcome()
        before = self._rows
        touched, self._woken = self._replay(), None
        for minute, judged in self._rows.items():
            rows = judged.verdicts
            old = {(v.dimension, v.key): v for v in before[minute].verdicts} if minute in before else {}
            changed = [v for v in rows if old.get((v.dimension, v.key)) != v]
            totals = {v.dimension: v.total for v in rows}
            gone = old.keys() - {(v.dimension, v.key) for v in rows}
            changed += [taken_back(old[series], totals.get(series[0], 0)) for series in sorted(gone)]
            if changed:
                said = self.state.revisions.get(minute, 1 if old else 0)
                revision = self.state.revisions[minute] = said + 1
                outcome.verdicts += [RevisedVerdict(v, revision) for v in changed]
        outcome.statements = self._mend(touched)
        return outcome

    def _begin(self, last: int, settles: int) -> None:
        """The course begins with the first minute that holds data, once that is closed; earlier ones may still come."""
        first = min(self.parts, default=None)
        if self.state.judged_to is None and first is not None and first <= last:
            self.state.judged_to, self.state.settled_to = first - 1, min(first - 1, settles)

    def _walk(self, memory: ScopeMemory, after: int | None, upto: int) -> list[int]:
        """The minutes to judge after `after`, up to and including `upto`: with data, and silent ones in between.

        A silence is walked for the largest gap at most (and until incidents are over) and jumped over from there.
        """
        if after is None:
            return []
        due: list[int] = []
        seen = memory.last_data if memory.last_data is not None else after
        for minute in sorted(m for m in self.parts if after < m <= upto):
            due += range(after + 1, min(minute - 1, seen + self._gap) + 1)
            due.append(minute)
            after = seen = minute
        due += range(after + 1, min(upto, seen + self._gap) + 1)
        return due

    def _judge(self, memory: ScopeMemory, minute: int, before: Judged | None = None) -> Judged:
        """Judge a minute; `before` is what came of it when the live memory was where this one is now."""
        parts = self.parts.get(minute, {})
        if parts:
            if memory.last_data is not None and minute - memory.last_data - 1 > self._gap:
                memory.lapse()
            memory.last_data = minute
        held = total_of({s: MinuteCounts(p.counts, {str(s): p.offset}) for s, p in parts.items()})
        return judge(self.rules, memory, self.scope, minute, held, before.looks if before else None)

    def _replay(self) -> dict[str, Incident]:
        """Judge again from the settled memory up to `judged_to`; every incident of that time, as it ends up."""
        self._live = self.state.settled.copy()
        self._rows = {}
        touched: dict[str, Incident] = {}
        if self.state.judged_to is not None:
            for minute in self._walk(self._live, self.state.settled_to, self.state.judged_to):
                judged = self._judge(self._live, minute)
                self._rows[minute] = judged
                touched |= {incident.id: incident for _, incident in judged.steps}
        return touched | self._live.living()

    def _say(self, state: AlertState, incident: Incident, minute: int) -> Statement:
        held = self.state.said.get(incident.id)
        said = self.state.said[incident.id] = Said(held.revision + 1 if held else 1, state, incident)
        return Statement(said, minute)

    def _mend(self, now: dict[str, Incident]) -> list[Statement]:
        """Statements on what is otherwise than it was said: new, amended, resolved or withdrawn.

        The last word on an incident that is over is always that it is, also when it is over otherwise.
        """
        statements: list[Statement] = []
        for id_, incident in now.items():
            held = self.state.said.get(id_)
            is_new = held is None or held.state == "withdrawn"
            if held is not None and not is_new and is_same(held.incident, incident):
                continue
            if is_new:
                statements.append(self._say("firing", incident, incident.opened))
            if incident.resolved:
                statements.append(self._say("resolved", incident, incident.judged))
            elif not is_new:
                statements.append(self._say("amended", incident, incident.last_seen))
        for id_, held in list(self.state.said.items()):
            if id_ not in now and held.state != "withdrawn":
                statements.append(self._say("withdrawn", held.incident, held.incident.opened))
        return statements

    def _settle(self, last: int) -> None:
        state = self.state
        if state.judged_to is None or state.settled_to is None or min(last, state.judged_to) <= state.settled_to:
            return
        last = min(last, state.judged_to)
        for minute in self._walk(state.settled, state.settled_to, last):
            self._judge(state.settled, minute, self._rows.get(minute))
        self._drop_until(last)

    def _drop_until(self, minute: int) -> None:
        state = self.state
        state.settled_to = minute
        self.parts = {m: p for m, p in self.parts.items() if m > minute}
        self._rows = {m: r for m, r in self._rows.items() if m > minute}
        state.revisions = {m: n for m, n in state.revisions.items() if m > minute}
        living = self._live.living()
        state.said = {k: s for k, s in state.said.items() if k in living or may_change(s, minute)}
