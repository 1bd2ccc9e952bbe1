"""What the dashboards are made of: a query, a panel, a board, and their JSON through Grafana's own builders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from grafana_foundation_sdk.builders import barchart, bargauge, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

CLICKHOUSE: Final = {"type": "grafana-clickhouse-datasource", "uid": "floodmark-clickhouse"}
PROMETHEUS: Final = {"type": "prometheus", "uid": "floodmark-prometheus"}
PLUGIN: Final = "4.20.0"
NOTHING: Final = "nothing in this time range"
LIVE_PAGE: Final = "http://127.0.0.1:8080/"
"""Where the gateway listens unless it is told otherwise; whoever has it elsewhere changes the links in Grafana."""
OPEN_INCIDENT: Final = ("Open on the live page", f"{LIVE_PAGE}incidents/${{__value.text}}")
"""The link from an incident's id."""
COLOURS: Final = ("green", "yellow", "red")
Kind = Literal["number", "lines", "bars", "table", "gauge", "chart", "heat"]
FACTS: Final = """(
    SELECT minute AS t, scope, dimension, key, count, expected, amount, 1 AS minutes, expected IS NOT NULL AS judged
    FROM floodmark.minutes
    WHERE $__interval_s < 3600 AND {where} AND $__timeFilter(minute)
    UNION ALL
    SELECT hour AS t, scope, dimension, key, count, if(judged > 0, expected, NULL) AS expected, amount, minutes, judged
    FROM floodmark.hours
    WHERE $__interval_s >= 3600 AND {where} AND hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
)"""
"""Minutes where a point is less than an hour, hours where it is more: the other half reads nothing."""
STATUS: Final = "scope = ${scope:singlequote} AND dimension = 'status'"
OBJECTIVE: Final = "arrayFirstOrNull(g -> g > 0 AND g < 1, [toFloat64OrZero(${objective:singlequote})])"
"""What is typed there; NULL where it is no part of a whole, so that a panel says nothing and not a figure."""
CODES: Final = "scope = ${scope:singlequote} AND dimension = 'auth_code'"
TOTAL: Final = "nullIf(sum(count), 0)"
"""To divide by: of nothing there is no share, and a panel says so; 0 / 0 would be shown as NaN."""
RATE: Final = f"sumIf(count, key = 'approved') / {TOTAL}"


def facts(where: str) -> str:
    """What to read `FROM`: rows `t, scope, dimension, key, count, expected, amount, minutes, judged`.

    Of the time range; `minutes` is how many a row stands for, `judged` how many of them have an `expected`.
    """
    return FACTS.format(where=where)


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Args:
        title: What it shows.
        about: What the figure is, and how to read it.
        query: SQL, or PromQL by legend.
        columns: The columns that the SQL returns, in order; empty for PromQL.
        kind: How it is drawn.
        unit: Grafana's name of the unit.
        steps: Where its colour changes to yellow and to red; falling numbers: less is worse.
        width: Of 24.
        height: In Grafana's rows.
        decimals: Digits after the point.
        band: The columns between which the expected band lies.
        stacked: Whether values of one time lie on each other.
        names: Texts for numbers.
        links: Title and address of links from a row.
    """

    title: str
    about: str
    query: str | Mapping[str, str]
    columns: str = ""
    kind: Kind = "lines"
    unit: str = "short"
    steps: tuple[float, float] | None = None
    width: int = 12
    height: int = 8
    decimals: int | None = None
    band: tuple[str, str] | None = None
    stacked: bool = False
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: its file is `NAME.json`, its address `/d/floodmark-NAME`."""

    name: str
    title: str
    about: str
    panels: Sequence[Panel]
    since: str = "now-24h"
    refresh: str = "30s"
    variables: Sequence[str] = ("scope",)
    incidents: bool = True


class Sql(variants.Dataquery, builder.Builder):  # type: ignore[misc, type-arg]
    """A query of the ClickHouse plugin: 0 is a time series, 1 a table."""

    def __init__(self, sql: str, shape: int) -> None:
        self._sql, self._shape = sql, shape

    def build(self) -> "Sql":
        """It is its own model."""
        return self

    def to_json(self) -> dict[str, Any]:
        """As `src/types/sql.ts` of the plugin has it."""
        return {
            "refId": "A",
            "datasource": CLICKHOUSE,
            "editorType": "sql",
            "queryType": "table" if self._shape else "timeseries",
            "format": self._shape,
            "rawSql": self._sql.strip(),
            "pluginVersion": PLUGIN,
        }


BUILDERS: Final[Mapping[Kind, Any]] = {
    "number": stat.Panel,
    "lines": timeseries.Panel,
    "bars": timeseries.Panel,
    "table": table.Panel,
    "gauge": bargauge.Panel,
    "chart": barchart.Panel,
    "heat": heatmap.Panel,
}
SERIES: Final = frozenset({"lines", "bars", "heat"})


