"""Rows that the stream has left behind are told before and after they are published."""

import json
from math import inf

import pytest

from floodmark.local.stream_time import LateRows, StreamLimits, StreamTime, newest, warnings
from producers.replay import ReplayOptions, RowSpan
from producers.replay_request import ReplayRequest
from producers.rows import MINUTE_MS, Row
from schemas.instants import instant_of_ms
from tests.producers.rows_kit import START_MS

LIMITS = StreamLimits(lateness_ms=5_000, revise_ms=15 * MINUTE_MS, ahead_ms=5 * MINUTE_MS)
DAY_MS = 1440 * MINUTE_MS
SETTLED_MS = START_MS + 5_000 + 15 * MINUTE_MS
"""A partition whose newest event is this has settled what ended before START_MS."""


def row(event_ms: int) -> Row:
    return Row(event_ms, 1, "approved")


def said(reached: StreamTime, first_ms: int, last_ms: int, **asked: float) -> list[str]:
    options = ReplayOptions(asked.get("speed", inf))
    return warnings(reached, RowSpan(10, first_ms, last_ms), options, "late", "Do it.", now_ms=START_MS + DAY_MS)


def test_a_minute_is_late_when_its_partition_has_settled_it() -> None:
    time = StreamTime((SETTLED_MS, SETTLED_MS - 1, -1), LIMITS)
    before = START_MS - 1
    assert [time.is_late(number, before) for number in range(4)] == [True, False, False, True]
    assert not time.is_late(0, START_MS)


def test_the_newest_event_is_the_latest_of_records_in_any_form_and_an_end_mark_waits_for_nobody() -> None:
    records = [
        {"timestamp": START_MS + 7, "status": "approved"},
        {"timestamp": "2001-01-01T00:00:00Z", "status": "approved"},
    ]
    values = [json.dumps(record).encode() for record in records]
    assert newest([*values, b"no json", None], LIMITS) == (START_MS + 7, START_MS + 7)
    mark = json.dumps({"punctuation": START_MS}).encode()
    assert newest([mark], LIMITS) == (START_MS + 5_000, -1)
    assert newest([*values, mark], LIMITS) == (START_MS + 5_000, START_MS + 7)
    assert newest([b"no json"], LIMITS) == (-1, -1)


def test_a_minute_is_open_until_an_event_after_its_end_and_the_lateness_or_an_end_mark() -> None:
    end_ms = START_MS + MINUTE_MS
    open_ = StreamTime((START_MS + 20_000, -1), LIMITS, START_MS + 20_000).waiting
    assert open_.startswith(f"minute {instant_of_ms(START_MS)[11:16]} is open: it waits for an event of ")
    assert f"{instant_of_ms(end_ms)[11:16]}:05 or later" in open_
    assert StreamTime((end_ms + 5_000, -1), LIMITS, START_MS + 20_000).waiting == ""
    assert StreamTime((-1, -1), LIMITS).waiting == ""


def test_rows_that_are_all_too_late_some_too_late_and_none() -> None:
    reached = StreamTime((START_MS + DAY_MS,) * 2, LIMITS)
    (every,) = said(reached, START_MS, START_MS + MINUTE_MS)
    assert "all of them come too late to be counted, and go to late. Do it." in every
    (some,) = said(reached, START_MS, START_MS + DAY_MS)
    assert "some of them come too late" in some
    assert said(reached, START_MS + DAY_MS - 15 * MINUTE_MS, START_MS + DAY_MS) == []


def test_an_empty_topic_takes_rows_of_any_age() -> None:
    assert said(StreamTime((-1, -1), LIMITS), START_MS, START_MS) == []


def test_rows_ahead_of_the_clock_are_told_with_the_reason_they_get() -> None:
    (ahead,) = said(StreamTime((-1,), LIMITS), START_MS, START_MS + DAY_MS + 6 * MINUTE_MS)
    assert "more than 5 minutes ahead of the clock is refused" in ahead
    assert "reason future" in ahead
    assert said(StreamTime((-1,), LIMITS), START_MS + DAY_MS, START_MS + 2 * DAY_MS, speed=1.0) == []


def test_late_rows_are_counted_as_they_lie_on_the_partitions() -> None:
    late = LateRows(StreamTime((SETTLED_MS, -1), LIMITS), ReplayOptions())
    rows = [row(START_MS - 1)] * 5 + [row(SETTLED_MS + 1)] * 3
    assert list(late.watched(iter(rows))) == rows
    assert late.count == 3
    assert late.sentence("late", "Do it.") == "3 of them came too late to be counted, and go to late. Do it."


def test_rows_that_are_moved_or_left_out_count_as_they_are_published() -> None:
    rows = [row(START_MS - 1)] * 5
    time = StreamTime((SETTLED_MS, -1), LIMITS)
    moved, begun = LateRows(time, ReplayOptions(shift_ms=1)), LateRows(time, ReplayOptions(skip_rows=2))
    assert list(moved.watched(iter(rows))) == list(begun.watched(iter(rows))) == rows
    assert (moved.count, begun.count) == (0, 2)


@pytest.mark.parametrize(
    ("reached_ms", "rebase", "part"),
    [
        (START_MS + DAY_MS, None, "--rebase now moves them so that they end now, and all of them are counted."),
        (4_000_000_000_000, None, "With --rebase now and --speed 1 they come as time goes by"),
        (START_MS + DAY_MS, "now", "With --rebase now and --speed 1 they come as time goes by"),
    ],
)
def test_the_remedy_is_one_that_helps(reached_ms: int, rebase: str | None, part: str) -> None:
    request = ReplayRequest.of([], "max", rebase, None, explode=False, skip_bad=False)
    remedy = request.remedy(RowSpan(10, START_MS, START_MS + DAY_MS), StreamTime((reached_ms,), LIMITS))
    assert remedy.startswith(part)
