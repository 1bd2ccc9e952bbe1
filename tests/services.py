"""The brokers that tests run against: a container where a Docker engine answers, else our own local ones."""

import gc
import os
import signal
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from floodmark.local.broker.base import await_answer
from floodmark.local.broker.embedded import EmbeddedBroker
from floodmark.local.broker.jars import pinned
from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.broker.kafka_files import Additions, Ports, settings
from runtime.ports import free_ports, listens
from tests import java_archive

PATIENT = Additions(lambda _: {"broker.session.timeout.ms": 120_000})
"""Of a Kafka that all tests of a run share, and that is never started again: whatever else runs, it stays a leader."""
SOON_BACK = Additions(lambda _: {"broker.session.timeout.ms": 6_000})
"""Of a Kafka that is killed and started again: it is taken back when its old session has run out."""

# Set to "never" where Docker runs but cannot pull images.
CONTAINERS = "FLOODMARK_TEST_CONTAINERS"


@cache
def docker_answers() -> bool:
    """Whether testcontainers can be used: an engine answers and nobody switched containers off."""
    if os.environ.get(CONTAINERS) == "never":
        return False
    with warnings.catch_warnings():
        # Where no engine answers, the client leaves its socket to the garbage collector, whose complaint
        # would fail whatever test runs at that moment.
        warnings.simplefilter("ignore", ResourceWarning)
        answered = _ping_docker()
        gc.collect()
    return answered


def _ping_docker() -> bool:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=5)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()


def kafka_description() -> str:
    """Which Kafka `kafka` will be, for the report."""
    where = "in a container" if docker_answers() else "on this machine, as no Docker engine answers"
    if os.environ.get(CONTAINERS) == "never":
        where = f"on this machine, as {CONTAINERS} says"
    return f"Apache Kafka {pinned().version} {where}"


@contextmanager
def kafka_running(folder: Path) -> Iterator[str]:
    """A real Kafka for the length of the block; its address."""
    if docker_answers():
        with _kafka_container() as address:
            yield address
        return
    java_archive.make()
    broker = LocalKafka(folder, print, more=PATIENT)
    broker.start()
    try:
        yield broker.address
    finally:
        # Nobody reads it again, and a clean stop writes the indexes of thousands of logs.
        if broker.pid is not None:
            os.kill(broker.pid, signal.SIGKILL)
        broker.stop()


@contextmanager
def embedded_running() -> Iterator[str]:
    """The embedded broker for the length of the block, without any topic; its address."""
    broker = EmbeddedBroker({}, print)
    broker.start()
    try:
        yield broker.address
    finally:
        broker.stop()


@contextmanager
def _kafka_container() -> Iterator[str]:
    """Kafka's own image with the settings of the local one, on a port of this machine chosen beforehand.

    The port is part of what the broker advertises, so it has to be known before the container starts.
    """
    from testcontainers.core.container import DockerContainer

    inside = Ports(clients=9092, controller=9093)
    (port,) = free_ports(1)
    container = DockerContainer(f"apache/kafka:{pinned().version}").with_bind_ports(inside.clients, port)
    host = container.get_docker_client().host()
    wanted = settings(inside) | {
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    # The image formats its storage for a fixed set of voters, and keeps its data where it likes.
    for name in ("controller.quorum.bootstrap.servers", "log.dirs"):
        del wanted[name]
    for name, value in wanted.items():
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), str(value))
    with container:
        up = await_answer(f"{host}:{port}", alive=lambda: True, listening=lambda: listens(host, port), within_s=120.0)
        assert up, f"the Kafka container does not answer at {host}:{port}: {container.get_logs()}"
        yield f"{host}:{port}"


def unique_prefix() -> str:
    """A prefix for topics and groups that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}."
