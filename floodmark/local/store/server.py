"""The process of the store: owns the directory, listens on loopback, stops cleanly."""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from floodmark.local.store.app import StoreApp
from floodmark.local.store.door import BACKLOG, Hall, door_of, room
from floodmark.local.store.engine import Engine
from floodmark.local.store.locate import endpoint
from floodmark.local.store.owner import StoreOwned, StoreOwnership
from floodmark.local.store.paths import StorePaths
from floodmark.local.store.seldom import Seldom
from floodmark.local.store.users import Users
from runtime.http_health import announce
from runtime.ports import free_ports
from runtime.serving import SignalledServer, quiet_config

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 15.0
"""How long to wait for a process that has the store open for a moment, such as `floodmark sql`."""
READS_S: Final = 3.0
"""Reads that still run this long after the signal are cancelled."""
MAX_URL: Final = 1 << 20
"""Bytes of a request's first line and headers (ClickHouse's `http_max_uri_size`)."""
GRACE_S: Final = 20
"""What still runs this long after the signal is not waited for."""


def serve(data_dir: Path, port: int | None, on_ready: Callable[[str], None]) -> None:
    """Serve the store of a data directory until SIGTERM or SIGINT; then finish what runs, and close the engine.

    Args:
        data_dir: Made when missing; the store is in its folder `store`.
        port: Port on 127.0.0.1; None for the one of the last run if it is free, else any free one.
        on_ready: Called with the URL once it listens.

    Raises:
        StoreOwned: another live process has this store.
        CredentialsError: its passwords cannot be read.
        StoreError: the engine cannot be opened.
        ValueError: the path cannot be used.
        OSError: the directory or the port cannot be used.
    """
    if (running := endpoint(data_dir)) is not None:
        raise StoreOwned(f"a store serves {data_dir} already, at {running.url} (pid {running.pid})")
    paths = StorePaths.under(data_dir)
    paths.root.mkdir(parents=True, exist_ok=True)
    with StoreOwnership(paths.lock, "floodmark store", PATIENCE_S), _listener(paths, port) as listener:
        users = Users.load_or_make(paths.credentials)
        instance = secrets.token_hex(8)
        engine = Engine.open(paths.tables)
        app = StoreApp(engine, users, instance)
        url = f"http://{HOST}:{listener.getsockname()[1]}"

        def ready() -> None:
            bound = listener.getsockname()[1]
            paths.port.write_text(str(bound), "utf-8")
            announce(paths.endpoint, url, host=HOST, port=bound, instance=instance)
            on_ready(url)

        try:
            asyncio.run(_StoreServer(app, engine, ready).run_until_signal(listener))
        finally:
            paths.endpoint.unlink(missing_ok=True)
            app.close()
            engine.close()


class _StoreServer(SignalledServer):
    """Gives reads a moment when it ends."""

    def __init__(self, app: StoreApp, engine: Engine, ready: Callable[[], None]) -> None:
        config = quiet_config(
            app.asgi(),
            http=door_of(Hall(room(), app.metrics_of_connections)),
            backlog=BACKLOG,
            h11_max_incomplete_event_size=MAX_URL,
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config, ready)
        self._engine = engine
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        for name in ("uvicorn.error", "asyncio"):
            logging.getLogger(name).addFilter(Seldom())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what runs; reads only for a moment."""
        loop = asyncio.get_running_loop()
        cancel = loop.call_later(READS_S, lambda: loop.run_in_executor(None, self._engine.cancel_reads))
        try:
            await super().shutdown(sockets)
        finally:
            cancel.cancel()


def _is_news(record: logging.LogRecord) -> bool:
    """A response that is cut off because its query failed is counted and told to the client; it is no fault of ours."""
    return "without completing response" not in record.getMessage()


@contextlib.contextmanager
def _listener(paths: StorePaths, port: int | None) -> Iterator[socket.socket]:
    """A listening address on loopback."""
    # The protocol is named because asyncio looks at it: without it, Nagle's algorithm adds 40 ms to every response.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if port is None:
            try:
                listener.bind((HOST, int(paths.port.read_text("utf-8"))))
            except (OSError, ValueError, OverflowError):
                listener.bind((HOST, free_ports(1)[0]))
        else:
            listener.bind((HOST, port))
        yield listener
