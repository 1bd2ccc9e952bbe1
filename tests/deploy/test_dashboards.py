import json
import re
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from schemas.minute import Verdict
from sinks.clickhouse.migrations import DAY, migrations
from tests.deploy.clickhouse_engine import Answer, ask
from tests.deploy.grafana_macros import View
from tests.paths import ROOT

FILES = sorted((ROOT / "grafana/dashboards").glob("*.json"))
DASHBOARDS: dict[str, dict[str, Any]] = {path.name: json.loads(path.read_text()) for path in FILES}
SOURCES: list[dict[str, Any]] = [
    source
    for path in (ROOT / "grafana/provisioning/datasources").glob("*.yml")
    for source in yaml.safe_load(path.read_text())["datasources"]
]
DASHBOARD = DASHBOARDS["transactions.json"]
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}

MINUTE_S = 60
START = int(datetime(2025, 7, 12, 13, 45, tzinfo=UTC).timestamp())
MINUTES = 180
COUNTS = {"approved": 100, "denied": 12, "failed": 2, "reversed": 1}
VIEW = View(START, START + MINUTES * MINUTE_S, 60, {"scope": "all", "dimension": "status", "key": "denied"})

# The public interface of the store; nothing else may be used.
PUBLIC = {
    "minutes": "minute, scope, dimension, key, count, total, share, expected, low, high, mean, std, z, score, "
    "verdict, revision",
    "alerts": "incident_id, state, severity, scope, dimension, key, since, last_seen, observed, expected, z, share, "
    "rules, score, revision",
}


def tables() -> list[str]:
    """The tables of the ClickHouse sink, and views over them with the public columns alone."""
    # What copies older rows day by day has none to copy in a new database.
    parts = (part for step in migrations() for part in step.statements if not DAY.search(part))
    steps = [part.replace("{database}", "kept") for part in parts]
    made = ["CREATE DATABASE kept", "CREATE DATABASE floodmark", *steps]
    views = [f"CREATE VIEW floodmark.{name} AS SELECT {columns} FROM kept.{name}" for name, columns in PUBLIC.items()]
    return made + views


def rows() -> list[str]:
    """Three hours of minutes, every key in each; incidents open, over and withdrawn."""
    keys = ", ".join(f"('{key}', {count})" for key, count in COUNTS.items())
    return [
        f"""INSERT INTO kept.minute_versions (minute, scope, dimension, key, count, total, share, expected, low, high,
                verdict, revision, version)
            SELECT toDateTime({START} + number * {MINUTE_S}, 'UTC'), 'all', 'status', pair.1, pair.2, 115, pair.2 / 115,
                if(number < 10, NULL, pair.2), if(number < 10, NULL, pair.2 - 1), if(number < 10, NULL, pair.2 + 1),
                multiIf(number < 10, 'warming_up', number = 100 AND pair.1 = 'denied', 'critical', 'normal'), 1, 1
            FROM numbers({MINUTES}) ARRAY JOIN [{keys}] AS pair""",
        # A later version of one minute, which has to replace the first.
        f"""INSERT INTO kept.minute_versions (minute, scope, dimension, key, count, total, verdict, revision, version)
            VALUES (toDateTime({START + 50 * MINUTE_S}, 'UTC'), 'all', 'status', 'denied', 72, 175, 'warning', 2, 2)""",
        f"""INSERT INTO kept.minute_versions (minute, scope, dimension, key, count, total, verdict, revision, version)
            VALUES (toDateTime({START}, 'UTC'), 'it''s', 'auth_code', '51', 4, 4, 'normal', 1, 1)""",
        f"""INSERT INTO kept.alert_versions (incident_id, state, severity, scope, dimension, key, since, last_seen,
                observed, expected, z, share, rules, score, revision, version, rank)
            SELECT id, state, severity, 'all', 'status', key, toDateTime({START} + at * 60, 'UTC'),
                toDateTime({START} + (at + 4) * 60, 'UTC'), 30, if(id = 'a', NULL, 11.5), 4.2, 0.2,
                ['share_denied', 'z_score'], 80, 1, 1, 1
            FROM VALUES('id String, state String, severity String, key String, at UInt32',
                ('a', 'updated', 'warning', 'denied', 100), ('b', 'firing', 'critical', 'reversed', 110),
                ('c', 'resolved', 'warning', 'failed', 20), ('d', 'withdrawn', 'warning', 'failed', 30))""",
    ]


