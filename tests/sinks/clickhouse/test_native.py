"""Blocks in the format Native are what clickhouse-connect writes, and it reads from them what was put in."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.ctypes import RespBuffCls
from clickhouse_connect.driver.insert import InsertContext
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.clickhouse.errors import ErrorKind, kind
from sinks.clickhouse.native import ENCODERS, block
from sinks.clickhouse.rows import MinuteRow
from sinks.clickhouse.shape import TABLES
from sinks.clickhouse.tables import AT_ONCE, MINUTES
from tests.sinks.sink_kit import AT_MS

WORDS = st.text(max_size=5)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "DateTime('UTC')": st.integers(0, 2**32 - 1),
    "Nullable(DateTime('UTC'))": st.none() | st.integers(0, 2**32 - 1),
    "DateTime64(3, 'UTC')": st.integers(0, 2**42),
    "Bool": st.booleans(),
    "UInt32": st.integers(0, 2**32 - 1),
    "Int32": st.integers(-(2**31), 2**31 - 1),
    "Int64": INT64,
    "UInt64": st.integers(0, 2**64 - 1),
    "Nullable(Int64)": st.none() | INT64,
    "Int128": INT64 | st.integers(-(2**127), 2**127 - 1),
    "UInt128": st.integers(0, 2**63) | st.integers(0, 2**128 - 1),
    "Float64": FLOATS,
    "Nullable(Float64)": st.none() | FLOATS,
    "String": st.text(max_size=300),
    "Nullable(String)": st.none() | WORDS,
    "LowCardinality(String)": WORDS,
    "LowCardinality(Nullable(String))": st.none() | WORDS,
    "Array(String)": st.lists(WORDS, max_size=3),
    "Array(LowCardinality(String))": st.lists(WORDS, max_size=3),
    "Map(LowCardinality(String), Float64)": st.dictionaries(WORDS, FLOATS, max_size=3),
    "Map(LowCardinality(String), Int64)": st.dictionaries(WORDS, INT64, max_size=3),
}


class Body:
    """What the client reads an answer from."""

    exception_tag = None

    def __init__(self, raw: bytes) -> None:
        self.gen: Iterator[bytes] = iter((raw,))

    def close(self) -> None:
        pass


def theirs(kind_of: str, values: Sequence[Any]) -> bytes:
    """The block as the client writes it, without the statement before it."""
    context = InsertContext("t", ["x"], [get_from_name(kind_of)], [values], column_oriented=True)
    written = b"".join(NativeTransform.build_insert(context))
    assert context.insert_exception is None
    return written.split(b"Native\n", 1)[1]


def read(raw: bytes) -> dict[str, list[Any]]:
    """The columns of all blocks, as the client reads them."""
    found = NativeTransform.parse_response(RespBuffCls(Body(raw)), QueryContext())
    columns = zip(*found.result_rows, strict=True)
    return {name: list(values) for name, values in zip(found.column_names, columns, strict=True)}


def test_each_type_of_a_column_of_ours_is_known_and_tried() -> None:
    assert {kind for table in TABLES for kind in table.types} == set(ENCODERS) == set(VALUES)


@pytest.mark.parametrize("kind_of", VALUES)
def test_a_block_is_byte_for_byte_what_the_client_writes(kind_of: str) -> None:
    @settings(deadline=None, max_examples=30)  # the client imports much when it is first asked
    @given(st.lists(VALUES[kind_of], min_size=1, max_size=20))
    def holds(values: list[Any]) -> None:
        assert block(["x"], [kind_of], [values]) == theirs(kind_of, values)

    holds()


@pytest.mark.parametrize("distinct", [255, 256, 257, 65_535, 65_536, 65_537])
@pytest.mark.parametrize("kind_of", ["LowCardinality(String)", "LowCardinality(Nullable(String))"])
def test_many_words_are_numbered_in_as_many_bytes_as_they_need(kind_of: str, distinct: int) -> None:
    words = [f"shop {number}" for number in range(distinct)]
    assert block(["x"], [kind_of], [words]) == theirs(kind_of, words)


def test_numbers_that_are_none_are_null_or_zero_or_left_out() -> None:
    odd = MinuteRow(
        minute=AT_MS,
        scope="all",
        dimension="status",
        key="failed",
        count=1,
        total=2,
        share=float("nan"),
        verdict="normal",
        z=float("inf"),
        mean=1.5,
        score=float("nan"),
        terms={"a": 1.0, "b": float("-inf")},
        amount=-(2**127) + 1,
        offsets={"0": 2**63 - 1},
    )
    found = read(b"".join(MINUTES.blocks([odd], [0])))
    assert (found["share"], found["z"], found["mean"], found["score"]) == ([None], [None], [1.5], [0.0])
    assert (found["terms"], found["offsets"]) == ([{"a": 1.0}], [{"0": 2**63 - 1}])
    assert found["amount"] == [-(2**127) + 1]


def test_many_rows_are_several_blocks_and_none_is_left_out() -> None:
    rows = [
        MinuteRow(AT_MS + 60_000 * number, "all", "status", f"{number}", number, 9, None, "normal")
        for number in range(AT_ONCE + 2)
    ]
    blocks = list(MINUTES.blocks(rows, [AT_MS - 1, -1, *(AT_MS for _ in rows[2:])]))
    found = read(b"".join(blocks))
    assert len(blocks) == 2
    assert found["count"] == list(range(AT_ONCE + 2))
    assert [found["known_at"][at].timestamp() * 1000 for at in (0, 1, -1)] == [AT_MS - 1, 0, AT_MS]


@pytest.mark.parametrize(
    ("kind_of", "value"),
    [("UInt64", -1), ("Int64", 2**63), ("Int128", 2**127), ("UInt128", -1), ("UInt128", -(2**64)), ("Int64", "5")],
)
def test_what_does_not_fit_is_the_fault_of_the_row(kind_of: str, value: object) -> None:
    with pytest.raises((struct.error, OverflowError)) as raised:
        block(["x"], [kind_of], [[value]])
    assert kind(raised.value) is ErrorKind.ROW


def test_half_a_character_is_the_fault_of_the_row() -> None:
    with pytest.raises(UnicodeEncodeError) as raised:
        block(["x"], ["String"], [["\ud800"]])
    assert kind(raised.value) is ErrorKind.ROW
