"""The dashboards that are made as code: each panel asked of the sample, and its key figures counted anew."""

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from statistics import mean
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog import plugins, runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from floodmark.gateway.settings import GatewaySettings
from grafana.generate import BOARDS, FOLDER
from grafana.kit import LIVE_PAGE, NOTHING, OPEN_INCIDENT, Board, Panel, document
from sinks.clickhouse.rows import MinuteRow
from tests.deploy.grafana_macros import View
from tests.deploy.test_prometheus_alerts import NAME, exposed
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import gateway
from tests.paths import ROOT
from tests.sample_store import Filled

FROM_S = int(datetime(2025, 3, 3, 18, tzinfo=UTC).timestamp())
TO_S = FROM_S + 86_400
CHOSEN = {"scope": "all", "status": "denied", "code": "51", "objective": "0.9"}
NEAR = View(FROM_S, TO_S, 60, CHOSEN)
FAR = View(FROM_S - 8 * 86_400, TO_S, 3600, CHOSEN)
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]
ASKED = [pytest.param(b, p, id=f"{b.name}: {p.title}") for b, p in PANELS if isinstance(p.query, str)]
MINUTES_ALSO_FAR = {
    "realtime: Last judged minute",
    "realtime: Transactions in that minute",
    "realtime: Approved in the last hour",
    "realtime: Last hour against what was expected",
    "slo: Minutes judged",
    "slo: Judged within",
    "slo: Burn rate by window",
    "slo: How late minutes were published",
    "history: Revised minutes by day",
}
"""What is asked of minutes whatever the range: the newest ones, and those whose own times are the answer."""


def rows(filled: Filled, panel: Panel, view: View = NEAR) -> list[dict[str, Any]]:
    assert isinstance(panel.query, str)
    return list(filled.client.query(view.expand(panel.query)).named_results())


def value(filled: Filled, board: str, title: str) -> Any:
    """The one figure of a panel."""
    (panel,) = (p for b, p in PANELS if (b.name, p.title) == (board, title) and p.kind == "number")
    (row,) = rows(filled, panel)
    return next(iter(row.values()))


def named(board: str, title: str) -> Panel:
    return next(p for b, p in PANELS if (b.name, p.title) == (board, title) and p.kind != "number")


def of_range(filled: Filled, dimension: str = "status", scope: str = "all") -> list[MinuteRow]:
    return [m for m in filled.sample.of(dimension, scope) if FROM_S <= m.minute / 1000 <= TO_S]


def count(found: list[MinuteRow], *keys: str) -> int:
    return sum(m.count for m in found if not keys or m.key in keys)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_the_committed_file_is_what_the_code_makes(board: Board) -> None:
    assert (FOLDER / f"{board.name}.json").read_text("utf-8") == document(board), "run: python -m grafana.generate"


def test_there_are_eight_dashboards_with_sixty_panels() -> None:
    assert len(BOARDS) >= 8
    assert len(PANELS) >= 60
    assert len({(b.name, p.title, p.kind) for b, p in PANELS}) == len(PANELS)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_the_models_of_grafana_read_every_key(board: Board) -> None:
    """A key that they do not know would be lost on the way."""
    plugins.register_default_plugins()
    kept = runtime.DataqueryConfig(identifier="grafana-clickhouse-datasource", from_json_hook=Kept)
    runtime.register_dataquery_variant(kept)
    written = json.loads(document(board))
    again = json.loads(JSONEncoder().encode(models.Dashboard.from_json(written)))
    written.pop("annotations"), again.pop("annotations", None)
    assert again == written


class Kept:
    """A query of the plugin, as it is."""

    def __init__(self, written: dict[str, Any]) -> None:
        self.written = written

    def to_json(self) -> dict[str, Any]:
        return self.written


@pytest.mark.parametrize(("board", "panel"), ASKED)
def test_a_panel_returns_what_it_declares_and_is_not_empty(filled: Filled, board: Board, panel: Panel) -> None:
    for view in (NEAR, FAR):
        found = filled.client.query(view.expand(str(panel.query)))
        assert " ".join(found.column_names) == panel.columns
        assert found.result_rows
        assert any(cell is not None for row in found.result_rows for cell in row)
        if panel.kind in ("lines", "bars"):
            times = [row[0] for row in found.result_rows]
            assert found.column_names[0] == "time"
            assert times == sorted(times)
            labels = [i for i, kind in enumerate(found.column_types) if "String" in kind.name]
            points = [(row[0], *(row[i] for i in labels)) for row in found.result_rows]
            assert len(set(points)) == len(points), "two rows for one time and label"
        if panel.kind == "number":
            assert len(found.result_rows) == 1


