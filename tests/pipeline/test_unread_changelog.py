"""A changelog that cannot be read is tried again, and the health of the worker tells why it does not judge."""

import asyncio
import threading
from dataclasses import dataclass, field

from processors.changelog.reading import ChangelogUnread
from processors.domain.window import TimePolicy
from processors.intake.fetching import Fetcher
from processors.intake.topic_identity import TopicWatch
from processors.present import MachineClock
from processors.stages.count_stage import CountStage
from runtime.kafka.lives import TopicLife
from schemas.topics import Topics
from tests.pipeline.test_present import Unasked

NOWHERE = "127.0.0.1:1"


@dataclass
class Locked:
    """A changelog that its reader has no right to, until it is opened."""

    topic: str = "counts"
    opened: threading.Event = field(default_factory=threading.Event)

    def read(self, _partition: int) -> dict[bytes, bytes]:
        if not self.opened.is_set():
            raise ChangelogUnread("not authorized")
        return {}


class OneLife:
    """A topic that is never made anew."""

    def now(self, _topic: str) -> str:
        return "id"

    async def again(self, _topic: str) -> TopicLife:
        return TopicLife("id", 1)


def test_it_is_told_until_the_changelog_is_read() -> None:
    async def run() -> tuple[str, str]:
        changelog, unasked, topic = Locked(), Unasked(), Topics().transactions
        fetcher = Fetcher(NOWHERE, topic, asyncio.Event())
        stage = CountStage(topic, changelog, fetcher, unasked, unasked, TopicWatch(topic, OneLife()))  # type: ignore[arg-type]
        stage.configure(Topics(), TimePolicy(), 1, 1, 20_000, 300_000, MachineClock())
        stage.take([0], 1)
        async with asyncio.timeout(120):
            while not (notice := stage.notice()):
                await asyncio.sleep(0.01)
            changelog.opened.set()
            while not stage.is_ready(1):
                await asyncio.sleep(0.01)
        return notice, stage.notice()

    assert asyncio.run(run()) == ("counts 0 cannot be read yet: not authorized", "")
