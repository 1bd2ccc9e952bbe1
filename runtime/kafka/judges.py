"""How many judges an installation has.

Which judge a scope has, and so where its memory is stored, hangs on this number. It stays what it was when the
installation began, whatever partitions somebody adds to the topics: those of them that were never told anything are
none.
"""

from collections.abc import Mapping
from itertools import takewhile
from typing import Final

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.offsets import Offsets, OffsetsError
from schemas.topics import Topics

WITHIN_S: Final = 10.0
"""Who has just made the topics asks at once, and a broker that is busy knows their leaders some time later."""
SURE: Final = 8
"""Each judge is told something every few seconds: one that was told nothing while others were told so often is none."""


def judges_of(cluster: ClusterOrAddress, topics: Topics, partitions: Mapping[str, int]) -> int:
    """How many judges there are: partitions of their changelog, without those that were added later.

    Args:
        cluster: The Kafka cluster.
        topics: The names.
        partitions: How many partitions each topic has; the judges' changelog is among them.

    Raises:
        BrokerError: The cluster does not tell where the topics end.
    """
    changelog = topics.changelog("judgements")
    asked = [name for name in (topics.partials, changelog) if name in partitions]
    try:
        ends = Offsets(cluster, WITHIN_S).ends(asked)
    except OffsetsError as error:
        raise BrokerError(f"How many judges there are is not known: {error}. Try again.") from error
    by_topic = [[end for (topic, _), end in sorted(ends.items()) if topic == name] for name in asked]
    return judges(by_topic, partitions[changelog])


def judges(ends: list[list[int]], partitions: int) -> int:
    """The same, by where the partitions end: of what judges are told, then of what they store."""
    for each in ends:
        told = list(takewhile(bool, each))
        if told:
            return min(len(told), partitions) if min(told) >= SURE else partitions
    return partitions