@pytest.mark.parametrize(("board", "panel"), ASKED)
def test_a_panel_also_runs_where_nothing_is(filled: Filled, board: Board, panel: Panel) -> None:
    nobody = View(FROM_S + 10**8, TO_S + 10**8, 60, {**CHOSEN, "scope": "it's \\ nobody"})
    assert len(filled.client.query(nobody.expand(str(panel.query))).result_rows) <= 20


@pytest.mark.parametrize(("board", "panel"), ASKED)
def test_a_long_range_is_read_from_hours(filled: Filled, board: Board, panel: Panel) -> None:
    reads = filled.client.query(f"EXPLAIN ESTIMATE {FAR.expand(str(panel.query))}").result_rows
    reads_minutes = any(table in ("minute_versions", "minute_revisions") and rows for _, table, _, rows, _ in reads)
    assert reads_minutes is (f"{board.name}: {panel.title}" in MINUTES_ALSO_FAR)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_panels_have_units_words_and_texts_and_dress_columns_that_are_there(board: Board) -> None:
    written = json.loads(document(board))
    for panel, drawn in zip(board.panels, written["panels"], strict=True):
        defaults = drawn["fieldConfig"]["defaults"]
        assert defaults["unit"]
        assert defaults["noValue"] == NOTHING
        assert defaults["thresholds"]["steps"][0]["value"] is None
        assert panel.about.endswith(".")
        dressed = {override["matcher"]["options"] for override in drawn["fieldConfig"]["overrides"]}
        assert dressed <= set(panel.columns.split())
        assert "'$" not in str(panel.query), "a variable in quotes of ours is an injection"


def test_links_lead_to_the_page_of_an_incident_where_the_gateway_listens() -> None:
    assert f"http://127.0.0.1:{GatewaySettings.model_fields['gateway_port'].default}/" == LIVE_PAGE
    linked = [panel.links["incident_id"] for _, panel in PANELS if "incident_id" in panel.links]
    assert linked == [OPEN_INCIDENT] * 3
    path = OPEN_INCIDENT[1].replace("${__value.text}", "i1").removeprefix(LIVE_PAGE)
    answer = get(gateway(), f"/{path}")
    assert (answer.status_code, answer.headers["location"]) == (302, "/#/incidents/i1")


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_variables_and_annotations_resolve(filled: Filled, board: Board) -> None:
    written = json.loads(document(board))
    offered_here = written["templating"].get("list", [])
    known = {variable["name"] for variable in offered_here}
    text = json.dumps([panel["targets"] for panel in written["panels"]]) + json.dumps(written["templating"])
    assert set(re.findall(r"\$\{(\w+):", text)) <= known
    assert known <= CHOSEN.keys()
    for variable in offered_here:
        if variable["type"] == "query":
            offered = [row[0] for row in filled.client.query(NEAR.expand(variable["query"])).result_rows]
            assert CHOSEN[variable["name"]] == variable["current"]["value"]
            assert CHOSEN[variable["name"]] in offered
    for annotation in written["annotations"]["list"]:
        found = filled.client.query(NEAR.expand(annotation["target"]["rawSql"]))
        assert list(found.column_names) == ["time", "timeEnd", "text", "tags"]
        assert len(found.result_rows) == len(filled.sample.incidents)


def test_metrics_that_panels_ask_for_are_shown_by_our_processes() -> None:
    asked = {
        name for _, p in PANELS if not isinstance(p.query, str) for e in p.query.values() for name in NAME.findall(e)
    }
    assert len(asked) > 12
    assert {name.removesuffix("_bucket") for name in asked} <= exposed() | {"floodmark_sink_write_seconds"}


# --- counted anew ---


