"""Stage 2: merges what the source partitions say, closes minutes by the watermark, judges, and says what is wrong."""

from collections.abc import Iterator
from functools import partial
from typing import Final, Protocol

import structlog

from processors.changelog import Recovered
from processors.domain.judging.acknowledging import Acknowledgement, Release
from processors.domain.judging.partition_judge import Effects, PartitionJudge
from processors.domain.judging.timeline import Timeline, TimelineOutput, TimelineState
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Part
from processors.domain.ruleset import RuleSet
from processors.domain.versions import next_epoch, read_epoch, version_of
from processors.domain.window import MAX_SCOPES, MAX_WAITING, TimePolicy
from processors.intake.chunk import Chunk
from processors.intake.topic_identity import TopicChanged, TopicWatch
from processors.stages import first_format
from processors.stages.judging_state import JudgeState, stored_position, stored_timelines
from processors.stages.outbox import Parcel
from processors.stages.partial_words import NotAPartial, OfMore, Word, newest_of, read_word
from processors.stages.records import alert_of, verdict_record
from processors.stages.stage import FINISH_S, Stage
from processors.stages.waiting import Waiting
from runtime.log_rate import Sparing
from schemas.codec import alert_record
from schemas.dead_letter import SETTLED, DeadLetter
from schemas.topics import ONLY, Topics

log = structlog.get_logger(__name__)

SHOUT_S: Final = 60.0
"""How often it is said that scopes are too many."""
PATIENCE: Final = 2
"""What is only heard is stored after so many beats; what was judged after one."""


class Companion(Protocol):
    """Something that runs beside the stage, on its loop."""

    def start(self) -> None:
        """Begin; again and again, once is enough."""

    def stop(self) -> None:
        """Cease; also when it never began."""


