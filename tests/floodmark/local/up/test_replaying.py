import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from floodmark.local import arrived
from floodmark.local.broker.embedded import EmbeddedBroker
from floodmark.local.broker.external import ExternalBroker
from floodmark.local.replayed import ReplayNotes, digests_of
from floodmark.local.up.ledger import JobLedger, LedgerError
from floodmark.local.up.plan import Options
from floodmark.local.up.replaying import Replaying, ReplayRefusedError, progress_row, request, wanted
from producers import replay as replays
from producers.publisher import SETTINGS
from producers.replay import Progress, RowSpan
from producers.rows import MINUTE_MS
from runtime.exits import Misused
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.waiting import until

HEADER = "timestamp,status,count\n"
START_MS = 1_752_321_600_000
"""2025-07-12 12:00 UTC, where the rows begin."""
MANY = 6_000
"""At a speed of 600 they take a minute: whoever is to stop before the end has time for it."""


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[int], Path]:
    """Writes a file of so many rows, ten a minute."""

    def write(count: int) -> Path:
        path = tmp_path / f"rows {count}.csv"
        lines = (f"2025-07-12 {12 + n // 600:02}:{n // 10 % 60:02}:00,status{n % 10},{n}\n" for n in range(count))
        path.write_text(HEADER + "".join(lines))
        return path

    return write


def test_a_rate_is_of_the_last_seconds_and_tells_what_is_left() -> None:
    seen = [(at, Progress(rows, rows, 0, at, 0)) for at, rows in ((0.0, 0), (10.0, 1000), (12.0, 2000))]
    row = progress_row(tuple(seen), 3000, over=False)
    assert (row.rows, row.rate, row.eta_s) == (2000, 500.0, 2.0)


def test_a_first_report_is_enough_for_a_rate() -> None:
    row = progress_row(((5.0, Progress(100, 80, -1, 2.0, -1)),), 100, over=True)
    assert (row.rate, row.event_at, row.over) == (40.0, None, True)


def test_a_file_that_cannot_be_read_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(HEADER + "yesterday,approved,1\n")
    with pytest.raises(ReplayRefusedError, match=r"bad\.csv.*2"):
        wanted(Options(tmp_path, replay=(tmp_path / "bad.csv",)))


