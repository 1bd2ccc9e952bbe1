"""Connections: a request's head has a size and a time, and one client does not take all connections."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S: Final = 10.0
"""The head of a request has to come whole within so many seconds of its first byte, or of the connection."""
HEAD_BYTES: Final = 65_536
"""Of a head so much is waited for; see also `access.HEAD_BYTES`."""
CONNECTIONS: Final = 2_000
"""Of all clients at once; of more, each is told to come again. A stream takes one."""


class TimelyProtocol(H11Protocol):
    """Uvicorn's protocol, which by itself waits for a head for ever."""

    head_within_s = HEAD_WITHIN_S

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is due."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head is due from its first byte on, and due no more when its request runs."""
        if self._is_between():
            self._expect_head()
        super().data_received(data)
        if not self._is_between():
            self._head_came()

    def on_response_complete(self) -> None:
        """The next head may have begun already."""
        super().on_response_complete()
        if self._is_between() and self.conn.trailing_data[0]:
            self._expect_head()

    def _is_between(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        if self._head_due is None:
            self._head_due = self.loop.call_later(self.head_within_s, self._close)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
