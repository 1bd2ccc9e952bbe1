"""The notifier as a process that is killed in a storm, again and again, on a real Kafka."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from textwrap import dedent

import pytest

from schemas.topics import Topics
from sinks.notify.dispatcher import AT_ONCE
from tests.services import unique_prefix
from tests.sinks.http_kit import Receiver, Reply, receiving
from tests.sinks.kafka_kit import made, publish
from tests.sinks.sink_kit import alert_at
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]

SCOPES, EACH, SMALL = 8, 5, 3
ROUTES = """
    [[team]]
    name = "t"

    [[channel]]
    name = "first"
    kind = "webhook"
    url = "{url}/first"
    allow_http = true
    allow_private = true

    [[channel]]
    name = "second"
    kind = "webhook"
    url = "{url}/second"
    allow_http = true
    allow_private = true

    [[channel]]
    name = "digest"
    kind = "webhook"
    url = "{url}/digest"
    allow_http = true
    allow_private = true

    [[route]]
    name = "small"
    match = {{ scope = "small" }}
    team = "t"
    channels = ["digest"]
    digest = "daily {digest}"

    [[route]]
    name = "all"
    team = "t"
    channels = ["first"]
    group_by = ["scope"]
    wait = "1s"
    escalate = [{{ after = "5s", channels = ["second"] }}]
"""


class Storm:
    """A notifier that is killed at random requests, before or after they are answered."""

    def __init__(self, kafka: str, folder: Path, receiver: Receiver, seed: int) -> None:
        self.address, self.folder, self.receiver = kafka, folder, receiver
        self.topics: Topics = made(kafka, unique_prefix())
        self.rng = random.Random(seed)
        self.lives = 0
        self.left = 0
        """Requests until the next death; 0: it lives."""
        self.taken: list[tuple[str, str, dict[str, object]]] = []
        """What was answered as taken: the path, the idempotency key, and what it said."""
        self.again: list[int] = [0]
        """By life, how much came that had been taken before."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        receiver.before_reply, receiver.after_reply = self._before, self._after
        self.routes = folder / f"{self.topics.prefix}routes.toml"
        self.route(datetime.now(UTC) + timedelta(hours=12))

    def route(self, digest: datetime) -> None:
        """Write the routing file: the digest is due at the beginning of that minute."""
        text = ROUTES.format(url=f"http://127.0.0.1:{self.receiver.port}", digest=f"{digest:%H:%M}")
        self.routes.write_text(dedent(text))

    def doom(self, requests: int) -> None:
        """This life ends at one of its next requests."""
        with self._lock:
            self.left = self.rng.randint(1, requests)

    def live(self) -> None:
        self.lives += 1
        self.again.append(0)
        words = ["--broker", self.address, "--topic-prefix", self.topics.prefix, "--routes", str(self.routes)]
        log = (self.folder / f"{self.lives}.log").open("wb")
        self._process = subprocess.Popen([sys.executable, "-m", "floodmark", "sink", "notify", *words], stderr=log)
        log.close()

    @property
    def is_dead(self) -> bool:
        return self._process is not None and self._process.poll() == -signal.SIGKILL

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def say(self, state: str, revision: int) -> None:
        now = {name: datetime.now(UTC) for name in ("timestamp", "since", "last_seen")}
        records = [
            alert_at(0, incident_id=f"i{scope}-{n}", scope=f"s{scope}", state=state, revision=revision, **now)
            for n in range(EACH)
            for scope in range(SCOPES)
        ]
        small = {"scope": "small", "severity": "warning", "state": state, "revision": revision, **now}
        records += [alert_at(0, incident_id=f"small-{n}", key=f"k{n}", **small) for n in range(SMALL)]
        publish(self.address, self.topics.alerts, [(record.key, record.value) for record in records])

    def told(self, path: str, *kinds: str) -> set[str]:
        """The incidents that messages of these kinds have named there."""
        return {
            incident["incident_id"]
            for where, _, data in self.taken
            if where == path and data["kind"] in kinds
            for incident in data["incidents"]  # type: ignore[attr-defined]
        }

    def _before(self, _handler: BaseHTTPRequestHandler) -> None:
        if self.rng.random() < 0.5:
            self._dies()

    def _after(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        with self._lock:
            key = handler.headers["idempotency-key"]
            body = next(r.body for r in reversed(self.receiver.requests) if r.headers["idempotency-key"] == key)
            if reply.status == 204:
                self.again[-1] += (handler.path, key) in {(path, known) for path, known, _ in self.taken}
                self.taken.append((handler.path, key, json.loads(body)["data"]))
        self._dies()

    def _dies(self) -> None:
        with self._lock:
            if self.left:
                self.left -= 1
                if self.left == 0 and self._process is not None:
                    os.kill(self._process.pid, signal.SIGKILL)


CALLS = ("open", "more", "rise", "repeat", "escalation")


@pytest.mark.parametrize("rounds", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_in_a_storm_of_deaths_all_are_told_called_again_and_told_the_end_and_little_twice(
    kafka: str, tmp_path: Path, rounds: int
) -> None:
    every = {f"i{scope}-{n}" for scope in range(SCOPES) for n in range(EACH)}
    with ExitStack() as stack:
        storm = Storm(kafka, tmp_path, stack.enter_context(receiving()), seed=7)
        stack.callback(storm.close)
        storm.live()
        until(lambda: b"partitions_assigned" in (tmp_path / "1.log").read_bytes(), "the first life")
        storm.say("firing", 1)
        due = datetime.now(UTC) + timedelta(seconds=75)
        storm.route(due)
        began = time.monotonic()
        for death in range(rounds):
            storm.doom(6)
            until(lambda: storm.is_dead, f"death {death + 1}")
            storm.live()
        until(lambda: storm.told("/first", *CALLS) == every, "all are told")
        until(lambda: storm.told("/second", *CALLS) == every, "nobody was on it")
        assert time.monotonic() - began > 5
        until(lambda: bool(storm.told("/digest", "digest")), "the digest, whose time has survived", 180.0)
        assert datetime.now(UTC) >= due.replace(second=0, microsecond=0)
        assert storm.told("/digest", "digest") == {f"small-{n}" for n in range(SMALL)}
        assert len({key for path, key, _ in storm.taken if path == "/digest"}) == 1
        storm.say("resolved", 2)
        until(lambda: storm.told("/first", "resolved") == every, "the end is told")
        until(lambda: storm.told("/second", "resolved") == every, "the end is told to all who were called")
    assert all(repeats <= 2 * AT_ONCE for repeats in storm.again), storm.again
