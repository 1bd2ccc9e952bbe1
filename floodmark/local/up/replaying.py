"""The replay of `up`: what is left to replay, a thread that does it, and how far it is."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException

from floodmark.local.arrived import Arrived, ReplayMark, arrived, begin_mark
from floodmark.local.broker import Broker, capacity_check
from floodmark.local.replayed import NotesUnknown, ReplayNotes, digests_of, moved, this_minute
from floodmark.local.stream_time import LateRows, StreamLimits, stream_time, warnings
from floodmark.local.up.ledger import FileReplay, JobLedger, LedgerError, ReplayPlan, SourceFile, digest, plan
from floodmark.local.up.plan import Options
from floodmark.local.up.status import ReplayRow
from producers.errors import PublishError
from producers.files.csv_rows import RowError, require_rows
from producers.publisher import Publisher
from producers.replay import Progress, ReplayOptions, RowSpan, replay
from producers.replay_request import ReplayRequest
from runtime.kafka.cluster import Cluster
from runtime.minding import thread
from schemas.instants import from_ms

STOP_WITHIN_S: Final = 20.0
RATE_OVER_S: Final = 3.0
RECORD_BYTES: Final = 128
"""Taken for the size of a record when there is a limit to keep; ours have 60 to 100."""


class ReplayRefusedError(Exception):
    """The replay cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class WantedFiles:
    """Files to replay that have been read once, so that what is wrong with them is known before anything starts."""

    files: tuple[Path, ...]
    span: RowSpan
    assumed: tuple[str, ...] = ()


def wanted(options: Options) -> WantedFiles:
    """What the options ask to replay.

    Raises:
        ReplayRefusedError: a file cannot be read.
        Misused: speed or date make no sense.
    """
    files = (*options.replay, *(_sample() if options.sample else ()))
    asked = request(options, files)
    try:
        if not files:
            return WantedFiles(files, RowSpan(0, -1, -1))
        read = asked.read()
        require_rows([read])
        return WantedFiles(files, asked.span_of(read), (*read.reading.assumed, *read.reading.told_left_out()))
    except (OSError, RowError) as error:
        raise ReplayRefusedError(str(error)) from error


def request(options: Options, files: Sequence[Path]) -> ReplayRequest:
    """How these files are to be replayed."""
    rebase = "now" if options.rebase else None
    return ReplayRequest.of(
        list(files),
        options.speed,
        rebase,
        options.date,
        explode=options.explode,
        skip_bad=options.skip_bad,
        conventions=options.conventions,
    )


