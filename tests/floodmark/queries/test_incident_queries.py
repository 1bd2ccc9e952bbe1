"""What the library answers of incidents and of the people who are told of them, counted anew from what was written."""

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest
from typer.testing import CliRunner

from floodmark.analysis.explain.opinions import in_words, opinions
from floodmark.cli import app
from floodmark.queries.ask import remote
from schemas.alert import Alert
from tests.floodmark.analysis.explain.explain_kit import explain, morning
from tests.floodmark.queries.query_kit import ODD, ask, ms
from tests.sample_store import Filled


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
