"""What is read while it is fetched is what would be read later."""

import asyncio
import json
from collections import deque
from itertools import pairwise

import numpy as np
import pytest
from confluent_kafka import KafkaError, Message
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.counting.rows import Rows, joined_rows
from processors.intake.chunk import Chunk
from processors.intake.fetching import PIECE, Fetcher
from processors.intake.gathered import Gathered, joined
from processors.intake.reading import ReadAhead, has_future, read
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from schemas.transaction import LATEST_MS
from tests.pipeline import wire
from tests.schemas.schema_samples import AT_MS, PROPERTY
from tests.waiting import until

Told = list[tuple[int, int, tuple[str, str | None, str | None], int, int]]

records = st.fixed_dictionaries(
    {"timestamp": st.sampled_from([AT_MS, AT_MS + 61_000, "2025-07-12T20:07:00+02:00"])},
    optional={
        "status": st.sampled_from(["approved", "Denied", "denied"]),
        "auth_code": st.sampled_from(["00", "51"]),
        "scope": st.sampled_from(["all", "m-1"]),
        "count": st.integers(0, 9),
        "amount": st.none() | st.integers(0, 9),
    },
).filter(lambda record: "status" in record or "auth_code" in record)
chunks = st.lists(records.map(lambda record: json.dumps(record).encode()), max_size=12)


def in_words(rows: Rows) -> Told:
    places = [rows.places[code] for code in rows.codes.tolist()]
    columns = (rows.offsets, rows.times_ms, rows.counts, rows.amounts)
    offsets, times, counts, amounts = (column.tolist() for column in columns)
    return list(zip(offsets, times, places, counts, amounts, strict=True))


def at_once(values: list[bytes], first: int = 0) -> Rows:
    rows, bad = read(values, np.arange(first, first + len(values)), LATEST_MS)
    assert not bad
    return rows


def ahead(values: list[bytes], *cuts: int) -> Rows | None:
    reader = ReadAhead()
    for first, end in pairwise([0, *cuts, len(values)]):
        reader.take(values[first:end])
    return reader.rows(np.arange(len(values)))


@PROPERTY
@given(chunks, st.integers(0, 12), st.integers(0, 12))
def test_read_in_pieces_is_read_at_once(values: list[bytes], one: int, other: int) -> None:
    rows = ahead(values, *sorted([min(one, len(values)), min(other, len(values))]))
    assert rows is not None
    assert in_words(rows) == in_words(at_once(values))


@PROPERTY
@given(st.lists(chunks, min_size=1, max_size=4))
def test_rows_that_are_joined_are_read_at_once(parts: list[list[bytes]]) -> None:
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    rows = joined_rows([at_once(part, first) for part, first in zip(parts, starts[:-1], strict=True)])
    assert in_words(rows) == in_words(at_once([value for part in parts for value in part]))
    assert len(set(rows.places)) == len(rows.places)


GOOD = b'{"timestamp":%d,"status":"approved"}' % AT_MS


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"[]",
        b'{"timestamp":%d}' % AT_MS,
        b'{"timestamp":1,"status":"approved"}',
        b'{"timestamp":%d,"status":"a|b"}' % AT_MS,
        b'{"punctuation":%d}' % AT_MS,
    ],
)
def test_where_one_must_be_looked_at_by_itself_none_is_read_ahead(bad: bytes) -> None:
    for values in ([GOOD, bad], [bad, GOOD], [GOOD, GOOD, bad]):
        assert ahead(values, 1) is None


def message(partition: int, offset: int, value: bytes | None = GOOD, error: KafkaError | None = None) -> Message:
    made: Message = Message("t", partition, offset, None, value, None, error, (2, 77), 0.0, 3)
    return made


def test_what_is_gathered_becomes_a_chunk_of_each_partition_and_words_about_others() -> None:
    gathered = Gathered([message(0, 4), message(1, 9)], reads_ahead=True)
    ended, ill = KafkaError(KafkaError._PARTITION_EOF), KafkaError(KafkaError._BAD_MSG)
    gathered.take([message(1, 10), message(2, 5, None, ended), message(0, 5), message(0, 7), message(3, 8, None, ill)])
    assert (gathered.size, gathered.drained) == (7, {2: 5})
    assert {partition: offset for partition, (_, offset) in gathered.troubled.items()} == {3: 8}
    chunks = {p: records.chunk("t", p, 3, 6) for p, records in gathered.by_partition.items()}
    assert {p: chunk.offsets.tolist() for p, chunk in chunks.items()} == {0: [4, 5, 7], 1: [9, 10]}
    for chunk in chunks.values():
        assert (chunk.after, chunk.last, chunk.generation) == (3, chunk.offsets[-1], 6)
        assert (chunk.leader_epoch, chunk.appended_ms, chunk.load) == (3, 77, len(chunk.offsets))
        rows, _ = read(chunk.values, chunk.offsets, LATEST_MS)
        assert chunk.rows is not None
        assert in_words(chunk.rows) == in_words(rows)


def test_what_is_not_read_ahead_has_no_rows() -> None:
    (records,) = Gathered([message(0, 4)]).by_partition.values()
    assert records.chunk("t", 0, 3, 6).rows is None


def test_chunks_that_have_been_read_are_joined_with_their_rows_and_others_without() -> None:
    read_ones = [Gathered([message(0, at)], reads_ahead=True).by_partition[0].chunk("t", 0, at - 1, 1) for at in (1, 2)]
    unread = Gathered([message(0, 3)]).by_partition[0].chunk("t", 0, 2, 1)
    both = joined(deque(read_ones), 9)
    assert both.rows is not None
    assert in_words(both.rows) == in_words(at_once([GOOD, GOOD], 1))
    assert joined(deque([*read_ones, unread]), 9).rows is None


def test_what_was_read_ahead_is_no_less_of_the_future() -> None:
    rows = at_once([GOOD])
    assert has_future(rows, AT_MS - 1)
    assert not has_future(rows, AT_MS)
    assert not has_future(at_once([]), 0)


def test_a_backlog_of_a_real_broker_is_read_ahead(embedded: str, topic_prefix: str) -> None:
    topics, count = Topics(topic_prefix), 3 * PIECE
    ensure_topics(embedded, topics.specs(2), replication=1)
    good = [b'{"timestamp":%d,"status":"approved","amount":%d}' % (AT_MS, number) for number in range(count)]
    wire.publish(embedded, topics.transactions, good, 2)

    async def fetched() -> list[Chunk]:
        found: list[Chunk] = []
        fetcher = Fetcher(embedded, topics.transactions, asyncio.Event(), reads_ahead=True)

        def is_all_read() -> bool:
            found.extend(fetcher.take([0, 1]).values())
            return sum(len(chunk.values) for chunk in found) == count

        fetcher.handover.assign({0: -1, 1: -1}, 1)
        fetcher.start(asyncio.get_running_loop())
        try:
            await asyncio.to_thread(until, is_all_read, lambda: f"{len(found)} chunks so far", 120.0, 0.05)
        finally:
            await asyncio.to_thread(fetcher.stop)
        return found

    chunks = asyncio.run(fetched())
    assert sorted(json.loads(v or b"")["amount"] for chunk in chunks for v in chunk.values) == list(range(count))
    for chunk in chunks:
        if chunk.rows is not None:
            assert in_words(chunk.rows) == in_words(read(chunk.values, chunk.offsets, LATEST_MS)[0])
    assert any(chunk.rows is not None for chunk in chunks)
