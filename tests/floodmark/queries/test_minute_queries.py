"""What the library answers of minutes, hours, codes and scopes, counted anew from what was written."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import groupby
from statistics import mean

import pytest

from sinks.clickhouse.rows import MinuteRow
from tests.floodmark.queries.query_kit import DAY_MS, HOUR_MS, ODD, OF_STATUS, ask, counts, hours_of, ms
from tests.sample_store import Filled


def test_minutes_by_status(filled: Filled) -> None:
    rows = ask(filled, "minutes_by_status")
    by_minute = {at: list(found) for at, found in groupby(filled.sample.of(), key=lambda m: m.minute)}
    assert len(rows) == len(by_minute) > 1500
    for row in rows:
        found = by_minute[ms(row["minute"])]
        assert row["transactions"] == counts(found)
        assert [row[key] for key in OF_STATUS] == [counts(found, key) for key in OF_STATUS]
        assert row["others"] == sum(m.count for m in found if m.key not in OF_STATUS)


def test_failure_rates(filled: Filled) -> None:
    wanted = [
        (
            at,
            counts(found),
            counts(found, "failed"),
            counts(found, "denied"),
            counts(found, "reversed", "backend_reversed"),
        )
        for at, found in hours_of(filled.sample.of()).items()
    ]
    rows = ask(filled, "failure_rates")
    assert [(ms(r["hour"]), r["transactions"]) for r in rows] == [w[:2] for w in wanted]
    for row, (_, total, failed, denied, back) in zip(rows, wanted, strict=True):
        shares = (row["failed_share"], row["denied_share"], row["reversed_share"])
        assert shares == pytest.approx((failed / total, denied / total, back / total))


def test_failed_spikes(filled: Filled) -> None:
    failed = {m.minute: m.count for m in filled.sample.of() if m.key == "failed"}
    wanted = []
    for at, count in failed.items():
        before = [failed[b] for b in range(at - HOUR_MS, at, 60_000) if b in failed]
        if before and count >= 3 and count > 3 * mean(before):
            wanted.append((at, count, pytest.approx(mean(before))))
    assert wanted
    assert [(ms(r["minute"]), r["failed"], r["usual"]) for r in ask(filled, "failed_spikes")] == wanted
    # Asked from the second of them on, what is usual is still the mean of the whole hour before.
    later = datetime.fromtimestamp(wanted[1][0] / 1000, UTC).isoformat()
    found = ask(filled, "failed_spikes", **{"from": later})
    assert [(ms(r["minute"]), r["failed"], r["usual"]) for r in found] == wanted[1:]


def test_denied_anomalies(filled: Filled) -> None:
    wanted = [
        (m.minute, m.count, m.verdict, ", ".join(m.rules))
        for m in filled.sample.of()
        if m.key == "denied" and m.verdict in ODD
    ]
    assert wanted
    rows = ask(filled, "denied_anomalies")
    assert [(ms(r["minute"]), r["denied"], r["verdict"], r["found_by"]) for r in rows] == wanted


def test_current_and_baseline(filled: Filled) -> None:
    rows = {(r["dimension"], r["key"]): r for r in ask(filled, "current_and_baseline", minutes=30)}
    mine = filled.sample.of() + filled.sample.of("auth_code")
    newest = max(m.minute for m in mine)
    last = [m for m in mine if m.minute > newest - 30 * 60_000]
    assert set(rows) == {(m.dimension, m.key) for m in last}
    for (dimension, key), row in rows.items():
        judged = [m for m in last if (m.dimension, m.key) == (dimension, key) and m.expected is not None]
        assert row["observed"] == counts(judged)
        assert row["expected"] == pytest.approx(sum(m.expected or 0 for m in judged))


def test_five_minute_trends(filled: Filled) -> None:
    wanted: dict[tuple[str, int], int] = Counter()
    for m in filled.sample.of():
        wanted[(m.key, m.minute // 300_000 * 300_000)] += m.count
    rows = ask(filled, "five_minute_trends")
    assert {(r["key"], ms(r["five_minutes"])): r["count"] for r in rows} == wanted
    assert {row["key"] for row in rows if row["before"] is None} == {m.key for m in filled.sample.of()}
    for asked in (rows, ask(filled, "five_minute_trends", **{"from": "2025-03-04T10:02:00Z"})):
        for row in asked:
            before = wanted.get((row["key"], ms(row["five_minutes"]) - 300_000))
            assert row["before"] == before
            assert row["change"] == (None if before is None else row["count"] - before)
    assert {ms(row["five_minutes"]) for row in asked} == {at for _, at in wanted if at >= ms("2025-03-04T10:00:00Z")}


def test_performance_summary(filled: Filled) -> None:
    (row,) = ask(filled, "performance_summary")
    by_minute = {at: list(found) for at, found in groupby(filled.sample.of(), key=lambda m: m.minute)}
    total = counts(filled.sample.of())
    most = max(counts(found) for found in by_minute.values())
    assert (row["minutes"], row["transactions"], row["most_in_a_minute"]) == (len(by_minute), total, most)
    assert row["approval_rate"] == pytest.approx(counts(filled.sample.of(), "approved") / total)
    assert int(row["amount"]) == sum(m.amount for m in filled.sample.of())
    assert ms(row["busiest_minute"]) == next(at for at, found in by_minute.items() if counts(found) == most)
    assert row["revised_minutes"] == sum(any(m.revision > 1 for m in found) for found in by_minute.values()) >= 40


def test_hour_heat_map(filled: Filled) -> None:
    cells = defaultdict(list)
    for at, found in hours_of(filled.sample.of()).items():
        when = datetime.fromtimestamp(at / 1000, UTC)
        cells[(when.isoweekday(), when.hour)].append(found)
    rows = ask(filled, "hour_heat_map")
    assert {(r["weekday"], r["hour_of_day"]) for r in rows} == set(cells)
    for row in rows:
        of = cells[(row["weekday"], row["hour_of_day"])]
        all_of = [m for found in of for m in found]
        assert (row["hours"], row["per_hour"]) == (len(of), pytest.approx(counts(all_of) / len(of)))
        assert row["not_approved_share"] == pytest.approx(1 - counts(all_of, "approved") / counts(all_of))


def test_same_day_last_week(filled: Filled) -> None:
    hours = {(at, m.key): 0 for at, found in hours_of(filled.sample.of()).items() for m in found}
    for m in filled.sample.of():
        hours[(m.minute // HOUR_MS * HOUR_MS, m.key)] += m.count
    rows = ask(filled, "same_day_last_week")
    assert {(ms(r["hour"]), r["key"]): r["count"] for r in rows} == hours
    compared = [r for r in rows if r["week_before"] is not None]
    assert len(compared) > 30
    for row in compared:
        assert row["week_before"] == hours[(ms(row["hour"]) - 7 * DAY_MS, row["key"])]


def test_code_shares(filled: Filled) -> None:
    rows = ask(filled, "code_shares")
    for at, found in hours_of(filled.sample.of("auth_code")).items():
        mine = {r["code"]: (r["count"], r["share"]) for r in rows if ms(r["hour"]) == at}
        total = counts(found)
        assert mine == {
            key: (counts(found, key), pytest.approx(counts(found, key) / total)) for key in {m.key for m in found}
        }


def test_worst_codes(filled: Filled) -> None:
    rows = ask(filled, "worst_codes", codes=1)
    for at, found in hours_of(filled.sample.of("auth_code")).items():
        judged = [m for m in found if m.expected is not None and m.key != "00"]
        excess = {
            key: sum(m.count - (m.expected or 0) for m in judged if m.key == key) for key in {m.key for m in judged}
        }
        mine = [r for r in rows if ms(r["hour"]) == at]
        assert len(mine) == min(1, len(excess))
        if mine:
            assert mine[0]["excess"] == pytest.approx(max(excess.values()))


def test_approval_slo(filled: Filled) -> None:
    days = defaultdict(list)
    for m in filled.sample.of():
        days[datetime.fromtimestamp(m.minute / 1000, UTC).date().isoformat()].append(m)
    rows = ask(filled, "approval_slo", objective=0.95)
    assert [r["day"] for r in rows] == sorted(days)
    for row in rows:
        rate = counts(days[row["day"]], "approved") / counts(days[row["day"]])
        assert (row["approval_rate"], row["budget_spent"]) == pytest.approx((rate, (1 - rate) / 0.05))
        assert bool(row["met"]) is (rate >= 0.95)


def test_error_budget_burn(filled: Filled) -> None:
    rows = ask(filled, "error_budget_burn", objective=0.95)
    mine = filled.sample.of()
    newest = max(m.minute for m in mine)
    assert [r["window_hours"] for r in rows] == [1, 6, 24, 72]
    for row in rows:
        found = [m for m in mine if m.minute > newest - row["window_hours"] * HOUR_MS]
        assert row["transactions"] == counts(found)
        assert row["burn_rate"] == pytest.approx((1 - counts(found, "approved") / counts(found)) / 0.05)


def test_weekly_pattern(filled: Filled) -> None:
    by_day = defaultdict(list)
    for m in filled.sample.of():
        by_day[datetime.fromtimestamp(m.minute / 1000, UTC).date()].append(m)
    rows = ask(filled, "weekly_pattern")
    for row in rows:
        days = [found for day, found in by_day.items() if day.isoweekday() == row["weekday"]]
        all_of = [m for found in days for m in found]
        assert row["days"] == len(days)
        assert row["per_day"] == pytest.approx(counts(all_of, row["key"]) / len(days))
        assert row["share"] == pytest.approx(counts(all_of, row["key"]) / counts(all_of))
    assert {r["weekday"] for r in rows} == {day.isoweekday() for day in by_day}


def test_busiest_and_quietest_scopes(filled: Filled) -> None:
    wanted = {scope: counts(filled.sample.of(scope=scope)) for scope in ("all", "kiosk")}
    busiest, quietest = ask(filled, "busiest_scopes"), ask(filled, "quietest_scopes")
    assert [r["scope"] for r in busiest] == ["all", "kiosk"] == [r["scope"] for r in quietest][::-1]
    assert {r["scope"]: r["transactions"] for r in busiest} == wanted


def test_dead_letters_by_reason(filled: Filled) -> None:
    wanted = Counter(letter.reason for letter in filled.sample.letters)
    assert {r["reason"]: r["records"] for r in ask(filled, "dead_letters_by_reason")} == wanted


def test_revision_report(filled: Filled) -> None:
    by_minute = defaultdict(list)
    for said_ms, m in filled.sample.revisions:
        if m.scope == "all":
            by_minute[(m.minute, m.dimension, m.key)].append((m.version, said_ms, m))
    wanted = {key: sorted(found, key=lambda f: f[0]) for key, found in by_minute.items() if len(found) > 1}
    rows = ask(filled, "revision_report")
    assert len(rows) == len(wanted) >= 40
    for row in rows:
        found = wanted[(ms(row["minute"]), row["dimension"], row["key"])]
        assert (row["revisions"], row["count_at_first"], row["count_at_last"]) == (
            len(found),
            found[0][2].count,
            found[-1][2].count,
        )
        times = [said for _, said, _ in found]
        assert row["seconds_until_last"] == (max(times) - min(times)) / 1000


def test_minutes_as_known(filled: Filled) -> None:
    known_ms = sorted(said for said, m in filled.sample.revisions if m.scope == "all")[9000]
    latest: dict[tuple[int, str, str], MinuteRow] = {}
    for said_ms, m in filled.sample.revisions:
        if m.scope == "all" and said_ms <= known_ms:
            latest[(m.minute, m.dimension, m.key)] = m
    rows = ask(filled, "minutes_as_known", known=datetime.fromtimestamp(known_ms / 1000, UTC).isoformat())
    assert {(ms(r["minute"]), r["dimension"], r["key"]): (r["count"], r["verdict"], r["revision"]) for r in rows} == {
        key: (m.count, m.verdict, m.revision) for key, m in latest.items()
    }
