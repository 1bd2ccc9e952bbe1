"""Serves the application until a signal: then streams end, what runs is finished, and the process goes."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp

from floodmark.gateway.security.connections import CONNECTIONS, HEAD_BYTES
from runtime.ports import ListenError
from runtime.serving import SignalledServer, TimelyProtocol, quiet_config

GRACE_S: Final = 10
"""What still runs so many seconds after the signal is cancelled."""
BACKLOG: Final = 1024
UNTAKEN_MS: Final = 30_000
"""What a client has not taken for so long, it never will."""


def listening(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: Address or name to listen on.
        port: 0 for a free one.

    Raises:
        ListenError: It cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol is named because asyncio looks at it: without it, Nagle's algorithm adds 40 ms to every answer.
        listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                # Who takes nothing, or is gone without a word, is forgotten by the system, with what waits for them.
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_MS)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ListenError(
            f"{host} port {port} cannot be had ({error.strerror or error}); stop what listens there, or give another "
            "--port or FLOODMARK_GATEWAY_PORT (0: a free one) and --host or FLOODMARK_GATEWAY_HOST"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """`http://HOST:PORT` of a listening socket, without a path."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, listener: socket.socket, ready: Callable[[], None], ending: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        app: What answers.
        listener: Where; closed at the end.
        ready: Called once it answers.
        ending: Called on the loop when the signal has come, before what runs is waited for; ends streams.
    """
    asyncio.run(GatewayServer(app, ready, ending).run_until_signal(listener))


class GatewayServer(SignalledServer):
    """Ends streams before it waits for what runs."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        config = quiet_config(
            app,
            http=TimelyProtocol,
            h11_max_incomplete_event_size=HEAD_BYTES,
            limit_concurrency=CONNECTIONS,
            backlog=BACKLOG,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config, ready)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what runs; streams never end by themselves, so they are ended first."""
        self._ending()
        await super().shutdown(sockets)
