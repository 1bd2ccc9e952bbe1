"""The panels of the dashboard: at a glance."""

from tests.deploy.grafana_macros import View
from tests.recounted.facts import DAY, Facts, by, count, rate
from tests.recounted.panels.looks import days, objective, of_scope, whole
from tests.recounted.panels.noted import Row, panel


@panel("executive", "State")
def _(f: Facts, v: View) -> list[Row]:
    mine = [i.last for i in f.incidents if not i.last.is_over and i.last.scope == v.variables["scope"]]
    return [(2 if any(w.severity == "critical" for w in mine) else int(bool(mine)),)]


@panel("executive", "Transactions")
def _(f: Facts, v: View) -> list[Row]:
    return [(count(whole(f, v)),)]


@panel("executive", "Goal of the period", "gauge")
def _(f: Facts, v: View) -> list[Row]:
    return [("goal", (rate(whole(f, v)) or 0) / objective(v))]


@panel("executive", "Transactions lost")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(i.net_loss for i in of_scope(f, v)),)]


@panel("executive", "Amount lost")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(i.net_amount for i in of_scope(f, v)),)]


@panel("executive", "Incidents")
def _(f: Facts, v: View) -> list[Row]:
    return [(len(of_scope(f, v)),)]


@panel("executive", "Minutes in incidents")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(i.seconds_of_evidence for i in of_scope(f, v)) / 60,)]


@panel("executive", "Amount by day", "bars")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, sum(m.amount for m in found)) for day, found in days(whole(f, v)).items()]


@panel("executive", "Lost transactions by day", "bars")
def _(f: Facts, v: View) -> list[Row]:
    began = by(of_scope(f, v), lambda i: i.last.since - i.last.since % DAY)
    return [(day, sum(i.net_loss for i in found)) for day, found in began.items()]


@panel("executive", "Dearest incidents", "table")
def _(f: Facts, v: View) -> list[Row]:
    mine = sorted(of_scope(f, v), key=lambda i: (-i.net_amount, -i.net_loss, i.last.since, i.last.id))
    return [
        (i.last.since, i.last.key, i.peak_severity, round(i.seconds_of_evidence / 60), round(i.net_loss),
         round(i.net_amount), i.last.summary, i.last.id)
        for i in mine[:10]
    ]  # fmt: skip
