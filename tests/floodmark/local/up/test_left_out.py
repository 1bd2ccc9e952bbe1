"""What was put aside is taken off what is counted only where it was a transaction."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from confluent_kafka import Producer

from floodmark.local.up.left_out import LeftOut
from runtime.kafka.offsets import Offsets
from runtime.kafka.topics import ensure_topics
from schemas.dead_letter import SETTLED, DeadLetter
from schemas.topics import Topics

pytestmark = pytest.mark.kafka


@pytest.fixture
def topics(kafka: str, topic_prefix: str) -> Topics:
    made = Topics(topic_prefix)
    ensure_topics(kafka, made.specs(2), replication=1)
    return made


@pytest.fixture
def left_out(kafka: str, topics: Topics) -> Iterator[LeftOut]:
    with closing(LeftOut(kafka, topics, topics.helper_group("view"))) as made:
        yield made


def put(kafka: str, topic: str, letters: Sequence[DeadLetter | None]) -> None:
    """Put letters there; None: a record of somebody else."""
    producer = Producer({"bootstrap.servers": kafka})
    for letter in letters:
        if letter is None:
            producer.produce(topic, b"what is this?")
        else:
            producer.produce(topic, b"x", letter.key, headers=letter.headers())
    assert producer.flush(120) == 0


def told(kafka: str, topics: Topics, left_out: LeftOut, places: int) -> dict[str, int]:
    """What is left out once all was read; it is asked as often as that takes."""
    ends = Offsets(kafka).ends([topics.dead_letters, topics.late])
    for _ in range(240):
        found = left_out.upto(ends)
        if sum(found.values()) == places:
            break
    return found


def letter(topic: str, offset: int, reason: str = "not_json", detail: str = "") -> DeadLetter:
    return DeadLetter(topic=topic, partition=0, offset=offset, reason=reason, detail=detail)


def test_letters_of_internal_topics_and_of_others_are_no_transactions(
    kafka: str, topics: Topics, left_out: LeftOut
) -> None:
    transactions, partials, alerts = topics.transactions, topics.partials, topics.alerts
    put(kafka, topics.dead_letters, [None, *(letter(transactions, n) for n in range(3))])
    put(kafka, topics.dead_letters, [*(letter(partials, n) for n in range(40)), letter(alerts, 1)])
    put(kafka, topics.dead_letters, [letter(transactions, 3, detail="sink clickhouse: no such date")])
    put(kafka, topics.late, [letter(transactions, 9, "late"), letter(partials, 9, SETTLED)])
    assert told(kafka, topics, left_out, 4) == {topics.dead_letters: 3, topics.late: 1}
    put(kafka, topics.dead_letters, [letter(transactions, 4), letter(partials, 41)])
    assert told(kafka, topics, left_out, 5) == {topics.dead_letters: 4, topics.late: 1}


def test_a_batch_that_nobody_can_read_is_all_of_its_places(kafka: str, topics: Topics, left_out: LeftOut) -> None:
    detail = "the batch of offsets 7 to 156, 150 records by its header: it unpacks to as much as 144 MB"
    put(
        kafka,
        topics.dead_letters,
        [letter(topics.transactions, 7, "unreadable_batch", detail), letter(topics.partials, 7, detail=detail)],
    )
    assert told(kafka, topics, left_out, 150) == {topics.dead_letters: 150, topics.late: 0}


def test_what_was_not_read_yet_is_taken_for_transactions(topics: Topics, left_out: LeftOut) -> None:
    ends = {(topics.dead_letters, 0): 7, (topics.dead_letters, 1): 5, (topics.late, 0): 2}
    assert left_out.upto(ends) == {topics.dead_letters: 12, topics.late: 2}
