"""The Kafka that test processes share."""

import pytest

from tests.shared_kafka import SharedKafka, ask


def test_a_run_in_which_nobody_asks_starts_none_and_afterwards_there_is_nobody_to_ask() -> None:
    shared = SharedKafka()
    port = shared.port
    shared.close()
    with pytest.raises(OSError, match="refused"):
        ask(port)
