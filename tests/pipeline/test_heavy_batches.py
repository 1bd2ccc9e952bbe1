"""What unpacks to too much is seen before it is unpacked, and read batch by batch."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from processors.intake.careful import AT_ONCE, MAX_BATCH_BYTES, next_step
from processors.intake.lookout import AHEAD, TOO_HEAVY, Lookout, heavy_ones
from runtime.kafka.batches import GZIP, LZ4, RECORD_BYTES, SNAPPY, ZSTD, Outline, outlines
from runtime.kafka.client import ANSWER_BYTES
from runtime.kafka.leader import LogStretch
from tests.pipeline.raw_batches import packed_batch

MB = 1 << 20
PLAIN = [b'{"timestamp":%d,"status":"approved","count":1}' % number for number in range(2000)]
BOMB = [bytes(90 * MB)]


def unpacked(values: list[bytes], codec: int) -> int:
    (batch,) = outlines(packed_batch(values, codec))
    return batch.unpacked


@pytest.mark.parametrize("codec", [0, GZIP, SNAPPY, LZ4, ZSTD])
def test_a_batch_is_never_taken_for_less_than_it_unpacks_to(codec: int) -> None:
    for values in (PLAIN, [bytes(3 * MB)], [bytes(1000)] * 2000, [bytes(range(256)) * 4000]):
        assert unpacked(values, codec) >= sum(map(len, values))


@pytest.mark.parametrize("codec", [GZIP, LZ4, ZSTD])
def test_a_long_batch_is_not_taken_for_the_worst_that_it_could_be(codec: int) -> None:
    noise = random.Random(1).randbytes(300_000)
    assert len(noise) + 4 * MB <= unpacked([noise, bytes(4 * MB)], codec) <= len(noise) + 5 * MB


def test_what_unpacks_to_much_is_taken_for_that() -> None:
    assert 90 * MB <= unpacked(BOMB, ZSTD) <= 91 * MB


def test_a_batch_of_plain_traffic_is_not_taken_for_heavy() -> None:
    for codec in (0, GZIP, SNAPPY, LZ4, ZSTD):
        assert not list(heavy_ones(outlines(packed_batch(PLAIN, codec) * 40)))


def test_many_records_weigh_more_than_their_bytes() -> None:
    (batch,) = outlines(packed_batch([b""] * 5000, ZSTD))
    assert batch.weight == batch.unpacked + 5000 * RECORD_BYTES


def test_what_is_cut_off_is_left_for_the_next_look() -> None:
    whole = packed_batch(PLAIN, ZSTD)
    assert [batch.last for batch in outlines(whole + packed_batch(PLAIN, ZSTD, 2000)[:-1])] == [1999]
    assert list(outlines(whole[:40])) == []


def batch(first: int, size: int, weight: int) -> Outline:
    return Outline(first, first + 9, size, weight, 0, -1)


def test_small_batches_are_heavy_together_if_one_answer_holds_them() -> None:
    size = ANSWER_BYTES // 4
    near = [batch(10 * number, size, TOO_HEAVY // 3) for number in range(6)]
    assert [each.first for each in heavy_ones(near)] == [0, 10, 20]
    assert not list(heavy_ones(batch(10 * number, 2 * size, TOO_HEAVY // 3) for number in range(6)))


@dataclass
class Log:
    """A leader with one partition, of batches as long as an answer."""

    batches: list[bytes]
    asked: list[int] = field(default_factory=list)

    def stretches(self, topic: str, offsets: Mapping[int, int], each: int, most: int) -> dict[int, LogStretch]:
        self.asked.append(offsets[0])
        (end,) = (held.last + 1 for held in outlines(self.batches[-1]))
        wanted = [raw for raw in self.batches if next(outlines(raw)).last >= offsets[0]]
        return {0: LogStretch(b"".join(wanted[:5]), end)}


def log_of(size: int, batches: int, bombs: tuple[int, ...] = ()) -> Log:
    """Batches of so many offsets each, and bombs at these places."""
    return Log([packed_batch(BOMB if n in bombs else [b"{}"], ZSTD, n * size, size) for n in range(batches)])


def test_a_partition_that_was_looked_at_to_its_end_is_read_as_usual() -> None:
    log = log_of(100, 8)
    lookout = Lookout("t", log)
    lookout.look({0: -1})
    assert lookout.is_clear(0, -1)
    assert log.asked == [0, 500]
    lookout.look({0: 300})
    assert log.asked == [0, 500]


def test_who_doubts_looks_again() -> None:
    log = log_of(100, 3)
    lookout = Lookout("t", log)
    lookout.look({0: -1})
    log.batches.append(packed_batch(BOMB, ZSTD, 300))
    lookout.doubt([0])
    lookout.look({0: 299})
    assert not lookout.is_clear(0, 299)


def test_near_what_is_heavy_nothing_is_clear_until_it_is_passed() -> None:
    step = AHEAD // 10
    log = log_of(step, 40, bombs=(20, 21))
    lookout = Lookout("t", log)
    lookout.look({0: -1})
    assert lookout.is_clear(0, -1)
    clear = []
    for after in range(-1, 40 * step, step):
        lookout.look({0: after})
        clear.append(lookout.is_clear(0, after))
    assert clear == [True] * 11 + [False] * 11 + [True] * 19


def test_a_partition_that_cannot_be_looked_at_is_left_to_librdkafka() -> None:
    class Refusing(Log):
        def stretches(self, topic: str, offsets: Mapping[int, int], each: int, most: int) -> dict[int, LogStretch]:
            return {}

    lookout = Lookout("t", Refusing([]))
    lookout.look({0: 7})
    assert lookout.is_clear(0, 7)


def test_batch_by_batch_the_same_records_come() -> None:
    raw = packed_batch(PLAIN, ZSTD) + packed_batch(PLAIN, GZIP, 2000)
    step = next_step(LogStretch(raw, 4000), "t", 0, 1990)
    assert step is not None
    assert list(step.values) == [*PLAIN[1990:], *PLAIN]
    assert list(step.offsets) == list(range(1990, 4000))
    assert (step.following, step.trouble) == (4000, None)


def test_not_more_than_so_much_is_unpacked_at_once() -> None:
    large = [bytes(AT_ONCE * 2 // 3)]
    raw = b"".join(packed_batch(large, ZSTD, first) for first in range(3))
    step = next_step(LogStretch(raw, 3), "t", 0, 0)
    assert step is not None
    assert (list(step.offsets), step.following) == ([0], 1)


def test_a_batch_that_unpacks_to_more_than_is_taken_is_not_unpacked() -> None:
    raw = packed_batch([b"good"], LZ4) + packed_batch([bytes(MAX_BATCH_BYTES + MB)], ZSTD, 1)
    step = next_step(LogStretch(raw, 2), "t", 0, 0)
    assert step is not None
    assert (list(step.values), step.following) == ([b"good"], 1)
    bad = next_step(LogStretch(raw[next(outlines(raw)).size :], 2), "t", 0, 1)
    assert bad is not None
    assert bad.trouble is not None
    assert (bad.trouble.first, bad.trouble.last, bad.trouble.why) == (1, 1, "it unpacks to as much as 96 MB")
    assert bad.following == 2


def test_a_batch_that_cannot_be_unpacked_is_trouble_and_the_one_before_it_is_read() -> None:
    good, bad = packed_batch([b"good"], ZSTD), bytearray(packed_batch(PLAIN, ZSTD, 1))
    bad[-1] ^= 1
    step = next_step(LogStretch(good + bytes(bad), 2001), "t", 0, 0)
    assert step is not None
    assert (list(step.values), step.following) == ([b"good"], 1)
    refused = next_step(LogStretch(bytes(bad), 2001), "t", 0, 1)
    assert refused is not None
    assert refused.trouble is not None
    assert (refused.trouble.first, refused.trouble.last, refused.following) == (1, 2000, 2001)
