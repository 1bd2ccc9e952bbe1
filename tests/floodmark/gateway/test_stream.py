"""A stream: nothing is left out and nothing comes twice, wherever a client is cut off and whichever gateway it asks."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.gateway.app import build
from floodmark.gateway.event_stream import LogCursor
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.eventlog import EventLog, WantedEvents
from floodmark.gateway.state.positions import Position, PositionError
from floodmark.gateway.state.view import TopicRecord, View
from floodmark.gateway.streams import Streams
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, Topics, action, alert, minute, parts_of, receipt, view_of
from tests.processors.domain.build import PROPERTY

ALL = WantedEvents()


def events_in(raw: bytes) -> list[dict[str, Any]]:
    """The events of a stream's bytes, each with its id, kind and data; a part of one at the end is left out."""
    found = []
    for block in raw.decode().split("\n\n")[:-1]:
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if "data" in lines:
            found.append({"id": lines["id"], "kind": lines["event"], "data": json.loads(lines["data"])})
    return found


def drained(cursor: LogCursor, wanted: WantedEvents = ALL) -> bytes:
    raw = b""
    while cursor.is_behind:
        raw += cursor.piece(wanted)
    return raw


def story() -> Topics:
    """Two scopes for some minutes, an incident, what was said and done."""
    topics = Topics()
    for at in range(M0 - 5, M0 + 1):
        topics.add(minute(at), minute(at, scope="shop", key="approved", count=90))
        if at == M0 - 3:
            topics.add(alert(since=at), action("acknowledge"))
        if at == M0 - 1:
            topics.add(alert(since=M0 - 3, revision=2, version=5, state="updated"), alert("i2", since=at, scope="shop"))
    topics.add(b"nonsense", action("comment"))
    return topics


def test_everything_is_told_once_in_the_order_of_each_partition() -> None:
    view = view_of(story())
    told = events_in(drained(LogCursor(view.log, Position(view.log.life))))
    kinds = [each["kind"] for each in told]
    assert {kind: kinds.count(kind) for kind in kinds} == {"minute": 12, "alert": 3, "incident": 5, "action": 2}
    assert told[-1]["id"] == str(view.position) or told[-1]["kind"] == "incident"


@PROPERTY
@given(st.data())
def test_whoever_is_cut_off_anywhere_goes_on_at_another_gateway_without_gap_or_repeat(data: st.DataObject) -> None:
    topics = story()
    # The other gateway reads the partitions in another order among each other, but actions after what they are about.
    mixed: list[TopicRecord] = []
    left = {name: [each for each in topics.records if each.topic == name] for name in ("minutes", "alerts")}
    while any(left.values()):
        mixed.append(left[data.draw(st.sampled_from([name for name in left if left[name]]))].pop(0))
    mixed += [each for each in topics.records if each.topic == "commands"]
    there = Topics()
    there.records = mixed
    first, second = view_of(topics), view_of(there)
    raw = drained(LogCursor(first.log, Position(first.log.life)))
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    seen = events_in(cut)
    after = Position.of(seen[-1]["id"]) if seen else Position(first.log.life)
    rest = events_in(drained(LogCursor(second.log, after)))
    minutes = [json.dumps(each["data"]) for each in seen + rest if each["kind"] == "minute"]
    said = [(each["data"]["incident_id"], each["data"]["revision"]) for each in seen + rest if each["kind"] == "alert"]
    done = [each["data"]["action_id"] for each in seen + rest if each["kind"] == "action"]
    assert len(minutes) == len(set(minutes)) == 12
    assert said == [("i1", 1), ("i1", 2), ("i2", 1)]
    assert done == ["acknowledge-1", "comment-1"]
    assert sum(each["kind"] == "incident" for each in seen + rest) == 5


def test_a_snapshot_and_the_stream_from_its_position_are_everything() -> None:
    topics = story()
    view = view_of(topics)
    position = Position.of(str(view.position))
    view.take(topics.add(minute(M0 + 1, key="failed"), alert("i3")))
    told = events_in(drained(LogCursor(view.log, position)))
    assert [(each["kind"], each["data"].get("incident_id")) for each in told] == [
        ("minute", None),
        ("alert", "i3"),
        ("incident", "i3"),
    ]


