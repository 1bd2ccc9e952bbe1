"""An answer of a target has an end for us, whatever the target sends, and however slowly.

Apprise asks by the library requests, which reads an answer whole and unpacks it, and mails by smtplib, which reads a
reply for as long as lines of it come: a target that does not stop, or that packs much into little, would take all
memory of the notifier. Nobody else in it asks by these two. Both wait for as long as a byte comes now and then, so a
target that drips would hold a thread for ever: the connections of a message are cut off when its time is over.
"""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

MAX_BODY: Final = 1_048_576
"""More of an answer is not read: apprise looks at its status, and at a few words of some."""
MAX_LINES: Final = 500
"""Lines of a mail server's reply: one for each thing that it can do, at most."""
WITHIN_S: Final = 30.0
"""A reply has so long to come whole."""
TOTAL_S: Final = 60.0
"""A message has so long, with all that is asked for it; a call is late after five minutes."""


class Limit:
    """Cuts off the connections that are made under it when their time is over."""

    def __init__(self) -> None:
        self._lock, self._ends = threading.Lock(), list[socket.socket]()
        self.is_over = False
        """Whether its time was over before what it was for was done."""

    def add(self, made: socket.socket) -> None:
        """One more connection; raises `TimeoutError` where it is too late for one, which is closed then."""
        with self._lock:
            if self.is_over:
                made.close()
                raise TimeoutError("there is no time left for another connection")
            # A handshake of TLS takes the socket itself away; what leads to the same connection stays.
            self._ends.append(made.dup())

    def cut(self) -> None:
        """End all of them: whoever waits for a byte of them is told that there is none."""
        with self._lock:
            self.is_over = True
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give back what it holds of them."""
        with self._lock:
            for end in self._ends:
                end.close()
            self._ends.clear()


class _Limits(threading.local):
    """The limit of this thread, if any."""

    now: Limit | None = None


_LIMITS: Final = _Limits()


@contextmanager
def within(seconds: float) -> Iterator[Limit]:
    """The connections that this thread makes meanwhile by `socket.create_connection`, or urllib3's, end so soon."""
    limit = Limit()
    timer = threading.Timer(seconds, limit.cut)
    timer.daemon = True
    timer.start()
    _LIMITS.now = limit
    try:
        yield limit
    finally:
        _LIMITS.now = None
        timer.cancel()
        limit.close()


def bind() -> None:
    """From now on no more than MAX_BODY bytes of an answer, unpacked, and MAX_LINES of a reply are read.

    Then the connection is closed: the status of the answer counts, a reply without an end is none. Connections that
    are made `within` a time end with it.
    """
    _bind_answers()
    _bind_replies()
    _bind_connections()


def _bind_connections() -> None:
    import urllib3.util.connection

    for module in (socket, urllib3.util.connection):
        _bind_connection(module)


def _bind_connection(module: Any) -> None:
    whole = module.create_connection
    if getattr(whole, "is_bounded", False):
        return

    def connected(*given: Any, **named: Any) -> socket.socket:
        made: socket.socket = whole(*given, **named)
        if _LIMITS.now is not None:
            _LIMITS.now.add(made)
        return made

    connected.is_bounded = True  # type: ignore[attr-defined]
    module.create_connection = connected


def _bind_answers() -> None:
    from requests import RequestException, Response

    whole = Response.iter_content
    if getattr(whole, "is_bounded", False):
        return

    def beginning(answer: Response, *given: Any, **named: Any) -> Iterator[Any]:
        read, parts = 0, whole(answer, *given, **named)
        while read < MAX_BODY:
            try:
                part = next(parts)
            except StopIteration:
                return
            except RequestException:
                if _LIMITS.now is None or not _LIMITS.now.is_over:
                    raise
                break
            yield part
            read += len(part)
        answer.close()

    beginning.is_bounded = True  # type: ignore[attr-defined]
    Response.iter_content = beginning  # type: ignore[method-assign, assignment]


class _Replies:
    """What a mail server says; each reply has an end."""

    def __init__(self, file: Any) -> None:
        self._file, self._lines, self._until = file, 0, 0.0

    def begin(self) -> None:
        """Another reply is due."""
        self._lines, self._until = 0, time.monotonic() + WITHIN_S

    def readline(self, most: int) -> bytes:
        """The next line; raises `OSError` where there are too many, or it is too late."""
        self._lines += 1
        if self._lines > MAX_LINES or time.monotonic() > self._until:
            raise OSError("the reply has no end")
        line: bytes = self._file.readline(most)
        return line

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _bind_replies() -> None:
    whole = smtplib.SMTP.getreply
    if getattr(whole, "is_bounded", False):
        return

    def reply(server: smtplib.SMTP) -> tuple[int, bytes]:
        if server.file is None and server.sock is not None:
            server.file = _Replies(server.sock.makefile("rb"))
        if isinstance(server.file, _Replies):
            server.file.begin()
        return whole(server)

    reply.is_bounded = True  # type: ignore[attr-defined]
    smtplib.SMTP.getreply = reply  # type: ignore[method-assign, assignment]
