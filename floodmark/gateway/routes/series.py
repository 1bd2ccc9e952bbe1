"""One scope's minutes as columns, and all scopes at a glance: what charts are drawn from."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from floodmark.gateway.columns import ScopeColumns, SeriesColumns, scope_columns, series_columns
from floodmark.gateway.compressed import json_answer
from floodmark.gateway.kept_columns import KeptColumns
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.ready import RETRY_AFTER, AsOf, From, Span, To, Window, span_of
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.state.history import MinutesWanted, NoRevisions, StoreAway
from floodmark.gateway.state.minutes import DAY, Minutes
from floodmark.gateway.state.series import KnownMinute
from processors.domain.window import MINUTE_MS, STATUS
from schemas.instants import from_ms
from schemas.severity import RANK, Severity
from schemas.words import plain

USUAL: Final = "all"
"""The scope of records that name none."""
MAX_NAMED: Final = 2_000
"""How many scopes are named beside the columns: those with the most traffic."""
Order = Literal["trouble", "traffic", "name"]
Position = Annotated[str, Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")]
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """All series of one scope, minute by minute."""

    scope: Annotated[str, Field(description="Whose minutes these are.")]
    scopes: Annotated[list[str], Field(description="The scopes that are known, by name.")]
    start: Annotated[int, Field(description="Start of the first minute, epoch milliseconds.")]
    minutes: Annotated[int, Field(description="How many places each list has: one for each minute, without a gap.")]
    series: list[SeriesColumns]
    source: Annotated[str, Field(description="`memory`: from the topics. `store`: from ClickHouse.")]
    position: Position
    now: Annotated[datetime, Field(description="The gateway's clock (UTC).")]


@dataclass(frozen=True, slots=True)
class ScopeAnswer(ScopeColumns):
    """A scope at a glance."""

    open: Annotated[int, Field(description="How many incidents are open.")]
    severity: Annotated[Severity | None, Field(description="The worst of them; null where none is open.")]


@dataclass(frozen=True, slots=True)
class ScopesAnswer:
    """Scopes at a glance."""

    scopes: list[ScopeAnswer]
    start: Annotated[int, Field(description="Start of the first minute, epoch milliseconds.")]
    total: Annotated[int, Field(description="How many scopes match; `limit` may leave some out.")]
    troubled: Annotated[int, Field(description="How many of them have an open incident.")]
    position: Position


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/series` and `/v1/scopes`."""
    routes = APIRouter(prefix="/v1", tags=["minutes"], dependencies=[Depends(ready(parts))])
    kept = KeptColumns(parts.view.minutes)

    @routes.get(
        "/series",
        summary="Minutes of one scope as columns",
        response_model=SeriesAnswer,
        responses=documented(422, 501, 503),
    )
    async def series(
        request: Request,
        *,
        scope: Annotated[
            str | None,
            Query(max_length=64, description="None: `all`, or the one with the most traffic where there is no `all`."),
        ] = None,
        window: Window = None,
        begin: From = None,
        end: To = None,
        as_of: AsOf = None,
    ) -> Response:
        """A place for each minute of the last quarter of an hour, of a window, or from one instant to another."""
        span = span_of(parts, window, begin, end)
        if span.last - span.first >= DAY:
            raise Problem("bad-parameter", 422, f"{DAY} minutes are answered at most: take a shorter time.")
        position = str(parts.view.position)
        named = _by_traffic(parts.view.minutes)[:MAX_NAMED]
        whose = plain(scope) if scope is not None else USUAL if USUAL in named or not named else named[0]
        found, source = await _series_of(parts, kept, whose, span, as_of)
        answer = {
            "scope": whose,
            "scopes": sorted(named),
            "start": max(0, span.first) * MINUTE_MS,
            "minutes": max(0, span.last - span.first + 1),
            "series": found,
            "source": source,
            "position": position,
            "now": from_ms(parts.now_ms()),
        }
        return json_answer(request, _encode(answer))

    @routes.get("/scopes", summary="Scopes at a glance", response_model=ScopesAnswer, responses=documented(422, 503))
    async def scopes(
        request: Request,
        *,
        window: Annotated[int, Query(ge=1, le=180, description="The last so many minutes.")] = 60,
        named: Annotated[str, Query(max_length=64, description="Those with this in their name; empty: all.")] = "",
        sort: Annotated[
            Order, Query(description="In which order; what is equal, by traffic, then by name.")
        ] = "trouble",
        limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 60,
    ) -> Response:
        """What each has sent, minute by minute, how high its score was, and its open incidents."""
        position, minutes = str(parts.view.position), parts.view.minutes
        first = max(0, minutes.last - window + 1)
        open_now: dict[str, list[Severity]] = {}
        for incident in parts.view.incidents.open:
            open_now.setdefault(incident.alert.scope, []).append(incident.alert.severity)
        worst = {name: max(found, key=RANK.__getitem__) for name, found in open_now.items()}
        wanted = [name for name in _by_traffic(minutes) if plain(named) in name]
        if sort == "name":
            wanted.sort()
        elif sort == "trouble":
            wanted.sort(key=lambda name: (-RANK[worst[name]] if name in worst else 1, -_score(minutes, name)))
        found = [
            ScopeAnswer(
                **_members(scope_columns(name, minutes.of_scope(name), first, minutes.last)),
                open=len(open_now.get(name, ())),
                severity=worst.get(name),
            )
            for name in wanted[:limit]
        ]
        troubled = sum(name in worst for name in wanted)
        return json_answer(request, _encode(ScopesAnswer(found, first * MINUTE_MS, len(wanted), troubled, position)))

    return routes


