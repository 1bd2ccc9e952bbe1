"""What a worker says of records that it could not read: to the judges, to people, and never as counted."""

import asyncio
import time

import msgspec
import numpy as np

from processors.app import build_app
from processors.domain.counting.partial import Partial
from processors.domain.incidents.refusals import RefusedCount
from processors.intake.chunk import Chunk, UnreadableBatch
from processors.intake.reading import read
from processors.settings import WorkerSettings
from processors.stages.partial_words import PartialWord, encode_word, read_word, refused_word
from processors.stages.refused import FRESH_MS, RefusedBySource
from tests.pipeline.bad_records import NOON_MS, record

LATER_MS = NOON_MS + 3_600_000
GOOD, BAD = record(), record(count="1.5")


def chunk(*values: bytes, partition: int = 0) -> Chunk:
    return Chunk("transactions", partition, 6, 6 + len(values), list(values), np.arange(7, 7 + len(values)))


def noted(refused: RefusedBySource, at_ms: int, *values: bytes, partition: int = 0) -> int:
    """Read a chunk; how many rows can be counted."""
    one = chunk(*values, partition=partition)
    rows, bad = read(one.values, one.offsets, LATER_MS)
    refused.note(one, bad, at_ms)
    return len(rows.offsets)


def test_what_is_refused_is_no_row_and_is_told_with_its_place_and_field() -> None:
    refused = RefusedBySource()
    for second in range(0, 200, 10):
        assert noted(refused, NOON_MS + 1000 * second, *[GOOD] * 3, *[BAD] * 5, partition=2) == 3
        noted(refused, NOON_MS + 1000 * second, *[GOOD] * 8, partition=1)
    told = refused.word(2, 0, NOON_MS + 190_000)
    assert told is not None
    assert (told.refused, told.records, told.reason, told.field) == (100, 160, "type", "count")
    assert told.sample == f"transactions/2@14 {BAD.decode()}"
    assert refused.word(1, 0, NOON_MS + 190_000) is None
    assert refused.word(5, 0, NOON_MS) is None, "a source that was never read"


def test_people_are_told_how_many_why_and_when_for_a_while() -> None:
    refused = RefusedBySource()
    noted(refused, NOON_MS, GOOD)
    assert refused.remark(NOON_MS) == ""
    noted(refused, NOON_MS, *[BAD] * 1200, b"{", GOOD)
    assert refused.remark(NOON_MS + 12_000) == (
        "1,201 records put aside since the start (type 1,200, not_json 1), the last 12 s ago: see `floodmark dlq list`"
    )
    assert refused.remark(NOON_MS + FRESH_MS + 1) == ""


def test_a_worker_says_it_beside_what_else_it_could_not_count() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = build_app(WorkerSettings(topic_prefix="refused.", broker="127.0.0.1:1"))
    assert app.remark() == ""
    count, judge = app.stages
    count.missing.remark, judge.missing.remark = "7 records are gone", "so are 3 words"
    noted(count.refused, int(1000 * time.time()), GOOD, BAD)
    first, second, third = app.remark().split("; ")
    for outbox in {stage.outbox for stage in app.stages}:
        outbox.close()
    asyncio.set_event_loop(None)
    loop.close()
    assert (first, third) == ("7 records are gone", "so are 3 words")
    assert second.startswith("1 records put aside since the start (type 1)")


def test_it_travels_with_the_word_to_the_judge_and_words_without_it_are_as_ever() -> None:
    told = RefusedCount(95, 100, "type", "count", "transactions/2@14 {}")
    word = PartialWord(2, 6, 1, 14, NOON_MS, now_ms=NOON_MS, refused=refused_word(told))
    read_back = read_word(encode_word(word), 6)
    assert isinstance(read_back, Partial)
    assert read_back.refused == told
    plain = encode_word(PartialWord(2, 6, 1, 14, NOON_MS, refused=refused_word(None)))
    assert b"refused" not in plain
    read_back = read_word(plain, 6)
    assert isinstance(read_back, Partial)
    assert read_back.refused is None


def test_a_text_that_is_too_long_to_be_ours_is_cut_before_it_is_told() -> None:
    word = PartialWord(0, 1, 1, 0, 0, refused=refused_word(RefusedCount(1, 1, "r" * 999, "f" * 999, "s" * 9_999)))
    read_back = read_word(encode_word(word), 1)
    assert isinstance(read_back, Partial)
    assert read_back.refused == RefusedCount(1, 1, "r" * 100, "f" * 100, "s" * 1000)
    assert msgspec.json.decode(encode_word(word))["refused"]["refused"] == 1


def batch(first: int, records: int, last: int | None = None) -> Chunk:
    trouble = UnreadableBatch(
        first, first + records - 1 if last is None else last, records, "Invalid\x1b compression", b""
    )
    return Chunk("transactions", 3, first - 1, trouble.last, trouble=trouble)


def test_batches_that_nobody_can_read_are_told_like_records_that_nobody_can() -> None:
    refused = RefusedBySource()
    for second in range(0, 200, 10):
        note(refused, batch(100 * second, 150), NOON_MS + 1000 * second)
    told = refused.word(3, 0, NOON_MS + 190_000)
    assert told is not None
    assert told.words == (
        "3,000 of the last 3,000 records were put aside, as unreadable_batch: "
        "transactions/3@19000 a batch of 150 records: Invalid\\x1b compression"
    )
    assert refused.remark(NOON_MS + 190_000).startswith("3,000 records put aside since the start (unreadable_batch")


def test_a_batch_is_no_more_records_than_it_has_offsets_for_and_one_at_least() -> None:
    refused = RefusedBySource()
    note(refused, batch(7, 2_000_000_000, last=8), NOON_MS)
    note(refused, batch(9, -1, last=9), NOON_MS)
    assert refused.remark(NOON_MS).startswith("3 records put aside")


def note(refused: RefusedBySource, one: Chunk, at_ms: int) -> None:
    assert isinstance(one.trouble, UnreadableBatch)
    refused.note_batch(one, one.trouble, at_ms)
