"""The Kafka that test processes share."""

from pathlib import Path

import psutil
import pytest

from tests import java_archive, services
from tests.shared_kafka import SharedKafka, ask


def test_a_run_in_which_nobody_asks_starts_none_and_afterwards_there_is_nobody_to_ask() -> None:
    shared = SharedKafka()
    port = shared.port
    shared.close()
    with pytest.raises(OSError, match="refused"):
        ask(port)


@pytest.mark.kafka
def test_it_starts_from_the_archive_of_its_classes(kafka: str) -> None:
    if services.docker_answers():
        pytest.skip("in a container it has its own Java")
    port = int(kafka.rsplit(":", 1)[1])
    (pid,) = {c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port}
    if not java_archive.can_be_made():
        pytest.skip("this Java has no archive of its own classes, on which ours would rest")
    assert str(java_archive.archive()) in Path(f"/proc/{pid}/maps").read_text()
