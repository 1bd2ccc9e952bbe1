"""The judge stage's state: for one partition of partials, the watermarks and the course of each scope in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.acknowledging import Acknowledgement
from processors.domain.judging.timeline import Course, Outcome, Part, Said, Statement
from processors.domain.ruleset import RuleSet
from processors.domain.watermark import SourceMark, Watermarks
from processors.domain.window import TimePolicy, minute_of


@dataclass(slots=True)
class Step:
    """What one input record, or a part of its way, led to.

    Args:
        outcomes: What is to be published.
        scopes: The scopes whose course, or a part of it, has changed.
        too_late: (scope, minute) of parts whose minute was settled already.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    scopes: set[str] = field(default_factory=set)
    too_late: list[tuple[str, int]] = field(default_factory=list)


class PartitionJudge:
    """Judges the scopes of one partition of the judge's input. Pure: the same records, the same answers.

    All judges of a stream watch the stream itself; the one that `speaks` says when it cannot be trusted.
    """

    def __init__(
        self,
        rules: RuleSet,
        policy: TimePolicy,
        *,
        epoch: int = 0,
        position: int = -1,
        marks: Watermarks | None = None,
        courses: Mapping[str, Course] | None = None,
        watch: Watch | None = None,
        speaks: bool = False,
    ) -> None:
        self.rules = rules
        self.policy = policy
        self.epoch = epoch
        self.position = position
        self.marks = marks or Watermarks()
        self.courses = dict(courses or {})
        self.watch = watch or Watch()
        self.speaks = speaks
        for course in self.courses.values():
            course.watch = self.watch
        self._walked: tuple[int, int] | None = None
        self._changed: set[str] = set()

    def judge_by(self, rules: RuleSet) -> None:
        """Judge by other rules from the next record on, as a judge does that is restarted with them."""
        self.rules = rules
        self.courses = {name: course.judge_by(rules) for name, course in self.courses.items()}
        self._walked = None

    def take_changed(self) -> set[str]:
        """The scopes whose course has changed, or is gone, since this was last asked, for whoever stores them."""
        changed, self._changed = self._changed, set()
        return changed

    def apply(self, offset: int, partial: Partial) -> Step:
        """Take in the record at `offset`. One at or below the position is in already and does nothing."""
        whole = Step()
        for step in self.applying(offset, partial):
            whole.outcomes += step.outcomes
            whole.scopes |= step.scopes
            whole.too_late += step.too_late
        return whole

    def applying(self, offset: int, partial: Partial) -> Iterator[Step]:
        """The same in small steps, for those who have other things to do in between, but none with this judge."""
        if offset <= self.position:
            return
        heard = self._hear(partial)
        yield heard
        if partial.watermark_ms is not None:
            mark = SourceMark(partial.epoch, partial.offset, partial.watermark_ms, partial.idle)
            self.marks.hear(partial.source, partial.sources, mark)
            yield Step(self._look(partial, partial.watermark_ms))
        for scope in self._due(heard.scopes):
            yield from self._advance(scope)
        for part in partial.minutes:
            course = self.courses.get(part.scope)
            if course is not None and (outcome := course.hasten(part.minute)).statements:
                yield Step([outcome], {part.scope})
        self.position = offset

    def acknowledge(self, offset: int, told: Acknowledgement) -> Step:
        """Take in an acknowledgement at `offset`; the same rules as for `apply`."""
        step = Step()
        if offset <= self.position:
            return step
        self.position = offset
        course = self.courses.get(told.scope)
        statement = course.acknowledge(told) if course is not None else None
        if statement is not None:
            self._changed.add(told.scope)
            step.outcomes.append(Outcome(statements=[statement]))
            step.scopes.add(told.scope)
        return step

    def _look(self, partial: Partial, watermark_ms: int) -> list[Outcome]:
        """What the stream itself is like. All judges of a stream see the same; one of them speaks.

        That records are missing is known by their offsets, also where nobody is sure of the time.
        """
        if partial.now_ms is None and partial.gone is None:
            return []
        if partial.now_ms is not None:
            self.watch.look(partial.source, partial.offset, partial.now_ms, watermark_ms, idle=partial.idle)
            self.watch.refuse(partial.source, partial.now_ms, partial.refused)
        self.watch.lose(partial.source, partial.gone)
        outcomes: list[Outcome] = []
        for state, incident in self.watch.conclude(self.marks.reached_ms):
            if self.speaks:
                # Each word on it has a number of its own: whoever pages takes a number that comes twice for a repeat.
                said = Said(incident.minutes + incident.resolved, state, incident)
                outcomes.append(Outcome(statements=[Statement(said, incident.judged)]))
        return outcomes

    def _hear(self, partial: Partial) -> Step:
        step = Step()
        late: set[str] = set()
        for part in partial.minutes:
            if self.policy.is_settled(part.minute, self.marks.reached_ms):
                if self._is_news(partial, part):
                    step.too_late.append((part.scope, part.minute))
                continue
            course = self.courses.get(part.scope)
            if course is None:
                course = self.courses[part.scope] = Course(self.rules, self.policy, part.scope)
                course.watch = self.watch
            if course.hear(part.minute, partial.source, Part(partial.epoch, part.offset, part.counts)):
                late.add(part.scope)
            step.scopes.add(part.scope)
        self._changed |= step.scopes
        step.outcomes = [self.courses[scope].revise() for scope in sorted(late)]
        return step

    def _due(self, heard: set[str]) -> list[str]:
        """The scopes that a record may move on: all when a minute has closed or settled, else those it speaks of."""
        reached_ms = self.marks.reached_ms
        borders = minute_of(reached_ms), minute_of(reached_ms - self.policy.revise_for_ms)
        scopes = sorted(heard) if borders == self._walked else sorted(self.courses)
        self._walked = borders
        return scopes

    def _advance(self, scope: str) -> Iterator[Step]:
        """Move one course on, minute by minute; a scope that has been silent for long enough leaves."""
        course = self.courses[scope]
        before = course.state.judged_to, course.state.settled_to
        for outcome in course.advancing(self.marks.reached_ms):
            yield Step([outcome], {scope})
        if (course.state.judged_to, course.state.settled_to) != before:
            self._changed.add(scope)
            yield Step(scopes={scope})
        elif course.has_gone_silent(minute_of(self.marks.reached_ms)):
            del self.courses[scope]
            self._changed.add(scope)
            yield Step(scopes={scope})

    def _is_news(self, partial: Partial, part: PartialMinute) -> bool:
        """Whether the source partition says something it has not said before: a repeat is nothing late."""
        mark = self.marks.marks.get(partial.source)
        return mark is None or (partial.epoch, part.offset) > (mark.epoch, mark.offset)
