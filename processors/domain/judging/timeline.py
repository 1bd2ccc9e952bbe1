"""The timeline of one scope: closes minutes by the watermark, judges them in order, and mends what late data change.

One memory is kept, that after the last minute judged, and now and then it is packed: an *anchor*. When late data change
a minute, the memory is taken anew from the last anchor before it and the minutes after that are judged again. So what
is finally said is a function of what the minutes finally hold, in whatever order it came.

Where counts usually come late, minutes wait for them before they are judged: see domain.judging.arrivals. That changes
when something is said, and not what is finally said.
"""

from collections.abc import Iterator
from typing import Final

from processors.domain.incidents.carrying import carried
from processors.domain.incidents.follow import Look
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.acknowledging import Acknowledgement, Release, acknowledge, release
from processors.domain.judging.ahead import has_fallen, outages
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.as_if_closed import as_if_closed, glance_if_closed
from processors.domain.judging.early import EarlyAlerts
from processors.domain.judging.judge import Judged
from processors.domain.judging.live_memory import LiveMemory, anchor_at
from processors.domain.judging.revising import Revising
from processors.domain.judging.silence import given_up, wakes_at
from processors.domain.judging.statements import Statements, may_change
from processors.domain.judging.timeline_parts import Parts, size_of
from processors.domain.judging.timeline_state import (
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
from processors.domain.window import Dimensions, TimePolicy, minute_of

__all__ = ["Part", "RevisedVerdict", "StatedIncident", "Statement", "Timeline", "TimelineOutput", "TimelineState"]

_EVER: Final = 1 << 62


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
        self._changes = changes or Changes({}, has_news=False)
        at = anchor_at(scope, policy.anchor_every)
        self._live = LiveMemory(self.state, self._changes, self._walk, rules.version, policy.anchor_every, at)
        self._statements = Statements(self.state, self._changes, every_minute=policy.says_every_minute)
        self._early = EarlyAlerts(rules.early, self._live, self._statements)
        self._revising = Revising(self._live, self._changes, self._statements)
        self._resting_since: int | None = None
        self._wakes_at = _EVER
        """The minute in which something is to be said of a scope at rest."""

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

    def wake(self) -> ScopeMemory | None:
        """Unpack the live memory, so that whoever asks next need not wait for it; None before the first minute."""
        return None if self.state.judged_to is None else self._live.wake().memory

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
            self._revising.note_replaced(minute, source, before)
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
        live = self._live.wake()
        if self._live.exchanged is not None:
            statements, self._live.exchanged = self._statements.mend(self._live.exchanged), None
            yield TimelineOutput(statements=statements)
        early = self._statements.unconfirmed() if self.state.stated else set()
        for minute in self._walk.minutes(live, self._live.minute, last):
            yield self._close(live, minute, early)
        if self._walk.is_gone(live, self._live.minute) and live.memory.incidents:
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
        for minute in self.parts.between(max(arrivals.looked, self._live.minute), closed_to):
            self.parts.pack(minute)
        if not arrivals.look(closed_to, self.policy.revise_minutes):
            self.state.arrivals = None
        self._changes.has_news = True
        return True

    def _missing(self, live: JudgedScope, closed_to: int) -> Iterator[TimelineOutput]:
        """An outage of a scope that waits, see `ahead`; not where it has an incident, or was told one early."""
        arrivals = self.state.arrivals
        assert arrivals is not None
        if (
            live.memory.incidents
            or not has_fallen(live, self.parts, arrivals, closed_to)
            or self._statements.unconfirmed()
        ):
            return
        for incident in outages(self._live, arrivals, closed_to):
            yield TimelineOutput(statements=[self._statements.say("firing", incident, closed_to)])

    def _close(self, live: JudgedScope, minute: int, early: set[str]) -> TimelineOutput:
        """Judge the next minute; `early` are incidents that were told early, those that are confirmed are taken out."""
        is_woken = minute > self._live.minute + 1 and minute not in self.parts
        judged = self._walk.judged(live, minute)
        if self._revising.judged is not None:
            self._revising.judged[minute] = judged.verdicts
        self._live.note(minute, judged)
        self.state.judged_to = self._live.minute = minute
        self.parts.pack(minute)
        if is_woken or self._live.is_anchored(live, minute):
            self._live.anchor(live.memory, minute)
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
        if not self.rules.early:
            return TimelineOutput()
        return TimelineOutput(statements=self._early.look(minute, self.wait))

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
        return as_if_closed(self._live, minute, more, most)

    def glance_if_closed(self, minute: int, more: Dimensions, most: int = 1440) -> list[Look] | None:
        """What would come of the series of `more` alone, where no rule would find anything in them; see `as_if_closed`.

        None: something would be found, or `as_if_closed` says None as well. It takes half of the time.
        """
        if self.is_judged(minute):
            return None
        return glance_if_closed(self._live, minute, more, most)

    def revise(self) -> TimelineOutput:
        """Judge the minutes that late data have changed, and those after them, again; what differs is said anew."""
        return self._revising.revise()

    def distrust(self, since: int, before: Watch) -> TimelineOutput:
        """Judge the minutes from `since` on again that may change: as is known now, some of them cannot be trusted.

        `before` is what was known of the stream when they were judged. All that is late was taken in before.
        """
        return self._revising.distrust(since, before)

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
        state, live = self.state, self._live.scope
        if live is None or live.memory.last_data is None or state.judged_to != state.settled_to or state.stated:
            return
        upto = self._live.minute
        if not self._walk.follows(live, upto + 1) and not self.parts.between(upto, _EVER):
            wakes = wakes_at(live, live.memory.last_data + self._gap)
            self._resting_since, self._wakes_at = live.memory.last_data, _EVER
            if wakes is not None and wakes >= minute:
                self._wakes_at = wakes
            self._live.scope = None
            self._revising.judged = None

    def judge_by(self, rules: RuleSet) -> "Timeline":
        """The same timeline under other rules, as one is that is read from what is stored."""
        timeline = Timeline(rules, self.policy, self.scope, self.state, self.parts, self._changes)
        timeline.watch = self.watch
        return timeline

    def _begin(self, last: int, settles: int) -> None:
        """It begins with the first minute that holds data, once that is closed; earlier ones may still come."""
        first = self.parts.first
        if self.state.judged_to is None and first is not None and first <= last:
            self.state.judged_to, self.state.settled_to = first - 1, min(first - 1, settles)
            self._live.anchor(ScopeMemory(), self.state.settled_to)

    def _end(self, live: JudgedScope) -> TimelineOutput:
        """End what a state holds open of a scope that is gone: this was once not done when it went."""
        minute = self._live.minute
        outcome = TimelineOutput(statements=[self._statements.say(*step, minute) for step in given_up(live, minute)])
        self._live.forget_anchors([minute])
        self._live.anchor(live.memory, minute)
        return outcome

    # --- what is over -------------------------------------------------------------------------------------------

    def _settle(self, last: int) -> None:
        state = self.state
        if state.judged_to is None or state.settled_to is None or min(last, state.judged_to) <= state.settled_to:
            return
        settled_to = state.settled_to = min(last, state.judged_to)
        if self._early.found:
            self._early.settle(settled_to)
        if self._revising.judged is not None:
            self._revising.settle(settled_to, state.judged_to)
        passed = [a.minute for a in state.anchors if a.minute <= settled_to][:-1]
        if passed:
            self._live.forget_anchors(passed)
            self.parts.drop_until(state.anchors[0].minute)
            state.found = {m for m in state.found if m > state.anchors[0].minute}
        living = self._live.wake().memory.living()
        stated = {k: s for k, s in state.stated.items() if k in living or may_change(s, settled_to)}
        revisions = {m: n for m, n in state.revisions.items() if m > settled_to}
        self._changes.has_news |= len(stated) < len(state.stated) or len(revisions) < len(state.revisions)
        state.stated, state.revisions = stated, revisions
