"""Who leads a partition is looked for again where the first look at the cluster has failed."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition

from runtime.kafka import leader
from runtime.kafka.leader import LOOKS, LeaderSilent

PARTITION = TopicPartition("transactions", 3)


class Looked:
    """What an aiokafka client knows of the cluster: after each look the next of these answers."""

    def __init__(self, *leaders: int | None) -> None:
        self.leaders = list(leaders)
        self.looks = 0
        self.cluster = self

    def leader_for_partition(self, partition: TopicPartition) -> int | None:
        assert partition == PARTITION
        return self.leaders[self.looks]

    async def force_metadata_update(self) -> bool:
        self.looks += 1
        return False


def found(client: Any) -> int:
    return asyncio.run(leader._leader_of(client, PARTITION))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "LOOKS_AGAIN_S", 0.0)


@pytest.mark.parametrize("before", [(), (None,), (-1, None)])
def test_it_is_the_first_one_that_is_known(before: tuple[int | None, ...]) -> None:
    client = Looked(*before, 7)
    assert (found(client), client.looks) == (7, len(before))


def test_whoever_has_none_is_named_after_some_looks() -> None:
    with pytest.raises(LeaderSilent, match="transactions 3 has no leader"):
        found(client := Looked(*[None] * LOOKS))
    assert client.looks == LOOKS - 1
