"""The delivery on brokers: a real Kafka, and librdkafka's in-process cluster, with a real HTTP receiver."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.local.up.beginnings import begin_with_the_first
from floodmark.operate.doctor.components import pages
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from sinks.backoff import Backoff
from sinks.run import SinkRoute
from sinks.webhook.destination import Webhook
from sinks.webhook.settings import WebhookSettings
from tests.sinks.http_kit import Receiver, Reply, Request, receiving
from tests.sinks.kafka_kit import RunningSink, everything, made, publish
from tests.sinks.sink_kit import alert_at
from tests.waiting import until

pytestmark = pytest.mark.kafka


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


class House:
    """An installation, and a webhook that is started and stopped."""

    def __init__(self, address: str, prefix: str, receiver: Receiver) -> None:
        self.address, self.receiver = address, receiver
        self.topics: Topics = made(address, prefix)
        self._sinks: list[RunningSink] = []

    def webhook(self, group: str = "webhook", *, from_beginning: bool = False) -> RunningSink:
        backoff = Backoff(base_s=0.02, cap_s=0.05, rng=random.Random(1))
        route = SinkRoute(
            self.address, self.topics.sink_group(group), [self.topics.alerts], self.topics.dead_letters,
            from_beginning, backoff,
        )  # fmt: skip
        target = Webhook(WebhookSettings(self.receiver.url(), allow_http=True, allow_private=True))
        self._sinks.append(RunningSink(route, target))
        return self._sinks[-1]

    def close(self) -> None:
        for sink in self._sinks:
            sink.abandon()

    def say(self, *alerts: dict[str, Any]) -> None:
        records = [alert_at(0, **one) for one in alerts]
        publish(self.address, self.topics.alerts, [(record.key, record.value) for record in records])

    def committed(self, group: str = "webhook") -> int:
        offsets = Offsets(self.address)
        try:
            return sum(offsets.committed(self.topics.sink_group(group), offsets.ends([self.topics.alerts])).values())
        except OffsetsError:  # a broker that has just been made does not know yet who keeps the group's offsets
            return -1

    def told(self) -> list[str]:
        """What was posted: the type of the event and the incident."""
        events = [json.loads(request.body) for request in self.receiver.requests]
        return [f"{event['type'].rpartition('.')[2]} {event['subject']}" for event in events]


@pytest.fixture(params=["kafka", "embedded"])
def house(request: pytest.FixtureRequest, topic_prefix: str, receiver: Receiver) -> Iterator[House]:
    found = House(request.getfixturevalue(request.param), topic_prefix, receiver)
    yield found
    found.close()


@pytest.fixture
def on_kafka(kafka: str, topic_prefix: str, receiver: Receiver) -> Iterator[House]:
    found = House(kafka, topic_prefix, receiver)
    yield found
    found.close()


def over(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"incident_id": name}, {"incident_id": name, "state": "resolved", "revision": 2}


def test_a_group_that_is_new_sends_what_is_open_one_message_for_what_is_over_and_then_all(house: House) -> None:
    house.say(*over("a"), *over("b"), {"incident_id": "open"})
    house.webhook()
    until(lambda: house.committed() == 5, "the past is done with")
    assert sorted(house.told()) == ["firing open", "summary past"]
    summary = next(json.loads(r.body) for r in house.receiver.requests if b"floodmark.summary" in r.body)
    assert summary["data"]["incident_ids"] == ["a", "b"]
    assert summary["data"]["summary"].startswith("2 incidents of the past (2 critical), from 2025-07-12 18:07 UTC")
    house.say(*over("c"))
    until(lambda: house.committed() == 7, "what came later is delivered")
    assert house.told()[2:] == ["firing c", "resolved c"]


def test_another_group_posts_the_past_one_by_one_only_when_it_is_told_to(on_kafka: House) -> None:
    on_kafka.say(*over("a"))
    on_kafka.webhook("renamed", from_beginning=True)
    until(lambda: on_kafka.committed("renamed") == 2, "all is sent")
    assert on_kafka.told() == ["firing a", "resolved a"]


def test_where_nothing_was_said_yet_the_first_alerts_are_no_past(house: House) -> None:
    group = house.topics.sink_group("webhook")
    assert begin_with_the_first(house.address, group, house.topics.alerts)
    now = datetime.now(UTC)
    house.say(*({**one, "timestamp": now, "since": now, "last_seen": now} for one in over("a")))
    assert not begin_with_the_first(house.address, group, house.topics.alerts)
    house.webhook()
    until(lambda: house.committed() == 2, "all is sent")
    assert house.told() == ["firing a", "resolved a"]


def test_a_url_that_is_wrong_holds_every_alert_and_is_told_and_afterwards_none_is_missing(on_kafka: House) -> None:
    on_kafka.receiver.answer = lambda _request: Reply(404)
    on_kafka.say(*({"incident_id": f"i{n}"} for n in range(5)))
    sink = on_kafka.webhook()
    until(lambda: sink.health is not None and not sink.health.check()[0], "the sink is unwell")
    assert sink.health is not None
    assert "check the webhook's URL" in sink.health.check()[1]
    assert sink.health.needs_people
    (finding,) = pages(on_kafka.address, on_kafka.topics)
    assert (finding.level, finding.found) == ("warn", "1 running, 5 alerts since the oldest one that is not delivered")
    assert sink.metric("refused_total", sink="webhook", reason="rejected") == 0
    on_kafka.receiver.answer = lambda _request: Reply()
    until(lambda: on_kafka.committed() == 5, "all is delivered")
    health = sink.health
    until(lambda: health.check() == (True, "the loop turns and offsets advance"), "it is well again")


def test_one_poisonous_alert_is_put_aside_and_can_be_sent_again_by_one_command(on_kafka: House) -> None:
    on_kafka.receiver.answer = lambda request: Reply(422 if b'"poison"' in request.body else 204)
    sink = on_kafka.webhook()
    on_kafka.say({"incident_id": "a"}, {"incident_id": "poison"}, *({"incident_id": f"b{n}"} for n in range(30)))
    until(lambda: on_kafka.committed() == 32, "all others are delivered")
    (letter,) = everything(on_kafka.address, on_kafka.topics.dead_letters, 1)
    assert b'"poison"' in (letter.value() or b"")
    accepted: list[Request] = []

    def mended(request: Request) -> Reply:
        accepted.append(request)
        return Reply()

    on_kafka.receiver.answer = mended
    ensure_topics(on_kafka.address, on_kafka.topics.specs(1)[:1], replication=1)
    flags = ["--broker", on_kafka.address, "--topic-prefix", on_kafka.topics.prefix]
    result = CliRunner().invoke(app, ["dlq", "replay", *flags])
    assert "1 sent to" in result.output
    until(lambda: bool(accepted), "the alert comes again")
    assert accepted[0].headers["idempotency-key"] == "poison:1"
    until(lambda: on_kafka.committed() == 33, "it is committed")
    sink.join()
    assert len(accepted) == 1
