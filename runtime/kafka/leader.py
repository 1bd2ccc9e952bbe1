"""Asks the leader of a partition what librdkafka does not tell: its batches as they lie there, where an epoch ended.

It is asked seldom, so each question has a connection of its own.
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from aiokafka import TopicPartition
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.errors import KafkaError as LeaderError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.types import Array, Int16, Int32, Int64, Schema, String
from aiokafka.record.util import calc_crc32c

from runtime.kafka.client import leader_client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

PATIENCE_S: Final = 10.0
LOOKS: Final = 3
"""How often it is looked for who leads a partition."""
LOOKS_AGAIN_S: Final = 0.2
LEAST_BYTES: Final = 1
"""The first batch comes whole all the same, and alone."""
_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
_AFTER_CRC: Final = 21
_UNKNOWN: Final = -1


READ_UNCOMMITTED, READ_COMMITTED = 0, 1

Asks = Callable[[str, Mapping[int, int]], Any]
"""Makes the request about a topic from a number for each partition."""


class LeaderSilent(Exception):
    """The leader does not answer, or not to the question."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it lies in a partition, not decompressed.

    Args:
        first: Offset of its first record.
        last: Offset of its last record.
        records: How many it says that it holds.
        raw: Its bytes; fewer when the log ends in it.
    """

    first: int
    last: int
    records: int
    raw: bytes

    @property
    def is_intact(self) -> bool:
        """Whether its bytes are those that were written, whatever they unpack to."""
        if len(self.raw) < _HEADER.size:
            return False
        length, crc = struct.unpack_from(">i", self.raw, 8)[0] + 12, struct.unpack_from(">I", self.raw, 17)[0]
        return _HEADER.size <= length <= len(self.raw) and bool(calc_crc32c(self.raw[_AFTER_CRC:length]) == crc)


@dataclass(frozen=True, slots=True)
class LogStretch:
    """Batches of a partition as they lie there, not unpacked.

    Args:
        raw: Their bytes; the last one may be cut off.
        end: Offset at which the partition ends.
        aborted: Transactions that were aborted in it: producer and first offset of each, where they were asked for.
    """

    raw: bytes
    end: int
    aborted: tuple[tuple[int, int], ...] = ()


class Leader:
    """The leaders of the partitions of a cluster.

    Args:
        cluster: The Kafka cluster.
    """

    def __init__(self, cluster: ClusterOrAddress) -> None:
        self._cluster = cluster

    def batch_at(self, topic: str, partition: int, offset: int) -> Batch:
        """The batch that holds the offset, or the next one after it; blocks, and not on a thread with a running loop.

        What has no sensible header is taken for a batch of that one offset.

        Raises:
            LeaderSilent: There is no answer, or there is no such batch.
        """
        answers = self._ask(topic, {partition: offset}, _fetch)
        if not answers:
            raise LeaderSilent(f"{topic} {partition}: the broker cannot be asked for batches")
        (_, ((_, error, *_, raw),)) = answers[0].topics[0]
        if error or not raw:
            raise LeaderSilent(f"{topic} {partition}: no batch at {offset} (error {error})")
        return batch_of(bytes(raw), offset)

    def stretches(self, topic: str, offsets: Mapping[int, int], each: int, most: int) -> dict[int, LogStretch]:
        """What lies in partitions from an offset on, aborted and not yet committed records too; blocks.

        Args:
            topic: The topic.
            offsets: From where, by partition.
            each: Bytes of a partition, at most; the first batch of all comes whole.
            most: Bytes of all together.

        Returns:
            By partition; without those of which the leader has an error to tell.

        Raises:
            LeaderSilent: There is no answer.
        """
        return self._stretches(topic, offsets, each, most, READ_UNCOMMITTED)

    def committed(self, topic: str, partition: int, offset: int, most: int) -> LogStretch | None:
        """What lies there from an offset on, before the first record that is not yet committed; see `stretches`."""
        return self._stretches(topic, {partition: offset}, most, most, READ_COMMITTED).get(partition)

    def _stretches(
        self, topic: str, offsets: Mapping[int, int], each: int, most: int, isolation: int
    ) -> dict[int, LogStretch]:
        def request(name: str, wanted: Mapping[int, int]) -> FetchRequest:
            parts = [(partition, offset, each) for partition, offset in wanted.items()]
            return FetchRequest(0, 1, most, isolation, [(name, parts)])

        found: dict[int, LogStretch] = {}
        for answer in self._ask(topic, offsets, request):
            for _, parts in answer.topics:
                for partition, error, end, *more, raw in parts:
                    if not error:
                        # The only list among them, in all versions; what else there is differs.
                        aborted = next((each for each in more if isinstance(each, list)), ())
                        found[partition] = LogStretch(bytes(raw or b""), end, tuple(aborted))
        return found

    def ends_of(self, topic: str, epochs: Mapping[int, int]) -> dict[int, int]:
        """Where the records end that leaders up to these epochs wrote; blocks.

        Args:
            topic: The topic.
            epochs: By partition.

        Returns:
            By partition the offset after the last of them; without those of which the cluster does not know it.

        Raises:
            LeaderSilent: There is no answer.
        """
        if not epochs:
            return {}
        answers = self._ask(topic, epochs, EpochEndRequest)
        parts = (part for answer in answers for _, parts in answer.topics for part in parts)
        return {number: int(end) for error, number, known, end in parts if not error and known >= 0 and end >= 0}

    def _ask(self, topic: str, what: Mapping[int, int], request: Asks) -> list[Any]:
        try:
            return asyncio.run(self._answers(topic, what, request))
        except (IncompatibleBrokerVersion, NotImplementedError):
            return []
        except (LeaderError, BrokerError, OSError, TimeoutError) as exc:
            raise LeaderSilent(f"{topic}: {exc!r}") from exc

    async def _answers(self, topic: str, what: Mapping[int, int], request: Asks) -> list[Any]:
        client = leader_client(self._cluster, request_timeout_ms=int(PATIENCE_S * 1000))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await client.bootstrap()
                await client.set_topics([topic])
                by_leader: dict[int, dict[int, int]] = {}
                for partition, each in what.items():
                    leader = await _leader_of(client, TopicPartition(topic, partition))
                    by_leader.setdefault(leader, {})[partition] = each
                return [await client.send(leader, request(topic, each)) for leader, each in by_leader.items()]
        finally:
            await client.close()


async def _leader_of(client: "AIOKafkaClient", partition: TopicPartition) -> int:
    """The number of its leader; asked for some times, as a look at the cluster that failed is not told of."""
    for left in reversed(range(LOOKS)):
        leader = client.cluster.leader_for_partition(partition)
        if leader is not None and leader >= 0:
            return int(leader)
        if left:
            await asyncio.sleep(LOOKS_AGAIN_S)
            await client.force_metadata_update()
    raise LeaderSilent(f"{partition.topic} {partition.partition} has no leader")


def _fetch(topic: str, offsets: Mapping[int, int]) -> FetchRequest:
    parts = [(partition, offset, LEAST_BYTES) for partition, offset in offsets.items()]
    return FetchRequest(0, 1, LEAST_BYTES, 0, [(topic, parts)])


def batch_of(raw: bytes, offset: int) -> Batch:
    """The batch that these bytes begin with, asked for at an offset; see `batch_at`."""
    if len(raw) < _HEADER.size:
        return Batch(offset, offset, 1, raw)
    first, length, _, magic, _, _, delta, _, _, _, _, _, records = _HEADER.unpack_from(raw)
    if magic != 2 or length <= 0 or delta < 0 or first + delta < offset:
        return Batch(offset, offset, 1, raw)
    return Batch(first, first + delta, min(records, delta + 1), raw[: length + 12])


class EpochEndResponse(Response):  # type: ignore[misc]
    """Kafka's answer to the request below."""

    API_KEY = 23
    API_VERSION = 2
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                (
                    "partitions",
                    Array(("error_code", Int16), ("partition", Int32), ("leader_epoch", Int32), ("end_offset", Int64)),
                ),
            ),
        ),
    )


class EpochEndStruct(RequestStruct):  # type: ignore[misc]
    """Kafka's OffsetForLeaderEpoch."""

    API_KEY = 23
    API_VERSION = 2
    RESPONSE_TYPE = EpochEndResponse
    SCHEMA = Schema(
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                (
                    "partitions",
                    Array(("partition", Int32), ("current_leader_epoch", Int32), ("leader_epoch", Int32)),
                ),
            ),
        ),
    )


class EpochEndRequest(Request[EpochEndStruct]):  # type: ignore[misc]
    """Asks where an epoch ended."""

    API_KEY: ClassVar[int] = 23

    def __init__(self, topic: str, epochs: Mapping[int, int]) -> None:
        self._topics = [(topic, [(partition, _UNKNOWN, epoch) for partition, epoch in epochs.items()])]

    def build(self, request_struct_class: type[EpochEndStruct]) -> EpochEndStruct:
        """See Request."""
        return request_struct_class(self._topics)
