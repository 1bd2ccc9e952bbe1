"""A group's coordinator that gives no answer for a while: the sink goes on by itself, and skips nothing."""

import ctypes

import pytest
from confluent_kafka import KafkaError

from floodmark.local.broker.mock_cluster import MockCluster
from schemas.topics import Topics
from sinks.kafka import KafkaSource
from sinks.protocol import Partition
from sinks.run import SinkRoute
from tests.sinks.kafka_kit import Keeping, RunningSink, named, publish
from tests.waiting import until

OFFSET_FETCH = 9
TOPICS = Topics("away-")

pytestmark = pytest.mark.kafka


def refuse(cluster: MockCluster, error: int, times: int) -> None:
    """Let the broker answer the next questions for committed offsets with this error."""
    push = cluster._lib.rd_kafka_mock_push_request_errors_array
    push.argtypes = (ctypes.c_void_p, ctypes.c_int16, ctypes.c_size_t, ctypes.c_void_p)
    push(cluster._cluster, OFFSET_FETCH, times, (ctypes.c_int * times)(*[error] * times))


@pytest.mark.parametrize(
    "error",
    [KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS],
)
def test_where_the_group_is_is_asked_for_until_it_is_told(error: int) -> None:
    """Librdkafka itself gives up after some tries, and then reads nothing any more."""
    with MockCluster(dict.fromkeys(named(TOPICS), 1)) as cluster:
        route = SinkRoute(cluster.address, TOPICS.sink_group("keeping"), (TOPICS.minutes,), TOPICS.dead_letters)
        target = Keeping()
        records = [(b"%d" % number, b"%d" % number) for number in range(40)]
        for part, refused in ((records[:20], 0), (records[20:], 8)):
            publish(cluster.address, TOPICS.minutes, part, 0)
            if refused:
                refuse(cluster, error, refused)
            sink = RunningSink(route, target)
            try:
                until(lambda: target.values[-1:] == [part[-1][1]], "all records are there")  # noqa: B023
            finally:
                sink.join()
        assert target.values == [value for _, value in records]


def test_as_long_as_it_is_not_told_where_the_group_is_nothing_is_called_read() -> None:
    with MockCluster(dict.fromkeys(named(TOPICS), 1)) as cluster:
        source = KafkaSource(cluster.address, TOPICS.sink_group("keeping"), (TOPICS.minutes,))
        place = Partition(TOPICS.minutes, 0)
        try:
            refuse(cluster, KafkaError.NOT_COORDINATOR, 8)
            until(lambda: not source.fetch(10, 0.05, 0) and place in source.lag(), "the partition is ours")
            assert (dict(source.lag()), place in source.ends()) == ({place: 1}, False)
            until(lambda: not source.fetch(10, 0.05, 0) and place in source.ends(), "its end is known")
            assert (dict(source.lag()), source.is_new(place)) == ({place: 0}, True)
        finally:
            source.close()
