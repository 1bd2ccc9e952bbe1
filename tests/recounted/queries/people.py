"""What people and their notifier did, and what could not be read."""

from itertools import pairwise
from typing import Any, Final

from tests.recounted.facts import (
    Facts,
    by,
    mean,
    quantile,
)
from tests.recounted.panels.noted import Row
from tests.recounted.queries.looks import real, severity_order
from tests.recounted.queries.noted import Asked, query

CALLS: Final = ("open", "rise", "more", "flapping", "repeat", "escalation", "handed_back")


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
