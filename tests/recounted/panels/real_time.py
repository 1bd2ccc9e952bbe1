"""The panels of the dashboard: real time."""

from tests.deploy.grafana_macros import View
from tests.recounted.facts import HOUR, Facts, by, count, mean, rate
from tests.recounted.panels.looks import drawn, expected, keys, near, newest_hour, rounded, series
from tests.recounted.panels.noted import Row, panel


@panel("realtime", "Last judged minute")
def _(f: Facts, v: View) -> list[Row]:
    last = max(m.at for m in near(f, v))
    return [(last - last % HOUR, last)]


@panel("realtime", "Transactions in that minute")
def _(f: Facts, v: View) -> list[Row]:
    mine = near(f, v)
    last = max(m.at for m in mine)
    return [(count(m for m in mine if m.at == last),)]


@panel("realtime", "Approved in the last hour")
def _(f: Facts, v: View) -> list[Row]:
    return [(rate(m for m in newest_hour(f, v) if m.dimension == "status"),)]


@panel("realtime", "Incidents open now")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(not i.last.is_over for i in f.incidents),)]


@panel("realtime", "$status and what was expected", "lines")
def _(f: Facts, v: View) -> list[Row]:
    rows = []
    for at, found in drawn(f, v).items():
        mine = [m for m in found if m.key == v.variables["status"]]
        if mine and v.interval_s < HOUR:
            whole_of = [
                mean(m.count for m in mine),
                *(mean(getattr(m, n) for m in mine) for n in ("expected", "low", "high")),
            ]
            rows.append((at, *whole_of))
        elif mine:
            hours = by(mine, lambda m: m.hour).values()
            rows.append((at, mean(mean(m.count for m in h) for h in hours),
                         mean(mean(m.expected for m in h) for h in hours), None, None))  # fmt: skip
    return rows


@panel("realtime", "Transactions a minute by status", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [
        (at, key, count(mine) / len({m.at for m in found}))
        for at, found in drawn(f, v).items()
        for key, mine in keys(found).items()
    ]


@panel("realtime", "Share of denied, failed and taken back", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [
        (at, rate(found, "denied"), rate(found, "failed"), rate(found, "reversed", "backend_reversed"))
        for at, found in drawn(f, v).items()
        if count(found)
    ]


@panel("realtime", "Odd series", "bars")
def _(f: Facts, v: View) -> list[Row]:
    both = [*drawn(f, v).items(), *drawn(f, v, "auth_code").items()]
    return [
        (at, sum(any(m.is_odd for m in mine) for _, found in parts for mine in series(found).values()))
        for at, parts in by(both, lambda part: part[0]).items()
    ]


@panel("realtime", "Incidents in the time range", "table")
def _(f: Facts, v: View) -> list[Row]:
    mine = [i for i in f.incidents if not i.last.is_over or (i.last.since <= v.to_s and i.last.last_seen >= v.from_s)]
    mine.sort(key=lambda i: (i.last.is_over, -i.last.since, i.last.id))
    return [
        (i.last.since, i.last.state, i.last.severity, i.last.scope, i.last.key, i.last.observed,
         rounded(i.last.expected, 1), i.last.summary, i.last.runbook, i.last.id)
        for i in mine[:50]
    ]  # fmt: skip


@panel("realtime", "Last hour against what was expected", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = []
    for (dimension, key), mine in series(m for m in newest_hour(f, v) if m.expected is not None).items():
        seen, usual = count(mine), expected(mine) or 0
        rows.append((-abs(seen - usual), dimension, key, seen, usual))
    return [(d, k, seen, round(usual, 1), round(seen - usual, 1)) for _, d, k, seen, usual in sorted(rows)[:30]]