def test_what_became_of_a_message_is_told_once_for_all_its_incidents() -> None:
    topics = story()
    view = view_of(topics)
    position = Position.of(str(view.position))
    view.take(topics.add(receipt("i1", "i2", what="refused"), receipt("i1", drill=True)))
    (told,) = events_in(drained(LogCursor(view.log, position)))
    assert told["kind"] == "receipt"
    assert told["data"] == {
        "incidents": ["i1", "i2"], "team": "payments", "channel": "chat", "kind": "open", "outcome": "refused"
    }  # fmt: skip
    of_a_scope = WantedEvents(scopes=frozenset({"all"}), kinds=frozenset({"receipt"}))
    assert drained(LogCursor(view.log, position), of_a_scope) == b""


def test_what_became_of_messages_long_before_is_known_and_no_event() -> None:
    view = view_of(Topics())
    view.begin("receipts", 0, 2)
    view.take(Topics().add(receipt("i1", number=1), receipt("i1", number=2), receipt("i1", number=3)))
    assert len(view.receipts.of("i1")) == 3
    assert len(events_in(drained(LogCursor(view.log, Position(view.log.life, {("r", 0): 2}))))) == 1


def test_a_position_that_is_ahead_of_this_gateway_is_waited_for() -> None:
    topics = story()
    ahead = view_of(topics)
    behind = View(ahead.minutes, ahead.incidents, EventLog(), lambda _: b"{}", lambda: NOW_MS)
    for name in ("minutes", "alerts", "commands"):
        behind.begin(name, 0, 0)
    cursor = LogCursor(behind.log, ahead.position)
    fresh = view_of(Topics())
    fresh_cursor = LogCursor(fresh.log, ahead.position)
    fresh.take(topics.records)
    fresh.take(topics.add(minute(M0 + 1)))
    assert not cursor.is_reset
    assert [each["data"]["minute"] for each in events_in(drained(fresh_cursor))] == [(M0 + 1) * 60_000]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WantedEvents(kinds=frozenset({"alert"})), {("alert", "all"), ("alert", "shop")}),
        (WantedEvents(kinds=frozenset({"minute"}), scopes=frozenset({"shop"})), {("minute", "shop")}),
        (WantedEvents(kinds=frozenset({"minute"}), keys=frozenset({"approved"})), {("minute", "shop")}),
        (WantedEvents(kinds=frozenset({"alert"}), severities=frozenset({"critical"})), set()),
        (WantedEvents(dimensions=frozenset({"auth_code"})), set()),
    ],
)
def test_only_what_is_wanted_is_told_and_ids_go_on(wanted: WantedEvents, expected: set[tuple[str, str]]) -> None:
    view = view_of(story())
    cursor = LogCursor(view.log, Position(view.log.life))
    told = events_in(drained(cursor, wanted))
    assert {(each["kind"], each["data"]["scope"]) for each in told} == expected
    assert cursor.id == str(view.position)


def test_what_is_not_kept_any_more_is_said_and_the_stream_goes_on_from_now() -> None:
    log = EventLog(max_events=3)
    topics = story()
    view = View(view_of(Topics()).minutes, view_of(Topics()).incidents, log, lambda _: b"{}", lambda: NOW_MS)
    for name in ("minutes", "alerts", "commands"):
        view.begin(name, 0, 0)
    view.take(topics.records)
    cursor = LogCursor(log, Position(log.life))
    assert cursor.is_reset
    assert not cursor.is_behind
    assert cursor.id == str(view.position)
    assert LogCursor(log, Position("another", {})).is_reset
    assert not LogCursor(log, view.position).is_reset


def test_a_reader_that_fell_behind_what_is_kept_is_lost() -> None:
    log, topics = EventLog(max_events=3), Topics()
    view = View(view_of(topics).minutes, view_of(topics).incidents, log, lambda _: b"{}", lambda: NOW_MS)
    view.begin("minutes", 0, 0)
    cursor = LogCursor(log, None)
    view.take(topics.add(*(minute(M0 - each) for each in range(4))))
    assert cursor.is_lost