def test_the_figures_of_transactions_are_those_of_the_minutes(filled: Filled) -> None:
    found = of_range(filled)
    total, approved = count(found), count(found, "approved")
    assert value(filled, "executive", "Transactions") == total
    assert value(filled, "executive", "Approval rate") == pytest.approx(approved / total)
    assert value(filled, "slo", "Approval rate") == pytest.approx(approved / total)
    assert value(filled, "slo", "Error budget left") == pytest.approx(1 - (1 - approved / total) / 0.1)
    newest = max(m.minute for m in found)
    assert value(filled, "realtime", "Transactions in that minute") == count([m for m in found if m.minute == newest])
    hour = [m for m in found if m.minute > newest - 3_600_000]
    assert value(filled, "realtime", "Approved in the last hour") == pytest.approx(
        count(hour, "approved") / count(hour)
    )
    (goal,) = rows(filled, named("executive", "Goal of the period"))
    assert goal["reached"] == pytest.approx(approved / total / 0.9)


@pytest.mark.parametrize("typed", ["", "90 %", "0,9", "1", "0", "-1", "nan", "inf", "'; DROP TABLE x --"])
def test_an_objective_that_is_none_gives_no_figure(filled: Filled, typed: str) -> None:
    view = View(FROM_S, TO_S, 60, {**CHOSEN, "objective": typed})
    for board, panel in PANELS:
        if isinstance(panel.query, str) and "${objective" in panel.query and panel.columns.split()[0] != "day":
            figures = {list(row.values())[-1] for row in rows(filled, panel, view)}
            assert figures == {None}, f"{board.name}: {panel.title}"
    (days,) = (panel for _, panel in PANELS if panel.title == "Days against the objective")
    assert {row["objective"] for row in rows(filled, days, view)} == {"none given"}


