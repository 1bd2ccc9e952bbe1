"""What is said of partitions that cannot be read, and of batches that nobody can."""

import asyncio
from dataclasses import dataclass

import pytest
from confluent_kafka import KafkaError

from processors.intake.ailing import Ailing
from processors.intake.fetching import Fetcher
from processors.metrics import WorkerMetrics
from runtime.kafka.leader import Batch, batch_of
from runtime.kafka.unreadable import DOUBTS, Doubts
from tests.pipeline.raw_batches import zstd_batch

WHOLE = zstd_batch([b"one", b"two", b"three"])
DAMAGED = WHOLE[:-1] + bytes([WHOLE[-1] ^ 1])


@dataclass
class Clock:
    now: float = 50.0

    def __call__(self) -> float:
        return self.now


def test_what_cannot_be_read_for_long_is_told_with_the_last_error_and_since_when() -> None:
    clock = Clock()
    ailing = Ailing("transactions", clock)
    ailing.is_ill(3, "first")
    clock.now += 8
    ailing.is_ill(3, "second")
    assert ailing.complaint(10) is None
    clock.now += 4
    assert ailing.complaint(10) == "partition 3 of transactions cannot be read for 12 s: second"
    ailing.is_well(3)
    assert ailing.complaint(10) is None


def test_the_errors_of_a_topic_are_counted_from_none_on() -> None:
    """A counter that begins with its first error shows no increase then, and the alert on it asks for one."""
    metrics = WorkerMetrics()

    def counted() -> float | None:
        return metrics.registry.get_sample_value("floodmark_worker_fetch_errors_total", {"topic": "transactions"})

    ailing = Ailing("transactions", metrics=metrics)
    assert counted() == 0
    ailing.is_ill(3, "first")
    assert counted() == 1


def test_a_batch_tells_where_it_ends_without_being_unpacked() -> None:
    batch = batch_of(WHOLE + b"the beginning of the next one", 1)
    assert (batch.first, batch.last, batch.records, batch.raw) == (0, 2, 3, WHOLE)
    assert batch.is_intact
    assert not batch_of(DAMAGED, 0).is_intact
    assert not batch_of(WHOLE[:-1], 0).is_intact


NO_HEADER = {
    "nothing": b"",
    "cut short": WHOLE[:20],
    "of another format": WHOLE[:16] + b"\x01" + WHOLE[17:],
    "zeroes": bytes(len(WHOLE)),
}


@pytest.mark.parametrize("raw", NO_HEADER.values(), ids=NO_HEADER)
def test_what_has_no_sensible_header_is_passed_offset_by_offset(raw: bytes) -> None:
    batch = batch_of(raw, 7)
    assert (batch.first, batch.last, batch.records) == (7, 7, 1)


def test_a_batch_before_the_offset_is_no_answer() -> None:
    assert (batch_of(WHOLE, 3).first, batch_of(WHOLE, 3).last) == (3, 3)


def asked(code: int, batch: Batch) -> int:
    """How often it is asked for again."""
    doubts = Doubts()
    return sum(doubts.are_left(0, batch, KafkaError(code)) for _ in range(10))


def test_only_what_lies_there_undamaged_is_asked_for_again() -> None:
    assert asked(KafkaError._BAD_MSG, batch_of(WHOLE, 0)) == DOUBTS
    assert asked(KafkaError._BAD_MSG, batch_of(DAMAGED, 0)) == 0
    assert asked(KafkaError._BAD_COMPRESSION, batch_of(WHOLE, 0)) == 0


def test_partitions_whose_leader_is_silent_are_left_out_for_now_and_named() -> None:
    fetcher = Fetcher("127.0.0.1:1", "t", asyncio.Event())
    try:
        fetcher.handover.leader_epochs = {0: 1, 1: 1}
        assert fetcher.mending.find_cuts({0: 5, 1: 5, 2: 5}) == {0, 1}
        assert fetcher.ailing.complaint(-1) is not None
    finally:
        fetcher._consumer.close()
