"""Odd minutes, alerts and incidents."""

from tests.recounted.facts import (
    DAY,
    HOUR,
    Facts,
    Incident,
    MinuteFact,
    by,
    mean,
    runs,
)
from tests.recounted.panels.looks import iso
from tests.recounted.panels.noted import Row
from tests.recounted.queries.looks import ODD, minutes, opened, real, severity_order
from tests.recounted.queries.noted import Asked, query


@query
def alert_load(f: Facts, q: Asked) -> list[Row]:
    each = [(i.opened_at // DAY * DAY, rule, i) for i in opened(f, q) for rule in i.last.rules]
    rows = []
    for (day, rule), found in by(each, lambda e: e[:2]).items():
        mine = [i for _, _, i in found]
        back = sum(i.last.state == "withdrawn" for i in mine)
        rows.append((iso(day), rule, len(mine), back, sum(len(i.words) for i in mine)))
    return sorted(rows, key=lambda r: (r[0], -r[2], r[1]))


@query
def alert_summary(f: Facts, q: Asked) -> list[Row]:
    rows = [
        (*place, len(found), sum(i.resolved_at is None for i in found), sum(i.last.taken_at is not None for i in found),
         sum(i.seconds_of_evidence for i in found) / 60, sum(i.net_loss for i in found))
        for place, found in by(real(f, q), lambda i: (i.peak_severity, i.last.dimension, i.last.key)).items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (severity_order(r[0]), -r[3], r[1], r[2]))


@query
def consecutive_anomalies(f: Facts, q: Asked) -> list[Row]:
    rows = []
    odd = [m for d in ("status", "auth_code") for m in minutes(f, q, d) if m.verdict in ODD]
    for (dimension, key), mine in by(odd, lambda m: (m.dimension, m.key)).items():
        at = {m.at: m for m in mine}
        for run in runs(at, 60):
            if len(run) >= q.more.get("least", 3):
                worst = max((at[each].verdict for each in run), key=ODD.index)
                rows.append((dimension, key, run[0], run[-1], len(run), worst, max(at[each].count for each in run)))
    return sorted(rows, key=lambda r: (r[2], r[0], r[1]))


@query
def denied_anomalies(f: Facts, q: Asked) -> list[Row]:
    return [
        (m.at, m.count, m.share, m.expected, m.high, m.z, m.score, m.verdict, ", ".join(m.rules))
        for m in minutes(f, q)
        if m.key == "denied" and m.verdict in ODD
    ]


@query
def failed_spikes(f: Facts, q: Asked) -> list[Row]:
    failed = {m.at: m for m in f.of("status", q.scope) if m.key == "failed"}
    rows = []
    for at, m in failed.items():
        before = mean(failed[each].count for each in range(at - HOUR, at, 60) if each in failed)
        enough = before is not None and m.count >= q.more.get("least", 3) and m.count > q.more.get("times", 3) * before
        if q.holds(at) and enough:
            rows.append((at, m.count, before, m.count / before if before else None, m.verdict))
    return rows


@query
def loss_by_incident(f: Facts, q: Asked) -> list[Row]:
    rows = [
        (i.last.id, i.last.since, f"{i.last.scope} {i.last.dimension} {i.last.key}", i.last.state, i.loss,
         i.loss - i.net_loss, i.net_loss, i.net_amount)
        for i in real(f, q)
        if q.scope in ("", i.last.scope)
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r[7], -r[6], r[1], r[0]))[: q.more.get("limit", 100)]


@query
def near_misses(f: Facts, q: Asked) -> list[Row]:
    def told(m: MinuteFact) -> bool:
        return any(
            i.last.since <= m.at <= (i.last.last_seen if i.last.state == "resolved" else q.to_s)
            for i in f.incidents
            if i.last.scope == m.scope and i.last.state != "withdrawn"
        )

    mine = [m for m in f.minutes if q.holds(m.at) and q.scope in ("", m.scope) and m.rules and not told(m)]
    rows = []
    for place, found in by(mine, lambda m: (m.scope, m.dimension, m.key)).items():
        worst = max(found, key=lambda m: (m.score, -m.at))
        rows.append((worst.at, *place, worst.count, worst.expected, worst.score, worst.rules, len(found)))
    return sorted(rows, key=lambda r: (-r[6], r[0], r[1:4]))[: q.more.get("limit", 20)]


@query
def outage_periods(f: Facts, q: Asked) -> list[Row]:
    wanted = q.more.get("severity", "critical")
    mine = [
        i for i in f.incidents
        if i.peak_severity == wanted and i.last.state != "withdrawn" and q.holds(i.last.since)
    ]  # fmt: skip
    periods: list[list[Incident]] = []
    until = -1
    for i in sorted(mine, key=lambda i: (i.last.since, i.last.id)):
        if not periods or i.last.since > until:
            periods.append([])
            until = -1
        periods[-1].append(i)
        until = max(until, i.last.last_seen + 60)
    rows = []
    for found in periods:
        begin, end = min(i.last.since for i in found), max(i.last.last_seen for i in found) + 60
        names = sorted({f"{i.last.scope} {i.last.dimension} {i.last.key}" for i in found})
        rows.append((begin, end, (end - begin) / 60, len(found), ", ".join(names)))
    return rows


@query
def recent_alerts(f: Facts, q: Asked) -> list[Row]:
    mine = sorted((i.last for i in f.incidents), key=lambda w: (-w.since, w.id))
    return [
        (w.since, w.last_seen, w.state, w.severity, w.scope, w.dimension, w.key, w.observed, w.expected,
         ", ".join(w.rules), w.summary, w.id)
        for w in mine[: q.more.get("limit", 50)]
    ]  # fmt: skip


@query
def rule_usefulness(f: Facts, q: Asked) -> list[Row]:
    told = by([d for d in f.deeds if d.event == "feedback"], lambda d: d.incident_id)
    last = {id_: max(said, key=lambda d: (d.at_ms, d.id)) for id_, said in told.items()}
    rows = []
    for rule, found in by([(rule, i) for i in opened(f, q) for rule in i.last.rules], lambda e: e[0]).items():
        said = [last[i.last.id] for _, i in found if i.last.id in last]
        words = [sum(d.summary == each for d in said) for each in ("true_positive", "false_positive", "missed")]
        notes = [d for d in said if d.note]
        rows.append((rule, len(found), *words, max(notes, key=lambda d: d.at_ms).note if notes else ""))
    return sorted(rows, key=lambda r: (-r[3], r[2], r[0]))


@query
def worst_moments(f: Facts, q: Asked) -> list[Row]:
    mine = [m for m in f.minutes if m.scope == q.scope and m.score > 0 and q.holds(m.at)]
    mine.sort(key=lambda m: (-m.score, m.at, m.dimension, m.key))
    return [
        (m.at, m.dimension, m.key, m.count, m.expected, m.z, m.score, m.verdict)
        for m in mine[: q.more.get("limit", 50)]
    ]
