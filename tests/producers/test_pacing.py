import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.files.explode import exploded
from producers.pace import rebased
from producers.replay import Progress, ReplayOptions, ReplayResult, replay
from producers.rows import Row
from tests.producers.rows_kit import START_MS, by_minute, rows_in_order


@dataclass
class Clock:
    """A clock that moves only when somebody waits; it notes how long each wait was."""

    seconds: float = 100.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        # Time goes on however short a wait is: next to nothing added to a float would leave it where it is.
        self.seconds += max(seconds, 1e-6)


@dataclass
class Target:
    """Keeps what it is given, with the time it came; has no room for more than `room` rows."""

    clock: Clock = field(default_factory=Clock)
    room: float = inf
    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    came_at: list[float] = field(default_factory=list)
    punctuations: list[int] = field(default_factory=list)
    flushed: int = 0
    on_publish: Callable[[], None] = lambda: None

    def publish(self, row: Row, number: int) -> bool:
        if len(self.rows) >= self.room:
            return False
        self.rows.append(row)
        self.numbers.append(number)
        self.came_at.append(self.clock())
        self.on_publish()
        return True

    def punctuate(self, timestamp_ms: int) -> None:
        self.punctuations.append(timestamp_ms)

    def poll(self) -> None:
        """Nothing to hear."""

    def flush(self, timeout_s: float = 1.0) -> None:
        self.flushed = len(self.rows)


def minutes(count: int) -> list[Row]:
    return [Row(START_MS + minute * 60_000, minute, "approved") for minute in range(count)]


def replayed(rows: list[Row], options: ReplayOptions, target: Target, **more: object) -> ReplayResult:
    return replay(rows, options, target, clock=target.clock, wait=target.clock.wait, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0, 3600.0])
def test_a_row_comes_when_its_time_has_come_at_that_speed(speed: float) -> None:
    target = Target()
    replayed(minutes(10), ReplayOptions(speed), target)
    assert target.came_at == pytest.approx([100 + minute * 60 / speed for minute in range(10)])


def test_at_full_speed_nobody_waits() -> None:
    target = Target()
    result = replayed(minutes(10), ReplayOptions(), target)
    assert target.clock.waits == []
    assert target.rows == minutes(10)
    assert result == ReplayResult(10, 10, 45, START_MS, START_MS + 540_000, 0.0, complete=True)


def test_at_the_end_the_minute_after_the_last_is_punctuated_and_everything_is_flushed() -> None:
    target = Target()
    replayed(minutes(3), ReplayOptions(), target)
    assert target.punctuations == [START_MS + 180_000]
    assert target.flushed == 3


def test_no_punctuation_when_more_will_follow_and_none_when_there_was_nothing() -> None:
    target = Target()
    replayed(minutes(3), ReplayOptions(punctuate=False), target)
    replayed([], ReplayOptions(), target)
    assert target.punctuations == []


def test_a_stopped_replay_ends_after_the_row_in_hand_and_tells_how_far_it_came() -> None:
    stop = threading.Event()
    target = Target()
    target.on_publish = lambda: stop.set() if len(target.rows) == 4 else None
    result = replayed(minutes(10), ReplayOptions(), target, stop=stop)
    assert (result.rows, result.complete, target.flushed, target.punctuations) == (4, False, 4, [])


def test_a_replay_that_waits_is_stopped_without_waiting_on() -> None:
    stop = threading.Event()
    target = Target()
    result = replayed(minutes(10), ReplayOptions(1.0), target, report=lambda _: stop.set(), stop=stop)
    assert result.rows == 1
    assert sum(target.clock.waits) < 1


def test_a_replay_that_finds_no_room_and_is_given_up_tells_what_was_sent() -> None:
    result = replayed(minutes(10), ReplayOptions(), Target(room=6))
    assert (result.rows, result.records, result.complete) == (6, 6, False)


def test_a_replay_goes_on_where_an_earlier_one_was_stopped() -> None:
    target = Target(room=6)
    first = replayed(minutes(10), ReplayOptions(), target)
    target.room = inf
    second = replayed(minutes(10), ReplayOptions(skip_rows=first.rows), target)
    assert target.rows == minutes(10)
    assert (second.rows, second.records, second.complete) == (10, 4, True)


def test_rows_that_are_in_already_are_left_out_wherever_they_lie_and_the_last_minute_is_closed() -> None:
    target = Target()
    result = replayed(minutes(6), ReplayOptions(skip_rows=1, beyond=frozenset({3, 5})), target)
    assert target.numbers == [1, 2, 4]
    assert (result.rows, result.records, result.complete) == (6, 3, True)
    replayed(minutes(6), ReplayOptions(skip_rows=6), target)
    assert target.punctuations == [START_MS + 6 * 60_000] * 2


def test_progress_is_told_while_waiting_and_at_the_end() -> None:
    told: list[Progress] = []
    replayed(minutes(3), ReplayOptions(60.0), Target(), report=told.append)
    assert (told[-1].rows, told[-1].records, told[-1].event_ms) == (3, 3, START_MS + 120_000)
    assert told[-1].seconds == pytest.approx(2.0)
    assert len(told) > 5
    assert [progress.rows for progress in told] == sorted(progress.rows for progress in told)


@settings(deadline=None, max_examples=60)
@given(
    rows_in_order(12, minutes=3).filter(bool),
    st.sampled_from([0.5, 1.0, 7.0, 60.0, 3600.0, inf]),
    st.integers(1_750_000_000_000, 1_790_000_000_000),
    st.booleans(),
)
def test_a_rebased_replay_is_never_ahead_of_the_clock_ends_now_and_keeps_its_minutes(
    rows: list[Row], speed: float, now_ms: int, explode: bool
) -> None:
    rows = list(exploded(rows)) if explode else rows
    shift_ms = rebased(rows[0].timestamp_ms, rows[-1].timestamp_ms, speed, now_ms)
    target = Target()
    result = replayed(rows, ReplayOptions(speed, shift_ms), target)

    # A millisecond is left for the rounding of floats.
    wall_ms = [now_ms + (at - 100) * 1000 + 1 for at in target.came_at]
    assert all(row.timestamp_ms <= wall for row, wall in zip(target.rows, wall_ms, strict=True))
    moved = {(minute + shift_ms, *rest): count for (minute, *rest), count in by_minute(rows).items()}
    assert by_minute(target.rows) == moved
    if speed >= 1:
        behind_ms = now_ms + result.seconds * 1000 - target.punctuations[0]
        assert -1 <= behind_ms < 60_002, "the end of the last minute is the last full minute of the wall clock"
