"""The report of a shift: each figure is that of what was written, counted anew."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.duty.figures import Duty, duty, newest
from floodmark.analysis.duty.sections import headline, sections
from floodmark.cli import app
from floodmark.queries.ask import remote
from floodmark.queries.rows import rows
from schemas.alert import Alert
from sinks.clickhouse.rows import MinuteRow
from tests.sample_store import Filled, first_said

BEGIN, END = datetime(2025, 3, 3, 22, tzinfo=UTC), datetime(2025, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def run(*words: str) -> Result:
    return CliRunner().invoke(
        app, ["report", "shift", *words], env={"COLUMNS": "80", "FLOODMARK_STORE_DSN": "", "FLOODMARK_BROKER": ""}
    )


def found(filled: Filled, begin: datetime = BEGIN, end: datetime = END, scope: str = "") -> Duty:
    return duty(remote(filled.dsn), begin, end, scope, None)


def opened_at(filled: Filled, alert: Alert) -> datetime:
    return min(each.timestamp for each in filled.sample.statements if each.incident_id == alert.incident_id) + MINUTE


def over_at(alert: Alert) -> datetime | None:
    return alert.timestamp + MINUTE if alert.state in ("resolved", "withdrawn") else None


def opened(filled: Filled, begin: datetime = BEGIN, end: datetime = END) -> list[Alert]:
    return [
        alert
        for alert in filled.sample.incidents.values()
        if alert.state != "withdrawn" and begin <= opened_at(filled, alert) < end
    ]


def told(of: Duty) -> dict[str, str]:
    return {part.title: " ".join(part.sentences) for part in sections(of, lambda at: f"{at:%H:%M}")}


def test_an_incident_counts_where_it_was_opened_in_all_parts_of_a_report(filled: Filled) -> None:
    """One begins before the stretch, and is opened in its first instant."""
    begin, end = min(opened_at(filled, alert) for alert in opened(filled)), END
    wanted = opened(filled, begin, end)
    assert min(alert.since for alert in wanted) < begin
    of = {"from": begin.isoformat(), "to": end.isoformat()}
    listed = rows(remote(filled.dsn), "loss_by_incident", limit="1000", **of)
    summed_up = rows(remote(filled.dsn), "response_times", **of)
    assert {row["incident_id"] for row in listed} == {alert.incident_id for alert in wanted}
    assert sum(int(row["incidents"]) for row in summed_up) == len(found(filled, begin, end).opened) == len(wanted)


def test_what_was_opened_and_what_is_open_is_what_was_said(filled: Filled) -> None:
    of, wanted = found(filled), opened(filled)
    assert wanted
    assert {row["incident_id"] for row in of.opened} == {alert.incident_id for alert in wanted}
    still = {
        alert.incident_id
        for alert in filled.sample.incidents.values()
        if opened_at(filled, alert) < END and ((over := over_at(alert)) is None or over > END)
    }
    assert still
    assert {row["incident_id"] for row in of.open} == still
    assert headline(of).startswith(f"{len(wanted)} incidents opened, {len(still)} open at its end; ")


def test_what_it_cost_is_the_sum_of_what_was_said(filled: Filled) -> None:
    of, wanted = found(filled), opened(filled)
    for name, key, otherwise in (
        ("loss_transactions", "transactions", "transactions"),
        ("net_loss_transactions", "net_transactions", "transactions"),
        ("loss_amount", "amount", "amount"),
        ("net_loss_amount", "net_amount", "amount"),
    ):
        losses = [alert.estimated_loss.get(key, alert.estimated_loss.get(otherwise, 0.0)) for alert in wanted]
        assert of.lost(name) == pytest.approx(sum(losses))
    assert of.lost("loss_transactions") > 0


def test_how_fast_is_counted_from_what_was_said_and_done(filled: Filled) -> None:
    whole = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 6, tzinfo=UTC)
    of, wanted = found(filled, *whole), opened(filled, *whole)
    opening = [(opened_at(filled, alert) - alert.since).total_seconds() for alert in wanted]
    ending = [(over - alert.since).total_seconds() for alert in wanted if (over := over_at(alert))]
    taken = [
        (alert.acknowledged_at - first_said(filled.sample, alert.incident_id)).total_seconds()
        for alert in wanted
        if alert.acknowledged_at
    ]
    assert taken == [240.0]
    assert of.mean_of("seconds_to_open") == (pytest.approx(mean(opening)), len(opening))
    assert of.mean_of("seconds_to_resolve") == (pytest.approx(mean(ending)), len(ending))
    assert of.mean_of("seconds_to_acknowledge") == (240.0, 1)
    apart = [(later - one).total_seconds() for one, later in pairwise(sorted(alert.since for alert in wanted))]
    assert of.between == pytest.approx(mean(apart))
    assert {who: len(rows) for who, rows in of.acknowledged.items()} == {"ann": 1}


def test_who_is_on_what_is_open_is_said_with_until_when() -> None:
    row = {"since": "2025-03-04 11:00:00", "opened_at": "2025-03-04 11:02:00", "resolved_at": None}
    row |= {"severity": "critical", "scope": "all", "dimension": "status", "key": "denied"}
    row |= {"net_loss_transactions": 3.0, "loss_transactions": 3.0, "loss_amount": 0.0, "net_loss_amount": 0.0}
    row |= {"rules": [], "seconds_to_open": 60, "seconds_to_acknowledge": None, "seconds_to_resolve": None}
    taken = [("ann", "2025-03-04 15:30:00"), ("bob", None), (None, None)]
    open_now = [row | {"acknowledged_by": who, "acknowledged_until": until} for who, until in taken]
    part = next(iter(sections(Duty(BEGIN, END, open_now, [], [], None), lambda at: f"{at:%H:%M}")))
    assert part.table is not None
    assert [cells[3] for cells in part.table.rows] == ["ann until 15:30", "bob", "nobody"]


def test_where_nothing_was_done_there_is_no_mean(filled: Filled) -> None:
    none_taken = told(found(filled, scope="all"))
    assert "No incident was acknowledged, so there is no MTTA." in none_taken["How fast"]
    assert none_taken["Acknowledged"] == "No incident was acknowledged."
    quiet = told(found(filled, datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)))
    assert quiet["How fast"] == "No incident was opened, so there is nothing to measure."
    assert quiet["What it cost"] == "No incident was opened."
    assert quiet["Noisiest rules"] == "No rule opened an incident."
    assert quiet["Messages to people"] == "None is stored."
    assert quiet["Open at its end"] == "No incident is open."


def test_the_noisiest_rules_are_those_of_the_incidents(filled: Filled) -> None:
    wanted = opened(filled)
    incidents = Counter(rule for alert in wanted for rule in alert.rules)
    said = Counter(alert.incident_id for alert in filled.sample.statements)
    statements: Counter[str] = Counter()
    for alert in wanted:
        statements.update(dict.fromkeys(alert.rules, said[alert.incident_id]))
    rules = found(filled).rules
    assert {rule: (count, lines) for rule, count, lines in rules} == {
        rule: (count, statements[rule]) for rule, count in incidents.items()
    }
    assert [count for _, count, _ in rules] == sorted(incidents.values(), reverse=True)


def near(filled: Filled, begin: datetime, end: datetime) -> Iterator[tuple[int, str, str, str]]:
    told_of = [
        (alert.scope, alert.since.timestamp() * 1000, until.timestamp() * 1000)
        for alert in filled.sample.incidents.values()
        if alert.state != "withdrawn"
        for until in [alert.last_seen if alert.state == "resolved" else end]
    ]
    for m in filled.sample.minutes.values():
        inside = any(scope == m.scope and first <= m.minute <= last for scope, first, last in told_of)
        if m.rules and not inside and begin.timestamp() <= m.minute / 1000 < end.timestamp():
            yield m.minute, m.scope, m.dimension, m.key


@pytest.mark.parametrize("begin", [BEGIN, datetime(2025, 2, 24, tzinfo=UTC)])
def test_near_misses_are_series_in_which_a_rule_fired_while_nothing_was_told(filled: Filled, begin: datetime) -> None:
    wanted: dict[tuple[str, str, str], list[MinuteRow]] = {}
    for key in near(filled, begin, END):
        minute, *series = key
        wanted.setdefault((series[0], series[1], series[2]), []).append(filled.sample.minutes[(*series, minute)])
    assert len(wanted) < 10
    rows = {(row["scope"], row["dimension"], row["key"]): row for row in found(filled, begin, END).near}
    assert rows.keys() == wanted.keys()
    for series, minutes in wanted.items():
        worst = min(minutes, key=lambda m: (-m.score, m.minute))
        assert datetime.fromisoformat(rows[series]["minute"]).timestamp() * 1000 == worst.minute
        assert (int(rows[series]["count"]), int(rows[series]["minutes"])) == (worst.count, len(minutes))
        assert rows[series]["score"] == pytest.approx(worst.score)
        assert rows[series]["rules"] == worst.rules


def test_the_week_before_has_near_misses_for_nothing_was_told_of_it(filled: Filled) -> None:
    assert found(filled, datetime(2025, 2, 24, tzinfo=UTC), datetime(2025, 2, 25, 4, tzinfo=UTC)).near


def test_messages_are_those_of_the_receipts_and_a_drill_is_none(filled: Filled) -> None:
    at = [r for r in filled.sample.receipts if not r.drill and BEGIN.timestamp() <= r.at_ms / 1000 < END.timestamp()]
    wanted = {channel: Counter(r.what for r in at if r.channel == channel) for channel in {r.channel for r in at}}
    rows = {row["channel"]: row for row in found(filled).messages}
    assert rows.keys() == wanted.keys()
    for channel, outcomes in wanted.items():
        assert int(rows[channel]["taken"]) == outcomes["delivered"]
        assert int(rows[channel]["overdue"]) == outcomes["overdue"]


def test_the_command_prints_80_columns_and_writes_one_page_that_needs_nothing_else(
    filled: Filled, tmp_path: Path
) -> None:
    place = tmp_path / "shift.html"
    words = ("--from", "19:00", "--to", "09:00", "--time-zone", "America/Sao_Paulo", "--date", "2025-03-03")
    done = run("--dsn", filled.dsn, "--html", str(place), *words)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.startswith("Mon 03 March 2025, 19:00 to Tue 04 March 09:00 (America/Sao_Paulo), all scopes:")
    assert f"{len(opened(filled))} incidents opened" in " ".join(done.stdout.split())
    assert "none is named (--broker)" in " ".join(done.stdout.split())
    page = place.read_text()
    assert f"{len(opened(filled))} incidents opened" in page
    assert "<script" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    markdown = run("--dsn", filled.dsn, "--format", "markdown", "--hours", "24", "--scope", "kiosk")
    assert "## Open at its end\n\n| since | severity | series |" in markdown.stdout


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--from", "22:00"), "--to 06:00"),
        (("--from", "22:00", "--to", "06:00", "--hours", "8"), "without --hours"),
        (("--from", "25:00", "--to", "06:00"), "--from: must be a time of the day such as 22:00; it is '25:00'"),
        (("--time-zone", "Mars/Base"), "must be a time zone such as"),
        (("--date", "2025-03-03"), "give both"),
        (("--pdf-ready",), "give --html FILE too"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_in_words(filled: Filled, words: tuple[str, ...], what: str) -> None:
    done = run("--dsn", filled.dsn, *words)
    assert done.exit_code == 2
    assert what in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize("scope", ["", "kiosk"])
def test_the_newest_minute_is_that_of_what_was_written(filled: Filled, scope: str) -> None:
    last = max(m.minute for m in filled.sample.minutes.values() if scope in ("", m.scope))
    assert newest(remote(filled.dsn), scope) == datetime.fromtimestamp(last / 1000, UTC)


def test_of_a_scope_without_minutes_nothing_is_told(filled: Filled) -> None:
    done = run("--dsn", filled.dsn, "--scope", "nobody")
    assert (done.exit_code, "no minutes of the scope 'nobody'" in done.output) == (1, True)
