"""The judge stage's state: for one partition of partials, the watermarks and the course of each scope in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from processors.domain.acknowledging import Acknowledgement, acknowledge
from processors.domain.blindness import Watch
from processors.domain.course import Course, CourseState, Outcome, Part, Said, Statement
from processors.domain.partial import Partial, PartialMinute
from processors.domain.ruleset import RuleSet
from processors.domain.watermark import SourceMark, Watermarks
from processors.domain.window import TimePolicy, minute_of


@dataclass(slots=True)
class Step:
    """What one input record led to.

    Args:
        outcomes: What is to be published, one for each scope that moved.
        scopes: The scopes whose course, or a part of it, must be stored: the course first, then the parts.
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

    def judge_by(self, rules: RuleSet) -> None:
        """Judge by other rules from the next record on, as a judge does that is restarted with them."""
        self.rules = rules
        held = self.courses.items()
        self.courses = {name: Course(rules, self.policy, name, course.state, course.parts) for name, course in held}
        for course in self.courses.values():
            course.watch = self.watch
        self._walked = None

    def apply(self, offset: int, partial: Partial) -> Step:
        """Take in the record at `offset`. One at or below the position is in already and does nothing."""
        step = Step()
        if offset <= self.position:
            return step
        self._hear(offset, partial, step)
        self.position = offset
        if partial.watermark_ms is not None:
            mark = SourceMark(partial.epoch, partial.offset, partial.watermark_ms, partial.idle)
            self.marks.hear(partial.source, partial.sources, mark)
            self._look(partial, partial.watermark_ms, step)
        for scope, course in self._due(offset, step.scopes):
            before = course.state.judged_to, course.state.settled_to
            outcome = course.advance(self.marks.reached_ms)
            if (course.state.judged_to, course.state.settled_to) != before:
                step.outcomes.append(outcome)
                step.scopes.add(scope)
        for part in partial.minutes:
            heard = self.courses.get(part.scope)
            if heard is not None and not self._is_in(heard, offset):
                step.outcomes.append(heard.hasten(part.minute))
        for scope in step.scopes:
            if not self._is_in(self.courses[scope], offset):
                self.courses[scope].state.epoch, self.courses[scope].state.offset = self.epoch, offset
        return step

    def acknowledge(self, offset: int, told: Acknowledgement) -> Step:
        """Take in an acknowledgement at `offset`; the same rules as for `apply`."""
        step = Step()
        if offset <= self.position:
            return step
        self.position = offset
        course = self.courses.get(told.scope)
        if course is None or self._is_in(course, offset):
            return step
        statement = acknowledge(course.state, told)
        if statement is not None:
            course.state.epoch, course.state.offset = self.epoch, offset
            step.outcomes.append(Outcome(statements=[statement]))
            step.scopes.add(told.scope)
        return step

    def _look(self, partial: Partial, watermark_ms: int, step: Step) -> None:
        """What the stream itself is like. All judges of a stream see the same; one of them speaks."""
        if partial.now_ms is None:
            return
        self.watch.look(partial.source, partial.offset, partial.now_ms, watermark_ms, idle=partial.idle)
        for state, incident in self.watch.conclude(self.rules.version, self.marks.reached_ms):
            if self.speaks:
                said = Said(2 if incident.resolved else 1, state, incident)
                step.outcomes.append(Outcome(statements=[Statement(said, incident.judged)]))

    def _hear(self, offset: int, partial: Partial, step: Step) -> None:
        changed: set[str] = set()
        for part in partial.minutes:
            course = self.courses.get(part.scope)
            held = Part(partial.epoch, part.offset, part.counts)
            if course is not None and self._is_in(course, offset):
                course.recall(part.minute, partial.source, held)
                step.scopes.add(part.scope)
                continue
            if self.policy.is_settled(part.minute, self.marks.reached_ms):
                if self._is_news(partial, part):
                    step.too_late.append((part.scope, part.minute))
                continue
            if course is None:
                course = self.courses[part.scope] = Course(self.rules, self.policy, part.scope, CourseState(self.epoch))
                course.watch = self.watch
            if course.hear(part.minute, partial.source, held):
                changed.add(part.scope)
            step.scopes.add(part.scope)
        for scope in sorted(changed):
            step.outcomes.append(self.courses[scope].revise())

    def _due(self, offset: int, heard: set[str]) -> Iterator[tuple[str, Course]]:
        """The courses that this record may move on: all when a minute has closed or settled, else those it speaks of.

        Not those that have seen it: after a crash some are stored further than the position.
        """
        reached_ms = self.marks.reached_ms
        borders = minute_of(reached_ms), minute_of(reached_ms - self.policy.revise_for_ms)
        scopes = sorted(heard) if borders == self._walked else sorted(self.courses)
        self._walked = borders
        courses = ((scope, self.courses[scope]) for scope in scopes)
        return ((scope, course) for scope, course in courses if not self._is_in(course, offset))

    def _is_in(self, course: Course, offset: int) -> bool:
        return (self.epoch, offset) <= (course.state.epoch, course.state.offset)

    def _is_news(self, partial: Partial, part: PartialMinute) -> bool:
        """Whether the source partition says something it has not said before: a repeat is nothing late."""
        mark = self.marks.marks.get(partial.source)
        return mark is None or (partial.epoch, part.offset) > (mark.epoch, mark.offset)
