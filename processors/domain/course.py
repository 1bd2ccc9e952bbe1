"""The course of one scope: closes its minutes by the watermark, judges them in order, and mends what late data change.

Two memories are kept: the *settled* one, up to the last minute that nothing can change any more, and the
*live* one, up to the last minute judged. When late data change a minute in between, the live memory is
taken anew from the settled one and the minutes after it are judged again. So what is finally said is a
function of what the minutes finally hold, in whatever order it came.
"""

from collections.abc import Iterator
from typing import Final

from processors.domain.blindness import Watch
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
    said_next,
)
from processors.domain.haste import hasty_series
from processors.domain.incident import Incident, Step
from processors.domain.judge import Judged, MinuteCounts, judge, total_of
from processors.domain.memory import ScopeMemory
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import taken_back
from processors.domain.window import TimePolicy, minute_of

__all__ = ["AlertState", "Course", "CourseState", "Outcome", "Part", "RevisedVerdict", "Said", "Statement"]


_AHEAD: Final = 2


class Course:
    """See the module. `parts` are those of the minutes after `settled_to`: minute to source partition to part.

    `watch` says which minutes cannot be trusted; whoever judges several scopes of a stream gives them the same.

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
        self.watch = Watch()
        self._hasty = rules.hasty
        self._hastened: set[tuple[int, str, str]] = set()

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
        hasty = self._unconfirmed()
        for minute in self._walk(self._live, self.state.judged_to, last):
            judged = self._judge(self._live, minute)
            self._rows[minute] = judged
            self.state.judged_to = minute
            outcome.verdicts += [RevisedVerdict(v, 1) for v in judged.verdicts]
            outcome.statements += [self._say(step, incident, minute) for step, incident in self._news(judged.steps)]
            hasty -= {incident.id for _, incident in judged.steps}
            denied = {id_ for id_ in hasty if self.state.said[id_].incident.opened <= minute}
            outcome.statements += self._withdrawn(denied)
            hasty -= denied
            if minute == settles:
                self.state.settled = self._live.copy()
                self._drop_until(minute)
        self._settle(settles)
        return outcome

    def hasten(self, minute: int) -> Outcome:
        """What rules that can only get worse find in a minute that is not closed yet.

        Only the next two minutes are looked at: what lies further ahead waits for a source that is behind.
        An incident that is opened so is the one that the closed minute will open, with the same id; should late data of
        the minutes before make it another one, the first is withdrawn.
        """
        outcome = Outcome()
        judged_to = self.state.judged_to
        if not self._hasty or judged_to is None or not judged_to < minute <= judged_to + _AHEAD:
            return outcome
        found = {(minute, d, key) for d, key in hasty_series(self._hasty, total_of(self._held(minute)).counts)}
        if found <= self._hastened:
            return outcome
        self._hastened |= found
        memory = self._live.copy()
        steps = [self._judge(memory, each).steps for each in self._walk(memory, judged_to, minute)]
        names = {rule.name for rule in self._hasty}
        for step, incident in steps[-1]:
            if step == "firing" and names & set(incident.rules) and not self._is_said(incident.id):
                outcome.statements.append(self._say(step, incident, minute))
        return outcome

    def _unconfirmed(self) -> set[str]:
        """Ids of incidents that were told of before their minute was judged."""
        after = -1 if self.state.judged_to is None else self.state.judged_to
        return {id_ for id_, said in self.state.said.items() if said.incident.opened > after and self._is_said(id_)}

    def _is_said(self, id_: str) -> bool:
        return id_ in self.state.said and self.state.said[id_].state != "withdrawn"

    def _news(self, steps: list[tuple[Step, Incident]]) -> Iterator[tuple[Step, Incident]]:
        """The steps of a minute that tell something new: the opening of an incident may have been told early."""
        for step, incident in steps:
            if step != "firing" or not self._is_said(incident.id):
                yield step, incident
            elif not is_same(self.state.said[incident.id].incident, incident):
                yield "updated", incident

    def _withdrawn(self, ids: set[str]) -> list[Statement]:
        incidents = [self.state.said[id_].incident for id_ in sorted(ids)]
        return [self._say("withdrawn", incident, incident.opened) for incident in incidents]

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

        A silence is walked for the largest gap at most (and until incidents are over) and jumped over from there. What
        lies before the first minute with data is no silence.
        """
        if after is None:
            return []
        due: list[int] = []
        seen = memory.last_data
        for minute in sorted(m for m in self.parts if after < m <= upto):
            if seen is not None:
                due += range(after + 1, min(minute - 1, seen + self._gap) + 1)
            due.append(minute)
            after = seen = minute
        if seen is not None:
            due += range(after + 1, min(upto, seen + self._gap) + 1)
        return due

    def _judge(self, memory: ScopeMemory, minute: int, before: Judged | None = None) -> Judged:
        """Judge a minute; `before` is what came of it when the live memory was where this one is now."""
        parts = self._held(minute)
        if parts:
            if memory.last_data is not None and minute - memory.last_data - 1 > self._gap:
                memory.lapse()
            memory.last_data = minute
        looks, blind = before.looks if before else None, self.watch.is_blind(minute)
        return judge(self.rules, memory, self.scope, minute, total_of(parts), looks, blind=blind)

    def _held(self, minute: int) -> dict[int, MinuteCounts]:
        """What each source partition holds of a minute."""
        return {s: MinuteCounts(p.counts, {str(s): p.offset}) for s, p in self.parts.get(minute, {}).items()}

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
        said = self.state.said[incident.id] = said_next(held, state, incident)
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
        gone = {id_ for id_ in self.state.said if id_ not in now and self._is_said(id_)}
        return statements + self._withdrawn(gone - self._unconfirmed())

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
        self._hastened = {(m, d, key) for m, d, key in self._hastened if m > minute}
        self.parts = {m: p for m, p in self.parts.items() if m > minute}
        self._rows = {m: r for m, r in self._rows.items() if m > minute}
        state.revisions = {m: n for m, n in state.revisions.items() if m > minute}
        living = self._live.living()
        state.said = {k: s for k, s in state.said.items() if k in living or may_change(s, minute)}
