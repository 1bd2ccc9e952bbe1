"""A word to somebody outside that all is well."""

import json
from typing import Any

from sinks.notify.channels.settings import Ground
from sinks.notify.heartbeat import Heartbeat
from sinks.notify.routing.heartbeat import HeartbeatSettings
from tests.sinks.http_kit import Reply, receiving
from tests.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def settings(url: str, **more: Any) -> HeartbeatSettings:
    return HeartbeatSettings.model_validate(
        {"url": url, "allow_http": True, "allow_private": True, "every": "1m"} | more
    )


def test_it_beats_at_once_and_then_as_often_as_it_is_to() -> None:
    clock = Clock()
    with receiving() as receiver:
        heartbeat = Heartbeat(settings(receiver.url()), Ground(), clock)
        heartbeat.beat({"owed": 0})
        until(lambda: len(receiver.requests) == 1, "the first")
        clock.now = 59.0
        heartbeat.beat({"owed": 1})
        clock.now = 61.0
        until(lambda: heartbeat._flying is not None and heartbeat._flying.done(), "the first is over")
        heartbeat.beat({"owed": 2})
        heartbeat.close()
    assert [json.loads(request.body) for request in receiver.requests] == [{"owed": 0}, {"owed": 2}]


def test_a_receiver_that_is_away_keeps_nobody_from_anything() -> None:
    clock = Clock()
    with receiving() as receiver:
        receiver.replies = [Reply(500), Reply(204)]
        heartbeat = Heartbeat(settings(receiver.url()), Ground(), clock)
        for now in (0.0, 61.0):
            clock.now = now
            heartbeat.beat({})
            until(lambda: heartbeat._flying is not None and heartbeat._flying.done(), "it is over")
        heartbeat.close()
    assert len(receiver.requests) == 2
