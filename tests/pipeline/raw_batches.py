"""Record batches made by hand, as no client would make them, and published as they are."""

import asyncio
import gzip
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import cramjam
import lz4.frame
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c, encode_varint

from tests.waiting import until

ZSTD: Final = 4
NOT_YET: Final = (3, 5, 6)
"""What a broker says of a topic that has just been made."""
_BODY: Final = struct.Struct(">hiqqqhii")
_HEAD: Final = struct.Struct(">qiibI")


PACKERS: Final[Mapping[int, Callable[[bytes], bytes]]] = {
    0: bytes,
    1: gzip.compress,
    2: lambda data: bytes(cramjam.snappy.compress_raw(data)),
    3: lambda data: bytes(lz4.frame.compress(data, block_linked=False, block_size=lz4.frame.BLOCKSIZE_MAX64KB)),
    ZSTD: lambda data: bytes(cramjam.zstd.compress(data)),
}
"""By the number that a batch has for its codec."""


def zstd_batch(values: Sequence[bytes]) -> bytes:
    """The values as one compressed batch."""
    return packed_batch(values, ZSTD)


def packed_batch(values: Sequence[bytes], codec: int, first: int = 0, offsets: int = 0) -> bytes:
    """The values as one batch in some codec, from an offset on; `offsets` long, where compaction took the others."""
    unpacked = b"".join(_record(delta, value) for delta, value in enumerate(values))
    last = (offsets or len(values)) - 1
    at_ms = int(time.time() * 1000)  # what is older than the topic's retention would be gone before it is read
    body = _BODY.pack(codec, last, at_ms, at_ms, -1, -1, -1, len(values)) + PACKERS[codec](unpacked)
    return _HEAD.pack(first, len(body) + 9, -1, 2, calc_crc32c(body)) + body


def publish_raw(address: str, topic: str, partition: int, batch: bytes) -> int:
    """Publish a batch; the offset of its first record."""

    def published() -> tuple[int, int] | None:
        error, first = asyncio.run(_publish(address, topic, partition, batch))
        return None if error in NOT_YET else (error, first)

    error, first = until(published, f"{topic} {partition} has a leader")
    assert error == 0, f"the broker refused the batch: error {error}"
    return int(first)


async def _publish(address: str, topic: str, partition: int, batch: bytes) -> tuple[int, int]:
    client: Any = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        request = ProduceRequest(None, 1, 30_000, [(topic, [(partition, batch)])])
        answer = await client.send(leader, request)
    finally:
        await client.close()
    (_, ((_, error, first, *_),)) = answer.topics[0]
    return int(error), int(first)


def _record(delta: int, value: bytes) -> bytes:
    body = b"\0" + _varint(0) + _varint(delta) + _varint(1) + b"k" + _varint(len(value)) + value + _varint(0)
    return _varint(len(body)) + body


def _varint(number: int) -> bytes:
    out = bytearray()
    encode_varint(number, out.append)
    return bytes(out)