@pytest.mark.parametrize("wrong", [{"speed": "fast"}, {"speed": "0"}, {"date": "12 July"}])
def test_options_that_make_no_sense_are_wrong_usage(
    rows: Callable[[int], Path], tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(Misused):
        wanted(Options(tmp_path, replay=(rows(1),), **wrong))
    with pytest.raises(Misused):  # Also where there is nothing that it would be used for: somebody has typed it.
        wanted(Options(tmp_path, **wrong))


def test_bad_rows_are_left_out_where_that_is_asked_for_as_what_refuses_them_says(
    rows: Callable[[int], Path], tmp_path: Path
) -> None:
    file = rows(3)
    file.write_text(file.read_text() + "2025-07-12T18:00:00Z,denied,abc\n")
    with pytest.raises(ReplayRefusedError, match="pass --skip-bad to leave such rows out"):
        wanted(Options(tmp_path, replay=(file,)))
    left = wanted(Options(tmp_path, replay=(file,), skip_bad=True))
    assert left.span.rows == 3
    assert left.assumed[-1].startswith(f"1 bad rows left out; the first: {file} line 5, column count: 'abc'")


def test_a_replay_too_large_for_the_embedded_broker_is_refused_with_the_reason(
    rows: Callable[[int], Path], tmp_path: Path
) -> None:
    options = Options(tmp_path, replay=(rows(700),), explode=True)
    replay = Replaying(options, wanted(options), JobLedger(tmp_path / "l.json"), print)
    with pytest.raises(ReplayRefusedError, match=r"embedded broker.*silently drops.*--broker kafka"):
        replay.prepare(EmbeddedBroker({}, print), "volatile", 1)
    assert JobLedger(tmp_path / "l.json").jobs == []


def test_what_is_left_of_a_replay_ends_now_too_and_nothing_of_it_is_ahead_of_the_clock(
    rows: Callable[[int], Path], tmp_path: Path
) -> None:
    options = Options(tmp_path, replay=(rows(600),), speed="6", rebase=True)
    asked, span = request(options, options.replay), wanted(options).span
    first = START_MS + 300 // 10 * MINUTE_MS
    now_ms = int(time.time() * 1000)
    left = asked.options(span, skip_rows=300)
    ends_in_ms = (span.last_ms - first) / 6
    assert 0 <= now_ms + ends_in_ms + MINUTE_MS - (span.last_ms + left.shift_ms) <= 3 * MINUTE_MS
    assert asked.options(span).shift_ms > left.shift_ms
    assert asked.left_of(span, 300) == RowSpan(300, first, span.last_ms)
    assert asked.left_of(span, 600) == RowSpan(0, -1, -1)


class Stage:
    """A topic on a broker, a ledger, and replays into them."""

    def __init__(self, address: str, prefix: str, folder: Path) -> None:
        self.address, self.prefix, self.ledger = address, prefix, folder / "replays.json"
        self.said: list[str] = []
        ensure_topics(address, Options(folder, topic_prefix=prefix).topics.specs(2), replication=1)

    def prepared(self, *files: Path, speed: str = "max", again: bool = False) -> Replaying:
        options = Options(
            self.ledger.parent, topic_prefix=self.prefix, replay=files, speed=speed, explode=False, again=again
        )
        replay = Replaying(options, wanted(options), JobLedger(self.ledger), self.said.append)
        replay.prepare(ExternalBroker(self.address), "topic-1", 2)
        return replay

    def begin(self, *files: Path, speed: str = "max", again: bool = False) -> Replaying:
        replay = self.prepared(*files, speed=speed, again=again)
        replay.start()
        return replay

    def finish(self, *files: Path, again: bool = False) -> Replaying:
        replay = self.begin(*files, again=again)
        until(lambda: replay.over, "the end of the replay")
        assert replay.error is None
        return replay

    def published(self) -> int:
        """How many records are in the topic; one that was just made has no leader for a moment."""
        offsets, found = Offsets(self.address), list[int]()

        def is_said() -> bool:
            with suppress(OffsetsError):
                found.append(sum(offsets.ends([f"{self.prefix}transactions"]).values()))
            return bool(found)

        until(is_said, "the broker says where the topic ends")
        return found[0]


@pytest.fixture
def stage(kafka: str, topic_prefix: str, tmp_path: Path) -> Stage:
    return Stage(kafka, topic_prefix, tmp_path)


@pytest.mark.kafka
def test_what_was_replayed_is_not_replayed_again_unless_asked(stage: Stage, rows: Callable[[int], Path]) -> None:
    marks = 2
    stage.finish(rows(30))
    assert stage.published() == 30 + marks
    second = stage.finish(rows(30), rows(20))
    assert stage.published() == 50 + 2 * marks
    assert "rows 30.csv: replayed before into this data directory" in second.sentences[0]
    nothing = stage.finish(rows(30))
    assert nothing.row() is None
    assert nothing.not_repeated == "not replayed again (--again does): rows 30.csv"
    stage.finish(rows(30), again=True)
    assert stage.published() == 80 + 3 * marks


@pytest.mark.kafka
def test_a_replay_that_was_stopped_goes_on_where_it_stopped(stage: Stage, rows: Callable[[int], Path]) -> None:
    first = stage.begin(rows(MANY), speed="600")
    until(lambda: (row := first.row()) is not None and row.rows > 50, "some rows")
    first.stop(lambda: False)
    assert "The next start goes on there" in stage.said[-1]
    assert 50 < stage.published() < MANY
    second = stage.finish(rows(MANY))
    row = second.row()
    assert row is not None
    assert (row.rows, row.total) == (MANY, MANY)
    assert stage.published() == MANY + 2


@pytest.mark.kafka
def test_a_file_that_another_command_published_is_refused_and_one_that_goes_on_is_not(
    stage: Stage, rows: Callable[[int], Path]
) -> None:
    notes, files = ReplayNotes(stage.address, Topics(stage.prefix)), digests_of([rows(MANY)])
    assert notes.write(notes.read().with_files(files, 29_000_000))
    with pytest.raises(LedgerError, match=r"before: rows 6000\.csv on 2025-02-19 21:20 UTC.*counts twice.*--again"):
        stage.begin(rows(MANY))
    assert stage.published() == 0
    first = stage.begin(rows(MANY), speed="600", again=True)
    until(lambda: (row := first.row()) is not None and row.rows > 50, "some rows")
    first.stop(lambda: False)
    stage.finish(rows(MANY))
    assert stage.published() == MANY + 2
    until(lambda: notes.read().minutes[files[0][1]] > 29_000_000, "it is noted when it was published last")


@pytest.mark.kafka
def test_what_fails_before_a_replay_has_begun_is_not_hidden_by_its_stop(
    stage: Stage, rows: Callable[[int], Path]
) -> None:
    """A store that does not come up, say, or Ctrl-C while it does."""
    replay = stage.prepared(rows(50))
    before = list(stage.said)
    replay.stop(lambda: False)
    assert (stage.said, stage.published(), JobLedger(stage.ledger).jobs) == (before, 0, [])


@pytest.mark.kafka
def test_a_replay_that_was_cut_off_goes_on_with_exactly_what_is_missing(
    stage: Stage, rows: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(JobLedger, "end", lambda *_, complete, **__: ended.append(complete))
    first = stage.begin(rows(MANY), speed="600")
    until(lambda: (row := first.row()) is not None and row.rows > 50, "some rows")
    first.stop(lambda: False)
    monkeypatch.undo()
    assert ended == [False]
    assert JobLedger(stage.ledger).jobs[-1].state == "running", "as a crash leaves it"
    before = stage.published()
    stage.finish(rows(MANY))
    assert 50 < before < MANY
    assert stage.published() == MANY + 2
    assert f"rows {MANY}.csv: {MANY:,} rows, from row {before + 1:,} on." in stage.said[-2]


@pytest.mark.kafka
def test_a_replay_that_is_still_at_work_is_not_gone_on_with(
    stage: Stage, rows: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrived, "SETTLED_S", 5.0)
    monkeypatch.setattr(arrived, "LOOKS", 3)
    replay = stage.begin(rows(MANY), speed="600")
    until(lambda: (row := replay.row()) is not None and row.rows > 0, "some rows")
    with pytest.raises(LedgerError, match="cut off by a crash, and its rows go on coming in"):
        stage.begin(rows(MANY))
    replay.stop(lambda: False)


@pytest.mark.kafka
def test_a_replay_into_a_broker_that_is_gone_can_be_stopped(
    rows: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than the queue holds, so that the replay waits for room when it is told to stop."""
    monkeypatch.setattr(replays, "STOPPED_FLUSH_S", 0.5)
    room = int(SETTINGS["queue.buffering.max.messages"])
    said: list[str] = []
    options = Options(tmp_path, replay=(rows(700),), explode=True)
    broker = EmbeddedBroker({options.topics.transactions: 1}, print)
    broker.start()
    assert broker.pid is not None
    try:
        replay = Replaying(options, wanted(options), JobLedger(tmp_path / "replays.json"), said.append)
        replay.prepare(ExternalBroker(broker.address), "topic-1", 1)
        os.kill(broker.pid, signal.SIGSTOP)
        replay.start()
        told = [(0, time.monotonic())]

        def waits_for_room() -> bool:
            row = replay.row()
            if row is not None and row.rows != told[-1][0]:
                told.append((row.rows, time.monotonic()))
            return time.monotonic() - told[-1][1] > 5 * replays.TELL_EVERY_S

        until(lambda: waits_for_room() and told[-1][0] > room / 2, "a full queue")
        assert told[-1][0] <= room
        replay.stop(lambda: False)
        assert replay.over, "it has not waited until whoever stops it gives it up"
    finally:
        os.kill(broker.pid, signal.SIGCONT)
        broker.stop()
    assert "nobody knows whether they have arrived" in (replay.error or "")
    with pytest.raises(LedgerError, match="cut off by a crash"):
        Replaying(options, wanted(options), JobLedger(tmp_path / "replays.json"), print).prepare(
            ExternalBroker("127.0.0.1:1"), "topic-1", 1
        )
