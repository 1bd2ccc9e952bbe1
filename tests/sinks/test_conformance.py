"""What every destination has to do inside the loop, run against each of them."""

import io
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.console.destination import ConsoleSink
from sinks.http.transport import Answer
from sinks.jsonl.destination import JsonLines
from sinks.protocol import Record, Refusal
from sinks.webhook.destination import Webhook
from sinks.webhook.settings import WebhookSettings
from tests.sinks.conftest import StoreProcess
from tests.sinks.http_kit import Receiver, Reply, Request, receiving
from tests.sinks.sink_kit import ALERTS, Bench, FakeDestination, alert_at, busy, plain


class Rig:
    """A destination whose target a test can break, mend and look at."""

    destination: Any
    can_be_busy = True

    def good(self, offset: int) -> Record:
        return alert_at(offset)

    def bad(self, offset: int) -> Record:
        return plain(offset, b'{"specversion":"1.0"}')

    def written(self) -> set[int]:
        """Offsets of what is at the target."""
        raise NotImplementedError

    def break_target(self) -> None:
        raise NotImplementedError

    def mend_target(self) -> None:
        raise NotImplementedError

    def ruin(self) -> None:
        """From now on every write fails for a reason that does not pass."""
        raise NotImplementedError


def offset_of(incident_id: str) -> int:
    return int(incident_id.removeprefix("incident-"))


class FakeRig(Rig):
    def __init__(self) -> None:
        self.destination = FakeDestination()

    def good(self, offset: int) -> Record:
        return plain(offset)

    def bad(self, offset: int) -> Record:
        return plain(offset, b"bad")

    def written(self) -> set[int]:
        return set(self.destination.written)

    def break_target(self) -> None:
        self.destination.errors = [busy()] * 1000

    def mend_target(self) -> None:
        self.destination.errors = []

    def ruin(self) -> None:
        self.destination.errors = [RuntimeError("ruined")]


class ConsoleRig(Rig):
    can_be_busy = False

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.destination = ConsoleSink("json", self.out)

    def written(self) -> set[int]:
        return {offset_of(json.loads(line)["incident_id"]) for line in self.out.getvalue().splitlines()}

    def ruin(self) -> None:
        def refuse(_text: str) -> int:
            raise BrokenPipeError("nobody reads")

        self.out.write = refuse  # type: ignore[method-assign]


class JsonlRig(Rig):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "alerts.jsonl"
        self.destination = JsonLines(Topics(), self.path)
        self.file = self.destination._files["alerts"]
        self.descriptor = self.file._file

    def written(self) -> set[int]:
        return {offset_of(json.loads(line)["incident_id"]) for line in self.path.read_text().splitlines()}

    def break_target(self) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full here to stand for a full disk")
        self.file._file, self.file._regular = os.open("/dev/full", os.O_WRONLY), False

    def mend_target(self) -> None:
        os.close(self.file._file)
        self.file._file, self.file._regular = self.descriptor, True

    def ruin(self) -> None:
        read_only = os.open(self.path, os.O_RDONLY)
        os.dup2(read_only, self.descriptor)
        os.close(read_only)
        self.file._regular = False


class RuinedTransport:
    def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        raise RuntimeError("ruined")

    def close(self) -> None:
        pass


class WebhookRig(Rig):
    def __init__(self, receiver: Receiver) -> None:
        self.accepted: set[str] = set()
        self.refused: set[str] = set()
        self.down = False
        receiver.answer = self.answer
        self.destination = Webhook(WebhookSettings(receiver.url(), allow_http=True, allow_private=True))

    def answer(self, request: Request) -> Reply:
        key = request.headers["idempotency-key"].partition(":")[0]
        if self.down:
            return Reply(503)
        if key in self.refused:
            return Reply(422)
        self.accepted.add(key)
        return Reply(204)

    def bad(self, offset: int) -> Record:
        self.refused.add(f"incident-{offset}")
        return alert_at(offset)

    def written(self) -> set[int]:
        return {offset_of(key) for key in self.accepted}

    def break_target(self) -> None:
        self.down = True

    def mend_target(self) -> None:
        self.down = False

    def ruin(self) -> None:
        self.destination.close()
        self.destination = Webhook(WebhookSettings("https://127.0.0.1"), RuinedTransport())