class JudgeStage(Stage[JudgeState]):
    """Judges. See Stage for the discipline, PartitionJudge for what is judged."""

    name = "judge"
    scopes, waiting_parts = MAX_SCOPES, MAX_WAITING
    """See PartitionJudge."""
    max_future_ms = 300_000
    """How far ahead of the present the count stage lets events be."""

    def configure(
        self, topics: Topics, policy: TimePolicy, rules: RuleSet, sources: int, judges: int, source_watch: TopicWatch
    ) -> None:
        """Say how to judge.

        Args:
            topics: Names.
            policy: Times.
            rules: The rules.
            sources: Partitions of the source topic.
            judges: Partitions of this stage's topic that are told something; as many as the source topic had at first.
            source_watch: Tells whether the source topic has more partitions by now.
        """
        self._topics, self._policy, self._rules, self._sources = topics, policy, rules, sources
        self._seldom = Sparing(every_s=SHOUT_S, burst=1)
        self.dead_letters, self.partitions, self._source_watch = topics.dead_letters, judges, source_watch
        self._offered = rules
        self.waiting = Waiting(metrics=self.worker_metrics)

    def notice(self) -> str:
        """See Stage. What waits to be judged belongs to it."""
        return "; ".join(filter(None, (super().notice(), self.waiting.remark())))

    def follow(self, *companions: Companion) -> None:
        """Start and stop them with this stage."""
        self._companions = companions

    def turn(self) -> None:
        """See Stage."""
        super().turn()
        for companion in self._companions:
            companion.start()

    async def finish(self, within_s: float = FINISH_S) -> None:
        """See Stage."""
        for companion in self._companions:
            companion.stop()
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
        for owned in self.owned.values():
            owned.state.judge.judge_by(self._rules)

    def load(self, partition: int, found: Recovered, topic_id: str) -> JudgeState:
        """See Stage. In a recreated topic offsets begin anew; what was judged stays."""
        state = self._loaded(partition, found, topic_id)
        if state.position < 0:
            state.judge.marks.begin_anew()
        # Source partitions that have been added since hold the watermark until they have spoken.
        marks = state.judge.marks
        marks.sources = max(marks.sources, self._sources)
        return state

    def _loaded(self, partition: int, found: Recovered, topic_id: str) -> JudgeState:
        if found.position is None:
            first = first_format.judged(found.first, partition)
            self.note_foreign(partition, first.strange)
            return JudgeState(self._of_first_format(partition, first, topic_id), is_new=first.position is None)
        at = stored_position(found)
        is_same = at.topic_id == topic_id
        judge = self._made(partition)(
            epoch=_epoch(found.epoch, found.offset, self.now_us(), is_same=is_same),
            position=found.offset if is_same else -1,
            marks=at.marks,
            timelines=stored_timelines(found, at, self._rules, self._policy),
            watch=at.watch,
        )
        return JudgeState(judge, found.values, at.leader_epoch if is_same else -1)

    def _of_first_format(self, partition: int, found: first_format.FirstJudged, topic_id: str) -> PartitionJudge:
        at = found.position
        if at is None:
            return self._made(partition)(epoch=self.now_us())
        states = found.timelines
        parts: dict[str, Parts] = {}
        for scope, minute, by_source in found.parts:
            if scope not in states or minute > (states[scope].settled_to or -1):
                for source, part in by_source.items():
                    parts.setdefault(scope, Parts()).put(
                        minute, source, Part(part.epoch, part.offset, bytes(part.counts))
                    )
        timelines = {
            scope: Timeline(self._rules, self._policy, scope, states.get(scope, TimelineState()), parts.get(scope))
            for scope in {*states, *parts}
        }
        is_same = at.topic_id == topic_id
        return self._made(partition)(
            epoch=_epoch(at.epoch, at.offset, self.now_us(), is_same=is_same),
            position=at.offset if is_same else -1,
            marks=at.marks,
            timelines=timelines,
            watch=at.watch,
        )

    def _made(self, partition: int) -> partial[PartitionJudge]:
        """A judge of the partition but for what is stored of it; that of the first one speaks of the stream."""
        scopes, waiting = self.scopes, self.waiting_parts
        return partial(PartitionJudge, self._rules, self._policy, speaks=partition == 0, scopes=scopes, waiting=waiting)

    # --- chunks ---------------------------------------------------------------------------------------------------

    async def work(self, state: JudgeState, chunk: Chunk, parcel: Parcel) -> None:
        """See Stage. From time to time the loop may do something else."""
        if state.judge.rules is not self._rules:  # they were exchanged while its state was read
            state.judge.judge_by(self._rules)
        if chunk.values:
            state.begin(self.now_us(), 1000 * chunk.appended_ms)
        newest_ms = newest_of(chunk.appended_ms, self.present.now_ms(), self.max_future_ms)
        for offset, value in zip(chunk.offsets.tolist(), chunk.values, strict=True):
            try:
                word = await self._word(chunk, offset, value or b"", newest_ms)
            except TopicChanged as exc:
                self.must_leave = str(exc)
                break
            if late := await self._judge(state, chunk.partition, offset, word, parcel):
                await self._put_aside(chunk, offset, value or b"", late, parcel)
            if self.is_pausing:
                break
        state.look()
        self.worker_metrics.late_scopes.labels(str(chunk.partition)).set(state.late_scopes)
        self.waiting.forget(self.owned.__contains__)
        self.waiting.look(chunk.partition, state.judge.marks)
        if state.judge.marks.reached_ms >= 0:
            self.worker_metrics.watermark.set(state.judge.marks.reached_ms / 1000)

    async def _judge(self, state: JudgeState, partition: int, offset: int, word: Word | None, parcel: Parcel) -> int:
        """Publish all that one record leads to; how many minutes of it came too late."""
        late = 0
        for step in self._steps(state.judge, offset, word):
            late += len(step.too_late)
            if step.crowded_out:
                self._crowded_out(partition, step.crowded_out)
            if step.left_out:
                self._left_out(partition, step.left_out)
            for scope, minutes in step.waits:
                self.sparing.tell(log.info, "scope_comes_late", scope=scope, judged_after_minutes=minutes)
            for outcome in step.outcomes:
                await self._publish(outcome, version_of(state.epoch, offset), parcel)
            await self.breathe()
        return late

    def _crowded_out(self, partition: int, scopes: int) -> None:
        self.worker_metrics.crowded_out.inc(scopes)
        self._seldom.tell(
            log.error,
            "scopes_crowded_out",
            partition=partition,
            scopes=scopes,
            effect="those that have been silent for longest are forgotten",
            remedy="look at who publishes; FLOODMARK_SCOPES is how many are remembered",
        )

    def _left_out(self, partition: int, sources: list[int]) -> None:
        log.error(
            "sources_left_out",
            partition=partition,
            sources=sources,
            effect="minutes are judged without them, as unknown, until they have come as far as the others",
            remedy="look at the workers that read them and at their producers; FLOODMARK_WAITING is how much may wait",
        )

    async def _word(self, chunk: Chunk, offset: int, raw: bytes, newest_ms: int) -> Word | None:
        """What a record says; None when it is none of ours. `newest_ms`: see newest_of.

        Raises:
            TopicChanged: It speaks of partitions that have been added: whoever comes next takes it in.
        """
        try:
            return read_word(raw, self._sources, min(self.partitions, self._sources), newest_ms)
        except NotAPartial as exc:
            if isinstance(exc, OfMore):
                await self._source_watch.make_sure_since(chunk.made_at)
            self.worker_metrics.discarded.labels("not_a_partial").inc()
            fields = {"partition": chunk.partition, "offset": offset, "error": str(exc)}
            self.sparing.tell(log.error, "partial_unreadable", **fields)
            return None

    def _steps(self, judge: PartitionJudge, offset: int, word: Word | None) -> Iterator[Effects]:
        """What one record leads to."""
        if word is None:
            judge.position = max(judge.position, offset)
        elif isinstance(word, Acknowledgement):
            yield self._told(judge.acknowledge(offset, word), word.incident_id, word.by)
        elif isinstance(word, Release):
            yield self._told(judge.release(offset, word), word.released_id, word.by)
        else:
            yield from judge.applying(offset, word)

    def _told(self, step: Effects, incident_id: str, by: str) -> Effects:
        if not step.outcomes:
            self.sparing.tell(log.info, "incident_unknown", incident=incident_id, by=by)
        return step

    # --- what is stored -------------------------------------------------------------------------------------------

    async def tell(self, state: JudgeState, partition: int, parcel: Parcel) -> None:
        """See Stage. A judge tells at once."""

    def is_due(self, state: JudgeState, beats: int) -> bool:
        """See Stage. What was only heard can be heard again at little cost."""
        return beats >= (1 if state.has_closed else PATIENCE)

    def position_of(self, state: JudgeState) -> bytes:
        """See Stage."""
        return state.encoded_position(self.watch.identity)

    def changes(self, state: JudgeState, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """See Stage."""
        return state.changes(changed, gone)

    def everything(self, state: JudgeState) -> Iterator[tuple[str, bytes]]:
        """See Stage."""
        return state.everything()

    def value_of(self, state: JudgeState, name: str) -> bytes | None:
        """See Stage."""
        return state.value_of(name)

    # --- what is said ---------------------------------------------------------------------------------------------

    async def _publish(self, outcome: TimelineOutput, version: int, parcel: Parcel) -> None:
        if outcome.verdicts:
            records = (verdict_record(revised, self._rules.version, version) for revised in outcome.verdicts)
            await self.outbox.send_all(parcel, self._topics.minutes, records)
        for statement in outcome.statements:
            self.worker_metrics.alerts.labels(statement.stated.state).inc()
            key, value = alert_record(alert_of(statement, self._rules, version))
            await self.outbox.send(parcel, self._topics.alerts, value, key=key, partition=ONLY)

    async def _put_aside(self, chunk: Chunk, offset: int, raw: bytes, minutes: int, parcel: Parcel) -> None:
        """Parts of settled minutes: a partition that was idle, or left out, brought old events. Kept on the late topic.

        Each holds all that its minutes had come to, so they are nothing to be summed up, and in no table.
        """
        self.worker_metrics.discarded.labels("settled").inc(minutes)
        letter = DeadLetter(
            topic=chunk.topic, partition=chunk.partition, offset=offset, reason=SETTLED, field="minutes"
        )
        await self.outbox.send_letter(parcel, self._topics.late, letter, raw)


def _epoch(stored: int, offset: int, now_us: int, *, is_same: bool) -> int:
    """The epoch to go on in, where the topic is the same or another one than when this one was stored."""
    epoch = read_epoch(stored)
    return epoch if is_same else next_epoch(epoch, offset, now_us)
