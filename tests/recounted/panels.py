"""Each panel of the dashboards that asks SQL: the rows that it is to show, in order.

Instants are epoch seconds, days ISO texts; of a mean, a share or a sum of what is not there the cell is None.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from tests.deploy.grafana_macros import View
from tests.recounted.facts import DAY, HOUR, RANKS, Facts, Incident, MinuteFact, by, count, mean, quantile, rate

Row = tuple[Any, ...]
Recount = Callable[[Facts, View], list[Row]]
PANELS: Final[dict[tuple[str, str, str], Recount]] = {}
"""By board, title and kind."""
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def panel(board: str, title: str, kind: str = "number") -> Callable[[Recount], Recount]:
    """What counts this panel anew."""

    def note(recount: Recount) -> Recount:
        assert (board, title, kind) not in PANELS
        PANELS[board, title, kind] = recount
        return recount

    return note


# --- what a panel looks at ---


def near(f: Facts, v: View, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of the range, both ends inclusive; of the chosen scope unless another or none is named."""
    of = v.variables["scope"] if scope == "" else scope
    return [m for m in f.of(dimension, of) if v.from_s <= m.at <= v.to_s]


def whole(f: Facts, v: View, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of all hours that begin in the range, or hold its first instant."""
    of = v.variables["scope"] if scope == "" else scope
    return [m for m in f.of(dimension, of) if v.from_s - v.from_s % HOUR <= m.hour <= v.to_s]


def drawn(f: Facts, v: View, dimension: str = "status") -> dict[int, list[MinuteFact]]:
    """By the beginning of each point: minutes where points are shorter than hours, else those of hours."""
    if v.interval_s < HOUR:
        return by(near(f, v, dimension), lambda m: m.at - m.at % v.interval_s)
    return by(whole(f, v, dimension), lambda m: m.hour - m.hour % v.interval_s)


def series(minutes: Iterable[MinuteFact]) -> dict[Any, list[MinuteFact]]:
    return by(minutes, lambda m: (m.dimension, m.key))


def keys(minutes: Iterable[MinuteFact]) -> dict[str, list[MinuteFact]]:
    return by(minutes, lambda m: m.key)


def days(minutes: Iterable[MinuteFact]) -> dict[int, list[MinuteFact]]:
    return by(minutes, lambda m: m.at - m.at % DAY)


def ours(f: Facts, v: View, scope: str | None = None) -> list[Incident]:
    """Incidents that overlap the range and were not taken back."""
    return [
        i
        for i in f.incidents
        if i.last.since <= v.to_s
        and i.last.last_seen >= v.from_s
        and i.last.state != "withdrawn"
        and scope in (None, i.last.scope)
    ]


def of_scope(f: Facts, v: View) -> list[Incident]:
    return ours(f, v, v.variables["scope"])


def newest_hour(f: Facts, v: View) -> list[MinuteFact]:
    mine = near(f, v)
    last = max((m.at for m in mine), default=0)
    scope = v.variables["scope"]
    return [m for m in f.minutes if m.scope == scope and last - HOUR < m.at <= last]


def objective(v: View) -> float:
    return float(v.variables["objective"])


def burnt(minutes: Iterable[MinuteFact], v: View) -> float | None:
    part = rate(minutes)
    return None if part is None else (1 - part) / (1 - objective(v))


def expected(minutes: Iterable[MinuteFact]) -> float | None:
    known = [m.expected for m in minutes if m.expected is not None]
    return sum(known) if known else None


def rounded(number: float | None, digits: int = 0) -> float | None:
    return None if number is None else round(number, digits)


def seconds_late(m: MinuteFact) -> float:
    return (m.known_ms - 1000 * (m.at + 60)) / 1000


def first_said(f: Facts, v: View) -> list[MinuteFact]:
    """The first word on each minute of the range of which it is known when it was said."""
    first: dict[tuple[int, str], MinuteFact] = {}
    for m in f.said:
        mine = (m.dimension, m.scope, m.revision) == (
            "status",
            v.variables["scope"],
            1,
        ) and m.known_ms > 365 * DAY * 1000
        if mine and v.from_s <= m.at <= v.to_s:
            place = (m.at, m.key)
            first[place] = min(first.get(place, m), m, key=lambda each: each.known_ms)
    return list(first.values())


# --- real time ---


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


# --- SLA and SLO ---


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


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


# --- incidents ---


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


# --- at a glance ---


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


# --- history ---


@panel("history", "Transactions by day and status", "bars")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, key, count(mine)) for day, found in days(whole(f, v)).items() for key, mine in keys(found).items()]


@panel("history", "Approval rate by day", "lines")
def _(f: Facts, v: View) -> list[Row]:
    return [(day, rate(found)) for day, found in days(whole(f, v)).items() if count(found)]


def hour_of_day(m: MinuteFact) -> str:
    return f"{m.at // HOUR % 24:02}"


def weekday(m: MinuteFact) -> int:
    return datetime.fromtimestamp(m.at, UTC).isoweekday()


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


# --- auth codes ---


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


# --- scopes ---


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


assert RANKS[-1] == "critical"
