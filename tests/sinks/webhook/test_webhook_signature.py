import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from sinks.http.signature import sign, verify

BODY = b'{"data":1}'


def test_the_signature_is_hmac_sha256_over_the_time_a_dot_and_the_body() -> None:
    expected = hmac.new(b"s3cret", b"1752343620." + BODY, hashlib.sha256).hexdigest()
    assert sign([b"s3cret"], BODY, 1752343620) == f"t=1752343620,v1={expected}"


@given(st.binary(min_size=1), st.binary(), st.integers(min_value=0, max_value=2**33))
def test_what_is_signed_verifies(secret: bytes, body: bytes, at_s: int) -> None:
    assert verify(secret, sign([secret], body, at_s), body, at_s)


def test_both_secrets_verify_while_one_is_being_replaced() -> None:
    header = sign([b"new", b"old"], BODY, 1000)
    assert verify(b"new", header, BODY, 1000)
    assert verify(b"old", header, BODY, 1000)
    assert not verify(b"other", header, BODY, 1000)


def test_another_body_does_not_verify() -> None:
    assert not verify(b"s", sign([b"s"], BODY, 1000), BODY + b" ", 1000)


def test_another_time_does_not_verify() -> None:
    header = sign([b"s"], BODY, 1000).replace("t=1000", "t=1001")
    assert not verify(b"s", header, BODY, 1000)


def test_an_old_signature_does_not_verify() -> None:
    header = sign([b"s"], BODY, 1000)
    assert verify(b"s", header, BODY, 1300)
    assert not verify(b"s", header, BODY, 1301)
    assert not verify(b"s", header, BODY, 699)


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    assert not verify(b"s", header, BODY, 1000)


def test_two_times_do_not_verify() -> None:
    header = sign([b"s"], BODY, 1000)
    assert not verify(b"s", f"t=1000,{header}", BODY, 1000)
