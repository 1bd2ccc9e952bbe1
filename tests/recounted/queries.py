"""Each query of the library: the rows that it is to answer, in order, cells as in `panels`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from tests.recounted.facts import (
    DAY,
    HOUR,
    RANKS,
    Facts,
    Incident,
    MinuteFact,
    by,
    count,
    mean,
    quantile,
    rate,
    runs,
)
from tests.recounted.panels import Row, iso, weekday

ODD: Final = ("info", "warning", "critical")
CALLS: Final = ("open", "rise", "more", "flapping", "repeat", "escalation", "handed_back")
WORST: Final = ("normal", "warming_up", "no_data", "unknown", *ODD)
"""Verdicts from the best to the worst, as `current_and_baseline` has them."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: `[from_s, to_s)`, and other parameters by their names."""

    from_s: int = 0
    to_s: int = 4_000_000_000
    scope: str = "all"
    more: dict[str, Any] = field(default_factory=dict)

    def holds(self, at: float) -> bool:
        return self.from_s <= at < self.to_s


Recount = Callable[[Facts, Asked], list[Row]]
QUERIES: Final[dict[str, Recount]] = {}


def query(recount: Recount) -> Recount:
    """What counts the query of this name anew."""
    QUERIES[recount.__name__] = recount
    return recount


def minutes(f: Facts, q: Asked, dimension: str = "status") -> list[MinuteFact]:
    return [m for m in f.of(dimension, q.scope) if q.holds(m.at)]