def test_lines_add_up_to_their_minutes_near_and_far(filled: Filled) -> None:
    panel = named("realtime", "Transactions a minute by status")
    for view, step in ((NEAR, 60), (FAR, 3600)):
        mine: dict[tuple[int, str], float] = defaultdict(float)
        minutes = defaultdict(set)
        for m in filled.sample.of():
            if view.from_s <= m.minute / 1000 <= view.to_s:
                mine[(m.minute // 1000 // step * step, m.key)] += m.count
                minutes[m.minute // 1000 // step * step].add(m.minute)
        mine = {(at, key): total / len(minutes[at]) for (at, key), total in mine.items()}
        found = {
            (int(r["time"].replace(tzinfo=UTC).timestamp()), r["key"]): r["per_minute"]
            for r in rows(filled, panel, view)
        }
        assert found.keys() == mine.keys()
        assert found == pytest.approx(mine)


def test_the_band_is_that_of_the_model(filled: Filled) -> None:
    mine = {m.minute // 1000: m for m in of_range(filled) if m.key == "denied"}
    found = rows(filled, named("realtime", "$status and what was expected"))
    assert len(found) == len(mine)
    for row in found:
        m = mine[int(row["time"].replace(tzinfo=UTC).timestamp())]
        assert (row["observed"], row["expected"], row["low"], row["high"]) == (m.count, m.expected, m.low, m.high)


def test_the_figures_of_incidents_are_those_of_the_statements(filled: Filled) -> None:
    incidents = filled.sample.incidents
    first = {alert.incident_id: alert for alert in reversed(filled.sample.statements)}
    assert value(filled, "incidents", "Incidents") == len(incidents)
    assert value(filled, "realtime", "Incidents open now") == sum(not a.is_over for a in incidents.values())
    found_after = mean((first[i].timestamp - a.since).total_seconds() + 60 for i, a in incidents.items())
    assert value(filled, "incidents", "Found after (mean)") == pytest.approx(found_after)
    assert value(filled, "incidents", "MTTA") == 240
    over = [
        (a.timestamp - a.since).total_seconds() + 60 for a in incidents.values() if a.state in ("resolved", "withdrawn")
    ]
    assert value(filled, "incidents", "MTTR") == pytest.approx(mean(over))
    began = sorted(a.since for a in incidents.values())
    assert value(filled, "incidents", "MTBF") == pytest.approx(
        (began[-1] - began[0]).total_seconds() / (len(began) - 1)
    )
    lost = sum(
        a.estimated_loss.get("net_transactions", a.estimated_loss.get("transactions", 0))
        for a in incidents.values()
        if a.scope == "all"
    )
    assert value(filled, "executive", "Transactions lost") == pytest.approx(lost)
    assert lost > 0


def test_the_messages_to_people_are_those_of_the_receipts(filled: Filled) -> None:
    real = [r for r in filled.sample.receipts if not r.drill and FROM_S <= r.at_ms / 1000 <= TO_S]
    found = {row["channel"]: row for row in rows(filled, named("incidents", "Messages to people"))}
    assert found.keys() == {"chat", "pager"}
    for channel, row in found.items():
        mine = [receipt for receipt in real if receipt.channel == channel]
        for name, what in (("taken", "delivered"), ("refused", "refused"), ("overdue", "overdue")):
            assert row[name] == sum(receipt.what == what for receipt in mine)


def test_the_figures_of_codes_and_scopes_are_those_of_the_minutes(filled: Filled) -> None:
    codes = of_range(filled, "auth_code")
    assert value(filled, "codes", "Approved by code 00") == pytest.approx(count(codes, "00") / count(codes))
    assert value(filled, "codes", "Declined") == count(codes) - count(codes, "00")
    declines = {r["code"]: r["declined"] for r in rows(filled, named("codes", "Declines by code"))}
    assert declines == {key: count(codes, key) for key in {m.key for m in codes} - {"00"}}
    assert value(filled, "scopes", "Scopes") == 2
    assert value(filled, "scopes", "Scopes that have gone silent") == 1
    busiest = rows(filled, named("scopes", "Busiest"))
    assert {r["scope"]: r["transactions"] for r in busiest} == {
        s: count(of_range(filled, scope=s)) for s in ("all", "kiosk")
    }


def test_days_and_weeks_are_those_of_the_minutes(filled: Filled) -> None:
    days: dict[Any, int] = defaultdict(int)
    for m in of_range(filled):
        days[(datetime.fromtimestamp(m.minute / 1000, UTC).date(), m.key)] += m.count
    found = {
        (r["time"].date(), r["key"]): r["transactions"]
        for r in rows(filled, named("history", "Transactions by day and status"))
    }
    assert found == days
    hours: dict[int, int] = defaultdict(int)
    for m in filled.sample.of():
        hours[m.minute // 3_600_000 * 3600] += m.count
    for row in rows(filled, named("history", "This week and the week before")):
        at = int(row["time"].replace(tzinfo=UTC).timestamp())
        assert (row["transactions"], row["week_before"]) == (hours.get(at, 0), hours.get(at - 7 * 86_400, 0))


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        ("$__timeFilter(minute)", "minute >= toDateTime(1415792726) AND minute <= toDateTime(1447328726)"),
        ("$__timeInterval(t)", "toStartOfInterval(toDateTime(t), INTERVAL 20 second)"),
        ("$__fromTime,$__toTime", "toDateTime(1415792726),toDateTime(1447328726)"),
        ("$__interval_s", "20"),
        ("${scope:singlequote}", "'o\\'neil \\\\'"),
    ],
)
def test_macros_are_expanded_as_the_plugin_has_it_in_its_own_tests(written: str, expanded: str) -> None:
    assert View(1415792726, 1447328726, 20, {"scope": "o'neil \\"}).expand(written) == expanded


def test_alert_rules_of_grafana_ask_what_there_is_and_name_a_runbook(filled: Filled) -> None:
    (group,) = yaml.safe_load((ROOT / "grafana/provisioning/alerting/floodmark.yml").read_text())["groups"]
    known = {
        s["uid"]
        for f in (ROOT / "grafana/provisioning/datasources").glob("*.yml")
        for s in yaml.safe_load(f.read_text())["datasources"]
    }
    assert len({rule["uid"] for rule in group["rules"]}) == len(group["rules"])
    for rule in group["rules"]:
        asked, judged = rule["data"]
        assert asked["datasourceUid"] in known
        assert judged["datasourceUid"] == "__expr__"
        assert rule["condition"] == judged["refId"]
        assert judged["model"]["expression"] == asked["refId"]
        found = filled.client.query(NEAR.expand(asked["model"]["rawSql"]))
        assert len(found.result_rows) == len(found.column_names) == 1
        file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        text = (ROOT / file).read_text()
        assert anchor in {head.lower() for head in re.findall(r"^## (\w+)", text, re.MULTILINE)} | {""}
