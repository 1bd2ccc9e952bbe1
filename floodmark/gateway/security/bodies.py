"""Request bodies: of a size, come within a time, and unpacked no further than that size."""

import asyncio
import zlib
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from floodmark.gateway.problems import Problem
from floodmark.gateway.security.access import needed

GZIP: Final = 16 + zlib.MAX_WBITS
"""zlib's way to say that nothing but gzip is unpacked."""


MAX_TOGETHER: Final = 256_000_000
"""Bytes of all bodies that come or are worked on, of however many clients; or twice the largest of one."""
OPEN_BYTES: Final = 1_000_000
"""Bytes of a body where no key is asked for, as Slack and PagerDuty have none: theirs have less."""
OPEN_TOGETHER: Final = 32_000_000
"""Bytes of all of these: whoever has no key takes nothing from those who have one."""


class BodyLimits:
    """An ASGI application around another one, which gets each body whole and unpacked.

    Args:
        app: What answers.
        most: Bytes of a body, packed and unpacked.
        within_s: How long one may take to come, in seconds.
        together: Bytes of all of them; none: see `MAX_TOGETHER`.
    """

    def __init__(self, app: ASGIApp, most: int, within_s: float, together: int | None = None) -> None:
        self._app, self._most, self._within_s = app, most, within_s
        self._most_together = max(MAX_TOGETHER, 2 * most) if together is None else together
        self._together = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then pass on.

        Raises:
            Problem: It is too large or too slow, or packed otherwise than by gzip.
        """
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > self._most:
            raise self._too_large()
        mine = _HeldBytes(self)
        try:
            body = await self._come(scope, receive, mine)
            if body is None:
                return
            whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Message:
                return whole.pop() if whole else await receive()

            scope["headers"] = _plain(scope, len(body))
            await self._app(scope, again, send)
        finally:
            mine.take(-mine.size)

    def hold(self, size: int) -> None:
        """This many bytes more are held, or less.

        Raises:
            Problem: All together would be too many; then they are not counted.
        """
        if size > 0 and self._together + size > self._most_together:
            raise Problem(
                "too-many-bytes",
                503,
                f"the bodies of all posts together come to more than {self._most_together / 1e6:g} MB; try again",
                {"Retry-After": "2"},
            )
        self._together += size

    async def _come(self, scope: Scope, receive: Receive, mine: "_HeldBytes") -> bytes | None:
        """The body, unpacked; None when the client has gone."""
        try:
            async with asyncio.timeout(self._within_s):
                body = await self._whole(receive, mine)
        except TimeoutError:
            raise Problem("slow-body", 408, f"the body has not come within {self._within_s:g} s") from None
        if body is None:
            return None
        unpacked = self._unpacked(body, _encoding(scope))
        mine.take(len(unpacked) - len(body))
        return unpacked

    async def _whole(self, receive: Receive, mine: "_HeldBytes") -> bytes | None:
        """The body as it came; None when the client has gone."""
        parts, size, has_more = [], 0, True
        while has_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > self._most:
                raise self._too_large()
            mine.take(len(part))
            parts.append(part)
            has_more = message.get("more_body", False)
        return b"".join(parts)

    def _unpacked(self, body: bytes, encoding: bytes) -> bytes:
        if encoding in (b"", b"identity"):
            return body
        if encoding != b"gzip":
            raise Problem(
                "encoding", 415, "a body may be packed by gzip and by nothing else", {"Accept-Encoding": "gzip"}
            )
        unpacker = zlib.decompressobj(GZIP)
        try:
            unpacked = unpacker.decompress(body, self._most + 1)
        except zlib.error:
            raise Problem("body", 400, "the body is not packed by gzip, as its Content-Encoding says") from None
        if len(unpacked) > self._most:
            raise self._too_large()
        if not unpacker.eof or unpacker.unused_data:
            raise Problem("body", 400, "the body is not one whole gzip stream")
        return unpacked

    def _too_large(self) -> Problem:
        most = f"{self._most / 1e6:g} MB"
        return Problem("body-too-large", 413, f"a body has at most {most}, unpacked; send less at a time")


def limited(app: ASGIApp, most: int, within_s: float) -> ASGIApp:
    """The application with limits of bodies; where no right is needed these are narrower, and count apart.

    Args:
        app: What answers.
        most: Bytes of a body of whoever needed a right.
        within_s: How long one may take to come, in seconds.
    """
    of_known = BodyLimits(app, most, within_s)
    of_anybody = BodyLimits(app, min(most, OPEN_BYTES), within_s, OPEN_TOGETHER)

    async def by_right(scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and needed(scope["method"], scope["path"]) is None
        await (of_anybody if is_open else of_known)(scope, receive, send)

    return by_right


class _HeldBytes:
    """What one request holds of all."""

    __slots__ = ("_limits", "size")

    def __init__(self, limits: BodyLimits) -> None:
        self._limits, self.size = limits, 0

    def take(self, size: int) -> None:
        """Hold so many bytes more; see `BodyLimits.hold`."""
        self._limits.hold(size)
        self.size += size


def _encoding(scope: Scope) -> bytes:
    found = [value for name, value in scope["headers"] if name == b"content-encoding"]
    return b", ".join(found).strip().lower()


def _plain(scope: Scope, size: int) -> list[tuple[bytes, bytes]]:
    """The headers of the request as if its body had come unpacked."""
    about_body = (b"content-encoding", b"content-length", b"transfer-encoding")
    kept = [(name, value) for name, value in scope["headers"] if name not in about_body]
    return [*kept, (b"content-length", str(size).encode())]
