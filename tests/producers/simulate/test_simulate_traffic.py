"""Simulated traffic: the same from the same seed, in its statistics like real one, broken where it is told to be."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from producers.files.csv_rows import RowFiles
from producers.rows import MINUTE_MS, Row
from producers.simulate.files import AUTH_CODES, LABELS, TRANSACTIONS, write
from producers.simulate.incidents import KINDS, SimulatedIncident, parse
from producers.simulate.labels import labels
from producers.simulate.profile import APPROVED_CODE, SHARES, Profile
from producers.simulate.traffic import Traffic, TrafficPlan
from tests.producers.rows_kit import by_minute

MONDAY_MS = int(datetime(2025, 3, 3, tzinfo=UTC).timestamp()) * 1000
DAY = 1440
FLAT = Profile(rate=200.0, trough=1.0, weekend=1.0, level=0.0)


def series(rows: Iterable[Row], minutes: int, key: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Counts of a status or of an auth code by minute."""
    found = np.zeros(minutes, np.int64)
    for row in rows:
        if key in (row.status, row.auth_code):
            found[(row.timestamp_ms - MONDAY_MS) // MINUTE_MS] += row.count
    return found


def plan(seed: int = 1, minutes: int = DAY, **more: Any) -> TrafficPlan:
    return TrafficPlan(seed=seed, start_ms=MONDAY_MS, minutes=minutes, **{"profile": FLAT, **more})


def incident(kind: str, at: int, minutes: int, factor: float | None = None) -> SimulatedIncident:
    """An incident `at` so many minutes from the start."""
    return SimulatedIncident(
        kind, MONDAY_MS + at * MINUTE_MS, minutes, KINDS[kind].factor if factor is None else factor
    )


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    wanted = plan(7, 300, random_incidents=2)
    for folder in ("first", "second"):
        write(wanted, tmp_path / folder)
    for name in (TRANSACTIONS, AUTH_CODES, LABELS):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_another_seed_is_other_traffic() -> None:
    assert list(Traffic(plan(1, 30)).rows()) != list(Traffic(plan(2, 30)).rows())


def test_the_statuses_have_their_shares() -> None:
    found: Counter[str] = Counter()
    for row in Traffic(plan(3, 5 * DAY)).by_status():
        found[row.status or ""] += row.count
    whole = found.total()
    assert whole == pytest.approx(200 * 5 * DAY, rel=0.01)
    for status, share in SHARES.items():
        # Five standard deviations of a binomial, widened for the over-dispersion.
        assert abs(found[status] - share * whole) < 5 * np.sqrt(2 * share * whole)


def test_in_every_minute_the_codes_are_those_of_the_approved_and_the_denied() -> None:
    traffic = Traffic(plan(4, 300, incidents=(incident("denied_51", 130, 20), incident("denied_all", 200, 20))))
    codes: Counter[tuple[int, bool]] = Counter()
    for row in traffic.by_auth_code():
        codes[row.timestamp_ms, row.auth_code == APPROVED_CODE] += row.count
    statuses = Counter(
        {
            (r.timestamp_ms, r.status == "approved"): r.count
            for r in traffic.by_status()
            if r.status in ("approved", "denied")
        }
    )
    assert codes == statuses


def test_counts_spread_more_than_chance_alone_would_make_them() -> None:
    traffic = Traffic(plan(5, 10 * DAY))
    for status, spread in (("approved", 1.7), ("denied", 1.28), ("reversed", 1.0)):
        counts = series(traffic.by_status(), 10 * DAY, status)
        assert counts.var() / counts.mean() == pytest.approx(spread, rel=0.05)


def test_nights_and_weekends_are_quiet() -> None:
    profile = Profile(rate=200.0, trough=0.1, weekend=0.5, level=0.0)
    counts = series(Traffic(plan(6, 7 * DAY, profile=profile)).by_status(), 7 * DAY, "approved").reshape(7, 96, 15)
    quarters = counts[:5].mean(axis=(0, 2))
    assert quarters.argmin() in (15, 16)
    assert quarters.min() / quarters.max() == pytest.approx(0.1, rel=0.15)
    assert counts[5:].mean() / counts[:5].mean() == pytest.approx(0.5, rel=0.02)


def test_the_slow_level_wanders_and_comes_back() -> None:
    steady, wandering = (
        series(Traffic(plan(8, 4 * DAY, profile=Profile(200.0, 1.0, 1.0, level))).by_status(), 4 * DAY, "approved")
        for level in (0.0, 0.1)
    )
    hourly = [counts.reshape(-1, 60).mean(axis=1).std() for counts in (steady, wandering)]
    assert hourly[1] > 3 * hourly[0]
    assert wandering.mean() == pytest.approx(steady.mean(), rel=0.1)


def test_amounts_are_those_of_the_transactions() -> None:
    rows = list(Traffic(plan(9, DAY)).by_status())
    assert all(row.amount and row.amount > 0 for row in rows)
    assert sum(row.amount or 0 for row in rows) / sum(row.count for row in rows) == pytest.approx(FLAT.ticket, rel=0.02)


@pytest.mark.parametrize(
    ("kind", "risen"),
    [
        ("denied_51", {"denied", "51"}),
        ("denied_59", {"denied", "59"}),
        ("denied_all", {"denied", "51", "59"}),
        ("denied_spike", {"denied", "51", "59"}),
        ("failed_burst", {"failed"}),
        ("reversed_rise", {"reversed"}),
        ("backend_reversed_rise", {"backend_reversed"}),
        ("organic_surge", {"approved", "denied", "51", "59", "failed", "reversed", "backend_reversed"}),
    ],
)
def test_an_incident_raises_its_own_keys_and_only_in_its_minutes(kind: str, risen: set[str]) -> None:
    busy = Profile(rate=5_000.0, trough=1.0, weekend=1.0, level=0.0)
    rows = list(Traffic(plan(10, 900, profile=busy, incidents=(incident(kind, 400, 120),))).rows())
    for key in ("approved", "denied", "51", "59", "failed", "reversed", "backend_reversed"):
        counts = series(rows, 900, key)
        before, within, after = counts[:400], counts[400:520], counts[520:]
        ratio = within.mean() / np.concatenate((before, after)).mean()
        assert bool(ratio > 1.5) is (key in risen), f"{key} is {ratio:.2f} times its normal level"
        assert before.mean() == pytest.approx(after.mean(), rel=0.2), key


def test_what_is_denied_more_is_approved_less() -> None:
    normal, broken = (
        list(Traffic(plan(11, 600, incidents=given)).by_status()) for given in ((), (incident("denied_all", 200, 300),))
    )
    totals = [sum(row.count for row in rows) for rows in (normal, broken)]
    assert totals[1] == pytest.approx(totals[0], rel=0.01)
    assert series(broken, 600, "approved").sum() < series(normal, 600, "approved").sum()


def test_a_total_outage_leaves_no_row() -> None:
    rows = list(Traffic(plan(12, 300, incidents=(incident("total_outage", 150, 15),))).rows())
    minutes = {(row.timestamp_ms - MONDAY_MS) // MINUTE_MS for row in rows}
    assert set(range(300)) - minutes == set(range(150, 165))


def test_a_partial_outage_leaves_its_part_of_everything() -> None:
    rows = list(Traffic(plan(13, 600, incidents=(incident("partial_outage", 200, 200, 0.3),))).rows())
    for key in ("approved", "denied"):
        counts = series(rows, 600, key)
        assert counts[200:400].mean() / counts[:200].mean() == pytest.approx(0.3, rel=0.15)


def test_an_incident_of_one_scope_leaves_the_others_alone() -> None:
    broken = SimulatedIncident("total_outage", MONDAY_MS + 150 * MINUTE_MS, 15, 0.0, "shop-a")
    rows = list(Traffic(plan(14, 300, scopes={"shop-a": 3, "shop-b": 1}, incidents=(broken,))).by_status())
    silent = {
        scope: 300 - len({row.timestamp_ms for row in rows if row.scope == scope}) for scope in ("shop-a", "shop-b")
    }
    assert silent == {"shop-a": 15, "shop-b": 0}
    counts = {scope: sum(row.count for row in rows if row.scope == scope) for scope in silent}
    assert counts["shop-a"] / counts["shop-b"] == pytest.approx(3 * 285 / 300, rel=0.1)


def test_rows_come_in_event_time_order_and_none_is_empty() -> None:
    rows = list(Traffic(plan(15, 200, profile=Profile(rate=2.0))).rows())
    assert [row.timestamp_ms for row in rows] == sorted(row.timestamp_ms for row in rows)
    assert all(row.count > 0 for row in rows)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("denied_51@2025-03-03T10:15+20", SimulatedIncident("denied_51", MONDAY_MS + 615 * MINUTE_MS, 20, 4.0)),
        ("denied_51@2025-03-03T10:15:00Z+20", SimulatedIncident("denied_51", MONDAY_MS + 615 * MINUTE_MS, 20, 4.0)),
        ("total_outage@2025-03-03 00:00+1", SimulatedIncident("total_outage", MONDAY_MS, 1, 0.0)),
        (
            "failed_burst@2025-03-03T00:01+8x2.5/shop-a",
            SimulatedIncident("failed_burst", MONDAY_MS + MINUTE_MS, 8, 2.5, "shop-a"),
        ),
    ],
)
def test_an_incident_is_read_as_people_write_it(spec: str, wanted: SimulatedIncident) -> None:
    assert parse(spec) == wanted


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("denied_51", "write KIND@START"),
        ("denied_99@2025-03-03T10:15+20", "denied_51, denied_59"),
        ("denied_51@2025-13-03T10:15+20", "no such time"),
        ("denied_51@2025-03-03T10:15+0", "one minute or more"),
        ("denied_51@2025-03-03T10:15:30+5", "whole minute"),
        ("denied_51@2025-03-03T10:15+5x1.2.3", "no such time or factor"),
    ],
)
def test_what_is_no_incident_is_refused_with_the_reason(spec: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(spec)


def test_random_incidents_keep_away_from_the_start_and_from_each_other() -> None:
    given = incident("denied_51", 500, 20)
    found = Traffic(plan(16, 2 * DAY, incidents=(given,), random_incidents=8)).incidents
    assert len(found) == 9
    assert given in found
    assert found[0].start_ms >= MONDAY_MS + 120 * MINUTE_MS
    for one, next_one in pairwise(found):
        assert next_one.start_ms - one.last_ms > 60 * MINUTE_MS


def test_more_random_incidents_than_fit_in_are_refused() -> None:
    with pytest.raises(ValueError, match="ask for fewer"):
        Traffic(plan(17, 400, random_incidents=9))


def test_an_incident_outside_of_the_simulated_time_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        plan(18, 60, incidents=(incident("denied_51", 60, 5),))


def test_labels_say_what_broke_and_where_not_to_look() -> None:
    broken = (incident("organic_surge", 300, 30), incident("denied_51", 200, 20))
    found = labels(MONDAY_MS, 400, broken)
    assert [(one["id"], one["type"], one["expect"], one["start"][11:16], one["end"][11:16]) for one in found] == [
        ("scope", "scope", "scope", "00:00", "06:39"),
        ("warmup", "warmup", "ignore", "00:00", "01:59"),
        ("001", "denied_51", "alert", "03:20", "03:39"),
        ("002", "organic_surge", "quiet", "05:00", "05:29"),
    ]
    assert found[2]["keys"] == ["denied", "51", "approved"]
    assert found[3]["keys"] == []


def test_written_files_are_read_back_as_the_rows_they_were_made_of(tmp_path: Path) -> None:
    traffic = write(plan(19, 120, scopes={"shop-a": 2, "shop-b": 1}), tmp_path)
    found = by_minute(RowFiles([tmp_path / TRANSACTIONS, tmp_path / AUTH_CODES]))
    assert found == by_minute(traffic.rows())
