"""Judged minutes, and those of them in which something was found."""

import asyncio
from itertools import islice
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from floodmark.gateway.answers.minutes import AnomaliesAnswer, MinutesAnswer, row
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.ready import RETRY_AFTER, AsOf, AuthCode, From, Scope, Span, Status, To, Window, span_of
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.state.history import MinutesWanted, NoRevisions, StoreAway
from floodmark.gateway.state.series import KnownMinute
from processors.domain.window import AUTH_CODE, MINUTE_MS, STATUS
from schemas.instants import from_ms
from schemas.minute import Dimension
from schemas.words import plain

MAX_ROWS: Final = 50_000
Level = Literal["INFO", "WARNING", "CRITICAL", "info", "warning", "critical"]
_encode: Final = msgspec.json.Encoder().encode


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/minutes` and `/v1/anomalies`."""
    routes = APIRouter(prefix="/v1", tags=["minutes"], dependencies=[Depends(ready(parts))])

    @routes.get(
        "/minutes",
        summary="Judged minutes",
        response_model=MinutesAnswer,
        responses=documented(422, 501, 503),
    )
    async def minutes(  # noqa: PLR0913 - each is a parameter of the query
        *,
        scope: Scope = None,
        status: Status = None,
        auth_code: AuthCode = None,
        window: Window = None,
        begin: From = None,
        end: To = None,
        as_of: AsOf = None,
        limit: Annotated[int, Query(ge=1, le=MAX_ROWS, description="Rows at most; the oldest are given.")] = 20_000,
    ) -> Response:
        """The minutes of the last quarter of an hour, of a window, or from one instant to another."""
        span = span_of(parts, window, begin, end)
        dimension, key = _series(status, auth_code)
        wanted = MinutesWanted(
            span.first, span.last, None if scope is None else plain(scope), dimension, key, limit + 1, as_of
        )
        # Taken before the minutes: what comes meanwhile is in both, and not in neither.
        position = str(parts.view.position)
        is_old = as_of is not None or span.first < parts.view.minutes.first
        if is_old and parts.history is not None and span.first <= span.last:
            rows, source, is_whole = await _stored(parts, wanted), "store", True
        elif as_of is not None:
            raise Problem(
                "no-store", 501, "What was known at an instant is kept by a store only, and this gateway has none."
            )
        else:
            rows, source, is_whole = _kept(parts, wanted), "memory", span.first >= parts.view.minutes.first
        return _answer(
            minutes=[row(each) for each in rows[:limit]],
            start=from_ms(span.first * MINUTE_MS) if span.last >= 0 else None,
            end=from_ms((span.last + 1) * MINUTE_MS) if span.last >= 0 else None,
            source=source,
            is_whole=is_whole and len(rows) <= limit,
            position=position,
            now=from_ms(parts.now_ms()),
        )

    @routes.get(
        "/anomalies",
        summary="Minutes in which a rule found something",
        response_model=AnomaliesAnswer,
        responses=documented(422, 503),
    )
    async def anomalies(
        *,
        level: Annotated[Level | None, Query(description="Verdicts of this level alone; none: all.")] = None,
        scope: Scope = None,
        limit: Annotated[int, Query(ge=1, le=1_000, description="How many at most.")] = 10,
    ) -> Response:
        """Those of the last 24 hours, the newest first; filtered before they are counted."""
        position = str(parts.view.position)
        found = (
            each
            for each in parts.view.minutes.anomalies()
            if (level is None or each.verdict == level.lower()) and (scope is None or each.scope == plain(scope))
        )
        return _answer(anomalies=[row(each) for each in islice(found, limit)], position=position)

    return routes


def _series(status: str | None, auth_code: str | None) -> tuple[Dimension | None, str | None]:
    if status is not None and auth_code is not None:
        raise Problem("bad-parameter", 422, "A series is a status or an auth code: leave one of them out.")
    if status is not None:
        return STATUS, plain(status)
    return (AUTH_CODE, plain(auth_code)) if auth_code is not None else (None, None)


def _kept(parts: GatewayParts, wanted: MinutesWanted) -> list[KnownMinute]:
    """From memory, in order; one more than are wanted at most."""
    series = parts.view.minutes.series(wanted.scope, wanted.dimension, wanted.key)
    found: list[KnownMinute] = []
    for span in _pieces(Span(wanted.first, wanted.last)):
        piece = [seen for each in series for seen in each.between(span.first, span.last)]
        found += sorted(piece, key=lambda seen: (seen.minute, seen.scope, seen.dimension, seen.key))
        if len(found) >= wanted.limit:
            break
    return found[: wanted.limit]


def _pieces(span: Span) -> list[Span]:
    """An hour at a time, so that of many series no more is unpacked than is answered."""
    if span.last - span.first > 100_000:
        return [span]
    return [Span(first, min(first + 59, span.last)) for first in range(span.first, span.last + 1, 60)]


async def _stored(parts: GatewayParts, wanted: MinutesWanted) -> list[KnownMinute]:
    assert parts.history is not None
    try:
        return await asyncio.to_thread(parts.history.minutes, wanted)
    except NoRevisions as error:
        raise Problem(
            "no-store", 501, "This store keeps no revisions: its sink is of a release that did not write them."
        ) from error
    except StoreAway as error:
        raise Problem(
            "store-away", 503, f"{error}. Minutes of the last 24 hours need no store.", RETRY_AFTER
        ) from error


def _answer(**members: Any) -> Response:
    return Response(_encode(members), media_type="application/json")
