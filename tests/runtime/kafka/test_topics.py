"""Creating and describing topics, on the real Kafka and on the embedded one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from runtime.kafka.errors import BrokerError
from runtime.kafka.topic_settings import topic_settings
from runtime.kafka.topics import TopicsOutcome, describe, ensure_topics
from runtime.ports import free_ports
from schemas.topics import Topics, TopicSpec
from tests.floodmark.local.broker.broker_kit import receive, send
from tests.waiting import until


@pytest.mark.kafka
def test_all_topics_of_an_installation_are_made_once_with_their_partitions(kafka, topic_prefix):
    specs = Topics(topic_prefix).specs(6)
    assert ensure_topics(kafka, specs, replication=1) == TopicsOutcome(tuple(spec.name for spec in specs), ())
    assert ensure_topics(kafka, specs, replication=1) == TopicsOutcome((), ())
    found = describe(kafka)
    assert {spec.name: found[spec.name].partitions for spec in specs} == {s.name: s.partitions for s in specs}
    assert {found[spec.name].replication for spec in specs} == {1}


@pytest.mark.kafka
def test_several_programs_may_ensure_the_same_topics_at_once(kafka, topic_prefix):
    specs = Topics(topic_prefix).specs(3)
    with ThreadPoolExecutor(4) as pool:
        orders = [pool.submit(ensure_topics, kafka, specs, replication=1) for _ in range(4)]
        assert [order.result().differences for order in orders] == [()] * 4


@pytest.mark.kafka
def test_settings_reach_the_topic(kafka, topic_prefix):
    name = f"{topic_prefix}compacted"
    ensure_topics(kafka, [TopicSpec(name, 1, {"cleanup.policy": "compact"})], replication=1)
    client = AdminClient({"bootstrap.servers": kafka})
    resource = ConfigResource(ResourceType.TOPIC, name)

    def policy():
        return client.describe_configs([resource])[resource].result(120)["cleanup.policy"].value

    until(lambda: policy() == "compact", "the broker tells the setting")


@pytest.mark.kafka
@pytest.mark.parametrize(("internal", "kept"), [(True, "600000"), (False, "86400000")])
def test_settings_of_internal_topics_are_put_right_where_they_exist_and_others_left(
    kafka, topic_prefix, internal, kept
):
    name = f"{topic_prefix}state"
    ensure_topics(kafka, [TopicSpec(name, 1, {"max.compaction.lag.ms": "86400000"})], replication=1)
    ensure_topics(kafka, [TopicSpec(name, 1, {"max.compaction.lag.ms": "600000"}, internal)], replication=1)
    until(
        lambda: topic_settings(kafka, [name]).get(name, {}).get("max.compaction.lag.ms") == kept,
        f"the broker tells {kept}",
    )


def test_another_number_of_partitions_is_told_and_left_alone(kafka, topic_prefix):
    name = f"{topic_prefix}narrow"
    ensure_topics(kafka, [TopicSpec(name, 2)], replication=1)
    outcome = ensure_topics(kafka, [TopicSpec(name, 6)], replication=1)
    assert outcome == TopicsOutcome((), (f"Topic {name} has 2 partitions instead of 6.",))
    assert describe(kafka)[name].partitions == 2


@pytest.mark.kafka
def test_a_topic_made_anew_has_another_id(kafka, topic_prefix):
    name = f"{topic_prefix}again"
    ensure_topics(kafka, [TopicSpec(name, 1)], replication=1)
    first = describe(kafka)[name].topic_id
    assert first
    assert describe(kafka)[name].topic_id == first
    client = AdminClient({"bootstrap.servers": kafka})
    client.delete_topics([name])[name].result(120)
    ensure_topics(kafka, [TopicSpec(name, 1)], replication=1)
    assert describe(kafka)[name].topic_id not in (None, first)


@pytest.mark.kafka
def test_a_refused_topic_is_named_with_the_brokers_reason(kafka, topic_prefix):
    name = f"{topic_prefix}copies"
    with pytest.raises(BrokerError, match=rf"Topic {name} could not be created with 3 copies: .*replicat"):
        ensure_topics(kafka, [TopicSpec(name, 1)], replication=3)


@pytest.mark.kafka
def test_the_embedded_broker_makes_topics_of_four_partitions_and_says_so(embedded, topic_prefix):
    name = f"{topic_prefix}t"
    outcome = ensure_topics(embedded, [TopicSpec(name, 6, {"cleanup.policy": "compact"})], replication=1)
    assert outcome == TopicsOutcome((name,), (f"Topic {name} has 4 partitions instead of 6.",))
    assert describe(embedded)[name].topic_id is None


@pytest.mark.kafka
@pytest.mark.parametrize("which", ["kafka", "embedded"])
def test_what_is_ensured_can_be_written_and_read_at_once(which, topic_prefix, request):
    address, name = request.getfixturevalue(which), f"{topic_prefix}t"
    ensure_topics(address, [TopicSpec(name, 4)], replication=1)
    for partition in range(4):
        send(address, name, [b"v%d" % partition], partition=partition, timestamp_ms=1)
        assert receive(address, name, 1, partition=partition) == [(b"v%d" % partition, 1)]


def test_no_broker_is_an_error_with_the_address():
    (port,) = free_ports(1)
    with pytest.raises(BrokerError, match=rf"No Kafka answers at 127\.0\.0\.1:{port}"):
        describe(f"127.0.0.1:{port}", within_s=0.5)
