"""Partitions that somebody adds to the topics between the parts change neither where keys go nor what is read."""

from collections import Counter

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from floodmark.operate.topics.differences import DifferenceKind, differences
from floodmark.operate.topics.looking import look
from runtime.kafka.cluster import Cluster
from runtime.kafka.judges import SURE, judges, judges_of
from runtime.kafka.topics import describe, planned
from schemas.topics import ONLY
from tests.pipeline import wire
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS
from tests.pipeline.installation import Installation
from tests.waiting import until

NOON_MS = 1_752_321_600_000
BEFORE, AFTER = 2, 5
SCOPES = [f"shop-{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("ends", "partitions", "found"),
    [
        ([[], []], 6, 6),
        ([[0, 0, 0], [0, 0, 0]], 3, 3),
        ([[90, 80, 0, 0], [9, 9, 0, 0]], 4, 2),
        ([[90, 80], [9, 9, 0, 0]], 4, 2),
        ([[90, 80, 0, 0], [9, 9]], 2, 2),
        ([[0, 0, 0, 0], [90, 80, 0, 0]], 4, 2),
        ([[SURE, SURE, 0], []], 3, 2),
        ([[SURE, SURE - 1, 0], []], 3, 3),
        ([[90, 80, 0, 7], []], 4, 2),
    ],
    ids=[
        "no topics", "nothing told", "both grew", "the changelog grew", "the words grew", "only state is left",
        "told often", "told seldom", "somebody else wrote behind",
    ],
)  # fmt: skip
def test_judges_are_those_that_were_told_something(ends: list[list[int]], partitions: int, found: int) -> None:
    assert judges(ends, partitions) == found


def transactions(count: int) -> list[bytes]:
    """So many of each scope, in one minute."""
    return [
        b'{"timestamp":%d,"status":"approved","count":%d,"scope":"%s"}' % (NOON_MS, count, scope.encode())
        for scope in SCOPES
    ]


def counted(made: Installation) -> Counter[str]:
    return Counter({key[0]: each["count"] for key, each in made.minutes_by_scope().items() if key[0] in SCOPES})


def raise_all(made: Installation) -> list[str]:
    """Give every topic but transactions more partitions; which those are."""
    names = [spec.name for spec in made.topics.specs(BEFORE) if spec.name != made.topics.transactions]
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    for answer in admin.create_partitions([NewPartitions(name, AFTER) for name in names]).values():
        answer.result(timeout=60)
    until(lambda: all(describe(made.address)[name].partitions == AFTER for name in names), "they are there")
    return names


@pytest.mark.kafka
@pytest.mark.story
def test_state_is_read_where_it_lies_and_each_topic_is_named_with_what_to_do(install: Install) -> None:
    made = install(partitions=BEFORE, FLOODMARK_PARTITIONS=str(BEFORE))
    topics, cluster = made.topics, Cluster.of(made.address)
    worker = made.worker().ready()
    for partition in range(BEFORE):
        wire.publish_to(made.address, topics.transactions, transactions(10), partition)
    made.drain()
    until(lambda: min(wire.ends(made.address, [topics.partials]).values()) >= SURE, "each judge is told something")
    raised = raise_all(made)
    made.drain()
    assert worker.stop() == 0
    assert judges_of(cluster, topics, dict.fromkeys(raised, AFTER)) == BEFORE
    second = made.worker().ready()
    wire.publish_to(made.address, topics.transactions, [*transactions(1), b"no json"], 0)
    made.punctuate(NOON_MS + MINUTE_MS, BEFORE)
    made.drain()
    until(lambda: len(counted(made)) == len(SCOPES), "the minute is judged")
    assert counted(made) == dict.fromkeys(SCOPES, 21)
    assert [letter.partition for letter in made.dead()] == [ONLY]
    for table in ("counts", "judgements"):
        assert made.recovered(table).keys() == set(range(BEFORE))
    assert second.said().count('"event": "partitions_unused"') == 3, "words to the judges, and both changelogs"
    specs = planned(cluster, topics, BEFORE)
    found = list(differences(topics, specs, look(cluster, topics, specs)))
    named = {each.topic: each.found for each in found if each.kind is DifferenceKind.REMARK}
    assert named.keys() == set(raised) - {topics.minutes}
    assert named[topics.partials] == f"has {AFTER} partitions, of which only the first {BEFORE} are used"
    assert named[topics.alerts] == f"has {AFTER} partitions, of which only the first is used"
    assert not [each for each in found if each.is_fault]
