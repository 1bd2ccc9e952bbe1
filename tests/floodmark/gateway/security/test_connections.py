"""Slow and endless heads do not keep a connection; quick ones do."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import pytest

from floodmark.gateway.app import build
from floodmark.gateway.security.access import HEAD_BYTES as MAX_HEAD
from floodmark.gateway.security.connections import HEAD_BYTES
from floodmark.gateway.server import GatewayServer, listening
from runtime.serving import TimelyProtocol
from tests.floodmark.gateway.security.build import guarded


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """A gateway on loopback; its port."""
    listener = listening("127.0.0.1", 0)
    began = asyncio.Event()
    server = GatewayServer(build(guarded("127.0.0.1")), began.set, lambda: None)
    running = asyncio.create_task(server.serve([listener]))
    await began.wait()
    yield listener.getsockname()[1]
    server.should_exit = True
    await running


GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


async def until_closed(port: int, *pieces: bytes, every_s: float = 0.0) -> bytes:
    """What comes until the gateway closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every_s)
    try:
        return await asyncio.wait_for(reader.read(), 60)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_within_s", 0.2)


def test_who_says_nothing_and_who_says_it_slowly_is_left() -> None:
    async def slowly() -> None:
        async with serving() as port:
            assert await until_closed(port) == b""
            assert await until_closed(port, GET, *[b"X-A: b\r\n"] * 20, every_s=0.02) == b""
            assert await until_closed(port, GET + b"\r\n" + GET) != b"", "the second head does not come"

    asyncio.run(slowly())


def test_a_head_that_is_too_long_is_refused() -> None:
    async def long() -> None:
        async with serving() as port:
            whole = GET + b"Connection: close\r\nX-A: " + b"b" * MAX_HEAD + b"\r\n\r\n"
            assert (await until_closed(port, whole)).startswith(b"HTTP/1.1 431")
            endless = await until_closed(port, GET, *[b"X-A: " + b"b" * 8192 + b"\r\n"] * (HEAD_BYTES // 8192 + 1))
            assert endless.startswith(b"HTTP/1.1 400") or endless == b""

    asyncio.run(long())


def test_a_client_that_keeps_its_connection_is_answered_again_and_again() -> None:
    async def again() -> None:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(3):
                writer.write(GET + b"\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 ")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
            writer.close()

    asyncio.run(again())
    assert threading.active_count() < 50


def test_hundreds_who_say_nothing_keep_nobody_waiting_and_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_within_s", 1.0)

    async def many() -> None:
        async with serving() as port:
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET + b"\r\n")
            assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 200")
            writer.close()
            for each, its in silent:
                assert await asyncio.wait_for(each.read(), 60) == b""
                its.close()

    asyncio.run(many())


NO_CHUNK = b"zz\r\n12345\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: elsewhere\r\n",
        b"POST /v1/transactions HTTP/1.1\r\nHost: elsewhere\r\n",
        b"POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n",
    ],
)
@pytest.mark.parametrize("pieces", [1, 2])
def test_chunks_that_are_none_end_the_connection_and_nothing_is_logged_of_it(
    head: bytes, pieces: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_within_s", 30.0)
    whole = head + b"Transfer-Encoding: chunked\r\n\r\n"

    async def malformed() -> None:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(whole if pieces == 2 else whole + NO_CHUNK)
            with contextlib.suppress(ConnectionError, TimeoutError):
                # A body that is awaited is not answered before it has come.
                first = await asyncio.wait_for(reader.readline(), 60 if pieces == 1 or b"POST" not in head else 1)
                assert first.startswith(b"HTTP/1.1 ")
            if pieces == 2:
                writer.write(NO_CHUNK)
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(), 60)
            writer.close()
            assert (await until_closed(port, GET + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200")

    asyncio.run(malformed())
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("path", [b"/v1/transactions", b"/healthz"])
def test_a_body_of_two_lengths_is_refused_and_what_may_be_hidden_in_it_is_not_answered(
    path: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_within_s", 30.0)
    hidden = b"0\r\n\r\n" + GET + b"\r\n"
    lengths = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(hidden)

    async def smuggled() -> None:
        async with serving() as port:
            post = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            answer = await until_closed(port, post + lengths + hidden)
            assert answer.startswith(b"HTTP/1.1 400")
            assert b"and not both" in answer
            assert answer.count(b"HTTP/1.1") == 1

    asyncio.run(smuggled())
