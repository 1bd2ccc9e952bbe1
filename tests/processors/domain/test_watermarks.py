"""The joint watermark: the minimum over the source partitions; idle ones let the others go; it never goes back."""

from hypothesis import given
from hypothesis import strategies as st

from processors.domain.watermark import NO_WATERMARK, OUTLIVED, SourceMark, Watermarks
from tests.processors.domain.build import PROPERTY

NEVER = NO_WATERMARK


def joint(*words: tuple[int, int, int, bool], sources: int, epoch: int = 0) -> Watermarks:
    """What is reached after (partition, offset, watermark, idle) were heard in this order."""
    marks = Watermarks()
    for partition, offset, watermark_ms, idle in words:
        marks.hear(partition, sources, SourceMark(epoch, offset, watermark_ms, idle))
    return marks


def test_nothing_is_reached_until_every_source_has_spoken() -> None:
    assert joint((0, 1, 500, False), (1, 1, 900, False), sources=3).reached_ms == NEVER
    assert joint((0, 1, 500, False), (1, 1, 900, False), (2, 1, 700, False), sources=3).reached_ms == 500


def test_it_is_the_minimum_over_the_sources() -> None:
    marks = joint((0, 1, 500, False), (1, 1, 900, False), (0, 2, 1_500, False), sources=2)
    assert marks.reached_ms == 900


def test_an_idle_source_lets_the_others_go_when_it_is_still_idle_after_they_went() -> None:
    marks = joint((0, 1, 500, False), (1, 1, 900, False), (0, 1, 500, True), sources=2)
    assert marks.reached_ms == 500, "it has not looked again since the other one went ahead"
    marks.hear(0, 2, SourceMark(0, 1, 500, idle=True))
    assert marks.reached_ms == 900


def test_nobody_runs_away_from_a_source_that_was_idle_a_moment_ago() -> None:
    marks = joint((0, 1, 500, True), (1, 1, 500, True), (0, 1, 500, True), (1, 1, 500, True), sources=2)
    marks.hear(0, 2, SourceMark(0, 2, 90_000, idle=False))
    assert marks.reached_ms == 500
    marks.hear(1, 2, SourceMark(0, 1, 500, idle=True))
    assert marks.reached_ms == 500, "what it said may have been on its way when the other one woke"
    marks.hear(1, 2, SourceMark(0, 2, 600, idle=False))
    assert marks.reached_ms == 600


def test_a_source_that_never_held_a_record_holds_nobody_back_once_it_is_idle() -> None:
    marks = joint((0, -1, NEVER, False), (1, 1, 900, False), sources=2)
    assert marks.reached_ms == NEVER
    marks.hear(0, 2, SourceMark(0, -1, NEVER, idle=True))
    marks.hear(0, 2, SourceMark(0, -1, NEVER, idle=True))
    assert marks.reached_ms == 900


def test_when_all_are_idle_the_foremost_says_how_far_it_is_whoever_fell_silent_first() -> None:
    first = joint((0, 1, 500, False), (1, 1, 900, False), sources=2)
    for partition, watermark_ms in [(0, 500), (1, 900), (0, 500), (1, 900)]:
        first.hear(partition, 2, SourceMark(0, 1, watermark_ms, idle=True))
    other = joint((0, 1, 500, False), (1, 1, 900, False), sources=2)
    for partition, watermark_ms in [(1, 900), (0, 500), (1, 900), (0, 500)]:
        other.hear(partition, 2, SourceMark(0, 1, watermark_ms, idle=True))
    assert first.reached_ms == other.reached_ms == 900


def test_what_an_idle_source_said_before_it_held_more_grants_nothing() -> None:
    marks = joint((0, 1, 500, True), (1, 1, 900, False), (0, 1, 500, True), sources=2)
    marks.hear(1, 2, SourceMark(0, 2, 9_000, idle=False))
    marks.hear(0, 2, SourceMark(0, 2, 600, idle=True))
    assert marks.reached_ms == 600


