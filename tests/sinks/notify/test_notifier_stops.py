"""The notifier as a process that stands still, and in a storm of incidents, on a real Kafka."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sinks.notify.dispatcher import AT_ONCE
from sinks.notify.receipts import receipt_of
from tests.sinks.http_kit import Receiver, Reply, receiving
from tests.sinks.kafka_kit import everything
from tests.sinks.notify.process_kit import Installation, posted, webhook
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
ROUTES = """
[[team]]
name = "t"

[[route]]
name = "all"
team = "t"
channels = {channels}
wait = "{wait}"
group_by = {group_by}
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.mark.slow
def test_one_who_stood_still_sends_nothing_that_its_successor_has_sent(
    kafka: str, tmp_path: Path, receiver: Receiver
) -> None:
    names = [f"i{number}" for number in range(40)]
    routes = ROUTES.format(channels=["pager"], wait="0s", group_by=["scope"]) + webhook("pager", receiver)
    receiver.answer = lambda _request: Reply(503)
    with ExitStack() as stack:
        one = Installation(kafka, tmp_path, routes)
        stack.callback(one.close)
        first = one.start()
        until(lambda: one.has_begun(0), "the first one begins")
        one.say(names, "firing", 1)
        until(lambda: len(receiver.requests) > 2, "it tries")
        os.kill(first.pid, signal.SIGSTOP)
        receiver.answer = lambda _request: Reply(204)
        before = len(receiver.requests)
        one.start()
        until(lambda: len(receiver.keys[before:]) >= len(names), "the second one tells all")
        os.kill(first.pid, signal.SIGCONT)
        until(lambda: first.poll() is not None or b"partitions_assigned" in one.log(0).read_bytes(), "it wakes")
        one.say(["last"], "firing", 1)
        until(lambda: any(each["incidents"][0]["incident_id"] == "last" for each in posted(receiver, "/pager")), "more")
        keys = receiver.keys[before:]
        assert len(set(keys)) == len(names) + 1
        assert len(keys) - len(set(keys)) <= AT_ONCE


def test_of_a_thousand_incidents_at_once_each_is_in_the_one_message_that_each_channel_gets_and_so_is_their_end(
    kafka: str, tmp_path: Path, receiver: Receiver
) -> None:
    """All are heard before the first of them has waited for long enough, also on a machine that is busy."""
    names = [f"{number:032x}" for number in range(1_000)]
    channels = webhook("chat", receiver) + webhook("pager", receiver)
    with ExitStack() as stack:
        one = Installation(
            kafka, tmp_path, ROUTES.format(channels=["chat", "pager"], wait="15s", group_by=[]) + channels
        )
        stack.callback(one.close)
        one.start()
        until(lambda: one.has_begun(0), "it begins")
        one.say(names, "firing", 1)
        until(lambda: len(receiver.requests) == 2, "all are told")
        one.say(names, "resolved", 2)
        until(lambda: len(receiver.requests) == 4, "the end is told")
        receipts = [receipt_of(record.value()) for record in everything(kafka, one.topics.receipts, 4)]
    for path in ("/chat", "/pager"):
        assert [(d["kind"], len(d["incidents"]) + d["further"]) for d in posted(receiver, path)] == [
            ("open", 1_000),
            ("resolved", 1_000),
        ]
    assert [sorted(each.incidents) == names for each in receipts] == [True] * 4
