"""A process that starts before its broker waits for it."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError, BrokerRefused

SAY_EVERY_S: Final = 5.0
REFUSALS: Final = 3
"""A broker that starts may refuse us for a moment; one that does so as often in a row means it."""

Found = TypeVar("Found")


def answers(cluster: ClusterOrAddress, timeout_s: float) -> bool:
    """Whether a cluster with at least one broker answers a metadata request.

    Args:
        cluster: Which one.
        timeout_s: Seconds to wait for the answer.

    Raises:
        BrokerRefused: It is there, but does not let us in.
    """
    from confluent_kafka import KafkaException

    from runtime.kafka.client import admin

    # Silent: refused connections are expected while a broker starts.
    client = admin(cluster, reconnect_backoff_max_ms=200)
    try:
        return bool(client.metadata(timeout_s).brokers)
    except KafkaException:
        return False


def once_it_answers(
    cluster: ClusterOrAddress,
    begin: Callable[[], Found],
    within_s: float,
    say: Callable[[str], None],
    is_there: Callable[[ClusterOrAddress, float], bool] = answers,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """What `begin` returns, which is tried when the broker answers, and again when it went away meanwhile.

    Args:
        cluster: The Kafka cluster.
        begin: What is to be done there; raises BrokerError.
        within_s: How long to wait for the broker at most, in seconds.
        say: Told every few seconds what is waited for.
        is_there: Whether a cluster answers within so many seconds; raises BrokerRefused.
        clock: Monotonic seconds.

    Raises:
        BrokerError: No answer in time, or it answers and refuses what is begun.
        BrokerRefused: It does not let us in, several times in a row.
    """
    deadline, waits_for = clock() + within_s, "it does not answer yet"
    refused: list[BrokerRefused] = []
    while True:
        asked = clock()
        try:
            if is_there(cluster, max(1.0, min(SAY_EVERY_S, deadline - asked))):
                try:
                    return begin()
                except BrokerRefused:
                    raise
                except BrokerError:
                    # One that answers means what it says.
                    if is_there(cluster, SAY_EVERY_S):
                        raise
            refused, waits_for = [], "it does not answer yet"
        except BrokerRefused as error:
            refused.append(error)
            waits_for = str(error)
            if len(refused) == REFUSALS or clock() >= deadline:
                raise
        left_s = deadline - clock()
        if left_s <= 0:
            raise BrokerError(
                f"No Kafka answers at {cluster}, for {within_s:.0f} s. Check that the broker runs and that the address "
                "is right."
            )
        say(f"waiting for Kafka at {cluster}: {waits_for}; giving up in {left_s:.0f} s")
        if (early_s := min(left_s, SAY_EVERY_S) - (clock() - asked)) > 0:
            time.sleep(early_s)
