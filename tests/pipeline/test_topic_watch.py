"""When a topic is asked for its identity before anything of it is applied."""

import asyncio
from dataclasses import dataclass

import pytest
from confluent_kafka import KafkaError, KafkaException

from processors.intake import topic_identity
from processors.intake.topic_identity import TRUST_S, TopicChanged, TopicWatch
from runtime.kafka.lives import TopicLife


@dataclass
class Asked:
    """A topic that stays what it is, on a broker that needs so many seconds to say so; then 50 ms."""

    identity: str
    slow_s: float = 0.05
    at: float = 100.0
    times: int = 0
    partitions: int = 6

    def now(self, topic: str) -> str:
        return self.identity

    async def again(self, topic: str) -> TopicLife:
        self.times += 1
        self.at += self.slow_s if self.times == 1 else 0.05
        return TopicLife(self.identity, self.partitions)


@pytest.mark.parametrize(("pause_s", "times"), [(0.0, 0), (TRUST_S - 0.1, 0), (TRUST_S + 0.1, 1)])
def test_a_topic_is_asked_again_after_a_longer_pause_only(pause_s: float, times: int) -> None:
    broker = Asked("one")
    watch = TopicWatch("transactions", broker, lambda: broker.at)
    assert watch.begin() == "one"
    broker.at += pause_s
    asyncio.run(watch.make_sure())
    asyncio.run(watch.make_sure())
    assert broker.times == times


def test_an_answer_that_came_too_slowly_is_not_believed() -> None:
    broker = Asked("one", slow_s=TRUST_S + 1)
    watch = TopicWatch("transactions", broker, lambda: broker.at)
    watch.begin()
    broker.at += TRUST_S + 0.1
    asyncio.run(watch.make_sure())
    assert broker.times == 2


def test_a_broker_without_identities_is_not_asked_again() -> None:
    broker = Asked("")
    watch = TopicWatch("transactions", broker, lambda: broker.at)
    watch.begin()
    broker.at += 3600
    asyncio.run(watch.make_sure())
    assert broker.times == 0


@dataclass
class Denying(Asked):
    """A broker that does not let us see the topic for the first so many questions, 20 seconds each."""

    denies: int = 2

    async def again(self, topic: str) -> TopicLife:
        if self.times < self.denies:
            self.times += 1
            self.at += 20.0
            raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
        return await super().again(topic)


def test_a_right_that_was_taken_away_is_told_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_identity, "CHECK_S", 0.0)
    broker = Denying("one")
    watch = watched(broker)
    sentences: list[str] = []

    async def story() -> None:
        for _ in range(2):
            await watch._ask()
            sentences.append(watch.denied(15))
        broker.at += 1
        await watch.make_sure()

    asyncio.run(story())
    assert sentences == [
        "",
        "Kafka does not let our login read transactions any more, for 20 s: give it that right back; `floodmark "
        "doctor` names what is lacking",
    ]
    assert watch.denied(0) == ""


@dataclass
class Gone(Asked):
    """A topic that the broker does not know, each time that it is asked, after so many seconds."""

    why: int = KafkaError.UNKNOWN_TOPIC_OR_PART

    async def again(self, topic: str) -> TopicLife:
        self.at += 4.0
        raise KafkaException(KafkaError(self.why))


def test_a_topic_that_is_not_there_for_long_was_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_identity, "CHECK_S", 0.0)
    broker = Gone("one")
    watch = watched(broker)

    async def story() -> None:
        for code in (broker.why, broker.why, KafkaError._TRANSPORT, broker.why, broker.why, broker.why):
            broker.why = code
            await watch._ask()
        broker.why = KafkaError.UNKNOWN_TOPIC_OR_PART
        with pytest.raises(TopicChanged, match="transactions is not there any more, it was deleted: the next start"):
            await watch._ask()

    asyncio.run(story())


def watched(broker: Asked, partitions: int | None = None) -> TopicWatch:
    watch = TopicWatch("transactions", broker, lambda: broker.at, partitions)
    watch.begin()
    broker.at += TRUST_S + 0.1
    return watch


def test_another_identity_is_a_change() -> None:
    broker = Asked("one")
    watch = watched(broker)
    broker.identity = "two"
    with pytest.raises(TopicChanged, match="recreated"):
        asyncio.run(watch.make_sure())
    with pytest.raises(TopicChanged, match="recreated"):
        watch.begin()


@pytest.mark.parametrize("partitions", [6, 5])
def test_as_many_partitions_as_are_reckoned_with_and_fewer_are_no_change(partitions: int) -> None:
    asyncio.run(watched(Asked("one", partitions=partitions), 6).make_sure())


def test_more_partitions_are_a_change_where_their_number_matters() -> None:
    with pytest.raises(TopicChanged, match="7 partitions now instead of 6"):
        asyncio.run(watched(Asked("one", partitions=7), 6).make_sure())
    asyncio.run(watched(Asked("one", partitions=7)).make_sure())


def test_for_a_moment_that_has_passed_since_it_was_known_the_topic_is_asked_once() -> None:
    broker = Asked("one")
    watch = TopicWatch("transactions", broker, lambda: broker.at)
    watch.begin()
    asyncio.run(watch.make_sure_since(broker.at))
    assert broker.times == 0
    broker.at += 0.1
    for _ in range(2):
        asyncio.run(watch.make_sure_since(100.05))
    assert broker.times == 1
