"""Numbers made short, and back."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.judging.planes import long, short, thick, thin
from tests.processors.domain.build import PROPERTY


@PROPERTY
@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 70_000) | st.integers(0, 300), max_size=70))
def test_whole_numbers_come_back(values: list[int]) -> None:
    assert long(short(values)) == values


@pytest.mark.parametrize(("high", "width"), [(255, 1), (256, 2), (65_536, 4), (2**32, 8)])
def test_they_take_as_many_bytes_as_the_largest(high: int, width: int) -> None:
    assert len(short([high, 0, 1])) == 1 + 3 * width
    assert short([]) == b""


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_beyond_64_bits_there_are_none(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        short([value])


@pytest.mark.parametrize("raw", [b"\1", b"\0\1", b"\3abc", b"\2abc", b"\x08"])
def test_what_are_no_whole_numbers_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="are no numbers"):
        long(raw)


@PROPERTY
@given(st.integers(1, 4), st.data())
def test_floats_come_back_bit_for_bit(groups: int, data: st.DataObject) -> None:
    numbers = data.draw(
        st.lists(st.floats() | st.integers(0, 5).map(float), min_size=12 * groups, max_size=12 * groups)
    )
    raw = struct.pack(f"<{12 * groups}d", *numbers)
    assert thick(thin(raw, 4, 24), groups, 4, 24) == raw


def test_what_is_the_same_throughout_is_written_once() -> None:
    assert len(thin(struct.pack("<48d", *[1.5] * 48), 48, 8)) == 1 + 8
    assert thin(b"", 48, 8) == thick(b"", 0, 48, 8) == b""


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: raw[:4], lambda _: b""])
def test_what_are_no_planes_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    raw = thin(struct.pack("<8d", *range(8)), 8, 8)
    with pytest.raises(ValueError):  # noqa: PT011 - numpy says it in words of its own
        thick(change(raw), 1, 8, 8)
