"""When a topic is asked for its identity before anything of it is applied."""

import asyncio
from dataclasses import dataclass

import pytest

from processors.identities import TRUST_S, TopicWatch


@dataclass
class Asked:
    """A topic that stays what it is, on a broker that needs so many seconds to say so; then 50 ms."""

    identity: str
    slow_s: float = 0.05
    at: float = 100.0
    times: int = 0

    def now(self, topic: str) -> str:
        return self.identity

    async def again(self, topic: str) -> str:
        self.times += 1
        self.at += self.slow_s if self.times == 1 else 0.05
        return self.identity


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
