"""An answer of a target has an end for us, whatever the target sends.

Apprise asks by the library requests, which reads an answer whole and unpacks it, and mails by smtplib, which reads a
reply for as long as lines of it come: a target that does not stop, or that packs much into little, would take all
memory of the notifier. Nobody else in it asks by these two.
"""

import smtplib
import time
from collections.abc import Iterator
from typing import Any, Final

MAX_BODY: Final = 1_048_576
"""More of an answer is not read: apprise looks at its status, and at a few words of some."""
MAX_LINES: Final = 500
"""Lines of a mail server's reply: one for each thing that it can do, at most."""
WITHIN_S: Final = 30.0
"""A reply has so long to come whole."""


def bind() -> None:
    """From now on no more than MAX_BODY bytes of an answer, unpacked, and MAX_LINES of a reply are read.

    Then the connection is closed: the status of the answer counts, a reply without an end is none.
    """
    _bind_answers()
    _bind_replies()


def _bind_answers() -> None:
    from requests import Response

    whole = Response.iter_content
    if getattr(whole, "is_bounded", False):
        return

    def beginning(answer: Response, *given: Any, **named: Any) -> Iterator[Any]:
        read = 0
        for part in whole(answer, *given, **named):
            yield part
            read += len(part)
            if read >= MAX_BODY:
                answer.close()
                return

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
