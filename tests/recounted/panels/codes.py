"""The panels of the dashboard: auth codes."""

from tests.deploy.grafana_macros import View
from tests.recounted.facts import Facts, count, mean, rate
from tests.recounted.panels.looks import drawn, expected, keys, whole
from tests.recounted.panels.noted import Row, panel


@panel("codes", "Approved by code 00")
def _(f: Facts, v: View) -> list[Row]:
    return [(rate(whole(f, v, "auth_code"), "00"),)]


@panel("codes", "Codes seen")
def _(f: Facts, v: View) -> list[Row]:
    return [(len({m.key for m in whole(f, v, "auth_code") if m.count > 0}),)]


@panel("codes", "Declined")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(m.count for m in whole(f, v, "auth_code") if m.key != "00"),)]


@panel("codes", "Share of each code other than 00", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [
        (at, key, count(mine) / count(found))
        for at, found in drawn(f, v, "auth_code").items()
        if count(found)
        for key, mine in keys(found).items()
        if key != "00"
    ]


@panel("codes", "$code and what was expected", "lines")
def _(f: Facts, v: View) -> list[Row]:
    points = {at: [m for m in found if m.key == v.variables["code"]] for at, found in drawn(f, v, "auth_code").items()}
    return [(at, mean(m.count for m in mine), mean(m.expected for m in mine)) for at, mine in points.items() if mine]


@panel("codes", "Declines by code", "gauge")
def _(f: Facts, v: View) -> list[Row]:
    rows = [(key, count(found)) for key, found in keys(whole(f, v, "auth_code")).items() if key != "00"]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:20]


@panel("codes", "Codes above what was expected", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = []
    for key, found in keys(whole(f, v, "auth_code")).items():
        judged = {m.hour for m in found if m.expected is not None}
        mine = [m for m in found if m.expected is not None]
        if mine:
            seen, usual = count(mine), expected(mine) or 0
            rows.append(
                (key, seen, round(usual, 1), round(seen - usual, 1), sum(m.is_odd for m in found if m.hour in judged))
            )
    return sorted(rows, key=lambda row: (-row[3], row[0]))[:20]


@panel("codes", "What explains the incidents", "table")
def _(f: Facts, v: View) -> list[Row]:
    mine = [
        i.last
        for i in f.incidents
        if i.last.since <= v.to_s and i.last.last_seen >= v.from_s and i.last.scope == v.variables["scope"]
        and i.last.attribution not in ("", "[]") and i.last.state != "withdrawn"
    ]  # fmt: skip
    return [(w.since, w.key, w.attribution, w.summary) for w in sorted(mine, key=lambda w: (-w.since, w.id))[:50]]
