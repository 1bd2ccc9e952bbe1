"""What lay on the topics at the start is known, whether it was read as events or in bulk."""

import asyncio

import pytest

from floodmark.gateway.state import following
from floodmark.gateway.state.build import new_view
from floodmark.gateway.state.following import Following, TopicSource
from floodmark.gateway.state.judgements import Judgements
from floodmark.gateway.state.view import View
from processors.domain.window import TimePolicy
from processors.rules.load import load
from runtime.kafka.topics import describe, ensure_topics
from schemas.codec import encode
from schemas.minute import Minute
from schemas.topics import Topics
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, minute
from tests.floodmark.gateway.topic_kit import Topics as Written
from tests.pipeline import wire
from tests.services import unique_prefix

PARTITIONS = 2
NONSENSE = b'{"minute": "'


def a_morning() -> list[Minute]:
    """300 minutes of two series; in some of them a rule found something."""
    found = {"rules": ["burst"], "terms": {"burst": 80.0}, "verdict": "warning", "score": 80.0, "rule_set": "v1"}
    return [
        minute(M0 - 299 + at, key=key, count=at, total=400, version=at + 1, **(found if at % 50 == 7 else {}))
        for at in range(300)
        for key in ("denied", "failed")
    ]


def known(view: View) -> list[object]:
    return [seen for each in view.minutes.series() for seen in each.between(0, M0)]


def test_what_is_absorbed_is_known_as_what_is_taken_and_is_no_event() -> None:
    topics = Written()
    topics.add(*a_morning(), NONSENSE)
    taken, absorbed = new_view(lambda: NOW_MS), new_view(lambda: NOW_MS)
    taken.take(topics.records)
    absorbed.absorb(record.value for record in topics.records)
    assert len(known(taken)) == 600
    assert known(absorbed) == known(taken)
    assert (absorbed.refused, taken.refused) == (1, 1)
    assert absorbed.log.end == 0
    assert taken.log.end == 600


@pytest.mark.kafka
@pytest.mark.parametrize("events", [0, 100, 100_000])
def test_all_that_lay_there_is_known_and_the_last_of_it_are_events(
    embedded: str, monkeypatch: pytest.MonkeyPatch, events: int
) -> None:
    monkeypatch.setattr(following, "EVENTS", events)
    topics, told = Topics(unique_prefix()), a_morning()
    ensure_topics(embedded, topics.specs(PARTITIONS), replication=1)
    # Others stay empty where the cluster makes more.
    wire.publish(embedded, topics.minutes, [*map(encode, told), NONSENSE], PARTITIONS)
    of_each = events // describe(embedded)[topics.minutes].partitions
    view = new_view(lambda: NOW_MS)
    judgements = Judgements(load, TimePolicy(), lambda _scope: [], lambda: NOW_MS)
    source = TopicSource(embedded, topics, PARTITIONS, 1, 60.0)
    following_ = Following(source, view, judgements, lambda: NOW_MS)

    async def read() -> None:
        following_.start(asyncio.get_running_loop())
        while not (view.ready and judgements.ready):
            await asyncio.sleep(0.01)

    try:
        asyncio.run(asyncio.wait_for(read(), 120))
    finally:
        following_.close()
    directly = new_view(lambda: NOW_MS)
    directly.absorb(map(encode, told))
    assert known(view) == known(directly)
    assert view.refused == 1
    # The nonsense is one of the last.
    assert view.log.end == (600 if events > 600 else max(0, PARTITIONS * of_each - 1))
