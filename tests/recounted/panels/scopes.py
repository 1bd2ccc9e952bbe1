"""The panels of the dashboard: scopes."""

from tests.deploy.grafana_macros import View
from tests.recounted.facts import Facts, MinuteFact, by, count, rate
from tests.recounted.panels.looks import rounded, whole
from tests.recounted.panels.noted import Row, panel


def scopes(f: Facts, v: View) -> dict[str, list[MinuteFact]]:
    return by(whole(f, v, scope=None), lambda m: m.scope)


@panel("scopes", "Scopes")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(count(found) > 0 for found in scopes(f, v).values()),)]


@panel("scopes", "Scopes with odd minutes")
def _(f: Facts, v: View) -> list[Row]:
    return [(sum(any(m.is_odd for m in found) for found in scopes(f, v).values()),)]


@panel("scopes", "Scopes that have gone silent")
def _(f: Facts, v: View) -> list[Row]:
    newest = max(m.hour for m in whole(f, v, scope=None))
    last = [max((m.hour for m in found if m.count), default=0) for found in scopes(f, v).values()]
    return [(sum(0 < at < newest for at in last),)]


@panel("scopes", "Largest scopes over time", "lines")
def _(f: Facts, v: View) -> list[Row]:
    first = sorted(scopes(f, v), key=lambda scope: (-count(scopes(f, v)[scope]), scope))[:10]
    hours = by([m for m in whole(f, v, scope=None) if m.scope in first], lambda m: (m.hour, m.scope))
    return [(*place, count(found)) for place, found in hours.items()]


@panel("scopes", "Lowest approval rates", "gauge")
def _(f: Facts, v: View) -> list[Row]:
    rows = [(scope, rate(found)) for scope, found in scopes(f, v).items() if count(found) >= 100]
    return sorted(rows, key=lambda row: (row[1], row[0]))[:20]


@panel("scopes", "Busiest", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = [(scope, count(found), rounded(rate(found), 4)) for scope, found in scopes(f, v).items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:50]


@panel("scopes", "Quietest", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = [
        (scope, count(found), max((m.hour for m in found if m.count), default=None))
        for scope, found in scopes(f, v).items()
    ]
    return sorted(rows, key=lambda row: (row[1], row[0]))[:50]


@panel("scopes", "Oddest", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = [
        (
            scope,
            *(sum(m.verdict == each for m in found) for each in ("warning", "critical")),
            max(m.score for m in found),
        )
        for scope, found in scopes(f, v).items()
    ]
    return sorted(rows, key=lambda row: (-row[2], -row[1], row[0]))[:50]
