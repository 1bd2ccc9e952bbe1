"""What a long-running process shows of itself: metrics, health, and where to find them."""

import json
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from runtime.minding import thread
from runtime.ports import ListenError
from runtime.process_metrics import process_registry

MAX_CONNECTIONS: Final = 64
"""Connections at once."""
HealthCheck = Callable[[], tuple[bool, str]]
"""Answers (healthy, reason); called from another thread at any time, so it must be quick."""


class HealthServer:
    """Serves `/metrics` and `/healthz` from a daemon thread until it is closed."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self._thread = thread(lambda: server.serve_forever(0.2), "health")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on: the one asked for, or the free one that was found for 0."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://HOST:PORT`, without a path."""
        host = str(self._server.server_address[0])
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def close(self) -> None:
        """Stop listening and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    host: str,
    port: int,
    healthy: HealthCheck,
    registry: CollectorRegistry | None = None,
    needs_people: Callable[[], bool] = lambda: False,
) -> HealthServer:
    """Listen on (host, port) and answer `/metrics` and `/healthz`.

    `/healthz` answers 200 or 503 and `{"healthy": …, "reason": …}`, with `"needs_people": true` where that is so; a
    health function that raises is unhealthy, with the name of the exception as the reason.

    Args:
        host: Address to listen on.
        port: 0 for a free one.
        healthy: The process's own answer to "are you well?".
        registry: Where the metrics are; none: there are only those that every process has.
        needs_people: Whether what is wrong is not the process's own, so that to start it anew would not help.

    Raises:
        ListenError: when the address cannot be had.
    """
    shown = process_registry() if registry is None else registry

    class Handler(BaseHTTPRequestHandler):
        server_version = "floodmark"
        sys_version = ""
        timeout = 10

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, content_type, encode(shown))
            elif path == "/healthz":
                well, reason = _ask(healthy)
                body = json.dumps(
                    {"healthy": well, "reason": reason} | ({"needs_people": True} if needs_people() else {})
                ).encode()
                self._answer(200 if well else 503, "application/json", body)
            else:
                self._answer(404, "text/plain; charset=utf-8", b"/metrics or /healthz\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a scrape every few seconds is no news."""

    try:
        return HealthServer(_HealthServer((host, port), Handler))
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ListenError(
            f"{host} port {port} cannot be had for /metrics and /healthz ({why}); stop what listens there, or give "
            "another --metrics-port or FLOODMARK_METRICS_PORT (0: a free one) and FLOODMARK_METRICS_HOST"
        ) from error


def announce(path: Path, metrics_url: str, **more: object) -> None:
    """Write `{"pid": …, "metrics": …, **more}` to `path`, whole or not at all.

    Called once the process is ready; whoever supervises waits for the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({"pid": os.getpid(), "metrics": metrics_url, **more}), encoding="utf-8")
    draft.replace(path)


class _HealthServer(ThreadingHTTPServer):
    """A client that hangs up early is not an error of ours, and one that sends nothing keeps nobody out.

    Of more than `MAX_CONNECTIONS` connections the oldest is ended: they never take all file descriptors.
    """

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._lock = threading.Lock()
        self._open: dict[Any, None] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own."""
        with self._lock:
            if len(self._open) >= MAX_CONNECTIONS:
                oldest = next(iter(self._open))
                self._open.pop(oldest)
                with suppress(OSError):  # it may have ended by itself
                    oldest.shutdown(socket.SHUT_RDWR)
            self._open[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """It is answered."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Drop the connection quietly."""


def _ask(healthy: HealthCheck) -> tuple[bool, str]:
    try:
        return healthy()
    except Exception as error:  # the health of a process must not depend on its health function
        return False, f"the health check failed: {type(error).__name__}"