class Replaying:
    """One replay in a thread. Made, prepared, started and stopped in this order by one thread.

    Args:
        options: How to replay.
        wanted: What to replay.
        ledger: What was replayed before.
        say: Told what people should read.
    """

    def __init__(self, options: Options, wanted: WantedFiles, ledger: JobLedger, say: Callable[[str], None]) -> None:
        self._options = options
        self._wanted = wanted
        self._ledger = ledger
        self._say = say
        self._request: ReplayRequest | None = None
        self._plan = ReplayPlan(())
        self._span = wanted.span
        self._progress: deque[tuple[float, Progress]] = deque(maxlen=64)
        self._stopping = threading.Event()
        self._thread = thread(self._run, "the replay", self._lost)
        self.error: str | None = None
        self.sentences: list[str] = []
        """Sentences for the summary."""
        self.not_repeated = ""
        """What was replayed before and is not replayed now, for the view; empty: nothing."""

    def prepare(self, broker: Broker, topic_identity: str, partitions: int) -> None:
        """Find out what is left to replay, before anything is sent.

        Raises:
            LedgerError: rows would be counted twice.
            ReplayRefusedError: a file cannot be read, or all of it does not fit into the broker.
        """
        if not self._wanted.files:
            return
        by_file = {digest(path): path for path in self._wanted.files}
        self._job = self._described(topic_identity, by_file)
        topics, group = self._options.topics, self._options.topics.helper_group("replayed")

        def look(mark: ReplayMark) -> Arrived:
            return arrived(self._options.cluster_at(broker.address), topics.transactions, mark, group)

        self._plan = plan(self._ledger.jobs, self._job, look, again=self._options.again)
        self._job = self._described(topic_identity, self._plan.files)
        if self._plan.already:
            names = _names(self._plan.already)
            self.not_repeated = f"not replayed again (--again does): {names}"
            self._tell(f"{names}: replayed before into this data directory, not replayed again (--again does).")
        if not self._plan.files:
            return
        asked = request(self._options, [by_file[file] for file in self._plan.files])
        self._span = asked.span() if self._plan.already else self._wanted.span
        if broker.volatile:
            reason = capacity_check(self._span.rows, self._span.rows * RECORD_BYTES, partitions)
            if reason is not None:
                raise ReplayRefusedError(reason)
        cluster = self._options.cluster_at(broker.address)
        self._notes = ReplayNotes(cluster, topics)
        self._refuse_repeats(asked)
        mark = self._mark(cluster, topics.transactions, partitions, group)
        self._job = replace(self._job, rows=self._plan.skip_rows, tag=mark.tag, starts=mark.starts)
        turns, given_up = len(mark.starts) or partitions, self._stopping.is_set
        self._publisher = Publisher(cluster, topics.transactions, turns, given_up=given_up, tag=mark.tag)
        self._request = asked
        self._reached = stream_time(cluster, topics, turns, StreamLimits.of_workers())
        for sentence in self._wanted.assumed:
            self._say(sentence)
        begin = f", from row {self._plan.skip_rows + 1:,} on" if self._plan.goes_on else ""
        self._say(f"Replay: {_names(self._plan.files)}: {self._span.rows:,} rows{begin}.")

    def _refuse_repeats(self, asked: ReplayRequest) -> None:
        """Raise LedgerError for what others published; what goes on was noted when it began."""
        if self._plan.goes_on or self._options.again:
            return
        span = moved(self._span, asked.options(self._span))
        try:
            before = self._notes.read()
        except NotesUnknown:
            return  # a broker that keeps no notes does not stop a replay; what came into this data directory is known
        if repeats := before.repeats(digests_of(asked.recognised), span):
            raise LedgerError(
                f"{repeats} Start without these files, or publish them all the same with --again; "
                "`floodmark replay` goes on with a replay of its own that was cut off."
            )

    def _mark(self, cluster: Cluster, topic: str, partitions: int, group: str) -> ReplayMark:
        """What the records are known by; without a tag where the broker does not tell what that needs."""
        before = self._plan.goes_on
        if before is not None and before.mark is not None:
            return before.mark
        try:
            return begin_mark(cluster, topic, partitions, group)
        except KafkaException:
            return ReplayMark("", ())

    def start(self) -> None:
        """Begin, when there is anything left to replay."""
        if self._request is not None:
            self._thread.start()

    @property
    def over(self) -> bool:
        """Whether nothing more will be published."""
        return self._request is None or (self._thread.ident is not None and not self._thread.is_alive())

    def row(self) -> ReplayRow | None:
        """How far it is; None when there is nothing to replay."""
        if self._request is None:
            return None
        if not self._progress:
            return ReplayRow(self._plan.skip_rows, self._span.rows, 0.0, over=self.over)
        return progress_row(tuple(self._progress), self._span.rows, over=self.over)

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Stop after the row in hand, wait until all that was sent is acknowledged, and note how far it came.

        Nothing is to be stopped of one that has not been started: something else failed, or somebody wanted to stop.
        """
        self._stopping.set()
        if self._thread.ident is None:
            return
        until = time.monotonic() + STOP_WITHIN_S
        while not self.over and time.monotonic() < until and not hurry():
            self._thread.join(0.05)
        if not self.over:
            self._say("The replay could not be stopped cleanly: the next start will ask what to do about its rows.")

    def _described(self, topic_identity: str, files: Iterable[SourceFile]) -> FileReplay:
        kept = request(self._options, ()).kept
        return FileReplay(topic_identity, tuple(sorted(files, key=lambda file: file.sha256)), kept)

    def _lost(self, sentence: str) -> None:
        self.error = sentence

    def _run(self) -> None:
        try:
            if self._request is not None:
                self._publish(self._request)
        except (PublishError, RowError, OSError) as error:
            self.error = str(error)
            self._say(f"The replay ended early: {error}")

    def _publish(self, asked: ReplayRequest) -> None:
        self._ledger.begin(self._job)
        options = asked.options(self._span, skip_rows=self._plan.skip_rows, beyond=self._plan.beyond)
        # Beside it: a broker that is silent now is waited for by the publisher.
        thread(lambda: self._note(asked, options), "the note of the replay").start()
        late, late_topic = LateRows(self._reached, options), self._options.topics.late
        remedy = asked.remedy(self._span, self._reached)
        left = asked.left_of(self._span, self._plan.skip_rows)
        for warning in warnings(self._reached, left, options, late_topic, remedy, int(time.time() * 1000)):
            self._say(warning)
        result = replay(
            late.watched(asked.rows()),
            options,
            self._publisher,
            report=lambda progress: self._progress.append((time.monotonic(), progress)),
            stop=self._stopping,
        )
        if result.complete or all(number < result.rows for number in self._plan.beyond):
            self._ledger.end(rows=result.rows, complete=result.complete)
        # Else there are gaps in what is in: the next start looks it through once more.
        if late.count:
            self._tell(late.sentence(late_topic, remedy))
        rate = result.records / max(result.seconds, 1e-9)
        how = f"{result.records:,} records published in {result.seconds:.1f} s, {rate:,.0f} a second"
        if result.complete:
            self._tell(f"{_names(self._plan.files)}: {how}")
        else:
            self._say(f"Replay stopped after row {result.rows:,}: {how}. The next start goes on there.")

    def _note(self, asked: ReplayRequest, options: ReplayOptions) -> None:
        """Let other commands know of it."""
        files = digests_of(asked.recognised)
        minute, lies = this_minute(), moved(self._span, options)
        self._notes.change(lambda now: now.with_files(files, minute, lies))

    def _tell(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self._say(f"Replay: {sentence}")


def progress_row(seen: tuple[tuple[float, Progress], ...], total: int, *, over: bool) -> ReplayRow:
    """How far a replay is, its rate taken over the last seconds.

    Args:
        seen: When each report came (monotonic seconds) and what it said, oldest first; at least one.
        total: Rows in all.
        over: Whether it has ended.
    """
    at, last = seen[-1]
    before, first = next((t, p) for t, p in seen if at - t <= RATE_OVER_S)
    seconds, rows = at - before, last.rows - first.rows
    rate = rows / seconds if seconds > 0 else last.records / max(last.seconds, 1e-9)
    return ReplayRow(
        rows=last.rows,
        total=total,
        rate=rate,
        event_at=from_ms(last.event_ms) if last.event_ms >= 0 else None,
        eta_s=(total - last.rows) / rate if rate > 0 else None,
        over=over,
    )


def _names(files: Iterable[SourceFile]) -> str:
    return ", ".join(file.name for file in files)


def _sample() -> tuple[Path, ...]:
    from producers import sample

    return tuple(sample.paths())
