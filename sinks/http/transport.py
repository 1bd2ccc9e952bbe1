"""One HTTP request to a checked address, within a bounded time."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

from sinks.http.addresses import Resolve, permitted, resolve

MAX_BODY: Final = 65_536
"""More of an answer is not read: nothing in the rest matters, the connection is closed instead."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `overall_s` bounds a request from the first byte sent to the last header received."""

    connect_s: float = 3.0
    read_s: float = 5.0
    overall_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: The HTTP status.
        retry_after: The header of that name, as it came.
        body: The first MAX_BODY bytes of the body, or what came of it.
    """

    status: int
    retry_after: str | None
    body: bytes = b""


class UnknownHost(httpcore.ConnectError):
    """Nobody knows the host name now."""


class Transport:
    """Posts to one URL, several at once. Never uses proxies from the environment, never follows redirects.

    The host name is resolved at each new connection; the address that was checked is the one that is connected
    to, so there is no second look-up that could say something else.

    Args:
        url: Where to; secret, because tokens are often part of it.
        timeouts: How long each step may take.
        allow_private: Permit addresses that are not public.
        tls: How to verify the server; none: the system's certificate authorities.
        resolver: Looks host names up.
        clock: Seconds of a clock that never goes back.
        connections: How many there may be at the same time.
    """

    def __init__(
        self,
        url: str,
        timeouts: Timeouts,
        *,
        allow_private: bool,
        tls: ssl.SSLContext | None = None,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
        connections: int = 1,
    ) -> None:
        parsed = httpx.URL(url)
        self._url = httpcore.URL(
            scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
        )
        self._timeouts = timeouts
        self._budget = Budget(clock)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=connections,
            keepalive_expiry=5.0,
            network_backend=CheckedBackend(self._budget, resolver, allow_private=allow_private),
        )

    def post(self, body: bytes, headers: dict[str, str], path: str = "", method: str = "POST") -> Answer:
        """Send it and return the answer; may be called from several threads at once.

        Args:
            body: What to send.
            headers: What to send with it.
            path: Goes to the end of the URL, as it is; begins with a slash.
            method: Another one than POST.

        Raises:
            httpcore.TimeoutException: it took too long.
            httpcore.NetworkError, httpcore.ProtocolError, OSError: nobody is there, or not over HTTP.
            ForbiddenAddress: the host is at a private address.
        """
        self._budget.start(self._timeouts.overall_s)
        limits = {"connect": self._timeouts.connect_s, "read": self._timeouts.read_s}
        extensions = {"timeout": limits | {"write": self._timeouts.read_s, "pool": self._timeouts.connect_s}}
        sent = list(headers.items())
        url = self._url
        if path:
            target = url.target.rstrip(b"/") + path.encode()
            url = httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=target)
        with self._pool.stream(method, url, headers=sent, content=body, extensions=extensions) as response:
            came = self._read(response)
            retry_after = next((v for name, v in response.headers if name.lower() == b"retry-after"), None)
        return Answer(response.status, None if retry_after is None else retry_after.decode("latin-1"), came)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    @staticmethod
    def _read(response: httpcore.Response) -> bytes:
        """Read a short body, so that the connection can be used again; the status counts whatever happens."""
        came = b""
        try:
            for part in response.iter_stream():
                came += part
                if len(came) > MAX_BODY:
                    return came[:MAX_BODY]
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            return came
        return came


class Budget(threading.local):
    """What is left of the time for the request of this thread; each thread has its own."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = 0.0

    def start(self, seconds: float) -> None:
        """From now, so many seconds."""
        self._until = self._clock() + seconds

    def cut(self, timeout: float | None, exhausted: type[Exception]) -> float:
        """The shorter one of `timeout` and what is left; raises `exhausted` when nothing is."""
        left = self._until - self._clock()
        if left <= 0:
            raise exhausted("the request took too long")
        return left if timeout is None else min(timeout, left)


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, budget: Budget, resolver: Resolve, *, allow_private: bool) -> None:
        self._budget = budget
        self._resolver = resolver
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first permitted address of `host` that answers."""
        failed: Exception = httpcore.ConnectError("the host has no address")
        try:
            found = self._resolver(host, port)
        except (OSError, UnicodeError) as error:  # the second for a name that no host can have
            raise UnknownHost("the host name is not known") from error
        for address in permitted(found, allow_private=self._allow_private):
            within = self._budget.cut(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._plain.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return BudgetedStream(stream, self._budget)
        raise failed

    def sleep(self, seconds: float) -> None:
        """Never asked for: the loop does the waiting."""
        raise NotImplementedError


class BudgetedStream(httpcore.NetworkStream):
    """A stream on which no sum of short waits is longer than the budget."""

    def __init__(self, stream: httpcore.NetworkStream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._stream.read(max_bytes, self._budget.cut(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._stream.write(buffer, self._budget.cut(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream, encrypted; the certificate is checked against the host name, not the address."""
        within = self._budget.cut(timeout, httpcore.ConnectTimeout)
        return BudgetedStream(self._stream.start_tls(ssl_context, server_hostname, within), self._budget)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about its sockets."""
        return self._stream.get_extra_info(info)
