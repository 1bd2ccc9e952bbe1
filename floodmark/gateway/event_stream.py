"""A stream of server-sent events: what came after a position, then what comes."""

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from floodmark.gateway.metrics import GatewayMetrics
from floodmark.gateway.state.eventlog import EventLog, WantedEvents
from floodmark.gateway.state.positions import Place, Position
from floodmark.gateway.state.view import View
from floodmark.gateway.streams import Streams

HEARTBEAT_S: Final = 10.0
"""How often something is sent, at the least: whoever hears nothing for longer may take the line for dead."""
SEND_S: Final = 20.0
"""A client that takes nothing for so long is cut off; it comes back and goes on where it was."""
PIECE_EVENTS: Final = 200
PIECE_BYTES: Final = 65_536
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class LogCursor:
    """A place in the log, and the position that its reader is at.

    The id of an event is the position after it, so whoever has seen it goes on there, at this gateway or another one.

    Args:
        log: The log.
        after: What the reader has seen; None: nothing, and it wants what comes from now on.
    """

    def __init__(self, log: EventLog, after: Position | None) -> None:
        self._log = log
        self.is_reset = after is not None and not log.covers(after)
        known = after is not None and not self.is_reset
        self._at = log.first if known else log.end
        start = after if known and after is not None else log.position
        self._offsets: dict[Place, int] = dict(start.offsets)
        self._parts: dict[Place, str] = {}
        for place in sorted({*self._offsets, *log.position.offsets}):
            self._put(place, self._offsets.get(place, 0))

    @property
    def id(self) -> str:
        """The position as it is written."""
        return "~".join((self._log.life, *self._parts.values()))

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read."""
        return self._at < self._log.end

    @property
    def is_lost(self) -> bool:
        """Whether events are gone that were not read."""
        return self._at < self._log.first

    def piece(self, wanted: WantedEvents) -> bytes:
        """The next events, as they are sent; empty where none of those that were read is wanted."""
        made: list[str] = []
        size = 0
        for event in self._log.after(self._at, PIECE_EVENTS):
            self._at += 1
            if event.offset < self._offsets.get(event.place, 0):
                continue
            self._put(event.place, event.offset + 1)
            if not wanted.has(event):
                continue
            written = f"event: {event.kind}\ndata: {event.raw.decode()}\nid: {self.id}\n\n"
            made.append(written)
            size += len(written)
            if size > PIECE_BYTES:
                break
        if not self.is_behind:
            # What led to no event is seen as well.
            for place, offset in self._log.position.offsets.items():
                if offset > self._offsets.get(place, 0):
                    self._put(place, offset)
        return "".join(made).encode()

    def _put(self, place: Place, offset: int) -> None:
        self._offsets[place] = offset
        self._parts[place] = f"{place[0]}{place[1]}.{offset}"


class EventStream(Response):
    """See the module.

    Args:
        view: Where events come from.
        streams: Counts it, and ends it.
        metrics: Where it is counted.
        wanted: What is told.
        after: See LogCursor.
    """

    media_type = "text/event-stream"

    def __init__(
        self, view: View, streams: Streams, metrics: GatewayMetrics, wanted: WantedEvents, after: Position | None
    ) -> None:
        super().__init__(None, 200, HEADERS)
        del self.headers["content-length"]
        self._view, self._streams, self._metrics, self._wanted, self._after = view, streams, metrics, wanted, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client goes, or is too slow, or the gateway ends."""
        wake = self._streams.enter()
        if wake is None:
            return
        unwatch = self._view.watch(wake.set)
        gone = asyncio.ensure_future(_until_gone(receive, wake))
        self._metrics.streams.inc()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._run(send, wake, gone)
        except TimeoutError:
            self._metrics.streams_cut.inc()
        finally:
            gone.cancel()
            unwatch()
            self._streams.leave(wake)
            self._metrics.streams.dec()

    async def _run(self, send: Send, wake: asyncio.Event, gone: "asyncio.Future[None]") -> None:
        cursor = LogCursor(self._view.log, self._after)
        await _send(send, _opening(cursor))
        while not gone.done() and not self._streams.is_ending:
            if cursor.is_lost:
                self._metrics.streams_cut.inc()
                break
            wake.clear()
            if cursor.is_behind:
                piece = cursor.piece(self._wanted)
                if piece:
                    await _send(send, piece)
                else:
                    await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await wake.wait()
            except TimeoutError:
                cursor.piece(self._wanted)
                await _send(send, f": still here\nid: {cursor.id}\n\n".encode())
        await _send(send, b"", more=False)


def _opening(cursor: LogCursor) -> bytes:
    if cursor.is_reset:
        return (
            "retry: 1000\nevent: reset\n"
            'data: {"reason":"what came after that position is not kept any more: take a new snapshot"}\n'
            f"id: {cursor.id}\n\n"
        ).encode()
    return f"retry: 1000\nid: {cursor.id}\n\n".encode()


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_S):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _until_gone(receive: Receive, wake: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    wake.set()
