"""The judge stage's state: for one partition of partials, the watermarks and the timeline of each scope in it."""

from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field, replace
from heapq import nsmallest
from typing import Final

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import LEFT_OUT, Watch
from processors.domain.judging.acknowledging import Acknowledgement, Release
from processors.domain.judging.timeline import Part, StatedIncident, Statement, Timeline, TimelineOutput
from processors.domain.ruleset import RuleSet
from processors.domain.watermark import SourceMark, Watermarks
from processors.domain.window import TimePolicy, minute_of, start_ms

_OF_NEW: Final = 3
"""A scope of which nothing was judged yet takes as much memory as so many parts more."""
_FAR: Final = 5
"""How many minutes wait before it is counted how much that is."""


@dataclass(slots=True)
class Effects:
    """What one input record, or a part of its way, led to.

    Args:
        outcomes: What is to be published.
        scopes: The scopes whose timeline, or a part of it, has changed.
        too_late: (scope, minute) of parts whose minute was settled already.
        crowded_out: How many scopes at rest have left, as there were too many.
        waits: (scope, minutes) of a scope that waits for late counts for longer, or shorter, from now on.
        left_out: Source partitions that are not waited for any more, until they have come as far as the others.
    """

    outcomes: list[TimelineOutput] = field(default_factory=list)
    scopes: set[str] = field(default_factory=set)
    too_late: list[tuple[str, int]] = field(default_factory=list)
    crowded_out: int = 0
    waits: list[tuple[str, int]] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class PartitionJudge:
    """Judges the scopes of one partition of the judge's input. Pure: the same records, the same answers.

    Args:
        rules: What decides.
        policy: How long to wait, and how long to mend.
        epoch: Which life of the topic the offsets belong to.
        position: The last offset that is applied; -1 before the first.
        marks: The watermarks of the source partitions.
        timelines: By scope.
        watch: What is known of the stream itself: all judges of a stream watch it ...
        speaks: ... and the one that speaks says when it cannot be trusted.
        scopes: Of more scopes than this, those at rest leave, whose silence is the longest first, as they do after
            `policy.forget_after_minutes`: ids as scopes make no endless state.
        waiting: When more parts than this wait to be judged, the source partitions that hold the watermark are left
            out: one that stands still makes no endless state either.
    """

    rules: RuleSet
    policy: TimePolicy
    _: KW_ONLY
    epoch: int = 0
    position: int = -1
    marks: Watermarks = field(default_factory=Watermarks)
    timelines: dict[str, Timeline] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    speaks: bool = False
    scopes: int = 1 << 62
    waiting: int = 1 << 62
    _walked: tuple[int, int, int] | None = field(default=None, init=False)
    _changed: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        """All timelines see the same stream."""
        self.timelines = dict(self.timelines)
        for timeline in self.timelines.values():
            timeline.watch = self.watch

    def judge_by(self, rules: RuleSet) -> None:
        """Judge by other rules from the next record on, as a judge does that is restarted with them."""
        self.rules = rules
        self.timelines = {name: timeline.judge_by(rules) for name, timeline in self.timelines.items()}
        self._walked = None

    def take_changed(self) -> set[str]:
        """The scopes whose timeline has changed, or is gone, since this was last asked, for whoever stores them."""
        changed, self._changed = self._changed, set()
        return changed

    def apply(self, offset: int, partial: Partial) -> Effects:
        """Take in the record at `offset`. One at or below the position is in already and does nothing."""
        whole = Effects()
        for step in self.applying(offset, partial):
            whole.outcomes += step.outcomes
            whole.scopes |= step.scopes
            whole.too_late += step.too_late
            whole.crowded_out += step.crowded_out
            whole.waits += step.waits
            whole.left_out += step.left_out
        return whole

    def applying(self, offset: int, partial: Partial) -> Iterator[Effects]:
        """The same in small steps, for those who have other things to do in between, but none with this judge."""
        if offset <= self.position:
            return
        before = minute_of(self.marks.reached_ms)
        effects = self._hear(partial)
        yield effects
        if partial.watermark_ms is not None:
            mark = SourceMark(partial.epoch, partial.offset, partial.watermark_ms, partial.idle)
            if left_out := self._hear_mark(partial.source, partial.sources, mark):
                yield Effects(left_out=left_out)
            yield from self._lose(partial)
            yield Effects(self._look(partial, partial.watermark_ms))
        silent = min(self.watch.silent_minutes, self.policy.revise_minutes)
        for scope in self._due(effects.scopes, silent):
            yield from self._advance(scope, silent)
        # Told by the records alone, not by when a worker began: then all scopes are looked at too.
        if len(self.timelines) > self.scopes and minute_of(self.marks.reached_ms) > before:
            yield self._make_room()
        for part in partial.minutes:
            timeline = self.timelines.get(part.scope)
            if timeline is not None and (outcome := timeline.look_early(part.minute)).statements:
                yield Effects([outcome], {part.scope})
        self.position = offset

    def acknowledge(self, offset: int, acknowledgement: Acknowledgement) -> Effects:
        """Take in an acknowledgement at `offset`; the same rules as for `apply`."""
        return self._of_people(offset, acknowledgement.scope, lambda timeline: timeline.acknowledge(acknowledgement))

    def release(self, offset: int, released: Release) -> Effects:
        """Take in at `offset` that nobody is on an incident any more; the same rules as for `apply`."""
        return self._of_people(offset, released.scope, lambda timeline: timeline.release(released))

    def _of_people(self, offset: int, scope: str, note: Callable[[Timeline], Statement | None]) -> Effects:
        step = Effects()
        if offset <= self.position:
            return step
        self.position = offset
        timeline = self.timelines.get(scope)
        statement = note(timeline) if timeline is not None else None
        if statement is not None:
            self._changed.add(scope)
            step.outcomes.append(TimelineOutput(statements=[statement]))
            step.scopes.add(scope)
        return step

    def _look(self, partial: Partial, watermark_ms: int) -> list[TimelineOutput]:
        """What the stream itself is like. All judges of a stream see the same; one of them speaks.

        That records are missing is known by their offsets, also where nobody is sure of the time.
        """
        if partial.now_ms is None and partial.gone is None and not self.marks.left_out:
            return []
        if partial.now_ms is not None:
            self.watch.look(partial.source, partial.offset, partial.now_ms, watermark_ms, idle=partial.idle)
            self.watch.refuse(partial.source, partial.now_ms, partial.refused)
        outcomes: list[TimelineOutput] = []
        for state, incident in self.watch.conclude(self.marks.reached_ms, self.marks.left_out):
            # How much waits, each judge knows for itself; two that say the same of a source say it in the same words.
            if self.speaks or incident.key == LEFT_OUT:
                # Each word on it has a number of its own: whoever pages takes a number that comes twice for a repeat.
                stated = StatedIncident(incident.minutes + incident.resolved, state, incident)
                outcomes.append(TimelineOutput(statements=[Statement(stated, incident.judged)]))
        return outcomes

    def _hear_mark(self, source: int, sources: int, mark: SourceMark) -> list[int]:
        """Take in how far a source has come; which sources are left out from now on.

        The records alone decide: it is looked at when the foremost source has come a minute further.
        """
        last = self.marks.marks.get(source)
        has_risen = last is None or minute_of(mark.watermark_ms) > minute_of(last.watermark_ms)
        front = self._front() if has_risen else None
        self.marks.hear(source, sources, mark)
        return self._leave_out() if front is not None and self._front() > front else []

    def _leave_out(self) -> list[int]:
        """Leave out the sources that hold up more than there is room for; which ones are left out now."""
        before = set(self.marks.left_out)
        since = self._first_waiting()
        if self._front() - since >= _FAR:
            while self._count_waiting() > self.waiting and self.marks.leave_out(start_ms(since)):
                pass
        return sorted(self.marks.left_out.keys() - before)

    def _front(self) -> int:
        """The minute that the foremost source has come to; below zero where none has come anywhere."""
        return minute_of(max((mark.watermark_ms for mark in self.marks.marks.values()), default=-1))

    def _first_waiting(self) -> int:
        """The first minute that is not closed; where none ever was, the first of which something has come."""
        if self.marks.reached_ms >= 0:
            return minute_of(self.marks.reached_ms)
        firsts = (timeline.parts.first for timeline in self.timelines.values())
        return min((first for first in firsts if first is not None), default=self._front())

    def _count_waiting(self) -> int:
        closed_to = minute_of(self.marks.reached_ms) - 1
        return sum(
            waiting + (_OF_NEW if timeline.state.judged_to is None else 0)
            for timeline in self.timelines.values()
            if (waiting := timeline.parts.about_after(closed_to))
        )

    def _lose(self, partial: Partial) -> Iterator[Effects]:
        """Records are missing in minutes that may have been judged already: these are judged again, scope by scope."""
        before = replace(self.watch)
        self.watch.lose(partial.source, partial.gone)
        since = min((hole.since for hole in self.watch.holes if hole not in before.holes), default=None)
        if since is None:
            return
        for scope in sorted(self.timelines):
            outcome = self.timelines[scope].distrust(since, before)
            if outcome.verdicts or outcome.statements:
                self._changed.add(scope)
                yield Effects([outcome], {scope})

    def _hear(self, partial: Partial) -> Effects:
        step = Effects()
        late: set[str] = set()
        closed_to = minute_of(self.marks.reached_ms) - 1
        for part in partial.minutes:
            if self.policy.is_settled(part.minute, self.marks.reached_ms):
                if self._is_news(partial, part):
                    step.too_late.append((part.scope, part.minute))
                continue
            timeline = self.timelines.get(part.scope)
            if timeline is None:
                timeline = self.timelines[part.scope] = Timeline(self.rules, self.policy, part.scope)
                timeline.watch = self.watch
            heard_part = Part(partial.epoch, part.offset, part.counts)
            if timeline.hear(part.minute, partial.source, heard_part, closed_to):
                late.add(part.scope)
            step.scopes.add(part.scope)
        self._changed |= step.scopes
        step.outcomes = [self.timelines[scope].revise() for scope in sorted(late)]
        return step

    def _due(self, record_scopes: set[str], silent: int) -> list[str]:
        """The scopes that a record may move on: all when a minute has closed or settled, else those it speaks of.

        So it is as well when all sources have been silent for one more of the minutes that a scope may wait.
        """
        reached_ms = self.marks.reached_ms
        borders = minute_of(reached_ms), minute_of(reached_ms - self.policy.revise_for_ms), silent
        scopes = sorted(record_scopes) if borders == self._walked else sorted(self.timelines)
        self._walked = borders
        return scopes

    def _advance(self, scope: str, silent: int) -> Iterator[Effects]:
        """Move one timeline on, minute by minute; a scope that has been silent for long enough leaves."""
        timeline = self.timelines[scope]
        before, wait = timeline.closed_by, timeline.wait
        for outcome in timeline.advancing(self.marks.reached_ms, silent):
            yield Effects([outcome], {scope})
        if timeline.closed_by != before:
            self._changed.add(scope)
            yield Effects(scopes={scope}, waits=[(scope, timeline.wait)] if timeline.wait != wait else [])
        elif timeline.has_gone_silent(minute_of(self.marks.reached_ms)):
            del self.timelines[scope]
            self._changed.add(scope)
            yield Effects(scopes={scope})

    def _make_room(self) -> Effects:
        timelines = self.timelines.items()
        resting = ((since, scope) for scope, timeline in timelines if (since := timeline.resting_since) is not None)
        leaving = {scope for _, scope in nsmallest(len(self.timelines) - self.scopes, resting)}
        for scope in leaving:
            del self.timelines[scope]
        self._changed |= leaving
        return Effects(scopes=leaving, crowded_out=len(leaving))

    def _is_news(self, partial: Partial, part: PartialMinute) -> bool:
        """Whether the source partition says something it has not said before: a repeat is nothing late."""
        mark = self.marks.marks.get(partial.source)
        return mark is None or (partial.epoch, part.offset) > (mark.epoch, mark.offset)