class ClickHouseRig(Rig):
    def __init__(self, store: StoreProcess) -> None:
        self.database = f"t{uuid.uuid4().hex[:8]}"
        self.dsn = self.at = store.dsn(self.database)
        self.destination = ClickHouse(Topics(), Connection(lambda: self.at))
        self.client = clickhouse_connect.get_client(dsn=store.dsn("default"), autogenerate_session_id=False)

    def written(self) -> set[int]:
        if not self.client.query(f"EXISTS TABLE {self.database}.alerts").result_rows[0][0]:
            return set()
        rows = self.client.query(f"SELECT incident_id FROM {self.database}.alerts").result_rows
        return {offset_of(incident_id) for (incident_id,) in rows}

    def break_target(self) -> None:
        self.destination._connection.close()
        self.at = "clickhouse://nobody@127.0.0.1:1/" + self.database

    def mend_target(self) -> None:
        self.at = self.dsn

    def ruin(self) -> None:
        self.destination._connection.close()
        self.at = self.dsn.replace("://", "://intruder", 1)

    def close(self) -> None:
        self.client.command(f"DROP DATABASE IF EXISTS {self.database}")
        self.client.close()


@contextmanager
def clickhouse_rig(request: pytest.FixtureRequest, _folder: Path) -> Iterator[Rig]:
    rig = ClickHouseRig(request.getfixturevalue("shared_store"))
    yield rig
    rig.close()


@contextmanager
def webhook_rig(_request: pytest.FixtureRequest, _folder: Path) -> Iterator[Rig]:
    with receiving() as receiver:
        yield WebhookRig(receiver)


@contextmanager
def jsonl_rig(_request: pytest.FixtureRequest, folder: Path) -> Iterator[Rig]:
    yield JsonlRig(folder)


@contextmanager
def console_rig(_request: pytest.FixtureRequest, _folder: Path) -> Iterator[Rig]:
    yield ConsoleRig()


@contextmanager
def fake_rig(_request: pytest.FixtureRequest, _folder: Path) -> Iterator[Rig]:
    yield FakeRig()


RIGS: dict[str, Callable[..., Any]] = {
    "fake": fake_rig,
    "console": console_rig,
    "jsonl": jsonl_rig,
    "webhook": webhook_rig,
    "clickhouse": clickhouse_rig,
}


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.store] * (name == "clickhouse")) for name in RIGS])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](request, tmp_path) as made:
        yield made
        made.destination.close()


def test_nothing_is_committed_before_it_is_at_the_target(rig: Rig) -> None:
    bench = Bench([rig.good(n) for n in range(25)], rig.destination)
    committed: list[int] = []
    commit = bench.source.commit

    def checked(offsets: Any, notes: Any = None) -> None:
        assert set(range(offsets[ALERTS])) <= rig.written()
        committed.append(offsets[ALERTS])
        commit(offsets, notes)

    bench.source.commit = checked  # type: ignore[method-assign]
    bench.run()
    assert committed[-1] == 25


def test_while_the_target_is_down_offsets_stay_and_afterwards_nothing_is_missing(rig: Rig) -> None:
    if not rig.can_be_busy:
        pytest.skip("a terminal is never down")
    bench = Bench([rig.good(n) for n in range(5)], rig.destination)
    rig.break_target()

    def mend() -> None:
        # Once it is mended, one that does not wait any more may be noted before those that do.
        assert bench.source.commits == [] or len(bench.source.held) > 4
        assert not any(bench.source.committed.values())
        if len(bench.source.held) == 4:
            rig.mend_target()

    bench.source.on_hold = mend
    bench.run()
    assert rig.written() == set(range(5))
    assert bench.source.committed == {ALERTS: 5}
    assert bench.dead_letters.records == []


def test_a_bad_record_is_put_aside_and_the_rest_is_written(rig: Rig) -> None:
    bench = Bench([rig.good(0), rig.good(1), rig.good(2), rig.bad(3), rig.good(4)], rig.destination)
    bench.run()
    assert bench.dead_letters.offsets == [3]
    assert bench.dead_letters.records[0][1] in Refusal
    assert rig.written() == {0, 1, 2, 4}
    assert bench.source.committed == {ALERTS: 5}


def test_any_other_error_ends_the_loop_before_the_commit(rig: Rig) -> None:
    rig.ruin()
    bench = Bench([rig.good(0)], rig.destination)
    with pytest.raises(Exception, match=r".+"):
        bench.run()
    assert bench.source.commits == []


def test_a_stop_lets_the_batch_in_hand_be_written_and_committed(rig: Rig) -> None:
    bench = Bench([rig.good(n) for n in range(3)], rig.destination)
    fetch = bench.source.fetch

    def stopped(limit: int, wait_s: float, linger_s: float) -> list[Record]:
        bench.stop.set()
        return fetch(limit, wait_s, linger_s)

    bench.source.fetch = stopped  # type: ignore[method-assign]
    bench.run()
    assert rig.written() == {0, 1, 2}
    assert bench.source.committed == {ALERTS: 3}


def test_what_comes_twice_is_at_the_target_once_for_readers(rig: Rig) -> None:
    records = [rig.good(n) for n in range(3)]
    bench = Bench([*records, *records], rig.destination)
    bench.run()
    assert rig.written() == {0, 1, 2}