def document(board: Board) -> str:
    """The dashboard as JSON, keys in order, with a line end at its end."""
    made = (
        dashboard.Dashboard(f"Floodmark: {board.title}")
        .uid(f"floodmark-{board.name}")
        .description(board.about)
        .tags(["floodmark"])
        .refresh(board.refresh)
        .time(board.since, "now")
        .timezone("utc")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Live page").type(models.DashboardLinkType.LINK).url(LIVE_PAGE).target_blank(True)
        )
        .link(
            dashboard.DashboardLink("Other dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["floodmark"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
    )
    for name in board.variables:
        made = made.with_variable(_variable(name))
    x = y = row = 0
    for number, panel in enumerate(board.panels, 1):
        if x + panel.width > 24:
            x, y, row = 0, y + row, 0
        made = made.with_panel(_panel(panel, number).grid_pos(models.GridPos(h=panel.height, w=panel.width, x=x, y=y)))
        x, row = x + panel.width, max(row, panel.height)
    whole = json.loads(JSONEncoder(sort_keys=True).encode(made.build()))
    whole["annotations"] = {"list": [_incidents()] if board.incidents else []}
    return json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _source(source: Mapping[str, str]) -> models.DataSourceRef:
    return models.DataSourceRef(type_val=source["type"], uid=source["uid"])


def _panel(panel: Panel, number: int) -> Any:
    made = BUILDERS[panel.kind]().id(number).title(panel.title).description(panel.about).no_value(NOTHING)
    if isinstance(panel.query, str):
        made = made.datasource(_source(CLICKHOUSE)).with_target(Sql(panel.query, 0 if panel.kind in SERIES else 1))
        if panel.kind in SERIES or "$__interval_s" in panel.query:
            made = made.interval("1m")
    else:
        made = made.datasource(_source(PROMETHEUS))
        for ref, (legend, expr) in zip("ABCDEFG", panel.query.items(), strict=False):
            made = made.with_target(
                prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(ref).datasource(_source(PROMETHEUS))
            )
    made = made.unit(panel.unit)
    if panel.decimals is not None:
        made = made.decimals(panel.decimals)
    made = made.thresholds(_thresholds(panel.steps)).color_scheme(
        _scheme("palette-classic" if panel.kind in SERIES and not panel.steps else "thresholds")
    )
    if panel.names:
        options = {
            value: models.ValueMappingResult(text=text, color=colour) for value, (text, colour) in panel.names.items()
        }
        made = made.mappings([models.ValueMap(options=options)])
    return _dressed(made, panel)


def _dressed(made: Any, panel: Panel) -> Any:
    if panel.kind == "bars":
        made = made.draw_style(shapes.GraphDrawStyle.BARS).fill_opacity(70)
    if panel.kind == "number":
        made = made.graph_mode(shapes.BigValueGraphMode.NONE).reduce_options(_last())
    if panel.kind == "gauge":
        made = made.reduce_options(_all_rows()).orientation(shapes.VizOrientation.HORIZONTAL)
    if panel.stacked:
        made = made.stacking(_stacked())
    if panel.steps and panel.kind == "lines":
        made = made.thresholds_style(_drawn())
    if panel.band:
        low, high = panel.band
        hidden = [models.DynamicConfigValue(id_val="custom.lineWidth", value=0)]
        filled = [("custom.fillBelowTo", low), ("custom.fillOpacity", 18)]
        made = made.override_by_name(low, hidden)
        made = made.override_by_name(
            high, [*hidden, *(models.DynamicConfigValue(id_val=name, value=value) for name, value in filled)]
        )
    for column, (title, url) in panel.links.items():
        link = {"title": title, "url": url, "targetBlank": True}
        made = made.override_by_name(column, [models.DynamicConfigValue(id_val="links", value=[link])])
    return made


def _thresholds(steps: tuple[float, float] | None) -> Any:
    made = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE)
    if steps is None:
        return made.steps([models.Threshold(color="green", value=None)])
    first, second = steps
    falling = second < first
    order = tuple(reversed(COLOURS)) if falling else COLOURS
    low, high = sorted(steps)
    return made.steps(
        [
            models.Threshold(color=order[0], value=None),
            models.Threshold(color=order[1], value=low),
            models.Threshold(color=order[2], value=high),
        ]
    )


def _scheme(mode: str) -> Any:
    return dashboard.FieldColor().mode(models.FieldColorModeId(mode))


def _last() -> Any:
    from grafana_foundation_sdk.builders import common

    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


def _all_rows() -> Any:
    from grafana_foundation_sdk.builders import common

    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(True)


def _stacked() -> Any:
    from grafana_foundation_sdk.builders import common

    return common.StackingConfig().mode(shapes.StackingMode.NORMAL)


def _drawn() -> Any:
    from grafana_foundation_sdk.builders import common

    return common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.LINE)


def _variable(name: str) -> Any:
    if name == "objective":
        return (
            dashboard.TextBoxVariable("objective")
            .label("Objective")
            .description("The part of the transactions that is to be approved, 0 to 1.")
            .default_value("0.9")
        )
    column = {"scope": "scope", "status": "key", "code": "key"}[name]
    where = {"scope": "", "status": f" AND {STATUS}", "code": f" AND {CODES}"}[name]
    sql = f"SELECT DISTINCT {column} FROM floodmark.hours WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime{where} ORDER BY {column}"
    first = {"scope": "all", "status": "denied", "code": "51"}[name]
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .description({"scope": "Merchant, checkout, acquirer …", "status": "A status", "code": "An auth code"}[name])
        .datasource(_source(CLICKHOUSE))
        .query(sql)
        .definition(sql)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .current(models.VariableOption(selected=True, text=first, value=first))
    )


def _incidents() -> dict[str, Any]:
    """Incidents over the charts. The builder's annotation knows no SQL, so it is written out."""
    sql = """SELECT
    since AS time,
    last_seen + INTERVAL 1 MINUTE AS timeEnd,
    summary AS text,
    concat(severity, ',', dimension, ',', key) AS tags
FROM floodmark.incidents
WHERE since <= $__toTime AND last_seen >= $__fromTime AND state != 'withdrawn'
ORDER BY since
LIMIT 500"""
    return {
        "name": "Incidents",
        "enable": True,
        "hide": False,
        "iconColor": "red",
        "datasource": CLICKHOUSE,
        "target": {**Sql(sql, 1).to_json(), "refId": "Anno"},
    }
