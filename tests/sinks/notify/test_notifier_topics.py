"""The notifier's memory and its place, when somebody changes the topics that they lie on."""

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import Topics
from sinks.kafka import KafkaSource
from sinks.notify.journal import Journal
from sinks.notify.notifier import NAME
from sinks.protocol import Partition
from tests.pipeline.wire import ends
from tests.sinks.notify.notifier_kit import ROUTES, Target, incident, publish, running, topics
from tests.waiting import until

__all__ = ["topics"]
pytestmark = pytest.mark.kafka


def test_partitions_that_somebody_adds_take_nothing_away_from_what_is_known(kafka: str, topics: Topics) -> None:
    first, second, routes = Target(), Target(), ROUTES + '    group_by = ["scope"]\n'
    names = {"before", *(f"after-{number}" for number in range(8))}
    with running(kafka, topics, first, routes):
        publish(kafka, topics, incident("before", scope="before"))
        until(lambda: bool(first.got), "what was before")
        admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
        more = [NewPartitions(name, 7) for name in (topics.notifications, topics.receipts, topics.silences)]
        for answer in admin.create_partitions(more).values():
            answer.result(timeout=60)
        publish(kafka, topics, *(incident(name, scope=name) for name in sorted(names - {"before"})))
        until(lambda: {one for _, each in first.got for one in each} == names, "what came after")
    known = Journal(kafka, topics.notifications, topics.receipts, topics.sink_group(NAME)).open().notifications
    members = {incident for notification in known.values() for incident in notification.members}
    assert (members, len(known)) == (names, len(names))
    assert {slot.partition for slot, end in ends(kafka, [topics.notifications, topics.receipts]).items() if end} == {0}
    with running(kafka, topics, second, routes):
        publish(kafka, topics, incident("after-3", 2, scope="after-3", state="resolved"))
        until(lambda: bool(second.got), "its end")
    assert second.got == [("resolved", ("after-3",))]


def test_alerts_that_were_made_anew_are_all_read_though_more_had_been_committed(kafka: str, topics: Topics) -> None:
    first, second = Target(), Target()
    with running(kafka, topics, first):
        for number in range(3):
            publish(kafka, topics, incident(f"before {number}"))
        until(lambda: sum(len(incidents) for _, incidents in first.got) >= 3, "what was before")
    source = KafkaSource(kafka, topics.sink_group(NAME), [topics.alerts])
    until(lambda: not source.fetch(1, 0.1, 0) and bool(source.lag()), "the partition is ours")
    assert not source.is_new(Partition(topics.alerts, 0))
    source.close()
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    admin.delete_topics([topics.alerts])[topics.alerts].result(timeout=60)
    until(lambda: topics.alerts not in describe(kafka), "it is deleted")
    ensure_topics(kafka, [spec for spec in topics.specs(1) if spec.name == topics.alerts], replication=1)
    publish(kafka, topics, incident("after"))
    with running(kafka, topics, second):
        until(lambda: any("after" in incidents for _, incidents in second.got), "what is on the new one")
