"""A process that starts before its broker waits for it."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from runtime.kafka.errors import BrokerError

SAY_EVERY_S: Final = 5.0

Found = TypeVar("Found")


def answers(address: str, timeout_s: float) -> bool:
    """Whether a cluster with at least one broker answers a metadata request.

    Args:
        address: HOST:PORT, or several with commas between.
        timeout_s: Seconds to wait for the answer.
    """
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    # Silent: refused connections are expected while a broker starts.
    client = AdminClient({"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.max.ms": 200})
    try:
        return bool(client.list_topics(timeout=timeout_s).brokers)
    except KafkaException:
        return False


def once_it_answers(
    address: str,
    begin: Callable[[], Found],
    within_s: float,
    say: Callable[[str], None],
    is_there: Callable[[str, float], bool] = answers,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """What `begin` returns, which is tried when the broker answers, and again when it went away meanwhile.

    Args:
        address: HOST:PORT of the cluster.
        begin: What is to be done there; raises BrokerError.
        within_s: How long to wait for the broker at most, in seconds.
        say: Told every few seconds what is waited for.
        is_there: Whether a cluster answers at an address within so many seconds.
        clock: Monotonic seconds.

    Raises:
        BrokerError: No answer in time, or it answers and refuses.
    """
    deadline = clock() + within_s
    while True:
        asked = clock()
        if is_there(address, max(1.0, min(SAY_EVERY_S, deadline - asked))):
            try:
                return begin()
            except BrokerError:
                # One that answers means what it says.
                if is_there(address, SAY_EVERY_S):
                    raise
        left_s = deadline - clock()
        if left_s <= 0:
            raise BrokerError(
                f"No Kafka answers at {address}, for {within_s:.0f} s. Check that the broker runs and that the address "
                "is right."
            )
        say(f"waiting for Kafka at {address}: it does not answer yet; giving up in {left_s:.0f} s")
        if (early_s := min(left_s, SAY_EVERY_S) - (clock() - asked)) > 0:
            time.sleep(early_s)
