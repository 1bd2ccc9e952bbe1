"""The panels of the dashboard: SLA and SLO."""

from tests.deploy.grafana_macros import View
from tests.recounted.facts import HOUR, Facts, by, count, quantile, rate
from tests.recounted.panels.looks import burnt, days, drawn, first_said, iso, near, objective, seconds_late, whole
from tests.recounted.panels.noted import Row, panel


@panel("executive", "Approval rate")
@panel("slo", "Approval rate")
def _(f: Facts, v: View) -> list[Row]:
    return [(rate(whole(f, v)),)]


@panel("slo", "Error budget left")
def _(f: Facts, v: View) -> list[Row]:
    return [(1 - (burnt(whole(f, v), v) or 0),)]


@panel("slo", "Minutes judged")
def _(f: Facts, v: View) -> list[Row]:
    ats = {m.at for m in near(f, v) if m.verdict != "no_data"}
    return [(len(ats) / ((max(ats) - min(ats)) / 60 + 1),)]


@panel("slo", "Judged within")
def _(f: Facts, v: View) -> list[Row]:
    return [(quantile(map(seconds_late, first_said(f, v)), 0.95),)]


@panel("slo", "Approval rate over time", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [(at, rate(found)) for at, found in drawn(f, v).items() if count(found)]


@panel("slo", "Burn rate by window", "gauge")
def _(f: Facts, v: View) -> list[Row]:
    mine = [m for m in f.of("status", v.variables["scope"]) if v.to_s - 72 * HOUR < m.at <= v.to_s]
    last = max(m.at for m in mine)
    return [(f"{w} h", burnt([m for m in mine if m.at > last - w * HOUR], v)) for w in (1, 6, 24, 72)]


@panel("slo", "Budget spent by day", "bars")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, burnt(found, v)) for day, found in days(whole(f, v)).items() if count(found)]


@panel("slo", "How late minutes were published", "lines")
def _(f: Facts, v: View) -> list[Row]:
    points = by(first_said(f, v), lambda m: m.at - m.at % v.interval_s)
    return [
        (at, quantile(map(seconds_late, found), 0.5), quantile(map(seconds_late, found), 0.99))
        for at, found in points.items()
    ]


@panel("slo", "Days against the objective", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = []
    for day, found in reversed(days(whole(f, v)).items()):
        if part := count(found) and rate(found):
            rows.append((iso(day), count(found), round(part, 4), "met" if part >= objective(v) else "missed"))
    return rows
