"""Minutes that a source partition keeps from being judged are named, with who it is."""

from dataclasses import dataclass

from processors.domain.watermark import SourceMark, Watermarks
from processors.domain.window import MINUTE_MS
from processors.metrics import WorkerMetrics
from processors.stages.waiting import Waiting

NOON_MS = 1_752_321_600_000


@dataclass
class Clock:
    """A clock that is set by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def heard(marks: Watermarks, source: int, minutes: float, *, sources: int = 3, idle: bool = False) -> Watermarks:
    """The source partition has said that it is so many minutes after noon."""
    offset = 1 + max((mark.offset for mark in marks.marks.values()), default=0)
    watermark_ms = NOON_MS + int(minutes * MINUTE_MS)
    marks.hear(source, sources, SourceMark(1, offset, watermark_ms, idle))
    return marks


def shown(metrics: WorkerMetrics) -> float | None:
    return metrics.registry.get_sample_value("floodmark_worker_waiting_minutes")


def stalled(clock: Clock, minutes: float = 45, metrics: WorkerMetrics | None = None) -> tuple[Waiting, Watermarks]:
    """Partition 1 stands at noon; the others are so many minutes further."""
    waiting, marks = Waiting(clock, metrics), Watermarks()
    for source, at in enumerate((minutes, 0.0, minutes)):
        heard(marks, source, at)
    waiting.look(0, marks)
    return waiting, marks


def test_minutes_that_wait_for_long_are_named_with_who_holds_them_up() -> None:
    clock, metrics = Clock(), WorkerMetrics()
    waiting, marks = stalled(clock, metrics=metrics)
    assert (shown(metrics), waiting.remark()) == (45, "")
    clock.now_s = 61.0
    waiting.look(0, heard(marks, 0, 46))
    assert shown(metrics) == 46
    assert waiting.remark() == (
        "46 minutes are counted and wait to be judged: source partition 1 holds the watermark at "
        "2025-07-12 12:00 UTC; look at the worker that reads it and at its leader"
    )


def test_a_source_partition_that_has_never_spoken_is_named() -> None:
    clock, marks = Clock(), Watermarks()
    waiting = Waiting(clock)
    for at in (0, 40):
        waiting.look(0, heard(heard(marks, 0, at), 2, 0))
    clock.now_s = 61.0
    waiting.look(0, marks)
    assert "source partition 1 holds the watermark before its first minute" in waiting.remark()


def test_a_backlog_that_moves_is_not_spoken_of() -> None:
    clock = Clock()
    waiting, marks = stalled(clock)
    for minute in range(1, 5):
        clock.now_s += 59.0
        waiting.look(0, heard(heard(marks, 1, minute), 0, 45 + minute))
        assert waiting.remark() == ""


def test_few_minutes_are_not_spoken_of() -> None:
    clock = Clock()
    waiting, marks = stalled(clock, 29)
    clock.now_s = 600.0
    waiting.look(0, marks)
    assert waiting.remark() == ""


def test_what_others_judge_now_is_not_spoken_of_here() -> None:
    clock = Clock()
    waiting, _ = stalled(clock)
    clock.now_s = 61.0
    waiting.forget(lambda partition: partition != 0)
    assert waiting.remark() == ""


def test_sources_that_are_not_waited_for_any_more_are_named() -> None:
    clock = Clock()
    waiting, marks = stalled(clock)
    marks.leave_out(NOON_MS)
    clock.now_s = 61.0
    waiting.look(0, marks)
    assert waiting.remark() == (
        "minutes are judged without source partition 1, for which too much waited (FLOODMARK_WAITING); look at the "
        "worker that reads it, at its leader and at the clocks of its producers"
    )
    waiting.forget(lambda partition: partition != 0)
    assert waiting.remark() == ""
