"""Incidents, and what was said of them."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path, Query

from floodmark.gateway.answers.incidents import (
    AlertsAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    ShownAlert,
    shown,
    shown_action,
    shown_receipt,
    shown_statement,
)
from floodmark.gateway.answers.minutes import ShownMinute
from floodmark.gateway.cursors import MAX_CURSOR, cursor_of, place_in
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.evidence import evidence_of, minutes_around
from floodmark.gateway.routes.ready import Scope
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.state.incidents import KnownIncident, Standing, ToldPlace, place_of
from schemas.alert_state import AlertState
from schemas.severity import Severity
from schemas.words import plain

SIMILAR: Final = 10
State = Literal["open", "over", "firing", "acknowledged", "resolved", "withdrawn"]
_STATES: Final[dict[State, frozenset[Standing]]] = {
    "open": frozenset({"firing", "acknowledged"}),
    "over": frozenset({"resolved", "withdrawn"}),
    "firing": frozenset({"firing"}),
    "acknowledged": frozenset({"acknowledged"}),
    "resolved": frozenset({"resolved"}),
    "withdrawn": frozenset({"withdrawn"}),
}
Cursor = Annotated[
    str | None, Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before; none: the first page.")
]
SeverityQuery = Annotated[Severity | None, Query(description="Of this severity alone; none: all.")]
IncidentId = Annotated[str, Path(max_length=200, description="The incident's `incident_id`.")]


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/incidents` and `/v1/alerts`."""
    routes = APIRouter(prefix="/v1", tags=["incidents"], dependencies=[Depends(ready(parts))])

    @routes.get("/incidents", summary="Incidents, the newest first", responses=documented(422, 503))
    async def incidents(
        *,
        state: Annotated[State | None, Query(description="How they stand; `open`: firing or acknowledged.")] = None,
        severity: SeverityQuery = None,
        scope: Scope = None,
        dimension: Annotated[
            Literal["status", "auth_code", "volume", "stream"] | None, Query(description="None: all.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="How many at most, after the filters.")] = 50,
        cursor: Cursor = None,
    ) -> IncidentsAnswer:
        """Filtered first, then counted; a page stays what it is while new incidents open."""
        position = str(parts.view.position)

        def is_wanted(one: KnownIncident) -> bool:
            return (
                (state is None or one.standing in _STATES[state])
                and severity in (None, one.alert.severity)
                and (scope is None or one.alert.scope == plain(scope))
                and dimension in (None, one.alert.dimension)
            )

        known = parts.view.incidents
        everything = known.open if state in ("open", "firing", "acknowledged") else known.before(None)
        matching = [one for one in everything if is_wanted(one)]
        after: tuple[int, str] | None = None if cursor is None else place_in(cursor, tuple[int, str])
        rest = [one for one in matching if after is None or place_of(one) < after]
        page = rest[:limit]
        return IncidentsAnswer(
            incidents=[shown(one) for one in page],
            next_cursor=cursor_of(place_of(page[-1])) if len(rest) > limit else None,
            total=len(matching),
            position=position,
        )

    @routes.get("/incidents/{incident_id}", summary="One incident", responses=documented(404, 422, 503))
    async def incident(incident_id: IncidentId) -> IncidentAnswer:
        """With its minutes, what explains it, what it cost, all that was said and done, and what it follows from."""
        position = str(parts.view.position)
        one = known_incident(parts, incident_id)
        minutes = minutes_around(parts, one)
        receipts = [shown_receipt(each, one) for each in parts.view.receipts.of(incident_id)]
        return IncidentAnswer(
            incident=shown(one),
            minutes=[ShownMinute.model_validate(each) for each in minutes.rows],
            statements=[shown_statement(each) for each in one.statements],
            actions=[shown_action(each) for each in one.actions],
            receipts=receipts,
            seconds_to_page=next((each.seconds_to_page for each in receipts if each.seconds_to_page is not None), None),
            similar=[shown(each) for each in _similar(parts, one)],
            receipt=evidence_of(one, minutes),
            position=position,
        )

    @routes.get("/alerts", summary="What was said of incidents, the newest first", responses=documented(422, 503))
    async def alerts(
        *,
        state: Annotated[AlertState | None, Query(description="Statements of this state alone; none: all.")] = None,
        severity: SeverityQuery = None,
        scope: Scope = None,
        incident_id: Annotated[str | None, Query(max_length=200, description="Of this incident alone.")] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="How many at most, after the filters.")] = 50,
        cursor: Cursor = None,
    ) -> AlertsAnswer:
        """Every statement that is kept, as it lies on the alerts topic."""
        position = str(parts.view.position)
        after: ToldPlace | None = None if cursor is None else place_in(cursor, ToldPlace)
        page, places = [], []
        for place, told in parts.view.incidents.told_before(after):
            alert = told.alert
            if (
                state in (None, alert.state)
                and severity in (None, alert.severity)
                and (scope is None or alert.scope == plain(scope))
                and incident_id in (None, alert.incident_id)
            ):
                page.append(ShownAlert(alert=alert, said_at=told.said_at))
                places.append(place)
                if len(page) > limit:
                    break
        is_more = len(page) > limit
        return AlertsAnswer(
            alerts=page[:limit], next_cursor=cursor_of(places[limit - 1]) if is_more else None, position=position
        )

    return routes


def known_incident(parts: GatewayParts, incident_id: str) -> KnownIncident:
    """The incident of that id.

    Raises:
        Problem: There is none.
    """
    found = parts.view.incidents.get(incident_id)
    if found is None:
        raise Problem("no-such-incident", 404, "No incident of this id is known: `GET /v1/incidents` lists them.")
    return found


def _similar(parts: GatewayParts, one: KnownIncident) -> Iterator[KnownIncident]:
    """Earlier incidents of the same series, the newest first."""
    alert, found = one.alert, 0
    for each in parts.view.incidents.before(place_of(one)):
        other = each.alert
        if (other.scope, other.dimension, other.key) == (alert.scope, alert.dimension, alert.key):
            yield each
            found += 1
            if found == SIMILAR:
                return
