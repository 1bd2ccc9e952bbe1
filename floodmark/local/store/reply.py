"""The response to a query: head, body, compression, and what happens when it fails half-way."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from floodmark.local.store.channel import ClientGone, Headers, Lane, ReplyQueue, Start
from floodmark.local.store.coding import COMPRESSORS
from floodmark.local.store.execution import Execution
from floodmark.local.store.metrics import StoreMetrics
from floodmark.local.store.request import Request
from floodmark.local.store.statement import StatementKind
from floodmark.queries.errors import RequestOutcome, StoreError

log = structlog.get_logger(__name__)

BUFFERED: Final = 1 << 20
"""Bytes of a result that are held back, so that an error in them still gets its own status."""
BUFFERED_WAITING: Final = 32 << 20
"""The same for clients that want the end to be known first; a larger result starts before its end."""

CONTENT_TYPES: Final = {
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "native": "application/octet-stream",
    "rowbinary": "application/octet-stream",
    "parquet": "application/octet-stream",
    "arrow": "application/octet-stream",
}


class InLane(Response):
    """A request's time in its lane, from the first byte of its body: slow senders take the places of their own user.

    Args:
        lane: Where it has a place.
        answer: Receives the request and returns what answers it.
        metrics: Where a request that ends here is counted.
        common: Headers of an error.
    """

    def __init__(
        self, lane: Lane, answer: Callable[[], Awaitable[Response]], metrics: StoreMetrics, common: Headers
    ) -> None:
        super().__init__()
        self._lane = lane
        self._answer = answer
        self._metrics = metrics
        self._common = common

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Receive, run, send."""
        try:
            with self._lane.place():
                response = await self._answer()
                await response(scope, receive, send)
        except StoreError as error:
            self._metrics.ended(StatementKind.OTHER, error.outcome, 0.0, 0)
            await error_response(error, self._common)(scope, receive, send)
        except ClientDisconnect:
            self._metrics.ended(StatementKind.OTHER, RequestOutcome.CLIENT_GONE, 0.0, 0)


class QueryReply(Response):
    """The response to a query; sending it is what runs the query."""

    def __init__(
        self, request: Request, execution: Execution, lane: Lane, metrics: StoreMetrics, common: Headers
    ) -> None:
        super().__init__()
        self._request = request
        self._execution = execution
        self._lane = lane
        self._metrics = metrics
        self._common = [*common, (b"x-clickhouse-query-id", request.query_id.encode("latin-1", "replace"))]
        self._tag = secrets.token_hex(8)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the query in its lane, where it has a place, and send what comes."""
        channel = ReplyQueue(lambda: self._lane.is_crowded)
        job = self._lane.run(self._work, channel)
        watch = asyncio.create_task(_leaving(receive, channel))
        try:
            while (item := await channel.get()) is not None:
                if isinstance(item, bytes):
                    await send({"type": "http.response.body", "body": item, "more_body": True})
                else:
                    await send({"type": "http.response.start", "status": item[0], "headers": item[1]})
                channel.taken()
        finally:
            channel.abandon()
            watch.cancel()
        if await job:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _work(self, channel: ReplyQueue) -> bool:
        """Run the query, in the thread. Returns whether the response may be ended as whole."""
        started = time.perf_counter()
        outcome, sent = RequestOutcome.OK, False
        self._metrics.running.inc()
        try:
            for item in self._response():
                channel.put(item)
                sent = True
        except ClientGone:
            outcome = RequestOutcome.CLIENT_GONE
        except Exception as failure:
            error = _as_store_error(failure)
            outcome = error.outcome
            with contextlib.suppress(ClientGone):
                for item in self._broken_off(error) if sent else self._refused(error):
                    channel.put(item)
        finally:
            self._metrics.running.dec()
            self._metrics.ended(
                self._execution.kind, outcome, time.perf_counter() - started, self._execution.stats.written_rows
            )
            channel.end()
        return outcome is RequestOutcome.OK or not sent

    def _response(self) -> Iterator[Start | bytes]:
        """Head and body of a result; the head waits until enough is known."""
        compressor = COMPRESSORS[self._request.coding]()
        self._compressor = compressor
        limit = BUFFERED_WAITING if self._request.waits else BUFFERED
        buffered: list[bytes] = []
        size, started = 0, False
        for chunk in self._execution.chunks():
            data = compressor.compress(chunk)
            size += len(chunk)
            if started:
                yield data
                continue
            buffered.append(data)
            if size > limit:
                started = True
                yield self._head(whole=None)
                yield b"".join(buffered)
        if started:
            yield compressor.flush()
        else:
            body = b"".join([*buffered, compressor.flush()]) if size else b""
            yield self._head(whole=len(body), coded=bool(size))
            if body:  # a client that has all it was promised may leave at once, and is not gone too early then
                yield body

    def _head(self, *, whole: int | None, coded: bool = True) -> Start:
        name = self._execution.output_format
        headers = [
            *self._common,
            (b"content-type", CONTENT_TYPES.get(name.lower(), "text/plain; charset=UTF-8").encode()),
            (b"x-clickhouse-format", name.encode("latin-1", "replace")),
            (b"x-clickhouse-timezone", b"UTC"),
        ]
        if coded and self._request.coding:
            headers.append((b"content-encoding", self._request.coding.encode()))
        if whole is None:
            headers.append((b"x-clickhouse-exception-tag", self._tag.encode()))
        else:
            summary = {key: str(value) for key, value in asdict(self._execution.stats).items()}
            headers.append((b"x-clickhouse-summary", json.dumps(summary).encode()))
            headers.append((b"content-length", str(whole).encode()))
        return 200, headers

    def _refused(self, error: StoreError) -> Iterator[Start | bytes]:
        response = error_response(error, self._common)
        yield response.status_code, response.raw_headers
        yield bytes(response.body)

    def _broken_off(self, error: StoreError) -> Iterator[bytes]:
        """An error after the head was sent: told inside the body, as ClickHouse does, which is then cut off."""
        text = f"{error}\n".encode()
        block = b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (
            self._tag.encode(),
            text,
            len(text),
            self._tag.encode(),
        )
        yield self._compressor.compress(block) + self._compressor.flush()


def error_response(error: StoreError, common: Headers) -> Response:
    """The response to a query that failed before anything was sent."""
    response = Response(f"{error}\n", error.status, media_type="text/plain; charset=UTF-8")
    response.raw_headers += [*common, (b"x-clickhouse-exception-code", str(error.code).encode())]
    if error.status == 401:
        response.raw_headers.append((b"www-authenticate", b'Basic realm="floodmark store"'))
    return response


async def _leaving(receive: Receive, channel: ReplyQueue) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    channel.gone.set()


def _as_store_error(failure: Exception) -> StoreError:
    if isinstance(failure, StoreError):
        return failure
    log.error("query_failed", exc_info=failure)
    return StoreError(1001, "STD_EXCEPTION", f"{type(failure).__name__}: {failure}")
