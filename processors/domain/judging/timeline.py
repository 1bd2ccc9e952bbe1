"""The timeline of one scope: closes minutes by the watermark, judges them in order, and mends what late data change.

One memory is kept, that after the last minute judged, and now and then it is packed: an *anchor*. When late data change
a minute, the memory is taken anew from the last anchor before it and the minutes after that are judged again. So what
is finally said is a function of what the minutes finally hold, in whatever order it came.

Where counts usually come late, minutes wait for them before they are judged: see domain.judging.arrivals. That changes
when something is said, and not what is finally said.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from zlib import crc32

from msgspec.structs import replace

from processors.domain.incidents.carrying import carried
from processors.domain.incidents.follow import Look
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.acknowledging import Acknowledgement, Release, acknowledge, release
from processors.domain.judging.ahead import as_whole, has_fallen
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.early import early_series
from processors.domain.judging.judge import Judged, glance, judge, relive
from processors.domain.judging.silence import given_up, wakes_at
from processors.domain.judging.snapshot import pack, unpack
from processors.domain.judging.statements import Statements, may_change
from processors.domain.judging.timeline_parts import Parts, size_of
from processors.domain.judging.timeline_state import (
    Anchor,
    Changes,
    Part,
    RevisedVerdict,
    StatedIncident,
    Statement,
    TimelineOutput,
    TimelineState,
)
from processors.domain.judging.walk import Walk
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import SeriesKey
from processors.domain.verdict import taken_back
from processors.domain.window import VOLUME, Dimensions, TimePolicy, minute_of

__all__ = ["Part", "RevisedVerdict", "StatedIncident", "Statement", "Timeline", "TimelineOutput", "TimelineState"]

_AHEAD: Final = 2
_EVER: Final = 1 << 62
_KEEP_ROWS: Final = 2
"""Minutes without late data after which what was said of the minutes that may change is forgotten again."""

Incidents = dict[str, Incident]
"""By id, as they are last."""
Rows = dict[int, Judged]
"""Minute to what came of it."""


class Timeline:
    """See the module. `parts` are those of the minutes after the first anchor.

    `watch` says which minutes cannot be trusted; whoever judges several scopes of a stream gives them the same.
    """

    def __init__(
        self,
        rules: RuleSet,
        policy: TimePolicy,
        scope: str,
        state: TimelineState | None = None,
        parts: Parts | None = None,
        changes: Changes | None = None,
    ) -> None:
        self.rules = rules
        self.policy = policy
        self.scope = scope
        self.state = state or TimelineState()
        self.parts = parts or Parts()
        self._gap = policy.silence_minutes(rules.resolve_after)
        ids = carried(rules, scope, self.state.stated, self.state.judged_by)
        self._walk = Walk(rules, scope, ids, self.parts, self._gap)
        self._anchor_at = crc32(scope.encode()) % policy.anchor_every
        self._live: JudgedScope | None = None
        """The scope with the memory after the last minute judged; None while that rests in the last anchor."""
        self._live_to = -1
        """The last minute that the live memory has heard."""
        self._resting_since: int | None = None
        self._wakes_at = _EVER
        """The minute in which something is to be said of a scope at rest."""
        self._rows: Rows | None = None
        self._rows_from = self._rows_used_at = 0
        self._replaced: dict[tuple[int, int], Part | None] = {}
        self._exchanged: Incidents | None = None
        self._early = rules.early
        self._looked_early: set[tuple[int, SeriesKey]] = set()
        self._changes = changes or Changes({}, has_news=False)
        self._statements = Statements(self.state, self._changes, every_minute=policy.says_every_minute)

    @property
    def watch(self) -> Watch:
        """Says which minutes cannot be trusted."""
        return self._walk.watch

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self._walk.watch = watch

    # --- what comes in ------------------------------------------------------------------------------------------

    def is_settled(self, minute: int) -> bool:
        """Whether the minute can no longer take anything in."""
        return self.state.settled_to is not None and minute <= self.state.settled_to

    def wake(self) -> None:
        """Unpack the live memory, so that whoever asks next need not wait for it."""
        if self.state.judged_to is not None:
            self._wake()

    def is_judged(self, minute: int) -> bool:
        """Whether the minute has been judged: what comes of it now is late."""
        return self.state.judged_to is not None and minute <= self.state.judged_to

    def hear(self, minute: int, source: int, part: Part, closed_to: int = -1) -> bool:
        """Take in a part of a minute that is not settled; whether this changes what was judged.

        A part that is not newer than the one held is dropped. `closed_to` is the last minute that the watermark has
        closed; of a scope that waits, not all of these are judged.
        """
        before = self.parts.at(minute).get(source)
        if before is not None and (part.epoch, part.offset) <= (before.epoch, before.offset):
            return False
        is_late = self.is_judged(minute)
        if is_late:
            self._replaced.setdefault((minute, source), before)
        self.parts.put(minute, source, part)
        self._resting_since = None
        if minute <= closed_to:
            self._note_late(minute, closed_to, part, before)
        return is_late

    def _note_late(self, minute: int, closed_to: int, part: Part, before: Part | None) -> None:
        if self.state.arrivals is None:
            self.state.arrivals = Arrivals()
        more = size_of(part.counts) - (size_of(before.counts) if before is not None else 0)
        whole = sum(size_of(each.counts) for each in self.parts.at(minute).values())
        self.state.arrivals.note(minute, closed_to, (more, whole), self.policy.complete)
        self.parts.pack(minute)
        self._changes.has_news = True

    # --- what follows -------------------------------------------------------------------------------------------

    def advance(self, watermark_ms: int) -> TimelineOutput:
        """Judge every minute that this watermark closes, in order; settle what it settles.

        Other rules than those of the state may have judged otherwise: the first time, that is mended too.
        """
        outcome = TimelineOutput()
        for each in self.advancing(watermark_ms):
            outcome.verdicts += each.verdicts
            outcome.statements += each.statements
        return outcome

    def advancing(self, watermark_ms: int, silent: int = 0) -> Iterator[TimelineOutput]:
        """The same, minute by minute. Go through all of it before anything else is asked of the timeline.

        Nobody waits for late counts any longer than all sources have been silent: for `silent` minutes.
        """
        closed_to = minute_of(watermark_ms) - 1
        if self._resting_since is not None and closed_to < self._wakes_at:
            return
        self._resting_since = None
        is_new = self._look_at_arrivals(closed_to)
        last = closed_to - max(0, self.wait - silent)
        if self.state.judged_to is not None and last <= self.state.judged_to and not is_new:
            return
        settles = minute_of(watermark_ms - self.policy.revise_for_ms) - 1
        self._begin(last, settles)
        if self.state.judged_to is None:
            return
        live = self._wake()
        if self._exchanged is not None:
            statements, self._exchanged = self._statements.mend(self._exchanged), None
            yield TimelineOutput(statements=statements)
        early = self._statements.unconfirmed() if self.state.stated else set()
        for minute in self._walk.minutes(live, self._live_to, last):
            yield self._close(live, minute, early)
        if self._walk.is_gone(live, self._live_to) and live.memory.incidents:
            yield self._end(live)
        self._settle(settles)
        if is_new and self.wait:
            yield from self._missing(live, closed_to)

    @property
    def wait(self) -> int:
        """How many minutes after their close the minutes of the scope are judged."""
        return self.state.arrivals.wait if self.state.arrivals is not None else 0

    @property
    def closed_by(self) -> tuple[int | None, int | None, int]:
        """How far it has judged, and settled, and when it last looked at how late counts come."""
        arrivals = self.state.arrivals
        return self.state.judged_to, self.state.settled_to, -1 if arrivals is None else arrivals.looked

    def _look_at_arrivals(self, closed_to: int) -> bool:
        """Once a minute, where counts have come late: whether, and for how long, the scope waits from now on."""
        arrivals = self.state.arrivals
        if arrivals is None or closed_to <= arrivals.looked:
            return False
        for minute in self.parts.between(max(arrivals.looked, self._live_to), closed_to):
            self.parts.pack(minute)
        if not arrivals.look(closed_to, self.policy.revise_minutes):
            self.state.arrivals = None
        self._changes.has_news = True
        return True

    def _missing(self, live: JudgedScope, closed_to: int) -> Iterator[TimelineOutput]:
        """Of a scope that waits hardly anything has come in its last minutes: an outage is told without waiting.

        The minutes that wait are judged as they will be, if the rest of them comes as usual. What opens so in the last
        one has the id that it will have when they are whole; should that be another one, or nothing, it is withdrawn
        then. What opens before came slowly: by chance its first minute may be another one in the end, and it waits.
        """
        arrivals = self.state.arrivals
        assert arrivals is not None
        if (
            live.memory.incidents
            or not has_fallen(live, self.parts, arrivals, closed_to)
            or self._statements.unconfirmed()
        ):
            return
        ahead, opened = self._walk.scope_with(live.memory.copy()), list[Incident]()
        for minute in self._walk.minutes(ahead, self._live_to, closed_to):
            self._walk.lapse(ahead.memory, minute)
            counts = as_whole(self.parts, arrivals, minute, closed_to)
            judged = judge(ahead, minute, counts, blind=self.watch.is_blind(minute))
            opened = [each for step, each in judged.steps if step == "firing" and minute == closed_to]
        for incident in opened:
            if incident.dimension == VOLUME:
                yield TimelineOutput(statements=[self._statements.say("firing", incident, closed_to)])

    def _close(self, live: JudgedScope, minute: int, early: set[str]) -> TimelineOutput:
        """Judge the next minute; `early` are incidents that were told early, those that are confirmed are taken out."""
        is_woken = minute > self._live_to + 1 and minute not in self.parts
        judged = self._judge(live, minute)
        if self._rows is not None:
            self._rows[minute] = judged
        self._note(minute, judged)
        self.state.judged_to = self._live_to = minute
        self.parts.pack(minute)
        if is_woken or self._is_anchored(live, minute):
            self._anchor(live.memory, minute)
        outcome = TimelineOutput([RevisedVerdict(v, 1) for v in judged.verdicts])
        outcome.statements += [
            self._statements.say(step, incident, minute) for step, incident in self._statements.news(judged.steps)
        ]
        early -= {incident.id for _, incident in judged.steps}
        denied = {id_ for id_ in early if self.state.stated[id_].incident.opened <= minute}
        outcome.statements += self._statements.withdrawn(denied)
        early -= denied
        return outcome

    def look_early(self, minute: int) -> TimelineOutput:
        """What rules that can only get worse find in a minute that is not closed yet.

        Only the next two minutes are looked at: what lies further ahead waits for a source that is behind.
        An incident that is opened so is the one that the closed minute will open, with the same id; should late data of
        the minutes before make it another one, the first is withdrawn.
        """
        outcome = TimelineOutput()
        judged_to = self.state.judged_to
        if not self._early or judged_to is None or not judged_to < minute <= judged_to + self.wait + _AHEAD:
            return outcome
        counts = self.parts.total_at(minute).counts
        found = {(minute, series) for series in early_series(self._early, counts)}
        if found <= self._looked_early:
            return outcome
        self._looked_early |= found
        ahead = self._walk.scope_with(self._wake().memory.copy())
        steps = [self._judge(ahead, each).steps for each in self._walk.minutes(ahead, self._live_to, minute)]
        names = {rule.name for rule in self._early}
        for step, incident in steps[-1]:
            if step == "firing" and names & set(incident.rules) and not self._statements.is_stated(incident.id):
                outcome.statements.append(self._statements.say(step, incident, minute))
        return outcome

    def as_if_closed(self, minute: int, more: Dimensions, most: int = 1440) -> Judged | None:
        """What would come of a minute that is not judged yet, if all up to it closed now; nothing changes.

        The minutes between are judged with what they hold so far. None: the minute is judged already, or lies too far
        ahead.

        Args:
            minute: Its number.
            more: Counts that it has beside those that have come.
            most: How many minutes may have to be judged for it; 1 or more.
        """
        if self.is_judged(minute):
            return None
        with self.parts.with_more(minute, more):
            ahead = self._ahead_to(minute, most)
            return None if ahead is None else self._judge(ahead, minute)

    def glance_if_closed(self, minute: int, more: Dimensions, most: int = 1440) -> list[Look] | None:
        """What would come of the series of `more` alone, where no rule would find anything in them; see `as_if_closed`.

        None: something would be found, or `as_if_closed` says None as well. It takes half of the time.
        """
        if self.is_judged(minute):
            return None
        with self.parts.with_more(minute, more):
            ahead = self._ahead_to(minute, most)
            if ahead is None:
                return None
            self._walk.lapse(ahead.memory, minute)
            counts = self.parts.total_at(minute)
            return glance(ahead, minute, counts, more, blind=self.watch.is_blind(minute))

    def _ahead_to(self, minute: int, most: int) -> JudgedScope | None:
        """The scope with a memory of its own, as it would be before this minute, which holds data; None: too far."""
        if self.state.judged_to is None:
            ahead, after = self._walk.scope_with(ScopeMemory()), -1
        elif self._live is None:
            ahead, after = self._relive(None)[0], self._live_to
        else:
            ahead, after = self._walk.scope_with(self._live.memory.copy()), self._live_to
        walk = self._walk.minutes(ahead, after, minute)
        while (each := next(walk)) != minute:
            most -= 1
            if most <= 0:
                return None
            self._judge(ahead, each)
        return ahead

    def revise(self) -> TimelineOutput:
        """Judge the minutes that late data have changed, and those after them, again; what differs is said anew."""
        if self.state.judged_to is None:
            return TimelineOutput()
        replaced, self._replaced = self._replaced, {}
        changed = self._changed_from(min((minute for minute, _ in replaced), default=self.state.judged_to + 1))
        outcome = self._judged_again(changed, self._rows_before(changed, replaced))
        for minute in {minute for minute, _ in replaced}:
            self.parts.pack(minute)
        return outcome

    def distrust(self, since: int, before: Watch) -> TimelineOutput:
        """Judge the minutes from `since` on again that may change: as is known now, some of them cannot be trusted.

        `before` is what was known of the stream when they were judged. All that is late was taken in before.
        """
        state = self.state
        if state.judged_to is None or state.settled_to is None or since > state.judged_to:
            return TimelineOutput()
        changed = self._changed_from(max(since, state.settled_to + 1))
        if changed > state.judged_to:
            return TimelineOutput()
        now, self.watch = self.watch, before
        rows = self._rows_before(changed, {})
        self.watch = now
        return self._judged_again(changed, rows)

    def _changed_from(self, minute: int) -> int:
        """The first minute that is judged again: other rules may have judged otherwise wherever that may change."""
        is_all = self._is_exchanged and self.state.settled_to is not None
        return (self.state.settled_to or 0) + 1 if is_all else minute

    def _judged_again(self, changed: int, before: Rows) -> TimelineOutput:
        """Judge the minutes from `changed` on again, and say what differs from what came of them before."""
        assert self.state.judged_to is not None
        outcome = TimelineOutput()
        self._live, now, touched = self._relive(changed, anew=True)
        self.state.judged_by = self.rules.version
        self._rows, self._rows_used_at = before | now, self.state.judged_to
        self.parts.touched |= now.keys()
        for minute, judged in now.items():
            rows = judged.verdicts
            old = {(v.dimension, v.key): v for v in before[minute].verdicts} if minute in before else {}
            differing = [v for v in rows if old.get((v.dimension, v.key)) != v]
            totals = {v.dimension: v.total for v in rows}
            gone = old.keys() - {(v.dimension, v.key) for v in rows}
            differing += [taken_back(old[series], totals.get(series[0], 0)) for series in sorted(gone)]
            if differing:
                last_revision = self.state.revisions.get(minute, 1 if old else 0)
                revision = self.state.revisions[minute] = last_revision + 1
                self._changes.has_news = True
                outcome.verdicts += [RevisedVerdict(v, revision) for v in differing]
        outcome.statements = self._statements.mend(touched)
        return outcome

    def _rows_before(self, changed: int, replaced: Mapping[tuple[int, int], Part | None]) -> Rows:
        """What came of the minutes from `changed` on before these parts were replaced."""
        if self._rows is None or changed < self._rows_from:
            with self.parts.as_before(replaced):
                self._rows, self._rows_from = self._relive(changed)[1], changed
        return self._rows

    def acknowledge(self, acknowledgement: Acknowledgement) -> Statement | None:
        """Note that somebody is on an incident; see domain.judging.acknowledging."""
        statement = acknowledge(self.state, acknowledgement)
        self._changes.has_news |= statement is not None
        return statement

    def release(self, released: Release) -> Statement | None:
        """Note that nobody is on an incident any more; see domain.judging.acknowledging."""
        statement = release(self.state, released)
        self._changes.has_news |= statement is not None
        return statement

    # --- what is remembered -------------------------------------------------------------------------------------

    @property
    def needs_from(self) -> int:
        """The first minute of which something is needed beside the anchors and what was said."""
        if self.state.anchors and (len(self.parts) or self.state.found):
            return self.state.anchors[0].minute + 1
        return _EVER if self.parts.first is None else self.parts.first

    def kept_minutes(self, after: int = -1, upto: int = _EVER) -> list[int]:
        """The minutes after `after` up to and including `upto` of which something is kept beside the anchors."""
        found = (minute for minute in self.state.found if after < minute <= upto)
        return sorted({*self.parts.between(after, upto), *found})

    def take_changes(self) -> Changes:
        """What has changed since this was last asked, for whoever stores it."""
        changes = Changes(self._changes.anchors, self._changes.has_news)
        self._changes.anchors, self._changes.has_news = {}, False
        return changes

    @property
    def resting_since(self) -> int | None:
        """The last minute with data of a scope that nothing is expected of any more; None of any other."""
        return self._resting_since

    def has_gone_silent(self, minute: int) -> bool:
        """Whether the scope has been silent for so long that it may leave, to come back as a newcomer.

        As soon as a silence is not judged any more, the live memory is forgotten: it is packed.
        """
        if self._resting_since is None:
            self._rest(minute)
        return self._resting_since is not None and minute - self._resting_since > self.policy.forget_after_minutes

    def _rest(self, minute: int) -> None:
        state, live = self.state, self._live
        if live is None or live.memory.last_data is None or state.judged_to != state.settled_to or state.stated:
            return
        if not self._walk.follows(live, self._live_to + 1) and not self.parts.between(self._live_to, _EVER):
            wakes = wakes_at(live, live.memory.last_data + self._gap)
            self._resting_since, self._wakes_at = live.memory.last_data, _EVER
            if wakes is not None and wakes >= minute:
                self._wakes_at = wakes
            self._live = self._rows = None

    def judge_by(self, rules: RuleSet) -> "Timeline":
        """The same timeline under other rules, as one is that is read from what is stored."""
        timeline = Timeline(rules, self.policy, self.scope, self.state, self.parts, self._changes)
        timeline.watch = self.watch
        return timeline

    def _wake(self) -> JudgedScope:
        """The scope with its live memory; where that is not known, it follows from the last anchor and the parts."""
        if self._live is None:
            if self._is_exchanged and self.state.settled_to is not None:
                self._live, _, self._exchanged = self._relive(self.state.settled_to + 1, anew=True)
            else:
                self._live, _, _ = self._relive(None)
            self.state.judged_by = self.rules.version
        return self._live

    def _relive(self, changed: int | None, *, anew: bool = False) -> tuple[JudgedScope, Rows, Incidents]:
        """Judge again up to `judged_to`, from the first anchor; from the last one where nothing has `changed` (None).

        Args:
            changed: From this minute on the rules are asked again; before it, only in minutes in which they found
                something.
            anew: Whether what comes of it replaces what was held before: anchors and what was found.

        Returns:
            The scope with its memory; what came of the minutes from `changed` on; every incident of the minutes
            after `settled_to`.
        """
        state = self.state
        assert state.judged_to is not None
        settled_to = state.judged_to if state.settled_to is None else state.settled_to
        # From the first anchor on, all incidents of the minutes that may change are met again.
        anchor = state.anchors[-1 if changed is None else 0]
        scope, rows, touched = self._walk.scope_with(unpack(anchor.memory)), Rows(), Incidents()
        anchored = [a.minute for a in state.anchors if a.minute > anchor.minute]
        if anew:
            self._forget_anchors(anchored)
        live_to = anchor.minute
        for minute in self._walk.minutes(scope, anchor.minute, state.judged_to):
            live_to = minute
            if changed is not None and minute >= changed:
                judged = rows[minute] = self._judge(scope, minute)
                steps = judged.steps
                if anew:
                    self._note(minute, judged)
            else:
                steps = self._relive_one(scope, minute)
            if minute > settled_to:
                touched |= {incident.id: incident for _, incident in steps}
            if anew and minute in anchored:
                self._anchor(scope.memory, minute)
        self._live_to = live_to
        if anew and live_to > state.anchors[-1].minute and not self._walk.follows(scope, live_to + 1):
            self._anchor(scope.memory, live_to)
        return scope, rows, touched | scope.memory.living()

    @property
    def _is_exchanged(self) -> bool:
        """Whether what was said so far was said by other rules."""
        return self.state.judged_by not in ("", self.rules.version)

    def _begin(self, last: int, settles: int) -> None:
        """It begins with the first minute that holds data, once that is closed; earlier ones may still come."""
        first = self.parts.first
        if self.state.judged_to is None and first is not None and first <= last:
            self.state.judged_to, self.state.settled_to = first - 1, min(first - 1, settles)
            self._anchor(ScopeMemory(), self.state.settled_to)

    def _end(self, live: JudgedScope) -> TimelineOutput:
        """End what a state holds open of a scope that is gone: this was once not done when it went."""
        minute = self._live_to
        outcome = TimelineOutput(statements=[self._statements.say(*step, minute) for step in given_up(live, minute)])
        self._forget_anchors([minute])
        self._anchor(live.memory, minute)
        return outcome

    def _judge(self, scope: JudgedScope, minute: int) -> Judged:
        """Judge a minute, and end what is open of a scope that is gone."""
        self._walk.lapse(scope.memory, minute)
        judged = judge(scope, minute, self.parts.total_at(minute), blind=self.watch.is_blind(minute))
        over = self._walk.given_up(scope, minute)
        return replace(judged, steps=judged.steps + over) if over else judged

    def _relive_one(self, scope: JudgedScope, minute: int) -> list[tuple[Transition, Incident]]:
        if minute in self.state.found:
            return self._judge(scope, minute).steps
        self._walk.lapse(scope.memory, minute)
        steps = relive(scope, minute, self.parts.total_at(minute), blind=self.watch.is_blind(minute))
        return steps + self._walk.given_up(scope, minute)

    def _note(self, minute: int, judged: Judged) -> None:
        if judged.is_quiet:
            self.state.found.discard(minute)
        else:
            self.state.found.add(minute)
            if self.state.arrivals is not None:  # what was stored when it closed did not know of it
                self.parts.touched.add(minute)

    def _is_anchored(self, live: JudgedScope, minute: int) -> bool:
        """Whether the memory is packed after this minute: now and then, and when a silence is followed no longer."""
        is_silent = live.memory.last_data != minute
        return minute % self.policy.anchor_every == self._anchor_at or (
            is_silent and not self._walk.follows(live, minute + 1)
        )

    def _anchor(self, memory: ScopeMemory, minute: int) -> None:
        anchor = Anchor(minute, pack(memory))
        self.state.anchors.append(anchor)
        self._changes.anchors[minute] = anchor

    def _forget_anchors(self, minutes: Iterable[int]) -> None:
        gone = set(minutes)
        self.state.anchors = [a for a in self.state.anchors if a.minute not in gone]
        self._changes.anchors |= dict.fromkeys(gone)

    # --- what is over -------------------------------------------------------------------------------------------

    def _settle(self, last: int) -> None:
        state = self.state
        if state.judged_to is None or state.settled_to is None or min(last, state.judged_to) <= state.settled_to:
            return
        settled_to = state.settled_to = min(last, state.judged_to)
        self._looked_early = {(m, series) for m, series in self._looked_early if m > settled_to}
        if self._rows is not None:
            is_used = state.judged_to - self._rows_used_at < _KEEP_ROWS
            self._rows = {m: r for m, r in self._rows.items() if m > settled_to} if is_used else None
        passed = [a.minute for a in state.anchors if a.minute <= settled_to][:-1]
        if passed:
            self._forget_anchors(passed)
            self.parts.drop_until(state.anchors[0].minute)
            state.found = {m for m in state.found if m > state.anchors[0].minute}
        living = self._wake().memory.living()
        stated = {k: s for k, s in state.stated.items() if k in living or may_change(s, settled_to)}
        revisions = {m: n for m, n in state.revisions.items() if m > settled_to}
        self._changes.has_news |= len(stated) < len(state.stated) or len(revisions) < len(state.revisions)
        state.stated, state.revisions = stated, revisions
