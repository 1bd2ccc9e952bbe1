"""The ends of partitions, as the admin client is told them by their leaders."""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec

Slot = tuple[str, int]
"""Topic and partition."""
UNHEARD: Final = frozenset({KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN})
"""Errors that say that nobody has answered."""
LEADER_UNKNOWN: Final = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
    }
)
"""What is said of a partition that was just made, or that gets another leader: soon it is told."""


@dataclass(slots=True)
class Listing:
    """What was told of each partition, and of the others why not."""

    answers: dict[Slot, ListOffsetsResultInfo] = field(default_factory=dict)
    errors: dict[Slot, Exception] = field(default_factory=dict)

    @property
    def refused(self) -> list[Slot]:
        """The partitions of which somebody has answered that it is not told."""
        return [slot for slot, error in self.errors.items() if _was_answered(error)]


def passes(error: Exception) -> bool:
    """Whether it is worth asking again soon."""
    return isinstance(error, KafkaException) and error.args[0].code() in LEADER_UNKNOWN


def listed(
    admin: AdminClient,
    slots: Iterable[Slot],
    spec: OffsetSpec,
    within_s: float,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> Listing:
    """Ask the leaders of these partitions; takes up to twice `within_s` seconds and a moment.

    librdkafka's admin client remembers leaders, and the epochs that they lead in, for minutes. After a partition has
    got another leader, or its broker has restarted, it goes on asking with what it knows, and is refused. So whoever is
    refused looks again who leads, and asks once more.
    """
    found = _asked(admin, slots, spec, within_s, isolation)
    if again := found.refused:
        try:
            for topic in {topic for topic, _ in again}:
                admin.list_topics(topic, timeout=within_s)
        except KafkaException:
            return found
        second = _asked(admin, again, spec, within_s, isolation)
        found.answers |= second.answers
        found.errors = {
            slot: error for slot, error in (found.errors | second.errors).items() if slot not in found.answers
        }
    return found


def _asked(
    admin: AdminClient, slots: Iterable[Slot], spec: OffsetSpec, within_s: float, isolation: IsolationLevel
) -> Listing:
    found = Listing()
    wanted = {TopicPartition(topic, partition): spec for topic, partition in slots}
    if not wanted:
        return found
    answers: dict[TopicPartition, Future[ListOffsetsResultInfo]] = admin.list_offsets(
        wanted, isolation_level=isolation, request_timeout=within_s
    )
    for place, answer in answers.items():
        try:
            found.answers[place.topic, place.partition] = answer.result(within_s + 1)
        except (KafkaException, TimeoutError) as error:
            found.errors[place.topic, place.partition] = error
    return found


def _was_answered(error: Exception) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() not in UNHEARD