def _members(columns: ScopeColumns) -> dict[str, Any]:
    return {each.name: getattr(columns, each.name) for each in fields(columns)}


def _by_traffic(minutes: Minutes) -> list[str]:
    """All scopes, those with the most transactions in the newest minute first."""

    def traffic(scope: str) -> int:
        of_status = (each.at(minutes.last) for each in minutes.of_scope(scope) if each.dimension == STATUS)
        return next((seen.total for seen in of_status if seen is not None), 0)

    return sorted(minutes.scopes, key=lambda scope: (-traffic(scope), scope))


def _score(minutes: Minutes, scope: str) -> float:
    """The highest of its series in the newest minute."""
    found = (each.at(minutes.last) for each in minutes.of_scope(scope) if minutes.last in each.notes)
    return max((seen.score for seen in found if seen is not None), default=0.0)


async def _series_of(
    parts: GatewayParts, kept: KeptColumns, scope: str, span: Span, as_of: datetime | None
) -> tuple[msgspec.Raw, str]:
    """Its series by dimension and key as JSON, and where they were found.

    Raises:
        Problem: They are in a store that does not answer, or that there is none of.
    """
    is_old = as_of is not None or span.first < parts.view.minutes.first
    if not is_old or parts.history is None:
        if as_of is not None:
            raise Problem(
                "no-store", 501, "What was known at an instant is kept by a store only, and this gateway has none."
            )
        return kept.of(scope, span.first, span.last), "memory"
    wanted = MinutesWanted(span.first, span.last, scope, as_of=as_of)
    try:
        rows = await run_in_threadpool(parts.history.minutes, wanted)
    except NoRevisions as error:
        raise Problem("no-store", 501, "This store keeps no revisions: its sink is of an older release.") from error
    except StoreAway as error:
        raise Problem("store-away", 503, f"{error}. The last 24 hours need no store.", RETRY_AFTER) from error
    by_series: dict[tuple[str, str], list[KnownMinute]] = {}
    for seen in rows:
        by_series.setdefault((seen.dimension, seen.key), []).append(seen)
    columns = [
        series_columns(of[0].dimension, of[0].key, of, span.first, span.last) for _, of in sorted(by_series.items())
    ]
    return msgspec.Raw(_encode(columns)), "store"
