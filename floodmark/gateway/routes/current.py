"""What is seen now, and what this gateway holds."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from floodmark.gateway.answers.current import CurrentAnswer, CurrentScope, CurrentSeries, StatsAnswer
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import documented
from floodmark.gateway.routes.ready import Scope
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.state.incidents import KnownIncident
from floodmark.gateway.state.minutes import DAY, Minutes
from floodmark.gateway.state.series import KnownMinute
from processors.domain.window import STATUS, start_ms
from schemas.instants import from_ms
from schemas.severity import SEVERITIES
from schemas.words import plain

APPROVED: Final = "approved"


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/metrics/current` and `/v1/stats`."""
    routes = APIRouter(prefix="/v1", tags=["now"], dependencies=[Depends(ready(parts))])

    @routes.get("/metrics/current", summary="The newest minute of each scope", responses=documented(422, 503))
    async def current(
        *, scope: Scope = None, limit: Annotated[int, Query(ge=1, le=1_000, description="Scopes at most.")] = 100
    ) -> CurrentAnswer:
        """Rates, shares and approval rate, by status and auth code, with what was expected."""
        view = parts.view
        position = str(view.position)
        names = view.minutes.scopes if scope is None else [plain(scope)]
        scopes = [found for name in names if (found := _current(view.minutes, name)) is not None]
        newest = max((each.minute for each in scopes), default=None)
        level = [each for each in scopes if each.minute == newest]
        transactions = sum(each.transactions for each in level)
        approved = sum(part.count for each in level for part in each.statuses if part.key == APPROVED)
        return CurrentAnswer(
            minute=newest,
            transactions=transactions,
            approval_rate=approved / transactions if transactions else None,
            scopes_behind=len(scopes) - len(level),
            scopes=sorted(scopes, key=lambda each: (-each.score, -each.transactions, each.scope))[:limit],
            total_scopes=len(scopes),
            position=position,
            now=from_ms(parts.now_ms()),
        )

    @routes.get("/stats", summary="What this gateway holds", responses=documented(503))
    async def stats() -> StatsAnswer:
        """Counts of all that is known from the topics."""
        view = parts.view
        minutes, incidents = view.minutes, view.incidents
        since_ms = start_ms(minutes.last - DAY)
        today = [one for one in _since(parts, since_ms) if one.alert.state != "withdrawn"]
        severities = Counter(one.alert.severity for one in incidents.open)
        verdicts = Counter(
            seen.verdict for each in minutes.series() if (seen := each.at(each.last)) is not None and each.last >= 0
        )
        return StatsAnswer(
            series=len(minutes),
            scopes=len(minutes.scopes),
            first_minute=from_ms(start_ms(max(minutes.first, 0))) if minutes.last >= 0 else None,
            last_minute=from_ms(start_ms(minutes.last)) if minutes.last >= 0 else None,
            minutes_read=minutes.records,
            records_refused=view.refused,
            incidents=len(incidents),
            open_incidents=len(incidents.open),
            open_by_severity={name: severities[name] for name in SEVERITIES},
            incidents_today=len(today),
            lost_today=round(sum(one.alert.estimated_loss.get("transactions", 0.0) for one in today), 1),
            verdicts=dict(verdicts),
            streams=len(parts.streams),
            position=str(view.position),
            now=from_ms(parts.now_ms()),
        )

    return routes


def _since(parts: GatewayParts, since_ms: int) -> Iterator[KnownIncident]:
    for one in parts.view.incidents.before(None):
        if one.alert.since.timestamp() * 1000 < since_ms:
            return
        yield one


def _current(minutes: Minutes, scope: str) -> CurrentScope | None:
    series = minutes.of_scope(scope)
    newest = max((each.last for each in series), default=-1)
    found = [seen for each in series if (seen := each.at(newest)) is not None]
    if not found:
        return None
    statuses = [_series(seen) for seen in found if seen.dimension == STATUS]
    transactions = sum(part.count for part in statuses)
    approved = sum(part.count for part in statuses if part.key == APPROVED)
    return CurrentScope(
        scope=scope,
        minute=from_ms(start_ms(newest)),
        transactions=transactions,
        approval_rate=approved / transactions if transactions else None,
        score=max(seen.score for seen in found),
        statuses=statuses,
        auth_codes=[_series(seen) for seen in found if seen.dimension != STATUS],
    )


def _series(seen: KnownMinute) -> CurrentSeries:
    return CurrentSeries(
        key=seen.key,
        count=seen.count,
        share=seen.share,
        expected=seen.expected,
        low=seen.low,
        high=seen.high,
        score=seen.score,
        verdict=seen.verdict,
    )
