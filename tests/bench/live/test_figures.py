"""What the figures of the live bench are made of."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from tests.bench.live.checks import Check, Part, p50_p99, thirds
from tests.bench.live.errand import ErrandError, ErrandProcess, Stopped
from tests.bench.live.load import due
from tests.bench.live.traffic import MINUTE_MS, SERIES, CountedRows, Singles


def test_a_must_is_met_at_its_limit_and_one_that_was_not_measured_is_neither_met_nor_missed() -> None:
    assert Check("cost", "ms", 0.15, must=0.15).met
    assert Check("cost", "ms", 0.16, must=0.15).met is False
    assert Check("pace", "1/s", 0.16, must=0.15, at_least=True).met
    assert Check("turn", "s", None, must=0.2).met is None


def test_a_part_that_did_not_go_through_is_not_met_whatever_it_measured() -> None:
    good = Check("cost", "ms", 0.1, must=0.15)

    assert Part("cost", [good, Check("turn", "s", None, must=0.2)]).met
    assert not Part("cost", [good], failure="the worker ended").met


def test_thirds_follow_the_time_and_need_two_samples_each() -> None:
    assert thirds([1.0, 1.0, 2.0, 2.0, 9.0, 9.0]) == (1.0, 2.0, 9.0)
    assert thirds([1.0] * 5) is None


def test_percentiles_of_too_few_waits_are_not_told() -> None:
    assert p50_p99([0.5]) == {"number": 1}
    assert p50_p99([0.0, 1.0]) == {"p50": 0.5, "p99": 0.99, "max": 1.0, "number": 2}


def test_the_load_is_what_the_rate_asks_for_and_never_less_than_nothing() -> None:
    sent = 0
    for at_s in (0.01, 0.5, 2.0):
        sent += due(at_s, 200, sent)
    assert sent == 400
    assert due(1.0, 200, 400) == 0


def test_counted_rows_hold_every_series_of_every_scope_in_every_minute() -> None:
    rows = CountedRows(0, minutes=3, scopes=5)
    records = [json.loads(value) for value in rows.values()]
    cells = Counter((r["timestamp"], r["scope"], r.get("status"), r.get("auth_code")) for r in records)

    assert len(cells) == rows.series_minutes == 3 * 5 * SERIES
    assert set(cells.values()) == {1}
    by_dimension = [sum(r["count"] for r in records if field in r) for field in ("status", "auth_code")]
    assert by_dimension[0] == by_dimension[1] > 0


def test_single_transactions_come_in_event_time_order_and_the_same_each_time() -> None:
    what = Singles(0, number=950, per_minute=300, scopes=7)
    instants = [json.loads(value)["timestamp"] for value in what.values()]

    assert len(instants) == 950
    assert all(earlier <= later for earlier, later in pairwise(instants))
    assert 3 * MINUTE_MS <= instants[-1] < what.end_ms == 4 * MINUTE_MS
    assert list(what.values()) == list(what.values())


def _doubled(number: int, _: Stopped) -> int:
    if number < 0:
        raise ValueError(number)
    return 2 * number


def test_an_errand_in_another_process_tells_its_result_or_why_there_is_none() -> None:
    with ErrandProcess[int, int](_doubled, 21) as errand:
        assert errand.result(30) == 42
    with ErrandProcess[int, int](_doubled, -1) as errand, pytest.raises(ErrandError, match=r"ValueError\(-1\)"):
        errand.result(30)
