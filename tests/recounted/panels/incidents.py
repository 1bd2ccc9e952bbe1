"""The panels of the dashboard: incidents."""

from itertools import pairwise

from tests.deploy.grafana_macros import View
from tests.recounted.facts import Facts, by, mean, quantile
from tests.recounted.panels.looks import ours
from tests.recounted.panels.noted import Row, panel


@panel("incidents", "Incidents")
def _(f: Facts, v: View) -> list[Row]:
    return [(len(ours(f, v)),)]


@panel("incidents", "Critical")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(i.peak_severity == "critical" for i in ours(f, v)),)]


@panel("incidents", "Found after (mean)")
def _(f: Facts, v: View) -> list[Row]:
    return [(mean(i.seconds_to_open for i in ours(f, v)),)]


@panel("incidents", "MTTA")
def _(f: Facts, v: View) -> list[Row]:
    return [(mean(i.seconds_to_acknowledge for i in ours(f, v)),)]


@panel("incidents", "MTTR")
def _(f: Facts, v: View) -> list[Row]:
    return [(mean(i.seconds_to_resolve for i in ours(f, v)),)]


@panel("incidents", "MTBF")
def _(f: Facts, v: View) -> list[Row]:
    began = sorted(i.last.since for i in ours(f, v))
    return [(mean(b - a for a, b in pairwise(began)),)]


@panel("incidents", "Incidents opened, by severity", "bars")
def _(f: Facts, v: View) -> list[Row]:
    mine = [i for i in ours(f, v) if i.last.since >= v.from_s]
    points = by(mine, lambda i: (i.last.since - i.last.since % v.interval_s, i.peak_severity))
    return [(*point, len(found)) for point, found in points.items()]


@panel("incidents", "Incidents by rule", "gauge")
def _(f: Facts, v: View) -> list[Row]:
    rules = by([rule for i in ours(f, v) for rule in i.last.rules], lambda rule: rule)
    return sorted(((rule, len(found)) for rule, found in rules.items()), key=lambda row: (-row[1], row[0]))[:20]


@panel("incidents", "Incidents by series", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = [
        (*place, len(found), sum(i.seconds_of_evidence for i in found) / 60, round(sum(i.net_loss for i in found)))
        for place, found in by(ours(f, v), lambda i: (i.last.scope, i.last.dimension, i.last.key)).items()
    ]
    return sorted(rows, key=lambda row: (-row[3], -row[4], row[:3]))[:50]


@panel("incidents", "Incidents", "table")
def _(f: Facts, v: View) -> list[Row]:
    return [
        (i.last.since, i.opened_at, i.resolved_at, i.last.state, i.peak_severity, i.last.scope, i.last.key, i.last.by,
         i.last.until, i.peak_observed, i.last.summary, i.last.runbook, i.last.id)
        for i in sorted(ours(f, v), key=lambda i: (-i.last.since, i.last.id))[:100]
    ]  # fmt: skip


@panel("incidents", "Messages to people", "table")
def _(f: Facts, v: View) -> list[Row]:
    mine = [r for r in f.receipts if not r.drill and 1000 * v.from_s <= r.at_ms <= 1000 * v.to_s]
    rows = []
    for channel, found in by(mine, lambda r: r.channel).items():
        taken = [(r.at_ms - r.event_ms) / 1000 - 60 for r in found if (r.what, r.kind) == ("delivered", "open")]
        what = [sum(r.what == each for r in found) for each in ("delivered", "refused", "overdue")]
        rows.append((channel, len({(r.notification, r.number) for r in found}), *what, quantile(taken, 0.95)))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


@panel("incidents", "What was said and done", "table")
def _(f: Facts, v: View) -> list[Row]:
    words = [w for i in f.incidents for w in i.words if v.from_s <= w.at <= v.to_s]
    rows: list[Row] = []
    for w in words:
        said = (w.at, w.state, w.severity, "judge", w.by or "", "", w.until, w.scope, w.key, w.summary, w.id)
        rows.append((w.at, w.version, w.revision, w.id, said))
    for d in f.deeds:
        if v.from_s <= d.at_ms // 1000 <= v.to_s:
            shown = (
                d.at_ms // 1000,
                d.event,
                d.severity,
                d.source,
                d.by,
                d.assignee,
                d.until,
                d.scope,
                "",
                d.summary,
                d.incident_id,
            )
            rows.append((d.at_ms // 1000, d.at_ms * 1000, 0, d.incident_id, shown))
    rows.sort(key=lambda row: (-row[0], -row[1], -row[2], row[3]))
    return [row[-1] for row in rows[:200]]
