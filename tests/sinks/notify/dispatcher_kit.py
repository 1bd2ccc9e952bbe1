"""Channels whose answers a test decides, and a dispatcher that sends by them."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sinks.backoff import Backoff
from sinks.notify.channels.contract import Receipt
from sinks.notify.content import Content
from sinks.notify.dispatcher import Dispatcher, Outcome
from sinks.notify.message import content
from sinks.notify.notification import Due, Notification, NotificationMember
from sinks.notify.routing.model import Team
from tests.sinks.notify.routing.kit import alert


class Target:
    """A channel whose answers the test decides."""

    def __init__(self, answer: Callable[[Content, str], Receipt]) -> None:
        self.answer = answer
        self.seen: list[tuple[str, str]] = []

    def send(self, content: Content, handle: str) -> Receipt:
        self.seen.append((content.id, handle))
        return self.answer(content, handle)

    def wants(self, content: Content) -> bool:
        return content.kind != "repeat"

    def close(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def owed(name: str, *channels: str, kind: str = "open", since_ms: int = 0) -> Notification:
    notification = Notification(name, "r", "t", (), 0, {"i": NotificationMember(alert(), 0)})
    for number, channel in enumerate(channels, 1):
        notification.due[channel] = Due(channel, "t", kind, since_ms, number)  # type: ignore[arg-type]
    return notification


def fine(_content: Content, _handle: str) -> Receipt:
    return Receipt("202", "thread-1")


@contextmanager
def dispatching(clock: Clock, **targets: Target) -> Iterator[Dispatcher]:
    backoff = Backoff(base_s=1.0, cap_s=8.0, rng=random.Random(1))
    made = Dispatcher(
        targets, lambda n, due, now_ms: content(n, due, Team(name="t"), now_ms), backoff=backoff, clock=clock
    )
    try:
        yield made
    finally:
        made.close()


def outcomes(dispatcher: Dispatcher, count: int) -> list[Outcome]:
    """So many, as soon as they are back."""
    found: list[Outcome] = []
    deadline = time.monotonic() + 120
    while len(found) < count and time.monotonic() < deadline:
        found += dispatcher.outcomes()
        threading.Event().wait(0.002)
    return found
