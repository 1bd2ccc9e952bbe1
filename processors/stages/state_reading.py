"""Reads the state of a partition from its changelog, as often as it takes."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, NoReturn, Protocol

import structlog
from confluent_kafka import KafkaException

from processors.changelog import Recovered, StateDamaged, StateLog, recover
from processors.changelog.reading import ChangelogUnread
from processors.intake.topic_identity import TopicWatch
from processors.metrics import WorkerMetrics
from processors.stages.owned import Owned, State
from runtime.exits import end
from schemas.codec import NOT_DECODED

log = structlog.get_logger(__name__)

READERS: Final = 2
"""Changelogs that are read at the same time."""
AGAIN_S: Final = 1.0
"""Pause before a changelog that could not be read is tried again."""


class Changelog(Protocol):
    """Where the states of a stage's partitions lie."""

    @property
    def topic(self) -> str:
        """Its topic."""

    def read(self, partition: int) -> dict[bytes, bytes]:
        """What each key of a partition holds last; blocks."""


class StateReading(Generic[State]):
    """Of one stage.

    Args:
        stage: Its name.
        changelog: Where its state lies.
        watch: Tells the identity of the topic.
        load: Makes the state of a partition from what its changelog holds, and the topic's id.
        metrics: The counters of the worker.
    """

    def __init__(
        self,
        stage: str,
        changelog: Changelog,
        watch: TopicWatch,
        load: Callable[[int, Recovered, str], State],
        metrics: WorkerMetrics,
    ) -> None:
        self._stage = stage
        self._changelog = changelog
        self._watch = watch
        self._load = load
        self._metrics = metrics
        self._readers = asyncio.Semaphore(READERS)
        self.unread: dict[int, str] = {}
        """Why the state of a partition cannot be read yet."""

    async def loaded(self, partition: int, found: Recovered, topic_id: str) -> Owned[State]:
        """The partition with its state; beside the loop, for of many scopes it takes a while.

        What this release cannot read ends the process.
        """
        try:
            state = await asyncio.to_thread(self._load, partition, found, topic_id)
        except (*NOT_DECODED, ValueError) as exc:
            log.exception("state_unreadable", stage=self._stage, partition=partition)
            self.fail(
                partition,
                f"this release cannot read the state in it ({exc}); start the release that wrote it, or delete the "
                "changelogs to begin anew",
            )
        return Owned(state, StateLog(found.tenure + 1, found.keys), state.position)

    async def found(self, partition: int) -> tuple[Recovered, str]:
        """What the changelog of a partition holds, and the id of the source topic. What is damaged ends the process.

        Raises:
            TopicChanged: see TopicWatch.
        """
        while True:
            try:
                async with self._readers:
                    topic_id = await asyncio.to_thread(self._watch.begin)
                    last_values = await asyncio.to_thread(self._changelog.read, partition)
                    found = await asyncio.to_thread(recover, last_values)
            except StateDamaged as exc:
                self.fail(partition, f"{exc}; delete the changelogs to begin anew, or restore them")
            except (KafkaException, ChangelogUnread) as exc:
                log.warning("changelog_unreadable", stage=self._stage, partition=partition, error=str(exc))
                self.unread[partition] = f"{self._changelog.topic} {partition} cannot be read yet: {exc}"
                await asyncio.sleep(AGAIN_S)
            else:
                self.unread.pop(partition, None)
                self.note_foreign(partition, found.strange)
                return found, topic_id

    def note_foreign(self, partition: int, records: int) -> None:
        """This many records of a changelog are not ours: they are left out, and deleted with the next checkpoint."""
        if records:
            self._metrics.discarded.labels("not_state").inc(records)
            log.error("changelog_records_foreign", topic=self._changelog.topic, partition=partition, n=records)

    def fail(self, partition: int, why: str) -> NoReturn:
        """End the process: without its state a partition cannot be taken up."""
        end(f"{self._changelog.topic} {partition}: {why}")