def queries() -> dict[str, tuple[str, str]]:
    """Name to (query type, SQL) of every query of the dashboard."""
    found = {title: (t["queryType"], t["rawSql"]) for title, panel in PANELS.items() for t in panel["targets"]}
    found |= {f"variable {v['name']}": ("table", v["query"]) for v in DASHBOARD["templating"]["list"]}
    targets = {a["name"]: a["target"] for a in DASHBOARD["annotations"]["list"]}
    return found | {f"annotation {name}": ("table", t["rawSql"]) for name, t in targets.items()}


QUERIES = queries()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """The answer of every query, on rows."""
    path = tmp_path_factory.mktemp("clickhouse with rows")
    asked = [VIEW.expand(sql) for _, sql in QUERIES.values()]
    return dict(zip(QUERIES, ask(path, [*tables(), *rows()], asked), strict=True))


def numeric(types: dict[str, str]) -> list[str]:
    return [name for name, kind in types.items() if re.match(r"(Nullable\()?(U?Int|Float|Decimal)", kind)]


def test_there_is_a_dashboard() -> None:
    assert DASHBOARDS


@pytest.mark.parametrize("name", [name for name, (kind, _) in QUERIES.items() if kind == "timeseries"])
def test_a_time_series_has_ascending_times_and_numbers(engine: dict[str, Answer], name: str) -> None:
    answer = engine[name]
    assert next(iter(answer.types)) == "time"
    assert answer.types["time"].startswith("DateTime")
    assert numeric(answer.types)
    labels = set(answer.types) - {"time", *numeric(answer.types)}
    assert all(answer.types[label] in {"String", "LowCardinality(String)"} for label in labels)
    times = [row["time"] for row in answer.rows]
    assert times == sorted(times)
    assert len(times) >= MINUTES


@pytest.mark.parametrize("name", [name for name, (kind, _) in QUERIES.items() if kind == "table"])
def test_a_table_has_rows(engine: dict[str, Answer], name: str) -> None:
    assert engine[name].rows


@pytest.mark.store
def test_every_query_also_runs_on_an_empty_store_and_on_a_wide_range(tmp_path: Path) -> None:
    wide = View(START - 86_400, START + 86_400, 600, {"scope": "it's", "dimension": "auth_code", "key": "51"})
    series = [name for name, (kind, _) in QUERIES.items() if kind == "timeseries"]
    asked = [view.expand(sql) for view in (VIEW, wide) for _, sql in QUERIES.values()]
    answers = ask(tmp_path / "empty", tables(), asked)
    assert all(not answers[list(QUERIES).index(name)].rows for name in series)
    assert answers[list(QUERIES).index("Last judged minute")].rows == [{"judged": None}]
    found = dict(zip(QUERIES, ask(tmp_path / "rows", [*tables(), *rows()], asked)[len(QUERIES) :], strict=True))
    assert [row["per_minute"] for row in found["Transactions a minute by $dimension"].rows] == [0.4]
    assert [row["key"] for row in found["variable key"].rows] == ["51"]


def test_the_figures_are_those_of_the_rows(engine: dict[str, Answer]) -> None:
    total = MINUTES * sum(COUNTS.values()) + 60
    assert int(engine["Transactions"].rows[0]["transactions"]) == total
    assert engine["Denied"].rows[0]["denied"] == pytest.approx((MINUTES * 12 + 60) / total)
    assert int(engine["Last judged minute"].rows[0]["judged"]) == (START + (MINUTES - 1) * MINUTE_S) * 1000
    per_minute = [row for row in engine["Transactions a minute by $dimension"].rows if row["key"] == "denied"]
    assert [row["per_minute"] for row in per_minute[49:52]] == [12, 72, 12]
    assert len(per_minute) == MINUTES


def test_the_expected_band_is_missing_while_warming_up_and_there_afterwards(engine: dict[str, Answer]) -> None:
    band = engine["Observed and expected: $key"].rows
    assert [row["expected"] for row in band[8:12]] == [None, None, 12, 12]
    assert (band[20]["low"], band[20]["observed"], band[20]["high"]) == (11, 12, 13)


