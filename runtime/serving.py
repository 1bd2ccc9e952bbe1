"""HTTP served until a signal, by uvicorn: a request's head has a time, and a signal ends in a return."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

ANSWERABLE: Final = ("IDLE", "SEND_RESPONSE")
"""The states of a connection, as h11 calls them, in which no answer has begun."""


class TimelyProtocol(H11Protocol):
    """Uvicorn's protocol, which by itself waits for a head for ever.

    The head of a request has to come whole within `head_within_s` seconds of its first byte, or of the connection.
    """

    head_within_s = 10.0

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A head is due."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self.head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head is due from its first byte on, and due no more when its request runs."""
        if not self.runs:
            self._expect_head()
        super().data_received(data)
        if self.runs:
            self.head_came()

    def on_response_complete(self) -> None:
        """The next head may have begun already."""
        super().on_response_complete()
        if not self.runs and not self.transport.is_closing() and self.conn.trailing_data[0]:
            self._expect_head()

    def send_400_response(self, msg: str) -> None:
        """Answer 400 to what is no HTTP, if no answer has begun; stop the application where it works on one.

        Uvicorn would answer in any case, and fail when the application also answers or has begun to.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if repr(self.conn.our_state) in ANSWERABLE:
            super().send_400_response(msg)
        else:
            self.transport.close()

    @property
    def runs(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def head_is_late(self) -> None:
        """Nobody waits for it any more."""
        if not self.transport.is_closing():
            self.transport.close()

    def head_came(self) -> None:
        """None is due now."""
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _expect_head(self) -> None:
        if self._head_due is None:
            self._head_due = self.loop.call_later(self.head_within_s, self.head_is_late)


class SignalledServer(uvicorn.Server):
    """Uvicorn, with signals that end in a return instead of in the signal's own way to die.

    Args:
        config: What is served, and how; see `quiet_config`.
        ready: Called once it answers.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def run_until_signal(self, listener: socket.socket) -> None:
        """Serve on `listener` until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        await self.serve([listener])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `run_until_signal`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()


def quiet_config(app: Any, **settings: Any) -> uvicorn.Config:
    """A configuration that logs nothing but errors and has neither lifespan nor web sockets, with more settings."""
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=30,
        **settings,
    )
