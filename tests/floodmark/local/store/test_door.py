"""Who sends nothing, or half of something, keeps nobody out and fills no log."""

import asyncio
import logging
import resource
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from floodmark.local.store import channel as channel_module
from floodmark.local.store import door, request
from floodmark.local.store.channel import IN_FLIGHT, ClientGone, Lane, ReplyQueue
from floodmark.local.store.door import Door, Hall, door_of
from floodmark.local.store.metrics import StoreMetrics
from floodmark.local.store.request import authenticated, read_request
from floodmark.local.store.seldom import Seldom
from floodmark.local.store.users import OWNER, READER, Users
from floodmark.queries.errors import StoreError
from tests.floodmark.local.store.store_kit import StoreProcess

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


LARGE = b"x" * (8 << 20)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answers once the body has come; `/large` with more than any buffer holds."""
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": LARGE})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class House:
    """A listener with a hall, and connections to it."""

    def __init__(self, port: int, metrics: StoreMetrics) -> None:
        self.port = port
        self._metrics = metrics
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, data: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def answer(self) -> bytes:
        reader, _ = await self.connect(REQUEST)
        return (await reader.readuntil(b"ok"))[:12]

    async def leave(self) -> None:
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def turned_away(self, reason: str) -> float:
        name = "floodmark_store_connections_turned_away_total"
        return self._metrics.registry.get_sample_value(name, {"reason": reason}) or 0.0


@asynccontextmanager
async def house(most: int) -> AsyncIterator[House]:
    metrics = StoreMetrics()
    config, state = uvicorn.Config(hello, log_config=None, ws="none"), ServerState()
    connection = door_of(Hall(most, metrics))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: connection(config=config, server_state=state, app_state={}, _loop=loop), "127.0.0.1", 0
    )
    place = House(server.sockets[0].getsockname()[1], metrics)
    try:
        yield place
    finally:
        await place.leave()
        server.close()
        while state.connections or state.tasks:
            await asyncio.sleep(0.01)


def within(seconds: float, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        async with asyncio.timeout(seconds):
            await story()

    asyncio.run(told())


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n", REQUEST + b"G"])
def test_the_head_of_a_request_has_a_time_limit(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(Door, "head_within_s", 0.1)

    async def story() -> None:
        async with house(10) as place:
            reader, _ = await place.connect(sent)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(10_000)
            assert (place.turned_away("no_head"), place.turned_away("crowded")) == (1, 0)

    within(120, story)


def test_who_has_waited_longest_goes_when_it_is_crowded_and_whoever_asks_is_answered() -> None:
    async def story() -> None:
        async with house(5) as place:
            silent = [await place.connect(b"GET") for _ in range(20)]
            assert await place.answer() == b"HTTP/1.1 200"
            assert place.turned_away("crowded") == 16
            for reader, _ in silent[:15]:
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
            assert not silent[-1][0].at_eof()

    within(120, story)


def test_the_limit_starts_anew_with_the_first_byte_of_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Door, "head_within_s", 0.1)

    async def story() -> None:
        async with house(10) as place:
            reader, writer = await place.connect(REQUEST)
            await reader.readuntil(b"ok")
            writer.write(b"G")
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            assert place.turned_away("no_head") == 1

    within(120, story)


def test_a_request_that_runs_is_not_ended_by_newcomers() -> None:
    async def story() -> None:
        async with house(2) as place:
            reader, writer = await place.connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
            for _ in range(5):
                await place.connect()
            assert await place.answer() == b"HTTP/1.1 200"
            writer.write(b"b")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    within(120, story)


def test_when_all_places_are_taken_by_requests_the_newcomer_goes() -> None:
    async def story() -> None:
        async with house(1) as place:
            reader, writer = await place.connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
            late, _ = await place.connect(REQUEST)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await late.readexactly(1)
            writer.write(b"b")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    within(120, story)


def test_who_takes_nothing_of_an_answer_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "TAKEN_S", 0.1)

    async def story() -> None:
        async with house(10) as place:
            reader, writer = await place.connect(b"")
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # of any transport over a socket
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            while not place.turned_away("not_taken"):
                await asyncio.sleep(0.01)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(len(LARGE))
            assert await place.answer() == b"HTTP/1.1 200"

    within(120, story)


def test_who_takes_an_answer_slowly_gets_all_of_it() -> None:
    async def story() -> None:
        async with house(10) as place:
            reader, _ = await place.connect(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            taken = 0
            while chunk := await reader.read(1 << 20):
                taken += chunk.count(b"x")
            assert taken >= len(LARGE)
            assert place.turned_away("not_taken") == 0

    within(120, story)


class TestThreads:
    """One thread, and a client that takes nothing."""

    def given_up(self, others: int, taken: int = 0, *, room_after_s: float | None = None) -> bool:
        """Whether the thread gives its client up, where so many others wait for it.

        After `room_after_s` seconds the client takes something; none: never.
        """

        async def story() -> bool:
            lane = Lane("test", threads=1, waiting=8)
            slow = ReplyQueue(lambda: lane.is_crowded)

            def work(channel: ReplyQueue) -> bool:
                for _ in range(IN_FLIGHT):
                    channel.put(b"x" * taken)
                try:
                    channel.put(b"more")
                except ClientGone:
                    return True
                return False

            job = lane.run(work, slow)
            waiting = [lane.run(lambda _: None, None) for _ in range(others)]
            if room_after_s is not None:
                asyncio.get_running_loop().call_later(room_after_s, slow.taken)
            is_given_up = await job
            await asyncio.gather(*waiting)
            assert not lane.is_crowded
            lane.executor.shutdown()
            return is_given_up

        return asyncio.run(story())

    @pytest.fixture(autouse=True)
    def in_a_hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(channel_module, "PATIENCE_S", 0.2)
        monkeypatch.setattr(channel_module, "LOOK_S", 0.02)

    def test_a_client_that_takes_nothing_is_given_up_while_others_wait(self) -> None:
        assert self.given_up(others=2)

    def test_alone_it_is_waited_for(self) -> None:
        assert not self.given_up(others=0, room_after_s=2 * channel_module.PATIENCE_S)

    def test_one_that_keeps_the_pace_is_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(channel_module, "PACE", 1)
        assert not self.given_up(others=2, taken=500, room_after_s=2 * channel_module.PATIENCE_S)


def test_a_store_under_half_open_connections_serves_and_writes_little(own_store: StoreProcess) -> None:
    own_store.start()
    resource.prlimit(own_store.at.pid, resource.RLIMIT_NOFILE, (1024, 1024))
    with ExitStack() as held:
        for _ in range(1100):
            half = held.enter_context(socket.create_connection(("127.0.0.1", own_store.at.port)))
            half.sendall(b"GET /?query=SELECT%201 HT")
        assert own_store.ask("SELECT 1").text == "1\n"
        assert own_store.ask("SELECT 1", user="reader").text == "1\n"
    assert own_store.stop() == 0
    assert len(own_store.log) < 5_000
    assert "connections_refused" in own_store.log


def test_nonsense_fills_no_log_and_health_is_the_engines(own_store: StoreProcess) -> None:
    own_store.start()
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", own_store.at.port)) as nonsense:
            nonsense.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
            assert nonsense.recv(100).startswith(b"HTTP/1.1 400")
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", own_store.at.port)) as leaving:
            path = f"/?user=reader&password={own_store.at.reader_password}"
            leaving.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n".encode())
    asking = [socket.create_connection(("127.0.0.1", own_store.at.port)) for _ in range(30)]
    for one in asking:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert {one.recv(15) for one in asking} == {b"HTTP/1.1 200 OK"}
    for one in asking:
        one.close()
    assert own_store.stop() == 0
    assert len(own_store.log) < 5_000


def test_a_message_is_written_seldom_and_says_how_often_it_came(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("floodmark.test.seldom")
    quiet = Seldom(3600.0)
    logger.addFilter(quiet)
    try:
        for number in range(100):
            logger.warning("request %d is bad", number)
        logger.warning("another thing")
        assert [record.getMessage() for record in caplog.records] == ["request 0 is bad", "another thing"]
        quiet._quiet_s = 0
        logger.warning("request %d is bad", 100)
        assert caplog.records[-1].getMessage().startswith("request 100 is bad (99 more of these in the ")
    finally:
        logger.removeFilter(quiet)


def http_request(user: str, body: AsyncIterator[bytes], length: str = "") -> Any:
    """A request of a user whose body comes as it comes."""
    from starlette.requests import Request

    async def receive() -> dict[str, Any]:
        chunk = await anext(body, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    headers = [(b"x-clickhouse-user", user.encode()), (b"x-clickhouse-key", b"secret")]
    if length:
        headers.append((b"content-length", length.encode()))
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    return Request(scope, receive)


async def repeated(chunk: bytes, times: int, pause_s: float = 0.0) -> AsyncIterator[bytes]:
    for _ in range(times):
        await asyncio.sleep(pause_s)
        yield chunk


class TestBodies:
    def test_a_reader_sends_little_and_the_owner_much(self) -> None:
        big = b"x" * (1 << 20)
        with pytest.raises(StoreError, match="larger than 1048576 bytes"):
            asyncio.run(read_request(http_request(READER, repeated(big, 2)), READER))
        taken = asyncio.run(read_request(http_request(OWNER, repeated(big, 3)), OWNER))
        with taken.body:
            assert len(taken.body.read()) == 3 << 20

    def test_a_body_that_is_announced_as_too_large_is_not_waited_for(self) -> None:
        async def never() -> AsyncIterator[bytes]:
            raise AssertionError("it was read")
            yield b""

        for length in ("2000000", "9" * 5000):
            with pytest.raises(StoreError) as refused:
                asyncio.run(read_request(http_request(READER, never(), length), READER))
            assert refused.value.status == 413

    def test_a_readers_body_must_be_there_in_time_and_the_owners_must_not_stop(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(request, "SILENT_S", 1.0)
        with pytest.raises(StoreError) as slow:
            asyncio.run(read_request(http_request(READER, repeated(b"x", 1000, 0.01)), READER))
        assert (slow.value.code, slow.value.status) == (209, 408)
        taken = asyncio.run(read_request(http_request(OWNER, repeated(b"x", 15, 0.1)), OWNER))
        with taken.body:
            assert taken.body.read() == b"x" * 15
        with pytest.raises(StoreError, match="did not come within"):
            asyncio.run(read_request(http_request(OWNER, repeated(b"x", 1, 30.0)), OWNER))

    def test_who_has_no_password_has_no_body_read(self) -> None:
        with pytest.raises(StoreError, match="Authentication failed"):
            authenticated(http_request("reader", repeated(b"x", 1)), Users({"reader": "other"}))
