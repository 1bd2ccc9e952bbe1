"""The notifier in a storm of incidents, while its Kafka is stopped and started again."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Producer, TopicPartition

from floodmark.local.broker.kafka import LocalKafka
from runtime.exits import Exit
from runtime.kafka import client
from sinks.notify.dispatcher import AT_ONCE
from sinks.notify.receipts import DeliveryReceipt, receipt_of
from tests.services import SOON_BACK
from tests.sinks.http_kit import Receiver, Reply, receiving
from tests.sinks.notify.process_kit import Installation, posted, webhook
from tests.sinks.sink_kit import alert_at
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
INCIDENTS = 40
BEFORE = 12
"""So many messages are taken when Kafka stops."""
ROUTES = """
[[team]]
name = "t"

[[route]]
name = "all"
team = "t"
channels = ["pager"]
wait = "0s"
repeat = "0s"
flapping = { after = 0 }
group_by = ["scope"]
"""
"""Each incident has a conversation of its own: when it began is told, and that it is over."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    one = LocalKafka(tmp_path / "broker", print, more=SOON_BACK)
    one.start()
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class Storm:
    """One producer that says all of it, in order, also while nobody answers it."""

    def __init__(self, one: Installation) -> None:
        self._topic = one.topics.alerts
        self._producer = Producer(
            {"bootstrap.servers": one.address, "enable.idempotence": True, "log_level": 0, "linger.ms": 0}
        )

    def say(self, names: list[str], state: str, revision: int) -> None:
        now = dict.fromkeys(("timestamp", "since", "last_seen"), datetime.now(UTC))
        for name in names:
            record = alert_at(0, incident_id=name, state=state, revision=revision, scope=name, **now)
            self._producer.produce(self._topic, record.value, record.key)
        self._producer.poll(0)

    def arrived(self) -> bool:
        return self._producer.flush(PATIENCE_S) == 0


def told_of(receiver: Receiver) -> dict[str, list[str]]:
    """Why each message was sent, by incident, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in posted(receiver, "/pager"):
        found[each["incidents"][0]["incident_id"]].append(each["kind"])
    return found


def is_over(receiver: Receiver) -> bool:
    """Whether the end of every incident was told."""
    return sum(each[-1] != "open" for each in told_of(receiver).values()) == INCIDENTS


def lives(one: Installation) -> bool:
    """Whether the notifier runs. It may ask to be started anew: Kafka's client does not always come back by itself."""
    if (code := one.processes[-1].poll()) is None:
        return True
    assert code == Exit.AGAIN
    assert len(one.processes) == 1
    one.start()
    return False


def ends_in(one: Installation) -> set[str]:
    """The incidents of which a receipt says that their end was delivered."""
    consumer = client.onlooker(one.address, "looks", {"enable.partition.eof": True})
    try:
        consumer.assign([TopicPartition(one.topics.receipts, 0, OFFSET_BEGINNING)])
        found: list[DeliveryReceipt] = []
        for message in iter(lambda: consumer.poll(5), None):
            if message.error() is not None:
                break
            found.append(receipt_of(message.value()))
    finally:
        consumer.close()
    return {name for each in found if each.what == "delivered" and each.kind != "open" for name in each.incidents}


def test_a_broker_that_is_stopped_and_started_in_a_storm_costs_no_message_no_order_and_few_repeats(
    broker: LocalKafka, tmp_path: Path, receiver: Receiver
) -> None:
    names = [f"i{number:02}" for number in range(INCIDENTS)]
    with ExitStack() as stack:
        one = Installation(broker.address, tmp_path, ROUTES + webhook("pager", receiver))
        stack.callback(one.close)
        one.start()
        until(lambda: one.has_begun(0), "it begins")
        receiver.answer = lambda _request: Reply(204)
        storm = Storm(one)
        storm.say(names[: INCIDENTS // 2], "firing", 1)
        until(lambda: len(receiver.requests) >= BEFORE, "some are told")
        storm.say(names[: INCIDENTS // 4], "resolved", 2)
        broker.stop()
        storm.say(names[INCIDENTS // 2 :], "firing", 1)
        broker.start()
        storm.say(names[INCIDENTS // 4 :], "resolved", 2)
        assert storm.arrived()

        until(lambda: lives(one) and is_over(receiver), "all are told")
        until(lambda: ends_in(one) == set(names), "each end has its receipt")
    kinds = [tuple(dict.fromkeys(each)) for each in told_of(receiver).values()]
    # Of what was told in the last moment of the first one nobody knows; it is told once more, as it is by then.
    known = [("open", "resolved"), ("passed",), *[("open", "passed")] * (len(one.processes) - 1)]
    assert [each for each in kinds if each not in known] == []
    assert sum("open" in each for each in kinds) >= BEFORE - AT_ONCE
    assert len(receiver.keys) - len(set(receiver.keys)) <= 2 * AT_ONCE