@pytest.mark.parametrize(
    "text", ["", "?", "0~", "0~m", "0~x0.1", "0~m0.-1", "0~m0.1.2", "0~m1", "0~m0.99999999999999999999", "a" * 50_000]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(PositionError):
        Position.of(text)


@PROPERTY
@given(st.dictionaries(st.tuples(st.sampled_from("maicj"), st.integers(0, 999)), st.integers(0, 2**62)))
def test_a_position_is_read_as_it_was_written(offsets: dict[tuple[str, int], int]) -> None:
    assert Position.of(str(Position("abc", offsets))) == Position("abc", offsets)


class Client:
    """Reads a stream from the application, as a server would let it."""

    def __init__(self, parts: GatewayParts, path: str = "/v1/stream", *, takes: bool = True) -> None:
        self.parts, self.path, self.takes = parts, path, takes
        self.raw, self.status = b"", 0
        self._asked = False
        self._gone = asyncio.Event()
        self._came = asyncio.Event()

    async def run(self) -> None:
        path, _, query = self.path.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "headers": [(b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 5),
            "query_string": query.encode(),
        }
        await build(self.parts)(
            scope | {"server": ("gateway", 80), "scheme": "http", "http_version": "1.1"}, self._receive, self._send
        )  # type: ignore[arg-type]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                self._came.clear()
                await self._came.wait()

    def go(self) -> None:
        self._gone.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if not self.takes and message["type"] == "http.response.body" and self.raw:
            await asyncio.Event().wait()
        self.status = message.get("status", self.status)
        self.raw += message.get("body", b"")
        self._came.set()


def test_what_happens_is_told_at_once_and_a_client_that_goes_leaves_nothing_behind() -> None:
    async def run() -> None:
        parts, topics = parts_of(), Topics()
        client = Client(parts, "/v1/stream?kinds=minute")
        task = asyncio.create_task(client.run())
        await client.until(lambda: b"retry" in client.raw)
        parts.view.take(topics.add(minute(M0), alert()))
        await client.until(lambda: b"event: minute" in client.raw)
        assert [each["kind"] for each in events_in(client.raw)] == ["minute"]
        client.go()
        await asyncio.wait_for(task, 60)
        assert len(parts.streams) == 0
        assert parts.view._watchers == []

    asyncio.run(run())


def test_streams_end_with_the_gateway() -> None:
    async def run() -> None:
        parts = parts_of()
        clients = [Client(parts) for _ in range(3)]
        tasks = [asyncio.create_task(each.run()) for each in clients]
        for each in clients:
            await each.until(lambda each=each: b"retry" in each.raw)  # type: ignore[misc]
        parts.streams.end()
        await asyncio.wait_for(asyncio.gather(*tasks), 60)

    asyncio.run(run())


def test_a_client_that_takes_nothing_holds_nobody_back_and_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("floodmark.gateway.event_stream.SEND_S", 0.2)

    async def run() -> None:
        parts, topics = parts_of(), Topics()
        slow, quick = Client(parts, takes=False), Client(parts)
        tasks = [asyncio.create_task(each.run()) for each in (slow, quick)]
        for each in (slow, quick):
            await each.until(lambda each=each: b"retry" in each.raw)  # type: ignore[misc]
        for at in range(100):
            parts.view.take(topics.add(minute(M0 - at)))
        await quick.until(lambda: quick.raw.count(b"event: minute") == 100)
        await asyncio.wait_for(tasks[0], 60)
        assert len(parts.streams) == 1
        quick.go()
        await asyncio.wait_for(tasks[1], 60)

    asyncio.run(run())


def test_something_is_sent_now_and_then_that_carries_the_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("floodmark.gateway.event_stream.HEARTBEAT_S", 0.05)

    async def run() -> None:
        parts, topics = parts_of(), Topics()
        client = Client(parts, "/v1/stream?scope=nobody")
        task = asyncio.create_task(client.run())
        await client.until(lambda: b"still here" in client.raw)
        parts.view.take(topics.add(minute(M0)))
        await client.until(lambda: client.raw.endswith(f"still here\nid: {parts.view.position}\n\n".encode()))
        assert events_in(client.raw) == []
        client.go()
        await asyncio.wait_for(task, 60)

    asyncio.run(run())


def test_before_all_was_read_a_stream_is_refused_and_so_is_one_too_many_or_a_strange_position() -> None:
    parts = parts_of()
    assert get(build(parts), "/v1/stream?after=nonsense!").status_code == 422
    full = parts_of(streams=Streams(most=0))
    answer = get(build(full), "/v1/stream")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    parts.view.ready = False
    answer = get(build(parts), "/v1/stream")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
