"""What is remembered of files that were published."""

from floodmark.local.replayed import KEPT, Moved, Replayed, moved
from producers.replay import ReplayOptions, RowSpan

MINUTE = 29_000_000
DAY = [("day.csv", "a")]


def test_what_is_noted_is_read_again() -> None:
    replayed = Replayed({"0123456789abcdef": MINUTE, "fedcba9876543210": 0})
    assert Replayed.read(replayed.text()) == replayed


def test_only_the_latest_are_kept_and_they_fit_beside_an_offset() -> None:
    replayed = Replayed({f"{number:016x}": MINUTE + number for number in range(KEPT + 50)})
    text = replayed.text()
    assert len(text) < 4096
    assert set(Replayed.read(text).minutes) == {f"{number:016x}" for number in range(50, KEPT + 50)}


def test_what_is_not_ours_says_nothing() -> None:
    assert Replayed.read("").minutes == Replayed.read("a:! b").minutes == {}
    assert Replayed.read("a:zzzzzzzzzzzz").minutes == Replayed.read("a:-5").minutes == {}, "of no date"


def test_a_file_that_was_published_before_is_named_with_the_time_and_others_are_not() -> None:
    warning = Replayed({"a": MINUTE}).warning([("old.csv", "a"), ("new.csv", "b")])
    assert warning == (
        "Warning: published into this topic before: old.csv on 2025-02-19 21:20 UTC. What is published again counts "
        "twice."
    )
    assert Replayed({"a": MINUTE}).warning([("new.csv", "b")]) is None


def test_a_file_that_was_moved_is_told_of_where_its_rows_meet_those_of_before() -> None:
    before = Replayed({}).with_files(DAY, MINUTE, Moved(MINUTE - 59, MINUTE))
    assert before.warning(DAY, Moved(MINUTE, MINUTE + 59)) == (
        "Warning: moved into this topic before: day.csv up to 2025-02-19 21:20 UTC. These rows begin at 2025-02-19 "
        "21:20 UTC, and what is not too late counts on top of those."
    )
    assert before.warning(DAY, Moved(MINUTE + 1, MINUTE + 60)) is None
    assert before.warning(DAY) is None, "where its rows are by themselves it was not published"


def test_a_file_that_was_published_as_it_is_may_be_moved_and_both_are_remembered() -> None:
    both = Replayed({}).with_files(DAY, MINUTE).with_files(DAY, MINUTE + 5, Moved(MINUTE - 54, MINUTE + 5))
    assert both.warning(DAY) is not None
    assert both.warning(DAY, Moved(MINUTE, MINUTE + 60)) is not None
    assert Replayed.read(both.text()) == both


def test_rows_that_are_not_moved_lie_nowhere_else() -> None:
    span = RowSpan(60, 60_000, 180_000)
    assert moved(span, ReplayOptions()) is None
    assert moved(span, ReplayOptions(shift_ms=120_000)) == Moved(3, 5)
