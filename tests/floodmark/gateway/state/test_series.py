"""Minutes are packed and come back as they were; of two of one minute the newer counts; what is old goes."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.gateway.state.minutes import DAY, Minutes
from floodmark.gateway.state.series import VERDICTS, KnownMinute, SeriesMinutes
from tests.floodmark.gateway.topic_kit import M0, MINUTE_MS, NOW_MS
from tests.processors.domain.build import PROPERTY

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def seen(minute: int = M0, **changes: Any) -> KnownMinute:
    fields: dict[str, Any] = {
        "minute": minute * MINUTE_MS,
        "scope": "all",
        "dimension": "status",
        "key": "denied",
        "count": 5,
        "total": 100,
        "verdict": "normal",
    }
    return KnownMinute(**fields | changes)


records = st.builds(
    lambda place, words, **fields: seen(M0 + place, **fields, **words),
    st.integers(0, 200),
    st.fixed_dictionaries({"rules": st.lists(st.text(min_size=1), min_size=1), "terms": st.just({"a": 1.5})})
    | st.just({}),
    count=st.integers(-(2**63), 2**63 - 1),
    total=st.integers(0, 2**63 - 1),
    amount=st.integers(-(2**127), 2**127 - 1),
    verdict=st.sampled_from(VERDICTS),
    expected=numbers,
    low=numbers,
    high=numbers,
    mean=numbers,
    std=numbers,
    z=numbers,
    score=st.floats(0, 100),
    revision=st.integers(1, 2**32 - 1),
    version=st.integers(0, 2**64 - 1),
)


@PROPERTY
@given(st.lists(records, max_size=20))
def test_what_is_kept_of_a_minute_is_the_newest_record_of_it_bit_for_bit(given_records: list[KnownMinute]) -> None:
    series = SeriesMinutes("all", "status", "denied")
    newest: dict[int, KnownMinute] = {}
    for each in given_records:
        minute = each.minute // MINUTE_MS
        before = newest.get(minute)
        is_news = before is None or (each.version, each.revision) >= (before.version, before.revision)
        assert series.put(minute, each) == is_news
        if is_news:
            newest[minute] = each
    expected = [newest[minute] for minute in sorted(newest)]
    assert list(series.between(M0, M0 + 200)) == expected
    assert [series.at(minute) for minute in sorted(newest)] == expected
    assert series.at(M0 - 1) is None


@pytest.mark.parametrize(
    "change",
    [
        {"count": 2**63},
        {"total": -(2**63) - 1},
        {"version": 2**64},
        {"revision": 2**32},
        {"amount": 2**127},
        {"score": 101.0},
    ],
)
def test_a_number_that_nobody_can_have_counted_is_left_out(change: dict[str, Any]) -> None:
    minutes = Minutes()
    assert not minutes.put(seen(**change), NOW_MS)
    assert [seen for each in minutes.series() for seen in each.between(0, M0)] == []


def test_a_day_is_kept_that_ends_with_the_newest_minute() -> None:
    minutes = Minutes()
    for at in range(M0 - 3 * DAY, M0 + 1, 30):
        minutes.put(seen(at), NOW_MS)
    (series,) = minutes.series()
    kept = [each.minute // MINUTE_MS for each in series.between(0, M0)]
    assert kept[-1] == M0
    assert minutes.first <= M0 - DAY + 1
    assert kept[0] >= minutes.first > M0 - DAY - 60
    assert not minutes.put(seen(M0 - 2 * DAY), NOW_MS)


def test_a_minute_from_the_future_moves_nothing() -> None:
    minutes = Minutes()
    assert minutes.put(seen(), NOW_MS)
    assert not minutes.put(seen(M0 + 1_000_000), NOW_MS)
    assert minutes.last == M0


def test_what_is_no_minute_or_no_word_is_left_out() -> None:
    minutes = Minutes()
    assert not minutes.put(msgspec.structs.replace(seen(), minute=M0 * MINUTE_MS + 1), NOW_MS)
    assert not minutes.put(seen(scope="a|b"), NOW_MS)
    assert not minutes.put(seen(key=""), NOW_MS)
    assert len(minutes) == 0


def test_many_series_are_kept_for_as_long_as_there_is_room() -> None:
    minutes = Minutes(max_blocks=50)
    for at in range(M0 - 600, M0 + 1, 20):
        for number in range(10):
            minutes.put(seen(at, scope=f"s{number}"), NOW_MS)
    assert len(minutes) == 10
    assert minutes.first > M0 - 600
    assert sum(each.blocks for each in minutes.series()) <= 50
    assert all(each.at(M0) is not None for each in minutes.series())


def test_a_series_that_is_older_than_what_is_kept_is_forgotten() -> None:
    minutes = Minutes()
    minutes.put(seen(M0 - 2 * DAY, scope="gone"), NOW_MS)
    minutes.put(seen(M0), NOW_MS)
    assert minutes.scopes == ["all"]


def test_anomalies_are_the_newest_first_and_of_one_minute_the_worst() -> None:
    minutes = Minutes()
    for at, key, score in ((M0, "a", 60.0), (M0, "b", 80.0), (M0 - 5, "a", 99.0), (M0 - 2, "a", 0.0)):
        minutes.put(seen(at, key=key, score=score, rules=["r"] if score else [], verdict="warning"), NOW_MS)
    assert [(each.minute // MINUTE_MS - M0, each.key) for each in minutes.anomalies()] == [
        (0, "b"),
        (0, "a"),
        (-5, "a"),
    ]


def test_a_minute_that_is_mended_is_no_anomaly_any_more() -> None:
    minutes = Minutes()
    minutes.put(seen(rules=["r"], version=1), NOW_MS)
    minutes.put(seen(version=2), NOW_MS)
    assert list(minutes.anomalies()) == []


def test_a_share_is_the_part_of_the_total() -> None:
    assert seen().share == 0.05
    assert seen(total=0, count=0).share is None
    assert math.isclose(seen(count=1, total=3).share or 0, 1 / 3)
