"""Each question of the library, asked of the sample and counted anew from what was written."""

import csv
import io
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.explain.opinions import in_words, opinions
from floodmark.cli import app
from floodmark.queries.ask import remote
from floodmark.queries.library import BadParameter, Parameter, library, names, query
from schemas.alert import Alert
from sinks.clickhouse.rows import MinuteRow
from tests.floodmark.analysis.explain.explain_kit import explain, morning
from tests.sample_store import Filled

ODD = ("info", "warning", "critical")
OF_STATUS = ("approved", "denied", "failed", "reversed", "backend_reversed")
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["query", *words], env={"COLUMNS": "200", "FLOODMARK_STORE_DSN": ""})


def ask(filled: Filled, name: str, **params: Any) -> list[dict[str, Any]]:
    given = [word for key, value in params.items() for word in ("--param", f"{key}={value}")]
    result = run(name, "--dsn", filled.dsn, "--format", "json", *given)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    for row in rows:
        assert list(row) == list(query(name).columns)
    return [dict(row) for row in rows]


def ms(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def hours_of(rows: list[MinuteRow]) -> dict[int, list[MinuteRow]]:
    found = defaultdict(list)
    for row in rows:
        found[row.minute // HOUR_MS * HOUR_MS].append(row)
    return dict(sorted(found.items()))


def counts(rows: list[MinuteRow], *keys: str) -> int:
    return sum(row.count for row in rows if not keys or row.key in keys)


# --- the library ---


@pytest.mark.parametrize("name", names())
def test_a_query_returns_the_columns_that_it_declares_and_takes_the_parameters_that_it_names(
    filled: Filled, name: str
) -> None:
    wanted = query(name)
    told = b"".join(remote(filled.dsn)(f"DESCRIBE TABLE ({wanted.sql})", "JSONEachRow", wanted.values({})))
    shape = [json.loads(line) for line in told.splitlines()]
    plain = {row["name"]: re.sub(r"LowCardinality\((.*)\)", r"\1", row["type"]) for row in shape}
    assert plain == dict(wanted.columns)
    assert set(re.findall(r"\{(\w+):", wanted.sql)) == {each.name for each in wanted.parameters}
    for each in wanted.parameters:
        assert f"{{{each.name}:{each.type}}}" in wanted.sql
    assert wanted.question.endswith("?")


def test_all_are_listed_with_what_they_answer() -> None:
    shown = run().stdout.splitlines()
    assert len(shown) == len(names()) >= 25
    assert all(
        line.startswith(f"{each.name} ") and each.question in line for line, each in zip(shown, library(), strict=True)
    )


def test_the_list_is_no_wider_than_a_person_reads_or_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError))
    for env, width in (({}, 120), ({"COLUMNS": "60"}, 60)):
        listed = CliRunner().invoke(app, ["query"], env=env).output
        assert max(map(len, listed.splitlines())) <= width
        asked = " ".join(listed.split())
        assert all(f"{each.name} {each.question}" in asked for each in library())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["failure_rate"], "did you mean failure_rates?"),
        (["failure_rates", "--param", "scop=all"], "failure_rates has no parameter scop; it has from, to, scope"),
        (["failure_rates", "--param", "scope"], "--param: must be NAME=VALUE; it is 'scope'"),
        (
            ["failure_rates", "--param", "from=yesterday"],
            "--param from: must be an instant such as 2025-07-12T18:00 (UTC); it is 'yesterday'",
        ),
        (["recent_alerts", "--param", "limit=-1"], "limit: must be a whole number from 1; it is '-1'"),
        (["recent_alerts", "--param", "limit=1_0"], "limit: must be a whole number from 1; it is '1_0'"),
        (
            ["approval_slo", "--param", "objective=much"],
            "objective: must be a number above 0 and below 1; it is 'much'",
        ),
        (["approval_slo", "--param", "objective=1"], "objective: must be a number above 0 and below 1; it is '1'"),
        (["approval_slo", "--param", "objective=nan"], "objective: must be a number above 0 and below 1; it is 'nan'"),
        (["failed_spikes", "--param", "times=inf"], "times: must be a number above 0; it is 'inf'"),
        (["outage_periods", "--param", "severity=Critical"], "severity: must be one of critical, warning, info; it is"),
        (
            ["same_day_last_week", "--param", "dimension=code"],
            "dimension: must be one of status, auth_code; it is 'code'",
        ),
        (
            ["current_and_baseline", "--param", "minutes=525601"],
            "minutes: must be a whole number from 1 to 525600; it is",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_value_is_never_text_of_the_query(filled: Filled) -> None:
    for odd in ("x' OR 1=1 --", "\\", "a\tb\nc", "all'", "${scope:singlequote}", "{scope:String}", "all\0", "\\N"):
        assert ask(filled, "minutes_by_status", scope=odd) == []


def test_instants_of_other_zones_are_brought_to_utc() -> None:
    at = Parameter("at", "DateTime('UTC')", "", "")
    assert at.encoded("2025-03-04T01:00:00-03:00") == at.encoded("2025-03-04 04:00:00") == "2025-03-04 04:00:00"
    assert (
        Parameter("at", "DateTime64(3, 'UTC')", "", "").encoded("2025-03-04T04:00:00.25Z") == "2025-03-04 04:00:00.250"
    )
    with pytest.raises(BadParameter, match="at: must be an instant"):
        at.encoded("")


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00+05:00", "1969-12-31"])
def test_an_instant_before_all_that_is_stored_is_the_first(text: str) -> None:
    assert Parameter("at", "DateTime('UTC')", "", "").encoded(text) == "1970-01-02 00:00:00"


@pytest.mark.parametrize("text", ["2150-01-01", "9999-12-31T23:59:59", "9999-12-31T23:59:59-05:00"])
def test_an_instant_after_all_that_is_stored_is_the_last(text: str) -> None:
    assert Parameter("at", "DateTime('UTC')", "", "").encoded(text) == "2106-01-01 00:00:00"


def test_every_query_answers_whatever_the_range(filled: Filled) -> None:
    """The first and the last instant that can be written, and a range that ends before it begins."""
    asker = remote(filled.dsn)
    ranges = ({}, {"from": "0001-01-01", "to": "9999-12-31"}, {"from": "2099-01-01", "to": "1999-01-01"})
    for each in library():
        if {"from", "to"} <= {parameter.name for parameter in each.parameters}:
            counted = f"SELECT count() FROM ({each.sql})"
            usual, wide, none = (int(b"".join(asker(counted, "TSV", each.values(given)))) for given in ranges)
            assert usual == wide > none == 0, each.name


def test_csv_is_safe_for_a_spreadsheet_and_parquet_is_a_file(filled: Filled) -> None:
    filled.client.command(
        "INSERT INTO floodmark.audit_records (id, at, actor) VALUES ('f', '2030-01-01 00:00:00', '=cmd()')"
    )
    shown = run("who_did_what", "--dsn", filled.dsn, "--format", "csv", "--param", "from=2029-12-31")
    (row,) = csv.DictReader(io.StringIO(shown.stdout))
    assert row["actor"] == "'=cmd()"
    made = run("approval_slo", "--dsn", filled.dsn, "--format", "parquet")
    assert made.stdout_bytes[:4] == made.stdout_bytes[-4:] == b"PAR1"


def test_a_query_shows_itself() -> None:
    shown = run("approval_slo", "--show").stdout
    assert "objective Float64 = 0.9: the part that is to be approved; a number above 0 and below 1" in shown
    assert "FROM hours" in shown


# --- counted anew ---


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


def peak(filled: Filled, incident_id: str) -> str:
    said = [a.severity for a in filled.sample.statements if a.incident_id == incident_id]
    return max(said, key=("info", "warning", "critical").index)


def test_alert_summary(filled: Filled) -> None:
    wanted = Counter((peak(filled, a.incident_id), a.dimension, a.key) for a in filled.sample.incidents.values())
    rows = ask(filled, "alert_summary")
    assert {(r["severity"], r["dimension"], r["key"]): r["incidents"] for r in rows} == wanted
    assert sum(r["acknowledged"] for r in rows) == 1
    assert sum(r["open"] for r in rows) == sum(not a.is_over for a in filled.sample.incidents.values())


def test_notifier_delivery(filled: Filled) -> None:
    real = [receipt for receipt in filled.sample.receipts if not receipt.drill]
    rows = {row["channel"]: row for row in ask(filled, "notifier_delivery")}
    assert rows.keys() == {receipt.channel for receipt in real} == {"chat", "pager"}
    for channel, row in rows.items():
        mine = [receipt for receipt in real if receipt.channel == channel]
        by = Counter(receipt.what for receipt in mine)
        assert row["messages"] == len({(receipt.notification, receipt.number) for receipt in mine})
        assert (row["taken"], row["refused"], row["overdue"]) == (by["delivered"], by["refused"], by["overdue"])
        taken = [receipt for receipt in mine if receipt.what == "delivered"]
        first = [receipt for receipt in taken if receipt.kind == "open"]
        assert row["pages"] == len(first)
        for name, seconds in (
            ("owed", [(r.at_ms - r.owed_ms) / 1000 for r in taken]),
            ("to_page", [(r.at_ms - r.event_ms) / 1000 - 60 for r in first]),
        ):
            wanted = sorted(seconds)
            for part, key in ((0.5, f"p50_seconds_{name}"), (0.95, f"p95_seconds_{name}")):
                assert row[key] == wanted[int(part * len(wanted))]
    assert (rows["pager"]["refused"], rows["pager"]["overdue"]) == (1, 2)


def test_pages(filled: Filled) -> None:
    """One row for each incident of a call, when the first channel took it; drills and what calls nobody are none."""
    incidents = filled.sample.incidents
    wanted = {}
    for receipt in filled.sample.receipts:
        if receipt.what == "delivered" and receipt.kind == "open" and not receipt.drill:
            for name in receipt.incidents:
                place = (receipt.team, receipt.notification, receipt.owed_ms, name)
                wanted[place] = min(receipt.at_ms, wanted.get(place, receipt.at_ms))
    rows = ask(filled, "pages")
    assert {(r["team"], r["notification"], ms(r["owed_at"]), r["incident_id"]): ms(r["at"]) for r in rows} == wanted
    assert len(rows) == len(wanted) > 3
    said = {action.incident_id: action.verdict or "" for action in filled.sample.actions if action.action == "feedback"}
    for row in rows:
        alert = incidents.get(row["incident_id"])
        place = ("", "", []) if alert is None else (alert.scope, alert.key, alert.rules)
        assert (row["scope"], row["key"], row["rules"]) == place
        assert row["opinion"] == said.get(row["incident_id"], "")
    assert {row["opinion"] for row in rows} >= {"true_positive", "false_positive", ""}


def test_the_budget_of_a_team_is_counted_from_the_receipts(filled: Filled, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(
        "".join(f'[[team]]\nname = "{name}"\nbudget = 3\n' for name in ("payments", "platform"))
        + '[[route]]\nname = "all"\nteam = "payments"\n'
    )
    words = ["notify", "budget", str(routes), "--dsn", filled.dsn, "--at", "2025-03-05", "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1, result.stderr
    payments, platform = map(json.loads, result.stdout.splitlines())
    monday = datetime(2025, 3, 3, tzinfo=UTC)
    first = {
        (r.notification, r.owed_ms): r
        for r in filled.sample.receipts
        if (r.what, r.kind, r.drill, r.team) == ("delivered", "open", False, "payments")
    }
    this_week = [r for r in first.values() if r.at_ms / 1000 >= monday.timestamp()]
    assert (payments["pages"], payments["week"], payments["is_over"]) == (len(this_week), "2025-03-03", True)
    assert sum(payments["before"]) == len(first) - len(this_week)
    by_rule = Counter(rule for r in this_week for rule in filled.sample.incidents[r.incidents[0]].rules)
    assert {each["name"]: each["pages"] for each in payments["spenders"] if each["kind"] == "rule"} == by_rule
    assert payments["would_have_to_go"]["left"] <= 3
    assert (platform["pages"], platform["is_over"], platform["spenders"]) == (1, False, [])


def test_a_routing_file_that_cannot_be_used_has_no_budget(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["notify", "budget", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_recent_alerts(filled: Filled) -> None:
    wanted = sorted(filled.sample.incidents.values(), key=lambda a: (-a.since.timestamp(), a.incident_id))
    rows = ask(filled, "recent_alerts", limit=3)
    assert [(r["incident_id"], r["state"], r["summary"]) for r in rows] == [
        (a.incident_id, a.state, a.summary) for a in wanted[:3]
    ]


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


def test_consecutive_anomalies_are_truly_one_directly_after_the_other(filled: Filled) -> None:
    odd = defaultdict(list)
    for m in filled.sample.of() + filled.sample.of("auth_code"):
        if m.verdict in ODD:
            odd[(m.dimension, m.key)].append(m.minute)
    wanted = set()
    for (dimension, key), minutes in odd.items():
        run_of: list[int] = []
        for at in [*sorted(minutes), None]:
            if run_of and (at is None or at != run_of[-1] + 60_000):
                if len(run_of) >= 3:
                    wanted.add((dimension, key, run_of[0], run_of[-1], len(run_of)))
                run_of = []
            if at is not None:
                run_of.append(at)
    rows = ask(filled, "consecutive_anomalies")
    assert wanted
    assert {
        (r["dimension"], r["key"], ms(r["first_minute"]), ms(r["last_minute"]), r["minutes"]) for r in rows
    } == wanted


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


def test_outage_periods(filled: Filled) -> None:
    severity = Counter(peak(filled, i) for i in filled.sample.incidents).most_common(1)[0][0]
    spans = sorted(
        (a.since.timestamp(), a.last_seen.timestamp() + 60)
        for a in filled.sample.incidents.values()
        if peak(filled, a.incident_id) == severity
    )
    merged: list[list[float]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    rows = ask(filled, "outage_periods", severity=severity)
    assert [[ms(r["started_at"]) / 1000, ms(r["ended_at"]) / 1000] for r in rows] == merged
    assert sum(r["incidents"] for r in rows) == len(spans)


def test_worst_moments(filled: Filled) -> None:
    mine = [m for m in filled.sample.of() + filled.sample.of("auth_code") if m.score > 0]
    rows = ask(filled, "worst_moments", limit=20)
    assert [r["score"] for r in rows] == pytest.approx(sorted((m.score for m in mine), reverse=True)[:20])
    # The minute after the worst: of its hour a part is asked for, and that hour must not stand for a better one.
    worst = max(mine, key=lambda m: (m.score, -m.minute))
    rest = [m.score for m in mine if m.minute > worst.minute]
    begin = datetime.fromtimestamp(worst.minute / 1000 + 60, UTC).isoformat()
    assert [r["score"] for r in ask(filled, "worst_moments", limit=1, **{"from": begin})] == pytest.approx([max(rest)])
    earlier = [m.score for m in mine if m.minute < worst.minute]
    end = datetime.fromtimestamp(worst.minute / 1000, UTC).isoformat()
    assert [r["score"] for r in ask(filled, "worst_moments", limit=1, to=end)] == pytest.approx([max(earlier)])


def test_response_times(filled: Filled) -> None:
    rows = {r["severity"]: r for r in ask(filled, "response_times")}
    by_severity: dict[str, list[Alert]] = defaultdict(list)
    for alert in filled.sample.incidents.values():
        by_severity[peak(filled, alert.incident_id)].append(alert)
    assert set(rows) == set(by_severity)
    first = {}
    for alert in reversed(filled.sample.statements):
        first[alert.incident_id] = alert
    for severity, alerts in by_severity.items():
        row = rows[severity]
        opened = [first[a.incident_id].timestamp.timestamp() + 60 - a.since.timestamp() for a in alerts]
        over = [a.timestamp.timestamp() + 60 - a.since.timestamp() for a in alerts if a.state == "resolved"]
        assert row["mean_seconds_to_open"] == pytest.approx(mean(opened))
        assert row["mean_seconds_to_resolve"] == (pytest.approx(mean(over)) if over else None)
        began = sorted(a.since.timestamp() for a in alerts)
        apart = [b - a for a, b in pairwise(began)]
        assert row["mean_seconds_between"] == (pytest.approx(mean(apart)) if apart else None)
    assert [r["mean_seconds_to_acknowledge"] for r in rows.values() if r["acknowledged"]] == [240.0]


def test_alert_load(filled: Filled) -> None:
    wanted = Counter((a.since.date(), rule) for a in filled.sample.incidents.values() for rule in a.rules)
    rows = ask(filled, "alert_load")
    assert {(date.fromisoformat(r["day"]), r["rule"]): r["incidents"] for r in rows} == wanted


def test_rule_usefulness(filled: Filled) -> None:
    verdicts = {a.incident_id: a.verdict for a in filled.sample.actions if a.verdict}
    wanted = {rule: Counter[str]() for alert in filled.sample.incidents.values() for rule in alert.rules}
    for alert in filled.sample.incidents.values():
        for rule in alert.rules:
            wanted[rule].update(["incidents", verdicts.get(alert.incident_id) or "nothing"])
    rows = ask(filled, "rule_usefulness")
    assert len(rows) == len(wanted)
    for row in rows:
        counted = wanted[row["rule"]]
        told = [counted[name] for name in ("incidents", "true_positive", "false_positive", "missed")]
        assert [row[name] for name in ("incidents", "useful", "not_useful", "more_was_wrong")] == told
        assert row["note"] == ("a release" if counted["false_positive"] else "")
    assert sum(row["not_useful"] for row in rows) == len(filled.sample.incidents[next(iter(verdicts))].rules) > 0
    found = opinions(remote(filled.dsn))
    assert {each.rule for each in found} == {row["rule"] for row in rows if row["not_useful"] + row["more_was_wrong"]}
    assert in_words(found[0]).endswith("(last: a release)")


def test_rules_explain_says_what_people_think_of_its_rules(filled: Filled, tmp_path: Path) -> None:
    result = explain(morning(tmp_path, 1.5), "--dsn", filled.dsn)
    assert result.exit_code == 0, result.stderr
    (rule, *_) = opinions(remote(filled.dsn))
    assert in_words(rule) in result.stdout


def test_loss_by_incident(filled: Filled) -> None:
    rows = {r["incident_id"]: r for r in ask(filled, "loss_by_incident")}
    assert rows.keys() == filled.sample.incidents.keys()
    assert any(row["net_loss_transactions"] for row in rows.values())
    for incident_id, alert in filled.sample.incidents.items():
        loss = alert.estimated_loss
        assert rows[incident_id]["loss_transactions"] == loss.get("transactions", 0)
        net = loss.get("net_transactions", loss.get("transactions", 0))
        assert rows[incident_id]["net_loss_transactions"] == net


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


def test_who_did_what(filled: Filled) -> None:
    rows = ask(filled, "who_did_what", to="2029-01-01")
    assert [(r["actor"], r["action"], r["incident_id"], r["opinion"], r["note"], ms(r["at"])) for r in rows] == [
        (a.by, a.action, a.incident_id, a.verdict or "", a.note, int(a.at.timestamp() * 1000))
        for a in reversed(filled.sample.actions)
    ]
    assert [(r["assignee"], r["until"] and ms(r["until"])) for r in rows] == [
        (a.assignee, a.until and int(a.until.timestamp() * 1000)) for a in reversed(filled.sample.actions)
    ]
    assert [(r["via"], r["address"], r["login"]) for r in rows[1:3]] == [
        ("command", "bastion", ""),
        ("http", "10.0.0.3", "key:ops"),
    ]


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
