"""Stage 2: merges what the source partitions say, closes minutes by the watermark, judges, and says what is wrong."""

from typing import Final, Protocol

import msgspec
import structlog

from processors import metrics
from processors.chunk import Chunk
from processors.domain.acknowledging import Acknowledgement
from processors.domain.blindness import Watch
from processors.domain.course import Course, CourseState, Outcome, Part
from processors.domain.judging import PartitionJudge, Step
from processors.domain.partial import Partial
from processors.domain.ruleset import RuleSet
from processors.domain.watermark import Watermarks
from processors.domain.window import TimePolicy
from processors.outbox import Parcel
from processors.records import alert_of, minute_record
from processors.stage import FINISH_S, Stage
from schemas.codec import alert_record
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

log = structlog.get_logger(__name__)

POSITION: Final = b"position"


class StoredPosition(msgspec.Struct, array_like=True):
    """What is stored of a judge's partition beside its courses."""

    epoch: int
    offset: int
    topic_id: str
    marks: Watermarks
    watch: Watch = msgspec.field(default_factory=Watch)


class StoredCourse(msgspec.Struct, array_like=True):
    """A course as it is stored."""

    epoch: int
    offset: int
    state: CourseState


class StoredParts(msgspec.Struct, array_like=True):
    """The parts of one minute of one scope as they are stored."""

    epoch: int
    offset: int
    parts: dict[int, Part]


class Companion(Protocol):
    """Something that runs beside the stage, on its loop."""

    def start(self) -> None:
        """Begin; again and again, once is enough."""

    def stop(self) -> None:
        """Cease; also when it never began."""


_encode: Final = msgspec.json.Encoder().encode
_partial: Final = msgspec.json.Decoder(Partial)
_acknowledgement: Final = msgspec.json.Decoder(Acknowledgement)
_position: Final = msgspec.json.Decoder(StoredPosition)
_course: Final = msgspec.json.Decoder(StoredCourse)
_parts: Final = msgspec.json.Decoder(StoredParts)


