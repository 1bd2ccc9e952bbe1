"""The panels of the dashboard: history."""

from typing import Final

from tests.deploy.grafana_macros import View
from tests.recounted.facts import DAY, HOUR, Facts, MinuteFact, by, count, rate
from tests.recounted.panels.looks import days, keys, rounded, weekday, whole
from tests.recounted.panels.noted import Row, panel

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@panel("history", "Transactions by day and status", "bars")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, key, count(mine)) for day, found in days(whole(f, v)).items() for key, mine in keys(found).items()]


@panel("history", "Approval rate by day", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, rate(found)) for day, found in days(whole(f, v)).items() if count(found)]


def hour_of_day(m: MinuteFact) -> str:
    return f"{m.at // HOUR % 24:02}"


@panel("history", "Transactions by hour of the day", "chart")
def _(f: Facts, v: View) -> list[Row]:
    hours = by(whole(f, v), hour_of_day)
    return [(f"{hour} h", count(found) / len({m.hour for m in found})) for hour, found in hours.items()]


@panel("history", "Hour by day of the week", "table")
def _(f: Facts, v: View) -> list[Row]:
    rows = []
    for hour, found in by(whole(f, v), hour_of_day).items():
        of_day = by(found, weekday)
        cells = [
            rounded(count(of_day[n]) / len({m.hour for m in of_day[n]})) if n in of_day else None for n in range(1, 8)
        ]
        rows.append((hour, *cells))
    return rows


@panel("history", "This week and the week before", "lines")
def _(f: Facts, v: View) -> list[Row]:
    of = by(f.of("status", v.variables["scope"]), lambda m: m.hour)
    begin, week = v.from_s - v.from_s % HOUR, 7 * DAY
    hours = [at for at in range(begin, v.to_s + 1, HOUR) if at in of or at - week in of]
    return [(at, count(of.get(at, [])), count(of.get(at - week, []))) for at in hours]


@panel("history", "Days of the week", "table")
def _(f: Facts, v: View) -> list[Row]:
    return [
        (WEEKDAYS[day - 1], rounded(count(found) / len({m.at // DAY for m in found})), rounded(rate(found), 4))
        for day, found in by(whole(f, v), weekday).items()
        if count(found)
    ]


@panel("history", "Busiest minutes", "table")
def _(f: Facts, v: View) -> list[Row]:
    best = [max(found, key=lambda m: (m.count, -m.at)) for found in by(whole(f, v), lambda m: (m.hour, m.key)).values()]
    return [(m.at, m.key, m.count) for m in sorted(best, key=lambda m: (-m.count, m.at, m.key))[:20]]


@panel("history", "Worst minutes", "table")
def _(f: Facts, v: View) -> list[Row]:
    worst = [
        max(found, key=lambda m: (m.score, -m.at)) for found in by(whole(f, v), lambda m: (m.hour, m.key)).values()
    ]
    worst.sort(key=lambda m: (-m.score, m.at, m.key))
    return [(m.at, m.key, m.score) for m in worst if m.score > 0][:20]


@panel("history", "Revised minutes by day", "bars")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, len({m.at for m in found if m.revision > 1})) for day, found in days(whole(f, v)).items()]