def hours(f: Facts, q: Asked, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of the hours that begin in the range."""
    return [m for m in f.of(dimension, q.scope if scope == "" else scope) if q.holds(m.hour)]


def opened(f: Facts, q: Asked) -> list[Incident]:
    return [i for i in f.incidents if q.holds(i.opened_at)]


def real(f: Facts, q: Asked) -> list[Incident]:
    return [i for i in opened(f, q) if i.last.state != "withdrawn"]


def of_hours(f: Facts, q: Asked, dimension: str = "status") -> dict[int, list[MinuteFact]]:
    return by(hours(f, q, dimension), lambda m: m.hour)


def usual(found: list[MinuteFact]) -> float:
    return sum(m.expected for m in found if m.expected is not None)


def judged(found: list[MinuteFact]) -> list[MinuteFact]:
    return [m for m in found if m.expected is not None]


def objective(q: Asked) -> float:
    return float(q.more.get("objective", 0.9))


def burn(found: list[MinuteFact], q: Asked) -> float:
    return (1 - (rate(found) or 0)) / (1 - objective(q))


def severity_order(severity: str) -> int:
    return -RANKS.index(severity)


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
def approval_slo(f: Facts, q: Asked) -> list[Row]:
    days = by(hours(f, q), lambda m: m.hour - m.hour % DAY)
    return [
        (iso(day), count(found), rate(found), (rate(found) or 0) >= objective(q), burn(found, q))
        for day, found in days.items()
        if count(found)
    ]


def scope_rows(f: Facts, q: Asked) -> list[Row]:
    rows = []
    for scope, found in by(hours(f, q, scope=None), lambda m: m.scope).items():
        if total := count(found):
            hours_of = {m.hour for m in found}
            odd = sum(m.is_odd for m in found)
            rows.append((scope, total, rate(found), total / (60 * len(hours_of)), max(hours_of), odd))
    return rows


@query
def busiest_scopes(f: Facts, q: Asked) -> list[Row]:
    return sorted(scope_rows(f, q), key=lambda r: (-r[1], r[0]))[: q.more.get("limit", 20)]


@query
def quietest_scopes(f: Facts, q: Asked) -> list[Row]:
    return sorted(scope_rows(f, q), key=lambda r: (r[1], r[0]))[: q.more.get("limit", 20)]


@query
def code_shares(f: Facts, q: Asked) -> list[Row]:
    rows = [
        (hour, key, count(mine), count(mine) / count(found) if count(found) else None)
        for hour, found in of_hours(f, q, "auth_code").items()
        for key, mine in by(found, lambda m: m.key).items()
    ]
    return sorted(rows, key=lambda r: (r[0], -r[2], r[1]))


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
def current_and_baseline(f: Facts, q: Asked) -> list[Row]:
    mine = [m for m in f.minutes if m.scope == q.scope]
    last = max(m.at for m in mine) - 60 * q.more.get("minutes", 60)
    rows = []
    for place, found in by([m for m in mine if m.at > last], lambda m: (m.dimension, m.key)).items():
        seen, model = count(judged(found)), usual(found)
        worst = max((m.verdict for m in found), key=WORST.index)
        rows.append((*place, seen, model, seen - model, seen / model if model else None, worst))
    return sorted(rows, key=lambda r: (-abs(r[4]), r[0], r[1]))


@query
def denied_anomalies(f: Facts, q: Asked) -> list[Row]:
    return [
        (m.at, m.count, m.share, m.expected, m.high, m.z, m.score, m.verdict, ", ".join(m.rules))
        for m in minutes(f, q)
        if m.key == "denied" and m.verdict in ODD
    ]


@query
def error_budget_burn(f: Facts, q: Asked) -> list[Row]:
    mine = [m for m in f.of("status", q.scope) if m.at < q.to_s]
    last = max(m.at for m in mine)
    parts = [(w, [m for m in mine if m.at > last - w * HOUR]) for w in (1, 6, 24, 72)]
    return [(w, count(found), rate(found), burn(found, q)) for w, found in parts if count(found)]


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
def failure_rates(f: Facts, q: Asked) -> list[Row]:
    return [
        (hour, count(found), rate(found, "failed"), rate(found, "denied"), rate(found, "reversed", "backend_reversed"))
        for hour, found in of_hours(f, q).items()
        if count(found)
    ]


@query
def five_minute_trends(f: Facts, q: Asked) -> list[Row]:
    start = q.from_s - q.from_s % 300
    mine = [m for m in f.of("status", q.scope) if start - 300 <= m.at < q.to_s]
    sums = {place: count(found) for place, found in by(mine, lambda m: (m.key, m.at - m.at % 300)).items()}
    rows = []
    for (key, at), now in sums.items():
        before = sums.get((key, at - 300))
        rows.append((at, key, now, before, None if before is None else now - before))
    return [row for row in rows if row[0] >= start]


@query
def hour_heat_map(f: Facts, q: Asked) -> list[Row]:
    cells = by(hours(f, q), lambda m: (weekday(m), m.hour // HOUR % 24))
    rows = []
    for place, found in cells.items():
        n = len({m.hour for m in found})
        if count(found):
            rows.append((*place, n, count(found) / n, 1 - (rate(found) or 0)))
    return rows


@query
def incidents_at_work(f: Facts, q: Asked) -> list[Row]:
    mine = [
        i
        for i in f.incidents
        if i.last.state != "withdrawn"
        and i.opened_at < q.to_s
        and (i.resolved_at is None or i.resolved_at > q.from_s)
        and q.scope in ("", i.last.scope)
    ]
    return [
        (i.last.id, i.last.since, i.opened_at, i.resolved_at, i.peak_severity, i.last.scope, i.last.dimension,
         i.last.key, i.last.by, i.last.taken_at, i.last.until, i.seconds_to_open, i.seconds_to_acknowledge,
         i.seconds_to_resolve, i.loss, i.net_loss, i.loss_amount, i.net_amount, i.last.rules, len(i.words))
        for i in sorted(mine, key=lambda i: (i.last.since, i.last.id))
    ]  # fmt: skip


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
def minutes_by_status(f: Facts, q: Asked) -> list[Row]:
    named = ("approved", "denied", "failed", "reversed", "backend_reversed")
    rows = []
    for at, found in by(minutes(f, q), lambda m: m.at).items():
        others = count(found) - count(found, *named)
        rows.append((at, count(found), *(count(found, key) for key in named), others))
    return rows


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
def newest_minute(f: Facts, q: Asked) -> list[Row]:
    ats = [m.at for m in f.minutes if q.scope in ("", m.scope)]
    return [(max(ats),)] if ats else []


@query
def notifier_delivery(f: Facts, q: Asked) -> list[Row]:
    rows = []
    mine = [r for r in f.receipts if not r.drill and q.holds(r.at_ms / 1000)]
    for channel, found in by(mine, lambda r: r.channel).items():
        what = [sum(r.what == each for r in found) for each in ("delivered", "refused", "overdue")]
        owed = [(r.at_ms - r.owed_ms) / 1000 for r in found if r.what == "delivered"]
        pages = [(r.at_ms - r.event_ms) / 1000 - 60 for r in found if (r.what, r.kind) == ("delivered", "open")]
        quantiles = [quantile(values, part) for values in (owed, pages) for part in (0.5, 0.95)]
        messages = len({(r.notification, r.number) for r in found})
        rows.append((channel, messages, *what, *quantiles[:2], len(pages), *quantiles[2:]))
    return sorted(rows, key=lambda r: (-r[1], r[0]))


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
def pages(f: Facts, q: Asked) -> list[Row]:
    calls: dict[Any, list[Any]] = by(
        [
            r
            for r in f.receipts
            if not r.drill and r.what == "delivered" and r.kind in CALLS and q.holds(r.at_ms / 1000)
        ],
        lambda r: (r.team, r.notification, r.owed_ms),
    )
    last = {i.last.id: i.last for i in f.incidents}
    rows = []
    for (team, notification, owed_ms), found in calls.items():
        at_ms = min(r.at_ms for r in found)
        for id_ in {each for r in found for each in r.incidents}:
            place = (last[id_].scope, last[id_].key, last[id_].rules) if id_ in last else ("", "", ())
            said = [d for d in f.deeds if d.incident_id == id_ and d.event == "feedback"]
            opinion = max(said, key=lambda d: (d.at_ms, d.id)).summary if said else ""
            first = found[0]
            rows.append(
                (at_ms / 1000, team, notification, owed_ms / 1000, first.kind, first.severity, id_, *place, opinion)
            )
    return sorted(rows, key=lambda r: (r[0], r[1], r[2], r[6]))


@query
def performance_summary(f: Facts, q: Asked) -> list[Row]:
    each = by(minutes(f, q), lambda m: m.at)
    if not each:
        return []
    every = minutes(f, q)
    busiest = max(each, key=lambda at: (count(each[at]), -at))
    odd = sum(any(m.is_odd for m in found) for found in each.values())
    again = sum(any(m.revision > 1 for m in found) for found in each.values())
    return [
        (min(each), max(each), len(each), count(every), sum(m.amount for m in every), rate(every),
         count(every) / len(each), busiest, count(each[busiest]), odd, again)
    ]  # fmt: skip


@query
def recent_alerts(f: Facts, q: Asked) -> list[Row]:
    mine = sorted((i.last for i in f.incidents), key=lambda w: (-w.since, w.id))
    return [
        (w.since, w.last_seen, w.state, w.severity, w.scope, w.dimension, w.key, w.observed, w.expected,
         ", ".join(w.rules), w.summary, w.id)
        for w in mine[: q.more.get("limit", 50)]
    ]  # fmt: skip


@query
def response_times(f: Facts, q: Asked) -> list[Row]:
    rows = []
    for severity, found in by(real(f, q), lambda i: i.peak_severity).items():
        began = sorted(i.last.since for i in found)
        over = [i.seconds_to_resolve for i in found if i.last.state == "resolved"]
        rows.append(
            (severity, len(found), sum(i.seconds_to_acknowledge is not None for i in found), len(over),
             mean(i.seconds_to_open for i in found), mean(i.seconds_to_acknowledge for i in found), mean(over),
             mean(b - a for a, b in pairwise(began)))
        )  # fmt: skip
    return sorted(rows, key=lambda r: severity_order(r[0]))


@query
def revision_report(f: Facts, q: Asked) -> list[Row]:
    said = {
        (m.at, m.dimension, m.key, m.version): m
        for m in sorted(f.said, key=lambda m: -m.known_ms)
        if m.scope == q.scope
    }
    rows = []
    for (at, dimension, key), found in by(said.values(), lambda m: (m.at, m.dimension, m.key)).items():
        found.sort(key=lambda m: m.version)
        if len(found) > 1 and q.holds(at):
            first, last = found[0], found[-1]
            times = [m.known_ms for m in found]
            rows.append((at, dimension, key, len(found), first.count, last.count, first.verdict, last.verdict,
                         (max(times) - min(times)) / 1000))  # fmt: skip
    return rows


@query
def minutes_as_known(f: Facts, q: Asked) -> list[Row]:
    by_then = [m for m in f.said if m.scope == q.scope and m.known_ms / 1000 <= q.more["known"]]
    return [
        (m.at, m.dimension, m.key, m.count, m.verdict, m.revision, m.known_ms / 1000)
        for m in sorted(Facts(by_then, [], [], []).minutes, key=lambda m: (m.at, m.dimension, m.key))
        if q.holds(m.at)
    ]


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
def same_day_last_week(f: Facts, q: Asked) -> list[Row]:
    dimension = q.more.get("dimension", "status")
    sums = {p: count(m) for p, m in by(f.of(dimension, q.scope), lambda m: (m.hour, m.key)).items()}
    rows = []
    for (hour, key), now in sums.items():
        then = sums.get((hour - 7 * DAY, key))
        if q.holds(hour):
            rows.append((hour, key, now, then, now / then if then else None))
    return rows


@query
def weekly_pattern(f: Facts, q: Asked) -> list[Row]:
    rows = []
    for day, found in by(hours(f, q), weekday).items():
        days = len({m.at // DAY for m in found})
        for key, mine in by(found, lambda m: m.key).items():
            rows.append((day, key, days, count(mine) / days, count(mine) / count(found) if count(found) else None))
    return sorted(rows, key=lambda r: (r[0], -r[3], r[1]))


@query
def worst_codes(f: Facts, q: Asked) -> list[Row]:
    rows = []
    for hour, found in of_hours(f, q, "auth_code").items():
        codes = [
            (hour, key, count(judged(mine)), usual(mine), count(judged(mine)) - usual(mine))
            for key, mine in by(found, lambda m: m.key).items()
            if key != q.more.get("approved", "00") and judged(mine)
        ]
        codes.sort(key=lambda r: (-r[4], r[1]))
        rows += [(*row, rank) for rank, row in enumerate(codes, 1) if rank <= q.more.get("codes", 5)]
    return rows


@query
def worst_moments(f: Facts, q: Asked) -> list[Row]:
    mine = [m for m in f.minutes if m.scope == q.scope and m.score > 0 and q.holds(m.at)]
    mine.sort(key=lambda m: (-m.score, m.at, m.dimension, m.key))
    return [
        (m.at, m.dimension, m.key, m.count, m.expected, m.z, m.score, m.verdict)
        for m in mine[: q.more.get("limit", 50)]
    ]


@query
def who_did_what(f: Facts, q: Asked) -> list[Row]:
    mine = sorted((d for d in f.deeds if q.holds(d.at_ms / 1000)), key=lambda d: (-d.at_ms, d.id))
    rows = []
    for d in mine[: q.more.get("limit", 200)]:
        via, address, login = [*d.source.split(" ", 2), "", ""][:3]
        rows.append(
            (
                d.at_ms / 1000,
                d.by,
                login,
                via,
                address,
                d.event,
                d.incident_id,
                d.scope,
                d.summary,
                d.assignee,
                d.until,
                d.note,
            )
        )
    return rows


@query
def dead_letters_by_reason(f: Facts, q: Asked) -> list[Row]:
    mine = [letter for letter in f.letters if q.holds(letter.known_ms / 1000)]
    rows = [
        (*place, len(found), sum(each.bytes for each in found), min(each.known_ms for each in found) / 1000,
         max(each.known_ms for each in found) / 1000)
        for place, found in by(mine, lambda each: (each.reason, each.field, each.sink)).items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r[3], *r[:3]))
