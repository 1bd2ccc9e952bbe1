"""The services of docker-compose.yml as plain processes: same commands, same settings, same health checks.

Only what the network of the containers gives is replaced: the addresses of Kafka and of the store, and the port.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from floodmark.local.store.locate import endpoint
from runtime.ports import free_ports
from tests.deploy.stack import SERVICES, filled, image_environment

pytestmark = pytest.mark.kafka
PATIENCE_S = 240.0
"""For a process to start or to end, on a machine that is busy."""
FLOODMARK = Path(sys.executable).with_name("floodmark")


@contextmanager
def running(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of the block, ended by SIGTERM as Docker does."""
    with log.open("wb") as out:
        process = subprocess.Popen([FLOODMARK, *arguments], env=environment, stdout=out, stderr=out, cwd=log.parent)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def passes(service: str, port: int) -> bool:
    """Whether the health check of the service passes, asked at `port`."""
    told = SERVICES[service]["healthcheck"]["test"]
    check = [sys.executable if part == "python" else part for part in told[1:]]
    check[-1] = check[-1].replace(image_environment()["FLOODMARK_METRICS_PORT"], str(port))
    return subprocess.run(check, capture_output=True).returncode == 0


def await_healthy(service: str, port: int, log: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the service is healthy and at work; fails with its log."""
    at_work = '"reading"' if service == "worker" else ""
    deadline = time.monotonic() + PATIENCE_S
    while not (at_work in log.read_text() and passes(service, port)):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def store_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running store, in the place of the ClickHouse server."""
    folder = tmp_path_factory.mktemp("stack store")
    log = folder / "store.log"
    with running(["store", "--data-dir", str(folder)], dict(os.environ), log) as process:
        deadline = time.monotonic() + PATIENCE_S
        while (found := endpoint(folder)) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield found.dsn


@pytest.mark.parametrize("service", ["worker", "sink-console", "sink-clickhouse"])
def test_a_service_gets_healthy_with_the_settings_of_the_stack(
    service: str, kafka: str, store_dsn: str, topic_prefix: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    replaced = {
        "FLOODMARK_BROKER": kafka,
        "FLOODMARK_STORE_DSN": store_dsn,
        "FLOODMARK_TOPIC_PREFIX": topic_prefix,
        "FLOODMARK_METRICS_HOST": "127.0.0.1",
        "FLOODMARK_METRICS_PORT": str(port),
        "FLOODMARK_DATA_DIR": str(tmp_path),
        "FLOODMARK_STOP_WITHIN_S": str(PATIENCE_S),
    }
    ours = {**image_environment(), **SERVICES[service]["environment"]}
    given = {name: filled(value) for name, value in ours.items() if name.startswith("FLOODMARK_")}
    log = tmp_path / "log"
    with running(SERVICES[service]["command"], {**os.environ, **given, **replaced}, log) as process:
        await_healthy(service, port, log, process)
    assert process.returncode == 0, log.read_text()