class JudgeStage(Stage[PartitionJudge]):
    """Judges. See Stage for the discipline, PartitionJudge for what is judged."""

    name = "judge"

    def configure(self, topics: Topics, policy: TimePolicy, rules: RuleSet) -> None:
        """Say how to judge."""
        self._topics, self._policy, self._rules = topics, policy, rules
        self._offered = rules

    def follow(self, companion: Companion) -> None:
        """Start and stop it with this stage."""
        self._companion = companion

    def turn(self) -> None:
        """See Stage."""
        super().turn()
        self._companion.start()

    async def finish(self, within_s: float = FINISH_S) -> None:
        """See Stage."""
        self._companion.stop()
        await super().finish(within_s)

    def offer(self, rules: RuleSet) -> None:
        """Judge by these rules from the next chunk on, as a judge does that is restarted with them."""
        self._offered = rules

    async def prepare(self) -> None:
        """See Stage. What was said by the old rules is stored first: only what is stored is ever taken back."""
        if self._offered is self._rules:
            return
        await self.all_stored()
        self._rules = self._offered
        for state in self.states.values():
            state.judge_by(self._rules)

    def load(self, partition: int, held: dict[bytes, bytes], topic_id: str) -> PartitionJudge:
        """See Stage. Courses stored further than the position know so by their own offset."""
        prefix = f"{partition}|".encode()
        raw = held.pop(prefix + POSITION, None)
        at = _position.decode(raw) if raw else StoredPosition(1, -1, topic_id, Watermarks())
        if at.topic_id != topic_id:
            at = StoredPosition(at.epoch + 1, -1, topic_id, Watermarks())
        parts: dict[str, dict[int, dict[int, Part]]] = {}
        states: dict[str, CourseState] = {}
        for key, value in held.items():
            kind, _, name = key.removeprefix(prefix).decode().partition("|")
            if kind == "course":
                states[name] = _course.decode(value).state
            else:
                minute, _, scope = name.partition("|")
                parts.setdefault(scope, {})[int(minute)] = _parts.decode(value).parts
        courses = {
            scope: self._course_of(scope, states.get(scope), parts.get(scope, {})) for scope in {*parts, *states}
        }
        return PartitionJudge(
            self._rules,
            self._policy,
            epoch=at.epoch,
            position=at.offset,
            marks=at.marks,
            courses=courses,
            watch=at.watch,
            speaks=partition == 0,
        )

    def _course_of(self, scope: str, state: CourseState | None, parts: dict[int, dict[int, Part]]) -> Course:
        settled_to = state.settled_to if state and state.settled_to is not None else -1
        return Course(self._rules, self._policy, scope, state, {m: p for m, p in parts.items() if m > settled_to})

    async def work(
        self, state: PartitionJudge, chunk: Chunk, parcel: Parcel
    ) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
        """See Stage."""
        before = {scope: set(course.parts) for scope, course in state.courses.items()}
        heard: dict[str, set[int]] = {}
        moved: set[str] = set()
        for offset, value in zip(chunk.offsets.tolist(), chunk.values, strict=True):
            step = self._take(state, chunk.partition, offset, value or b"", heard)
            moved |= step.scopes
            for outcome in step.outcomes:
                await self._publish(outcome, (state.epoch << 48) | offset, parcel)
            if step.too_late:
                await self._put_aside(chunk, offset, value or b"", len(step.too_late), parcel)
        if state.marks.reached_ms >= 0:
            metrics.WATERMARK.set(state.marks.reached_ms / 1000)
        if not chunk.values:
            return [], []
        return self._to_store(state, chunk.partition, before, heard, moved)

    def _take(self, state: PartitionJudge, partition: int, offset: int, raw: bytes, heard: dict[str, set[int]]) -> Step:
        """Take in one record; the minutes that it speaks of are added to `heard`."""
        try:
            partial = _partial.decode(raw)
        except msgspec.MsgspecError as exc:
            told = _acknowledgement_in(raw)
            if told is not None:
                return self._acknowledge(state, offset, told)
            metrics.DISCARDED.labels("not_a_partial").inc()
            log.warning("not a partial", partition=partition, offset=offset, error=str(exc))
            state.position = max(state.position, offset)
            return Step()
        for part in partial.minutes:
            heard.setdefault(part.scope, set()).add(part.minute)
        return state.apply(offset, partial)

    def _acknowledge(self, state: PartitionJudge, offset: int, told: Acknowledgement) -> Step:
        step = state.acknowledge(offset, told)
        if not step.outcomes:
            log.info("nothing to acknowledge", incident=told.incident_id, by=told.by)
        return step

    def _to_store(
        self,
        state: PartitionJudge,
        partition: int,
        before: dict[str, set[int]],
        heard: dict[str, set[int]],
        moved: set[str],
    ) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
        prefix = f"{partition}|"
        epoch, offset = state.epoch, state.position
        puts: list[tuple[bytes, bytes]] = []
        drops: list[bytes] = []
        # Courses before their parts: parts that a crash keeps from being stored are told again, a course is not.
        for scope in sorted(moved):
            stored_course = StoredCourse(epoch, offset, state.courses[scope].state)
            puts.append((f"{prefix}course|{scope}".encode(), _encode(stored_course)))
        for scope in sorted(moved):
            course = state.courses[scope]
            for minute in sorted(heard.get(scope, set()) & set(course.parts)):
                stored = StoredParts(epoch, offset, course.parts[minute])
                puts.append((f"{prefix}parts|{minute}|{scope}".encode(), _encode(stored)))
            gone = sorted(before.get(scope, set()) - set(course.parts))
            drops += [f"{prefix}parts|{minute}|{scope}".encode() for minute in gone]
        stored_position = StoredPosition(epoch, offset, self.identity, state.marks, state.watch)
        puts.append((prefix.encode() + POSITION, _encode(stored_position)))
        return puts, drops

    async def _publish(self, outcome: Outcome, version: int, parcel: Parcel) -> None:
        for revised in outcome.verdicts:
            key, value = minute_record(revised, self._rules.version, version)
            await self.outbox.send(parcel, self._topics.minutes, value, key=key)
        for statement in outcome.statements:
            metrics.ALERTS.labels(statement.said.state).inc()
            key, value = alert_record(alert_of(statement, self._rules, version))
            await self.outbox.send(parcel, self._topics.alerts, value, key=key)

    async def _put_aside(self, chunk: Chunk, offset: int, raw: bytes, minutes: int, parcel: Parcel) -> None:
        """Parts of settled minutes: a partition that was idle woke with old events. Kept in the late table."""
        metrics.DISCARDED.labels("settled").inc(minutes)
        letter = DeadLetter(
            topic=chunk.topic, partition=chunk.partition, offset=offset, reason="settled", field="minutes"
        )
        await self.outbox.send(parcel, self._topics.late, raw, key=letter.key, headers=letter.headers())


def _acknowledgement_in(raw: bytes) -> Acknowledgement | None:
    try:
        return _acknowledgement.decode(raw)
    except msgspec.MsgspecError:
        return None
