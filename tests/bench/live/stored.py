"""Writes made state into the changelogs of an installation, as the stages do at their first checkpoint."""

from collections.abc import Iterable
from typing import Final, Protocol

from processors.changelog import StateLog
from processors.intake.topic_identity import TopicIdentities
from schemas.topics import STATE_BYTES
from tests.bench.live.copies import judges, sources
from tests.bench.live.day import Day
from tests.bench.live.site import Site
from tests.pipeline.wire import Publisher

AS_THE_WORKER: Final = {"compression.type": "lz4", "message.max.bytes": STATE_BYTES - 8_000, "batch.size": 1_000_000}
"""See processors.stages.outbox."""


class Storable(Protocol):
    """The state of a partition of either stage."""

    @property
    def epoch(self) -> int:
        """See Stage."""

    @property
    def position(self) -> int:
        """See Stage."""

    def encoded_position(self, topic_id: str) -> bytes:
        """What is stored beside the named values."""

    def everything(self) -> Iterable[tuple[str, bytes]]:
        """All named values."""


def store(site: Site, day: Day) -> int:
    """Store the state of all partitions of both stages; the bytes of all named values.

    Its positions are those of empty topics.
    """
    identities, topics = TopicIdentities(site.address), site.topics
    counting, judging = identities.now(topics.transactions), identities.now(topics.partials)
    size = 0
    for partition, source in enumerate(sources(day)):
        size += _store(site, topics.changelog("counts"), partition, source, counting)
    for partition, judge in enumerate(judges(day)):
        size += _store(site, topics.changelog("judgements"), partition, judge, judging)
    return size


def _store(site: Site, changelog: str, partition: int, state: Storable, topic_id: str) -> int:
    log = StateLog(1)
    position = state.encoded_position(topic_id)
    write = log.whole((state.epoch, state.position), position, dict(state.everything()))
    publisher = Publisher(site.address, changelog, **AS_THE_WORKER)
    for key, value in write.records:
        publisher.send(value, partition, key=key)
        publisher.poll()
    publisher.close()
    return log.size
