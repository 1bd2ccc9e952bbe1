"""What a judge reads: words of the count stage and acknowledgements, and nothing else."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.counting.packed import unpack
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.acknowledging import Acknowledgement, Release
from processors.domain.judging.planes import long, short
from processors.domain.window import MINUTE_MS
from processors.stages.partial_words import (
    MAX_SUM,
    MinuteWord,
    NotAPartial,
    OfMore,
    PartialWord,
    encode_word,
    newest_of,
    read_word,
)
from schemas.transaction import LATEST_MS
from tests.processors.domain.build import PROPERTY

COUNTS = b'{"status":{"approved":[2,30]}}'
MINUTE: dict[str, Any] = {"minute": 7, "scope": "all", "offset": 3, "counts": {"status": {"approved": [2, 30]}}}
WORD: dict[str, Any] = {"source": 1, "sources": 6, "epoch": 1, "offset": 3, "watermark_ms": 9, "minutes": [MINUTE]}


def written(**changed: Any) -> bytes:
    """A word with these fields otherwise."""
    return json.dumps(WORD | changed).encode()


def counting(counts: Any) -> bytes:
    """A word with these counts."""
    return written(minutes=[MINUTE | {"counts": counts}])


places = st.integers(0, 2**53 - 1)
instants = st.integers(0, LATEST_MS - 1)
minutes = st.builds(
    MinuteWord, st.integers(0, LATEST_MS // MINUTE_MS - 1), st.text(max_size=64), places, st.just(msgspec.Raw(COUNTS))
)


@PROPERTY
@given(
    st.builds(
        PartialWord,
        source=st.integers(0, 5),
        sources=st.just(6),
        epoch=places,
        offset=st.just(-1) | places,
        watermark_ms=st.none() | st.just(-300_001) | instants,
        idle=st.booleans(),
        minutes=st.lists(minutes, max_size=3),
        now_ms=st.none() | instants,
    )
)
def test_what_was_told_is_what_is_heard_and_counts_stay_packed(word: PartialWord) -> None:
    minutes = [PartialMinute(m.minute, m.scope, m.offset, COUNTS) for m in word.minutes]
    assert read_word(encode_word(word), 6) == Partial(
        word.source, word.sources, word.epoch, word.offset, word.watermark_ms, word.idle, minutes, word.now_ms
    )


def test_an_acknowledgement_is_read() -> None:
    told = Acknowledgement("4711", "shop", "ann", 5, "on it", 9, "pager", takes_over=True)
    assert read_word(msgspec.json.encode(told), 6) == told


def test_a_release_is_read_and_is_none_of_what_was_there_before_it() -> None:
    released = Release("4711", "shop", "ann", 5)
    raw = msgspec.json.encode(released)
    assert read_word(raw, 6) == released
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Acknowledgement)


FOREIGN = {
    "nothing": b"",
    "no JSON": b"\x00\x01garbage",
    "cut off": written()[:-1],
    "another object": b'{"hello":"world"}',
    "a list": b"[]",
    "more sources than there are": written(sources=7),
    "fewer sources than there are": written(sources=5),
    "a source beyond the last": written(source=6),
    "a negative source": written(source=-1),
    "a negative epoch": written(epoch=-1),
    "an offset before the first": written(offset=-2),
    "no offset": json.dumps({"source": 1, "sources": 6, "epoch": 1}).encode(),
    "a minute before the epoch": written(minutes=[MINUTE | {"minute": -1}]),
    "a negative offset of a minute": written(minutes=[MINUTE | {"offset": -1}]),
    "a scope that is no word": written(minutes=[MINUTE | {"scope": 7}]),
    "counts that are a list": counting([]),
    "counts without a key": counting({"status": [2, 30]}),
    "a lone count": counting({"status": {"approved": [2]}}),
    "a count, an amount and more": counting({"status": {"approved": [2, 30, 1]}}),
    "a count of nothing": counting({"status": {"approved": []}}),
    "a negative count": counting({"status": {"approved": [-2, 30]}}),
    "a negative amount": counting({"status": {"approved": [2, -30]}}),
    "a broken count": counting({"status": {"approved": [2.5, 30]}}),
    "a watermark after all records": written(watermark_ms=LATEST_MS),
    "an epoch after all others": written(epoch=2**53),
    "an offset after all others": written(offset=2**53),
    "a minute after all others": written(minutes=[MINUTE | {"minute": LATEST_MS // MINUTE_MS}]),
    "an offset of a minute after all others": written(minutes=[MINUTE | {"offset": 2**53}]),
    "a hole that never ends": written(gone={"records": 1, "since_ms": 0, "until_ms": LATEST_MS}),
    "a scope that is no UTF-8": written(minutes=[MINUTE | {"scope": "caf?"}]).replace(b"?", b"\xe9"),
    "counts of a word that is no UTF-8": counting({"status": {"caf?": [2, 30]}}).replace(b"?", b"\xe9"),
    "a field nobody asks for, a thousand deep": written(more=0).replace(b'"more": 0', b'"more": ' + b"[" * 5000),
    "counts a thousand deep": counting(0).replace(b'"counts": 0', b'"counts": ' + b"[" * 5000 + b"]" * 5000),
    "an acknowledgement that is no UTF-8": b'{"incident_id":"4711","scope":"shop","by":"Jos\xe9","at_ms":5}',
    "a watermark before all time": written(watermark_ms=-(10**20)),
    "a scope that is longer than a word": written(minutes=[MINUTE | {"scope": "x" * 65}]),
    "a key that is longer than a word": counting({"status": {"x" * 65: [2, 30]}}),
    "a dimension nobody counts by": counting({"volume": {"total": [2, 30]}}),
    "a count beyond 64 bits": counting({"status": {"approved": [2**64, 30]}}),
    "a count that no number of the machine holds": counting({"status": {"approved": [10**320, 30]}}),
    "counts that are too high together": counting({"auth_code": {str(n): [2**54, 0] for n in range(256)}}),
    "an amount that no number of the machine holds": counting({"status": {"approved": [2, 10**320]}}),
    "amounts that are too high together": counting({"status": {str(n): [2, 2**95] for n in range(2)}}),
    "more refused than can be counted": written(refused={"refused": 2**53}),
    "more gone than can be counted": written(gone={"records": 10**320, "since_ms": 0, "until_ms": 60_000}),
    "an acknowledgement after all time": b'{"incident_id":"4711","scope":"shop","by":"ann","at_ms":%d}' % (10**20),
    "an acknowledgement before all time": b'{"incident_id":"4711","scope":"shop","by":"ann","at_ms":-1}',
    "an acknowledgement that is a book": json.dumps(
        {"incident_id": "4711", "scope": "shop", "by": "ann", "at_ms": 5, "note": "x" * 10_001}
    ).encode(),
    "a count in words": counting({"status": {"approved": ["two", 30]}}),
}


def test_a_word_of_more_sources_may_be_ours_when_partitions_have_been_added_since() -> None:
    with pytest.raises(OfMore):
        read_word(written(sources=7), 6)


def test_of_a_word_from_before_partitions_were_added_the_counts_are_taken_and_not_the_watermark() -> None:
    old = read_word(written(sources=6), 12, 6)
    assert isinstance(old, Partial)
    assert (old.watermark_ms, [part.minute for part in old.minutes]) == (None, [MINUTE["minute"]])
    with pytest.raises(NotAPartial):
        read_word(written(sources=5), 12, 6)


NOON_MS = 1_752_321_600_000
NEWEST_MS = newest_of(NOON_MS, NOON_MS + 7 * 86_400_000, 300_000)
AHEAD = {
    "a watermark": written(watermark_ms=NEWEST_MS + 1),
    "a minute": written(minutes=[MINUTE | {"minute": NEWEST_MS // MINUTE_MS + 1}]),
    "the end of a hole": written(gone={"records": 1, "since_ms": 0, "until_ms": NEWEST_MS + 1}),
    "the beginning of a hole": written(gone={"records": 1, "since_ms": NEWEST_MS + 1, "until_ms": 0}),
}


@pytest.mark.parametrize("raw", AHEAD.values(), ids=AHEAD)
def test_a_word_of_what_no_record_can_have_been_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPartial, match="s after what can have been counted"):
        read_word(raw, 6, newest_ms=NEWEST_MS)


def test_the_newest_that_can_have_been_counted_is_taken() -> None:
    word = read_word(written(watermark_ms=NEWEST_MS), 6, newest_ms=NEWEST_MS)
    assert isinstance(word, Partial)
    assert word.watermark_ms == NEWEST_MS == NOON_MS + 360_000


def test_a_word_of_a_worker_whose_clock_is_fast_is_taken_without_its_time() -> None:
    word = read_word(written(now_ms=NEWEST_MS + 1), 6, newest_ms=NEWEST_MS)
    assert isinstance(word, Partial)
    assert (word.now_ms, word.watermark_ms) == (None, 9)


def test_where_the_broker_stamps_no_record_clocks_may_be_a_day_apart() -> None:
    assert newest_of(-1, NOON_MS, 300_000) == NOON_MS + 86_700_000


def test_a_clock_that_is_out_of_all_time_is_left_out() -> None:
    for now_ms in (-1, -(10**20), 10**20):
        word = read_word(written(now_ms=now_ms), 6)
        assert isinstance(word, Partial)
        assert word.now_ms is None


def test_what_is_told_of_a_minute_by_all_sources_can_be_stored() -> None:
    most = MAX_SUM // 6 - 1
    for counts in ({"approved": [most, 10**20]}, {f"key-{n:03}": [most // 200, 10**20] for n in range(200)}):
        word = read_word(counting({"status": counts}), 6)
        assert isinstance(word, Partial)
        told = [6 * sum(count for count, _ in unpack(word.minutes[0].counts)["status"].values())]
        assert long(short(told)) == told
    with pytest.raises(NotAPartial, match="it counts more by status than a minute can hold"):
        read_word(counting({"status": {"approved": [most, 0], "denied": [1, 0]}}), 6)


@pytest.mark.parametrize("raw", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_ours_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPartial):
        read_word(raw, 6)


def test_counts_of_many_keys_that_are_too_high_together_are_refused() -> None:
    with pytest.raises(NotAPartial):
        read_word(counting({"status": {f"key-{n}": [10**13 - 1, 0] for n in range(100_000)}}), 6)


@PROPERTY
@given(st.binary(max_size=60))
def test_no_bytes_lead_to_any_other_error(raw: bytes) -> None:
    with pytest.raises(NotAPartial):
        read_word(raw, 6)
