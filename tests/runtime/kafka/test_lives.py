"""What is told of topics that are deleted, made anew, or given more partitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException

from runtime.kafka.lives import GONE_S, TopicLife, TopicsWatch


@dataclass
class Broker:
    """Topics as they are, and a clock."""

    topics: dict[str, TopicLife | None] = field(default_factory=lambda: {"alerts": TopicLife("one", 1)})
    is_away: bool = False
    at: float = 100.0
    told: list[str] = field(default_factory=list)
    holds: dict[str, str] = field(default_factory=dict)

    def look(self, topics: Iterable[str]) -> Mapping[str, TopicLife | None]:
        if self.is_away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return {name: self.topics.get(name) for name in topics}

    def watch(self, *counted: str) -> TopicsWatch:
        return TopicsWatch(self.look, ["alerts"], self.told.append, counted, self.holds, lambda: self.at)


def test_a_topic_that_stays_is_nothing_to_tell_of() -> None:
    broker = Broker()
    watch = broker.watch("alerts")
    for _ in range(3):
        watch.look()
        broker.at += GONE_S
    assert broker.told == []


def test_another_id_is_another_topic() -> None:
    broker = Broker()
    watch = broker.watch()
    watch.look()
    broker.topics["alerts"] = TopicLife("two", 1)
    watch.look()
    assert broker.told == ["alerts was deleted and made anew: the next start reads it from its beginning"]


def test_what_is_lost_with_a_topic_is_said() -> None:
    broker = Broker(holds={"alerts": "what is owed"})
    watch = broker.watch()
    watch.look()
    broker.topics["alerts"] = TopicLife("two", 1)
    watch.look()
    assert broker.told == [
        "alerts was deleted and made anew, and with it what is owed: the next start reads it from its beginning"
    ]


def test_a_topic_is_gone_when_it_is_unknown_for_long_and_the_broker_was_there() -> None:
    broker = Broker()
    watch = broker.watch()
    watch.look()
    broker.topics["alerts"] = None
    watch.look()
    broker.at += GONE_S - 1
    broker.is_away = True
    watch.look()
    broker.is_away = False
    broker.at += 2
    watch.look()
    assert broker.told == []
    broker.at += GONE_S
    watch.look()
    assert broker.told == ["alerts is not there any more, it was deleted: the next start makes it anew"]


def test_a_topic_that_was_never_there_is_waited_for() -> None:
    broker = Broker({})
    watch = broker.watch()
    for _ in range(3):
        watch.look()
        broker.at += GONE_S
    broker.topics["alerts"] = TopicLife("one", 1)
    watch.look()
    assert broker.told == []


def test_more_partitions_are_told_where_their_number_matters() -> None:
    broker = Broker()
    watch, other = broker.watch("alerts"), broker.watch()
    for each in (watch, other):
        each.look()
    broker.topics["alerts"] = TopicLife("one", 3)
    other.look()
    assert broker.told == []
    watch.look()
    assert broker.told == ["alerts has 3 partitions now instead of 1: the next start takes them in"]
