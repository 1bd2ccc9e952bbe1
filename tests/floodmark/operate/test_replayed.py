"""What is remembered of files that were published."""

from floodmark.operate.replayed import KEPT, Replayed

MINUTE = 29_000_000


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


def test_a_file_that_was_published_before_is_named_with_the_time_and_others_are_not() -> None:
    warning = Replayed({"a": MINUTE}).warning([("old.csv", "a"), ("new.csv", "b")])
    assert warning == (
        "Warning: published into this topic before: old.csv on 2025-02-19 21:20 UTC. What is published again counts "
        "twice."
    )
    assert Replayed({"a": MINUTE}).warning([("new.csv", "b")]) is None
