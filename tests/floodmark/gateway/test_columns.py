import math

import msgspec

from floodmark.gateway.columns import scope_columns, series_columns
from floodmark.gateway.kept_columns import KeptColumns
from floodmark.gateway.state.minutes import Minutes
from floodmark.gateway.state.series import KnownMinute
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, minute

NO_BAND = {"expected": None, "low": None, "high": None}


def seen(at: int = M0, **changes: object) -> KnownMinute:
    made = minute(at, **changes)
    return KnownMinute(**{name: getattr(made, name) for name in KnownMinute.__struct_fields__})


def of_scope(*all_seen: KnownMinute, first: int = M0, last: int = M0):  # type: ignore[no-untyped-def]
    minutes = Minutes()
    for each in all_seen:
        assert minutes.put(each, NOW_MS)
    return scope_columns("all", minutes.of_scope("all"), first, last)


def test_each_minute_has_its_place_and_one_without_a_record_is_null() -> None:
    columns = series_columns("status", "denied", [seen(M0, count=7), seen(M0 - 2, count=5)], M0 - 2, M0)
    assert columns.count == [5, None, 7]
    assert columns.total == [100, None, 100]
    assert columns.verdict == ["normal", None, "normal"]


def test_minutes_outside_are_left_out() -> None:
    columns = series_columns("status", "denied", [seen(M0 - 1), seen(M0 + 1)], M0, M0)
    assert columns.count == [None]


def test_numbers_have_no_digits_that_no_screen_shows() -> None:
    columns = series_columns("status", "denied", [seen(expected=4.56789, low=0.0, high=12345.678)], M0, M0)
    assert (columns.expected, columns.low, columns.high) == ([4.57], [0.0], [12346.0])


def test_of_a_scope_counts_and_expectations_add_up_and_distances_add_as_squares() -> None:
    columns = of_scope(
        seen(key="approved", count=90, expected=100.0, low=70.0, high=130.0),
        seen(key="denied", count=5, expected=10.0, low=-30.0 + 10.0, high=50.0),
    )
    assert columns.total == [95]
    assert columns.low == [round(110 - math.hypot(30, 30), 2)]
    assert columns.high == [round(110 + math.hypot(30, 40), 0)]


def test_auth_codes_are_no_transactions_but_their_score_counts() -> None:
    columns = of_scope(
        seen(key="approved", count=90), seen(dimension="auth_code", key="51", count=50, score=80.0, verdict="critical")
    )
    assert (columns.total, columns.scores) == ([90], [80.0])


def test_what_has_no_band_leaves_the_whole_without_one_unless_it_did_not_come() -> None:
    whole = seen(key="approved", count=90, expected=100.0, low=70.0, high=130.0)
    assert of_scope(whole, seen(key="new", count=1, **NO_BAND)).high == [None]
    assert of_scope(whole, seen(key="new", count=0, **NO_BAND)).high == [130]


def test_a_minute_without_statuses_is_null() -> None:
    columns = of_scope(seen(M0), first=M0 - 1)
    assert (columns.total, columns.low[0], columns.scores) == ([None, 5], None, [0.0, 0.0])


def test_columns_are_made_once_until_a_record_comes() -> None:
    minutes = Minutes()
    minutes.put(seen(M0 - 1), NOW_MS)
    kept = KeptColumns(minutes)
    first = kept.of("all", M0 - 1, M0)
    assert kept.of("all", M0 - 1, M0) is first
    assert msgspec.json.decode(bytes(first))[0]["count"] == [5, None]
    minutes.put(seen(M0, count=9), NOW_MS)
    assert msgspec.json.decode(bytes(kept.of("all", M0 - 1, M0)))[0]["count"] == [5, 9]
    assert msgspec.json.decode(bytes(kept.of("all", M0, M0)))[0]["count"] == [9]
