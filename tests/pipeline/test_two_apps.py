"""Two workers in one process read their own topics, each."""

import asyncio

import pytest

from processors.app import build_app
from processors.settings import WorkerSettings
from schemas.topics import Topics

PREFIXES = ("one.", "two.")


@pytest.fixture(scope="module")
def read_and_woken() -> tuple[list[set[str]], list[bool]]:
    """The topics that the consumer of each app serves, and which one is woken by news of the first."""

    async def made() -> tuple[list[set[str]], list[bool]]:
        apps = [build_app(WorkerSettings(broker="127.0.0.1:9", topic_prefix=prefix)) for prefix in PREFIXES]
        consumers = [app.consumer for app in apps]
        consumers[0].news.set()
        for app in apps:
            app.stages[0].outbox.close(0)
            app.consumer._thread.thread_loop.close()  # what stops a consumer that has started
        return [set(consumer.sources) for consumer in consumers], [consumer.news.is_set() for consumer in consumers]

    return asyncio.run(made())


def test_what_one_app_counts_the_other_does_not() -> None:
    apps = [build_app(WorkerSettings(broker="127.0.0.1:9", topic_prefix=prefix)) for prefix in PREFIXES]
    name = "floodmark_worker_received_records_total"
    for app in apps:
        app.stages[0].outbox.close(0)
    apps[0].stages[0].metrics.received.inc(3)
    seen = [app.metrics.registry.get_sample_value(name, {"stage": "count"}) for app in apps]
    assert seen == [3, 0]


def test_the_consumer_of_an_app_serves_the_topics_of_that_app(
    read_and_woken: tuple[list[set[str]], list[bool]],
) -> None:
    each = [Topics(prefix) for prefix in PREFIXES]
    assert read_and_woken[0] == [{topics.transactions, topics.partials} for topics in each]


def test_news_of_one_app_do_not_wake_the_other(read_and_woken: tuple[list[set[str]], list[bool]]) -> None:
    assert read_and_woken[1] == [True, False]
