"""Dead letters without a broker: what is remembered of what was sent, and corrections."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.resend.dead_letters import Unsendable
from producers.resend.edits import correction
from producers.resend.resent import METADATA_BYTES, Resent, ResentError

offsets = st.lists(st.integers(0, 400), max_size=60)


@given(offsets, offsets, st.integers(0, 50))
def test_what_was_done_and_nothing_else_is_remembered(first: list[int], then: list[int], base: int) -> None:
    resent = Resent(base).with_done(first)
    resent = Resent.read(resent.base, resent.metadata()).with_done(then)
    found = Resent.read(resent.base, resent.metadata())
    wanted = {*range(base), *first, *then}
    assert {offset for offset in range(500) if offset in found} == wanted


@given(offsets)
def test_the_base_is_the_first_offset_that_is_not_done(done: list[int]) -> None:
    resent = Resent().with_done(done)
    assert resent.base not in resent
    assert all(offset > resent.base for offset in resent.beyond)


def test_offsets_that_retention_has_deleted_are_forgotten() -> None:
    resent = Resent(0).with_done([3, 10, 11]).begun_at(10)
    assert (resent.base, resent.beyond) == (12, frozenset())
    assert Resent(5).begun_at(2).base == 5


def test_a_long_run_beyond_a_letter_that_was_left_out_is_kept_in_few_bytes() -> None:
    resent = Resent().with_done(range(1, 200_000))
    assert len(resent.metadata()) < METADATA_BYTES
    assert Resent.read(0, resent.metadata()) == resent


def test_more_than_can_be_kept_is_refused_with_what_to_do() -> None:
    scattered = (n * n % 400_009 for n in range(40_000))
    with pytest.raises(ResentError, match="Send older ones first"):
        Resent().with_done(set(scattered) - {0}).metadata()


@pytest.mark.parametrize("metadata", ["not base64!", "bm90IHpsaWI="])
def test_metadata_of_somebody_else_are_no_memory_of_ours(metadata: str) -> None:
    with pytest.raises(ResentError, match="not ours"):
        Resent.read(0, metadata)


@pytest.mark.parametrize("value", [b"\xff\x00", b"{", b"", b'{ "count": "5" }'])
def test_without_corrections_the_bytes_stay_as_they_are(value: bytes) -> None:
    assert correction([])(value) is value


@pytest.mark.parametrize(
    ("setting", "field", "wanted"),
    [
        ("count=7", "count", 7),
        ("auth_code=51", "auth_code", "51"),
        ("status=denied", "status", "denied"),
        ("timestamp=1752327900000", "timestamp", 1_752_327_900_000),
        ("timestamp=2025-07-12T13:45:00Z", "timestamp", "2025-07-12T13:45:00Z"),
        ("amount=null", "amount", None),
        ("id=a=b", "id", "a=b"),
        ("source=5", "source", "5"),
    ],
)
def test_a_field_is_set_to_the_value_that_was_meant(setting: str, field: str, wanted: object) -> None:
    value = b'{"timestamp":1752327900000,"status":"failed","count":"x","more":[1]}'
    found = json.loads(correction(["count=1", setting])(value))
    assert found[field] == wanted
    assert found["more"] == [1]


def test_a_setting_that_is_no_utf_8_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="is no UTF-8"):
        correction(["status=caf\udce9"])


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"\xff", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[" * 5000, "is no JSON"),
        (b"[]", "is no JSON object"),
        (b"5", "is no JSON object"),
        (b"{}", "would still be no transaction"),
        (b'{"timestamp":1}', "would still be no transaction"),
    ],
)
def test_what_cannot_be_corrected_says_why(value: bytes, why: str) -> None:
    with pytest.raises(Unsendable) as caught:
        correction(["status=denied"])(value)
    assert caught.value.why.startswith(why)
