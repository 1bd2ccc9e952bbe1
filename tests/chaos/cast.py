"""The processes of a run, and the supervisor that starts again what has died."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.processes.children import Child, end
from runtime.kafka.errors import BrokerError
from tests import warm
from tests.warm import WarmChild

LOOK_EVERY_S = 0.1
REST_S = 0.5
"""How long the supervisor waits before it starts a process again."""


@dataclass
class Actor:
    """A process that is started again when it dies, until it is told to go."""

    name: str
    words: Sequence[str]
    env: dict[str, str]
    log: Path
    child: Child | WarmChild | None = None
    exits: list[int] = field(default_factory=list)
    started_at: list[float] = field(default_factory=list)
    wanted: bool = True
    rests_until: float = 0.0

    def start(self) -> None:
        """Start it."""
        self.child = warm.spawn(self.words, output=self.log, env=self.env)
        self.started_at.append(time.monotonic())

    def look(self) -> None:
        """Note its death; start it again after a rest."""
        if self.child is not None and self.child.poll() is not None:
            self.exits.append(self.child.returncode)
            self.child = None
            self.rests_until = time.monotonic() + REST_S
        if self.child is None and self.wanted and time.monotonic() >= self.rests_until:
            self.start()

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; whether it was there to get it."""
        child = self.child
        if child is None or child.poll() is not None:
            return False
        child.send_signal(number)
        return True

    def dismiss(self) -> int:
        """Ask it to end and do not start it again; its exit code."""
        self.wanted = False
        child = self.child
        if child is None:
            return 0
        if not end(child, 120):
            return -9
        return int(child.returncode)


class Cast:
    """All processes of a run. Within the block a thread looks after them."""

    def __init__(self, broker: LocalKafka, say: Callable[[str], None]) -> None:
        self.broker = broker
        self.actors: list[Actor] = []
        self._say = say
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._often, args=(look,), name=look.__name__)
            for look in (self._look_at_broker, self._look_at_actors)
        ]

    def __enter__(self) -> "Cast":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        for actor in self.actors:
            actor.send(signal.SIGCONT)
        for actor in self.actors:
            actor.dismiss()
        self.broker.stop()

    def add(self, actor: Actor) -> Actor:
        """Start one more."""
        actor.start()
        with self._lock:
            self.actors.append(actor)
        return actor

    def named(self, word: str) -> list[Actor]:
        """Those whose name begins so and who are meant to run."""
        return [actor for actor in self.actors if actor.name.startswith(word) and actor.wanted]

    def kill_broker(self) -> None:
        """A power cut for the broker; the supervisor brings it back."""
        pid = self.broker.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def _often(self, look: Callable[[], None]) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            look()

    def _look_at_actors(self) -> None:
        with self._lock:
            actors = [*self.actors]
        for actor in actors:
            before = len(actor.exits)
            actor.look()
            for code in actor.exits[before:]:
                self._say(f"   {actor.name} ended with {code}")

    def _look_at_broker(self) -> None:
        if self.broker.alive():
            return
        began = time.monotonic()
        with suppress(BrokerError):
            self.broker.start()
            self._say(f"   the broker is back after {time.monotonic() - began:.1f} s")
