"""What is remembered of files that were published."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from floodmark.local import replayed
from floodmark.local.arrived import ReplayMark
from floodmark.local.replayed import MARKS, MAX_KEPT, Moved, Replayed, ReplayNotes, job_of, moved
from producers.replay import ReplayOptions, RowSpan
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics

MINUTE = 29_000_000
DAY = [("day.csv", "a")]


def test_what_is_noted_is_read_again() -> None:
    replayed = Replayed({"0123456789abcdef": MINUTE, "fedcba9876543210": 0})
    assert Replayed.read(replayed.text()) == replayed


def test_only_the_latest_are_kept_and_they_fit_beside_an_offset() -> None:
    replayed = Replayed({f"{number:016x}": MINUTE + number for number in range(MAX_KEPT + 50)})
    text = replayed.text()
    assert len(text) < 4096
    assert set(Replayed.read(text).minutes) == {f"{number:016x}" for number in range(50, MAX_KEPT + 50)}


def test_replays_that_are_not_done_are_noted_until_they_are() -> None:
    marks = {f"{number:012x}": ReplayMark(f"{number:08x}", (0, 35, 10**9)) for number in range(MARKS + 1)}
    replayed = Replayed({"a": MINUTE}, marks)
    first, *latest = marks
    assert Replayed.read(replayed.text()).marks == {job: marks[job] for job in latest}, first
    assert Replayed.read(replayed.with_mark(latest[0], None).text()).marks.keys() == {first, *latest[1:]}


def test_of_a_topic_of_too_many_partitions_files_are_noted_and_no_replay() -> None:
    mark = ReplayMark("0" * 8, tuple(range(10**9, 10**9 + 1000)))
    assert Replayed.read(Replayed({"a": MINUTE}, {"0" * 12: mark}).text()) == Replayed({"a": MINUTE})


def test_a_replay_is_known_by_topic_content_and_options() -> None:
    known = job_of("topic", [("a.csv", "a"), ("b.csv", "b")], {"explode": "False"})
    assert known == job_of("topic", [("b.csv", "b"), ("c.csv", "a")], {"explode": "False"})
    assert known != job_of("topic", [("a.csv", "a")], {"explode": "False"})
    assert known != job_of("other", [("a.csv", "a"), ("b.csv", "b")], {"explode": "False"})
    assert known != job_of("topic", [("a.csv", "a"), ("b.csv", "b")], {"explode": "True"})


def test_what_is_not_ours_says_nothing() -> None:
    assert Replayed.read("").minutes == Replayed.read("a:! b").minutes == {}
    assert Replayed.read("a:zzzzzzzzzzzz").minutes == Replayed.read("a:-5").minutes == {}, "of no date"


def test_a_file_that_was_published_before_is_named_with_the_time_and_others_are_not() -> None:
    repeats = Replayed({"a": MINUTE}).repeats([("old.csv", "a"), ("new.csv", "b")])
    assert repeats == (
        "published into this topic before: old.csv on 2025-02-19 21:20 UTC. What is published again counts twice."
    )
    assert Replayed({"a": MINUTE}).repeats([("new.csv", "b")]) is None


def test_a_file_that_was_moved_is_told_of_where_its_rows_meet_those_of_before() -> None:
    before = Replayed({}).with_files(DAY, MINUTE, Moved(MINUTE - 59, MINUTE))
    assert before.repeats(DAY, Moved(MINUTE, MINUTE + 59)) == (
        "moved into this topic before: day.csv up to 2025-02-19 21:20 UTC. These rows begin at 2025-02-19 "
        "21:20 UTC, and what is not too late counts on top of those."
    )
    assert before.repeats(DAY, Moved(MINUTE + 1, MINUTE + 60)) is None
    assert before.repeats(DAY) is None, "where its rows are by themselves it was not published"


def test_a_file_that_was_published_as_it_is_may_be_moved_and_both_are_remembered() -> None:
    both = Replayed({}).with_files(DAY, MINUTE).with_files(DAY, MINUTE + 5, Moved(MINUTE - 54, MINUTE + 5))
    assert both.repeats(DAY) is not None
    assert both.repeats(DAY, Moved(MINUTE, MINUTE + 60)) is not None
    assert Replayed.read(both.text()) == both


def test_rows_that_are_not_moved_lie_nowhere_else() -> None:
    span = RowSpan(60, 60_000, 180_000)
    assert moved(span, ReplayOptions()) is None
    assert moved(span, ReplayOptions(shift_ms=120_000)) == Moved(3, 5)


@pytest.mark.kafka
def test_notes_of_many_that_begin_at_once_are_all_kept(
    kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("ANSWER_WITHIN_S", "TOLD_WITHIN_S"):
        monkeypatch.setattr(replayed, patience, 60.0)
    topics = Topics(topic_prefix)
    ensure_topics(kafka, [spec for spec in topics.specs(1) if spec.name == topics.transactions], replication=1)
    notes = ReplayNotes(kafka, topics)
    jobs = {f"{number:012x}": ReplayMark(f"{number:08x}", (number,)) for number in range(MARKS)}
    with ThreadPoolExecutor(len(jobs)) as pool:
        kept = list(
            pool.map(
                lambda job: notes.change(lambda now: now.with_files([(job, job)], MINUTE).with_mark(job, jobs[job])),
                jobs,
            )
        )
    assert kept == [True] * len(jobs)
    assert notes.read() == Replayed(dict.fromkeys(jobs, MINUTE), jobs)
