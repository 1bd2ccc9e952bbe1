"""The embedded broker and its limits."""

import argparse
import os
import signal

import pytest

from floodmark.local.broker.embedded import PARTITION_BYTES, EmbeddedBroker, capacity_check
from floodmark.local.broker.embedded_server import parse_topics
from floodmark.local.broker.mock_cluster import MockCluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.topics import describe
from tests.floodmark.local.broker.broker_kit import gone, lowest_offset, receive, send
from tests.waiting import until


@pytest.mark.kafka
def test_it_has_the_topics_it_was_given_and_serves_them():
    broker = EmbeddedBroker({"six": 6, "one": 1}, print)
    try:
        broker.start()
        assert {name: topic.partitions for name, topic in describe(broker.address).items()} == {"six": 6, "one": 1}
        send(broker.address, "six", [b"a", b"b"], partition=5, timestamp_ms=1000)
        assert receive(broker.address, "six", 2, partition=5) == [(b"a", 1000), (b"b", 1000)]
    finally:
        broker.stop()


@pytest.mark.kafka
def test_stopped_it_leaves_no_process():
    broker = EmbeddedBroker({"t": 1}, print)
    broker.start()
    pid = broker.pid
    broker.stop()
    broker.stop()
    assert gone(pid)
    assert not broker.alive()
    assert broker.pid is None


@pytest.mark.kafka
def test_killed_and_started_again_it_is_empty_and_says_so():
    said = []
    broker = EmbeddedBroker({"t": 1}, said.append)
    try:
        broker.start()
        send(broker.address, "t", [b"lost"])
        os.kill(broker.pid, signal.SIGKILL)
        until(lambda: not broker.alive(), "the broker is seen to be dead")
        broker.start()
        assert lowest_offset(broker.address, "t") == 0
        assert said == ["The embedded broker starts anew: on another port, and all it held is gone."]
    finally:
        broker.stop()


def test_before_its_start_it_has_no_address():
    with pytest.raises(BrokerError, match="no address before it is started"):
        _ = EmbeddedBroker({}, print).address


def test_a_topic_that_it_refuses_is_an_error_with_the_name():
    broker = EmbeddedBroker({"bad": 0}, print)
    with pytest.raises(BrokerError, match="'bad:0' is not NAME:PARTITIONS"):
        broker.start()
    assert not broker.alive()
    with pytest.raises(BrokerError, match="refused the topic 'twice'"), MockCluster({"twice": -5}):
        pass


def test_topics_are_read_from_the_command_line():
    assert parse_topics("a:1,b.c:12") == {"a": 1, "b.c": 12}
    assert parse_topics("") == {}
    for wrong in ("a", "a:", ":3", "a:0", "a:-1", "a:x"):
        with pytest.raises(argparse.ArgumentTypeError, match="NAME:PARTITIONS"):
            parse_topics(wrong)


@pytest.mark.parametrize(
    ("records", "size", "partitions", "fits"),
    [
        (0, 0, 1, True),
        (25_920, 25_920 * 90, 6, True),
        (544_320, 544_320 * 90, 6, False),
        (10, 4_000_000, 1, True),
        (10, PARTITION_BYTES, 1, False),
        (10, PARTITION_BYTES, 2, True),
        (80_001, 0, 1, False),
    ],
)
def test_what_fits_is_told_from_what_does_not(records, size, partitions, fits):
    assert (capacity_check(records, size, partitions) is None) == fits


def test_what_does_not_fit_is_refused_with_the_numbers_and_the_remedy():
    reason = capacity_check(544_320, 50_000_000, 6)
    assert reason is not None
    for part in ("5 MiB", "100000 batches", "544,320 records of 88.6 MB", "6 partitions", "--broker kafka"):
        assert part in reason


@pytest.mark.kafka
def test_what_is_said_to_fit_is_kept_and_what_is_not_is_dropped_silently():
    fits, too_much = [b"x" * 1000] * 3_900, [b"x" * 1000] * 6_000
    assert capacity_check(len(fits), 1000 * len(fits), 1) is None
    assert capacity_check(len(too_much), 1000 * len(too_much), 1) is not None
    with MockCluster({"fits": 1, "spills": 1}) as cluster:
        send(cluster.address, "fits", fits)
        send(cluster.address, "spills", too_much)
        assert lowest_offset(cluster.address, "fits") == 0
        assert lowest_offset(cluster.address, "spills") > 0