def test_a_source_that_wakes_with_old_events_does_not_turn_time_back() -> None:
    marks = joint((0, 1, 500, True), (1, 1, 900, False), (0, 1, 500, True), (0, 1, 500, True), sources=2)
    assert marks.reached_ms == 900
    marks.hear(0, 2, SourceMark(0, 2, 600, idle=False))
    assert marks.reached_ms == 900
    marks.hear(1, 2, SourceMark(0, 2, 2_000, idle=False))
    assert marks.reached_ms == 900, "awake again, it holds the others back again"


def test_an_older_word_is_dropped() -> None:
    marks = joint((0, 5, 900, False), sources=1)
    marks.hear(0, 1, SourceMark(0, 4, 5_000, idle=False))
    assert marks.marks[0] == SourceMark(0, 5, 900, idle=False)
    assert marks.reached_ms == 900


def test_a_word_that_nobody_who_counts_can_have_said_is_outlived() -> None:
    marks = joint((0, 5, 500, False), (1, 5, 500, False), (1, 2**52, 600, False), sources=2)
    for offset in range(6, 5 + OUTLIVED):
        marks.hear(1, 2, SourceMark(0, offset, 1_000 + offset, idle=False))
        marks.hear(0, 2, SourceMark(0, offset, 1_000 + offset, idle=False))
    assert marks.reached_ms == 600
    marks.hear(1, 2, SourceMark(0, 900, 2_000, idle=False))
    assert (marks.marks[1].offset, marks.older) == (900, {})
    assert marks.reached_ms == 1_000 + 4 + OUTLIVED


def test_older_words_between_those_of_who_counts_are_dropped_for_ever() -> None:
    marks = joint((0, 5, 900, False), sources=1)
    for _ in range(3):
        for _ in range(OUTLIVED - 1):
            marks.hear(0, 1, SourceMark(0, 4, 5_000, idle=False))
        marks.hear(0, 1, SourceMark(0, 5, 900, idle=False))
    assert (marks.marks[0].offset, marks.reached_ms) == (5, 900)


def test_a_word_at_the_same_offset_is_taken_because_idleness_comes_without_records() -> None:
    marks = joint((0, 5, 500, False), (1, 5, 900, False), sources=2)
    for _ in range(2):
        marks.hear(0, 2, SourceMark(0, 5, 500, idle=True))
    assert marks.reached_ms == 900


def test_a_new_life_of_the_topic_is_newer_than_any_offset_of_the_old_one() -> None:
    marks = joint((0, 900, 500, False), sources=1, epoch=1)
    marks.hear(0, 1, SourceMark(2, 3, 800, idle=False))
    assert marks.reached_ms == 800
    marks.hear(0, 1, SourceMark(1, 950, 9_000, idle=False))
    assert marks.reached_ms == 800


def test_when_partitions_are_added_the_new_ones_must_speak_first() -> None:
    marks = joint((0, 1, 500, False), sources=1)
    marks.hear(0, 2, SourceMark(0, 2, 900, idle=False))
    assert marks.reached_ms == 500
    marks.hear(1, 2, SourceMark(0, 0, 700, idle=False))
    assert marks.reached_ms == 700


def test_a_word_from_before_partitions_were_added_does_not_forget_them() -> None:
    marks = joint((0, 1, 500, False), (1, 1, 600, False), sources=2)
    marks.hear(0, 1, SourceMark(0, 2, 900, idle=False))
    assert (marks.sources, marks.reached_ms) == (2, 600)


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 9_999), st.booleans()), max_size=30),
    st.integers(1, 3),
)
def test_it_never_goes_back_and_never_passes_one_that_is_awake_when_it_moves(
    words: list[tuple[int, int, int, bool]], sources: int
) -> None:
    marks, before = Watermarks(), NEVER
    for partition, offset, watermark_ms, idle in words:
        marks.hear(partition % sources, sources, SourceMark(0, offset, watermark_ms, idle))
        assert marks.reached_ms >= before
        if marks.reached_ms > before:
            assert len(marks.marks) == sources
            assert marks.reached_ms <= min((m.watermark_ms for m in marks.marks.values() if not m.idle), default=9_999)
        before = marks.reached_ms