def test_verdicts_are_ranked_as_the_panel_names_them(engine: dict[str, Answer]) -> None:
    panel = PANELS["Verdicts by $dimension"]
    (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
    names = {int(rank): shown["text"] for rank, shown in mapping["options"].items()}
    denied = [row["verdict_rank"] for row in engine["Verdicts by $dimension"].rows if row["key"] == "denied"]
    assert [names[int(denied[at])] for at in (0, 20, 50, 100)] == ["warming up", "normal", "warning", "critical"]
    assert {name.replace(" ", "_") for name in names.values()} == set(get_args(Verdict))


def test_open_incidents_are_the_worst_first_and_none_that_is_over(engine: dict[str, Answer]) -> None:
    assert [row["incident_id"] for row in engine["Open incidents"].rows] == ["b", "a"]
    assert engine["Open incidents"].rows[0]["rules_fired"] == "share_denied, z_score"
    assert int(engine["Incidents open now"].rows[0]["open"]) == 2


def test_the_history_has_all_incidents_of_the_time_range(engine: dict[str, Answer]) -> None:
    assert [row["incident_id"] for row in engine["Incidents in the time range"].rows] == ["b", "a", "d", "c"]
    assert {int(row["minutes"]) for row in engine["Incidents in the time range"].rows} == {5}


def test_incidents_are_drawn_from_their_first_to_the_end_of_their_last_minute(engine: dict[str, Answer]) -> None:
    drawn = engine["annotation Incidents"]
    assert list(drawn.types) == ["time", "timeEnd", "text", "tags"]
    assert [row["text"] for row in drawn.rows] == [
        "warning: failed 30, expected 11.5",
        "warning: denied 30",
        "critical: reversed 30, expected 11.5",
    ]
    assert drawn.rows[0]["time"] == "2025-07-12 14:05:00"
    assert drawn.rows[0]["timeEnd"] == "2025-07-12 14:10:00"
    assert drawn.rows[0]["tags"] == "warning,status,failed"


def test_variables_offer_what_is_in_the_store(engine: dict[str, Answer]) -> None:
    assert [row["scope"] for row in engine["variable scope"].rows] == ["all", "it's"]
    assert [row["dimension"] for row in engine["variable dimension"].rows] == ["auth_code", "status"]
    assert [row["key"] for row in engine["variable key"].rows] == sorted(COUNTS)


def test_an_unknown_macro_or_variable_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="timeFiler"):
        VIEW.expand("SELECT 1 WHERE $__timeFiler(minute)")
    with pytest.raises(ValueError, match="merchant"):
        VIEW.expand("SELECT ${merchant:singlequote}")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_the_public_views_alone(name: str) -> None:
    read = re.findall(r"\b(?:FROM|JOIN)\s+([\w.]+)", QUERIES[name][1])
    assert read
    assert set(read) <= {"floodmark.minutes", "floodmark.alerts"}


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
def test_every_source_named_in_a_dashboard_is_provisioned(dashboard: dict[str, Any]) -> None:
    known = {(source["type"], source["uid"]) for source in SOURCES}
    named = [(d["type"], d["uid"]) for d in sources_in(dashboard)]
    assert named
    assert set(named) <= known


def sources_in(node: Any) -> list[dict[str, str]]:
    if isinstance(node, list):
        return [found for part in node for found in sources_in(part)]
    if not isinstance(node, dict):
        return []
    own = [node["datasource"]] if "datasource" in node else []
    return own + [found for part in node.values() for found in sources_in(part)]


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert dashboard["uid"]
    places = [panel["gridPos"] for panel in panels]
    assert all(p["x"] >= 0 and p["x"] + p["w"] <= 24 for p in places)
    for a, b in combinations(places, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_says_what_it_shows_and_gets_the_format_it_asks_for(title: str) -> None:
    panel = PANELS[title]
    assert panel["description"]
    for target in panel["targets"]:
        assert target["editorType"] == "sql"
        assert target["format"] == {"timeseries": 0, "table": 1}[target["queryType"]]
        if "$__interval_s" in target["rawSql"] or "$__timeInterval" in target["rawSql"]:
            assert panel["interval"] in {"1m", "5m"}, "an interval below a minute would show gaps"


@pytest.mark.parametrize("title", PANELS)
def test_the_columns_that_a_panel_dresses_are_there(engine: dict[str, Answer], title: str) -> None:
    dressed = {override["matcher"]["options"] for override in PANELS[title]["fieldConfig"]["overrides"]}
    assert dressed <= engine[title].types.keys()
    for override in PANELS[title]["fieldConfig"]["overrides"]:
        below = [p["value"] for p in override["properties"] if p["id"] == "custom.fillBelowTo"]
        assert set(below) <= engine[title].types.keys()
