"""What was counted, expected and judged, by minutes, hours, days, scopes and codes."""

from typing import Final

from tests.recounted.facts import (
    DAY,
    HOUR,
    Facts,
    by,
    count,
    rate,
)
from tests.recounted.panels.looks import iso, weekday
from tests.recounted.panels.noted import Row
from tests.recounted.queries.looks import ODD, burn, hours, judged, minutes, objective, of_hours, usual
from tests.recounted.queries.noted import Asked, query

WORST: Final = ("normal", "warming_up", "no_data", "unknown", *ODD)
"""Verdicts from the best to the worst, as `current_and_baseline` has them."""


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
def error_budget_burn(f: Facts, q: Asked) -> list[Row]:
    mine = [m for m in f.of("status", q.scope) if m.at < q.to_s]
    last = max(m.at for m in mine)
    parts = [(w, [m for m in mine if m.at > last - w * HOUR]) for w in (1, 6, 24, 72)]
    return [(w, count(found), rate(found), burn(found, q)) for w, found in parts if count(found)]


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
def minutes_by_status(f: Facts, q: Asked) -> list[Row]:
    named = ("approved", "denied", "failed", "reversed", "backend_reversed")
    rows = []
    for at, found in by(minutes(f, q), lambda m: m.at).items():
        others = count(found) - count(found, *named)
        rows.append((at, count(found), *(count(found, key) for key in named), others))
    return rows


@query
def newest_minute(f: Facts, q: Asked) -> list[Row]:
    ats = [m.at for m in f.minutes if q.scope in ("", m.scope)]
    return [(max(ats),)] if ats else []


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
