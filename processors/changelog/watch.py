"""Looks after the topic of a changelog while workers write to it: what was deleted is made anew."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog
from confluent_kafka import KafkaException

from processors.changelog.topic import make
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.lives import TopicLife, TopicLives
from runtime.kafka.topic_settings import topic_settings
from runtime.log_rate import Sparing
from schemas.topics import TopicSpec

log = structlog.get_logger(__name__)

EVERY_S: Final = 2.0
"""How often the topic is looked at."""
GONE_S: Final = 6.0
"""A topic that is not there for so long was deleted; what is sent to it is given up after half a minute."""
SETTINGS_EVERY: Final = 15
"""Its settings are looked at once in so many times."""
POLICY: Final = "cleanup.policy"


class ChangelogGone(Exception):
    """The changelog was deleted and cannot be made anew; the message says why."""


class ChangelogWatch:
    """Of one stage.

    Args:
        cluster: The Kafka cluster.
        spec: The topic.
        copies: Of each partition, where the topic is made anew.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        spec: TopicSpec,
        copies: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster, self._spec, self._copies, self._clock = cluster, spec, copies, clock
        self._lives = TopicLives(cluster)
        self._known: TopicLife | None = None
        self._gone_since: float | None = None
        self._is_doubted = False
        self._looks = 0
        self._sparing = Sparing(clock)
        self.remark = ""
        """What people should know of its settings; empty when there is nothing."""

    def doubt(self) -> None:
        """Something could not be written because the topic was not there: it counts as another one once it is."""
        self._is_doubted = True

    async def made_anew(self) -> None:
        """Return once the topic is there and another one than before: nothing is in it of what was stored.

        Raises:
            ChangelogGone: It was deleted and cannot be made anew.
        """
        while not await asyncio.to_thread(self.is_another):
            await asyncio.sleep(EVERY_S)

    def is_another(self) -> bool:
        """Whether it is another one than at the last look; makes it where it is gone. Blocks.

        Raises:
            ChangelogGone: See made_anew.
        """
        try:
            found = self._lives.look([self._spec.name])
        except KafkaException as error:
            self._gone_since = None
            self._sparing.tell(log.warning, "changelog_not_looked_at", topic=self._spec.name, error=str(error))
            return False
        if self._spec.name not in found:
            return False
        life = found[self._spec.name]
        if life is None:
            self._make_anew()
            return False
        self._gone_since = None
        self._look_at_settings()
        known, self._known = self._known or life, life
        doubted, self._is_doubted = self._is_doubted, False
        return doubted or life.identity != known.identity

    def _make_anew(self) -> None:
        now = self._clock()
        self._gone_since = now if self._gone_since is None else self._gone_since
        was_there = self._known is not None or self._is_doubted
        if not was_there or now - self._gone_since < GONE_S:
            return
        partitions = self._spec.partitions if self._known is None else self._known.partitions
        log.error("changelog_deleted", topic=self._spec.name, remedy="it is made anew, and state is written to it")
        try:
            make(self._cluster, replace(self._spec, partitions=partitions), self._copies)
        except KafkaException as error:
            raise ChangelogGone(
                f"{self._spec.name} was deleted, and cannot be made anew: {error.args[0].str()}. The next start begins "
                "without what was in it"
            ) from error

    def _look_at_settings(self) -> None:
        """Say when the broker deletes state that is needed."""
        self._looks += 1
        if self._looks % SETTINGS_EVERY != 1:
            return
        wanted = self._spec.config.get(POLICY, "")
        found = topic_settings(self._cluster, [self._spec.name]).get(self._spec.name, {}).get(POLICY, wanted)
        self.remark = ""
        if found != wanted:
            self.remark = (
                f"{self._spec.name} has {POLICY} {found} instead of {wanted}, so state gets lost: "
                f"kafka-configs --alter --topic {self._spec.name} --add-config {POLICY}={wanted}"
            )
            self._sparing.tell(log.error, "changelog_loses_state", remark=self.remark)
