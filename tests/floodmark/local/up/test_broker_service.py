import os
import signal
import time
from math import inf
from pathlib import Path

import pytest

from floodmark.local.broker.embedded import EmbeddedBroker
from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.up.broker_service import BrokerService
from floodmark.local.up.supervisor import GaveUpError, Supervisor
from runtime.kafka.waiting import answers
from tests.floodmark.local.up.process_kit import exists
from tests.services import SOON_BACK
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka


def killed(broker: LocalKafka | EmbeddedBroker) -> None:
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not broker.alive(), "its death")


def test_a_kafka_that_dies_comes_back_at_its_address_while_others_are_looked_after(tmp_path: Path) -> None:
    kafka, said = LocalKafka(tmp_path, print, more=SOON_BACK), list[str]()
    kafka.start()
    supervisor = Supervisor(said.append)
    component = supervisor.add(BrokerService(kafka))
    try:
        supervisor.tick()
        address, first = kafka.address, kafka.pid
        killed(kafka)
        looks_while_it_starts, deadline = 0, time.monotonic() + 2 * PATIENCE_S
        while component.restarts < 1 or not supervisor.all_ready():
            assert time.monotonic() < deadline, said
            supervisor.tick()
            looks_while_it_starts += component.restarts == 1 and component.state == "starting"
            time.sleep(0.02)
        assert (kafka.address, component.restarts) == (address, 1)
        assert kafka.pid != first
        assert answers(address, PATIENCE_S)
        assert looks_while_it_starts > 5, "one that waited for it would look once"
        assert "broker ended (its process is gone)" in said[0]
    finally:
        supervisor.stop([])
    assert not kafka.alive()


def test_an_embedded_broker_that_dies_ends_everything_as_what_it_held_is_gone() -> None:
    broker = EmbeddedBroker({}, print)
    broker.start()
    supervisor = Supervisor(print)
    supervisor.add(BrokerService(broker))
    supervisor.tick()
    killed(broker)
    with pytest.raises(GaveUpError, match="would not help"):
        supervisor.tick()
    supervisor.stop([])


def test_a_broker_is_stopped_in_order() -> None:
    broker = EmbeddedBroker({}, print)
    broker.start()
    supervisor = Supervisor(print)
    supervisor.add(BrokerService(broker))
    supervisor.stop([["broker"]])
    assert not broker.alive()


def test_a_frozen_broker_is_killed_when_somebody_is_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BrokerService, "grace_s", inf)
    broker, said = EmbeddedBroker({}, print), list[str]()
    broker.start()
    pid = broker.pid
    assert pid is not None
    supervisor = Supervisor(said.append)
    supervisor.add(BrokerService(broker))
    os.kill(pid, signal.SIGSTOP)
    supervisor.stop([["broker"]], hastened=lambda: True)
    assert not exists(pid)
    assert said == ["broker is killed: somebody asked twice"]
