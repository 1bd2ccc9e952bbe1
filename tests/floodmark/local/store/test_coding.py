import gzip
import io
import tempfile
import zlib
from typing import Any

import lz4.frame  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.local.store.coding import COMPRESSORS, choose, decoded, zstd
from floodmark.queries.errors import StoreError

ENCODE: dict[str, Any] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
    "": bytes,
}


@pytest.mark.parametrize("coding", sorted(ENCODE))
@given(chunks=st.lists(st.binary(max_size=100)))
def test_what_the_store_compresses_it_reads_again(coding: str, chunks: list[bytes]) -> None:
    compressor = COMPRESSORS[coding]()
    with tempfile.SpooledTemporaryFile() as body:
        for chunk in chunks:
            body.write(compressor.compress(chunk))
        body.write(compressor.flush())
        body.seek(0)
        assert b"".join(decoded(body, coding, 10**6)) == b"".join(chunks)


@pytest.mark.parametrize("coding", ["gzip", "lz4", "zstd"])
def test_a_body_of_several_frames_is_one_body(coding: str) -> None:
    body = ENCODE[coding](b"one,") + ENCODE[coding](b"two,") + ENCODE[coding](b"three")
    assert b"".join(decoded(io.BytesIO(body), coding, 100)) == b"one,two,three"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "lz4", "zstd"])
def test_a_body_that_is_cut_short_is_an_error(coding: str) -> None:
    body = ENCODE[coding](bytes(range(256)) * 40)[:-5]
    with pytest.raises(StoreError) as refused:
        b"".join(decoded(io.BytesIO(body), coding, 10**6))
    assert refused.value.code == 271


@pytest.mark.parametrize("coding", ["gzip", "deflate", "lz4", "zstd"])
def test_a_body_that_is_something_else_is_an_error(coding: str) -> None:
    with pytest.raises(StoreError, match=f"not {coding}"):
        b"".join(decoded(io.BytesIO(b"SELECT 1"), coding, 100))


@pytest.mark.parametrize("coding", ["", "gzip", "deflate", "lz4", "zstd"])
def test_a_body_above_the_limit_is_refused(coding: str) -> None:
    body = ENCODE[coding](bytes(5_000_000))
    chunks = decoded(io.BytesIO(body), coding, 3_000_000)
    with pytest.raises(StoreError, match="larger than 3000000 bytes"):
        b"".join(chunks)


def test_an_unknown_coding_names_those_that_are_served() -> None:
    with pytest.raises(StoreError, match="lz4, zstd, gzip, deflate"):
        next(decoded(io.BytesIO(b"x"), "br", 10))


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("lz4,zstd,gzip,deflate", "lz4"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("br", ""),
        ("", ""),
    ],
)
def test_a_response_gets_the_cheapest_coding_that_is_accepted(accepted: str, chosen: str) -> None:
    assert choose(accepted) == chosen
