"""The webhook as a process that is killed while it delivers, again and again, on a real Kafka."""

import json
import os
import signal
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from floodmark.local.processes.children import Child
from floodmark.local.up.beginnings import begin_with_the_first
from sinks.delivery.channel import Terms
from tests import warm
from tests.services import unique_prefix
from tests.sinks.http_kit import Receiver, Reply, Request, receiving
from tests.sinks.kafka_kit import committed, made, publish
from tests.sinks.sink_kit import alert_at
from tests.waiting import until
from tests.warm import WarmChild

pytestmark = [pytest.mark.kafka, pytest.mark.story]

INCIDENTS = 40
SAID = (("firing", "warning"), ("updated", "critical"), ("resolved", "critical"))
BEFORE, AFTER = "before it is answered", "after it is answered"


class Killed:
    """A webhook that is killed at requests of its lives; the receiver does not take the first incident until the end.

    Args:
        deaths: For each life but the last one: at which of its requests at the earliest, and when. Requests are on
            their way side by side, so the next one may have come before this one is answered.
    """

    def __init__(self, kafka: str, folder: Path, receiver: Receiver, deaths: list[tuple[int, str]]) -> None:
        self.address, self.folder, self.receiver, self.deaths = kafka, folder, receiver, deaths
        self.topics = made(kafka, unique_prefix())
        self.lives = self.requests = 0
        self.mended = self.was_killed = False
        self.first: dict[str, list[str]] = {}
        """By incident the alerts, in the order in which each arrived first."""
        self.taken: set[str] = set()
        """The alerts that were answered as taken."""
        self.again: list[list[str]] = []
        """By life what came although it had been answered as taken."""
        self._lock = threading.Lock()
        self._process: Child | WarmChild | None = None
        receiver.answer, receiver.before_reply, receiver.after_reply = self._answer, self._before, self._after

    def publish(self) -> None:
        """Say all, to a group that has been there before: to a new one it would be the past."""
        begin_with_the_first(self.address, self.topics.sink_group("webhook"), self.topics.alerts)
        now = {name: datetime.now(UTC) for name in ("timestamp", "since", "last_seen")}
        said = [
            alert_at(0, incident_id=f"i{n}", state=state, severity=severity, revision=revision, **now)
            for revision, (state, severity) in enumerate(SAID, 1)
            for n in range(INCIDENTS)
        ]
        publish(self.address, self.topics.alerts, [(record.key, record.value) for record in said])

    def live(self) -> None:
        self.lives, self.requests, self.was_killed = self.lives + 1, 0, False
        self.again.append([])
        words = ["--broker", self.address, "--topic-prefix", self.topics.prefix, "--allow-http", "--allow-private"]
        said = self.folder / f"{self.topics.prefix}{self.lives}.log"
        self._process = warm.spawn(
            ["sink", "webhook", *words, "--url", self.receiver.url()], output=said, env=os.environ
        )

    @property
    def is_dead(self) -> bool:
        return self._process is not None and self._process.poll() == -signal.SIGKILL

    @property
    def committed(self) -> int:
        return committed(self.address, self.topics.sink_group("webhook"), self.topics.alerts, 1).get(0, 0)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answer(self, request: Request) -> Reply:
        key, incident = request.headers["idempotency-key"], json.loads(request.body)["subject"]
        with self._lock:
            arrived = self.first.setdefault(incident, [])
            if key not in arrived:
                arrived.append(key)
            if key in self.taken:
                self.again[-1].append(key)
            if incident == "i0" and not self.mended:
                return Reply(500)
            return Reply()

    def _before(self, _handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests += 1
            self._dies(BEFORE)

    def _after(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        with self._lock:
            if reply.status == 204:
                self.taken.add(handler.headers["idempotency-key"])
            self._dies(AFTER)

    def _dies(self, when: str) -> None:
        if self._process is None or self.was_killed or self.lives > len(self.deaths):
            return
        request, moment = self.deaths[self.lives - 1]
        if self.requests >= request and moment == when:
            self.was_killed = True
            os.kill(self._process.pid, signal.SIGKILL)


def test_who_is_killed_again_and_again_loses_no_alert_keeps_the_order_and_repeats_little(
    kafka: str, tmp_path: Path
) -> None:
    """Two installations at once: a dead member stays in its group for six seconds."""
    with ExitStack() as stack:
        houses = []
        for deaths in ([(1, BEFORE), (80, AFTER)], [(1, AFTER), (80, BEFORE)]):
            houses.append(Killed(kafka, tmp_path, stack.enter_context(receiving()), deaths))
            stack.callback(houses[-1].close)
            houses[-1].publish()
        for life in range(3):
            for house in houses:
                house.live()
            if life < 2:
                until(lambda: all(house.is_dead for house in houses), f"death {life + 1}")
        others = (INCIDENTS - 1) * len(SAID)
        until(lambda: all(len(house.taken) == others for house in houses), "all but what is held is taken")
        for house in houses:
            house.mended = True
        until(lambda: all(house.committed == INCIDENTS * len(SAID) for house in houses), "all is committed")
    in_order = {f"i{n}": [f"i{n}:{revision}" for revision in range(1, len(SAID) + 1)] for n in range(INCIDENTS)}
    for house in houses:
        assert house.first == in_order
        # What had come back since the last commit, in two looks at what is on its way.
        assert all(len(keys) <= 2 * Terms().at_once for keys in house.again), house.again
