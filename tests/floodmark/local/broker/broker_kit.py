"""What the tests of brokers share: a little traffic, a repository of tiny jars, waiting for processes."""

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from floodmark.local.broker.jars import JarList
from tests.waiting import PATIENCE_S

NOWHERE = {"nowhere": "http://127.0.0.1:9"}


def send(address: str, topic: str, values: list[bytes], *, partition: int = 0, timestamp_ms: int = 0) -> None:
    """Publish to one partition and check every delivery."""
    failed: list[KafkaError] = []
    producer = Producer({"bootstrap.servers": address, "linger.ms": 1, "log_level": 0})
    for value in values:
        producer.produce(
            topic,
            value,
            partition=partition,
            timestamp=timestamp_ms,
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        producer.poll(0)
    assert producer.flush(PATIENCE_S) == 0
    assert not failed, failed[0]


def receive(address: str, topic: str, count: int, *, partition: int = 0) -> list[tuple[bytes, int]]:
    """The first `count` records of a partition, each with its timestamp in milliseconds."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "none", "log_level": 0})
    consumer.assign([TopicPartition(topic, partition, 0)])
    found: list[tuple[bytes, int]] = []
    deadline = time.monotonic() + PATIENCE_S
    try:
        while len(found) < count and time.monotonic() < deadline:
            record = consumer.poll(0.5)
            if record is not None and record.error() is None:
                found.append((record.value(), record.timestamp()[1]))
    finally:
        consumer.close()
    return found


def lowest_offset(address: str, topic: str) -> int:
    """The oldest offset that partition 0 still has."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "none", "log_level": 0})
    try:
        return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=PATIENCE_S)[0])
    finally:
        consumer.close()


def gone(pid: int) -> bool:
    """Whether no process of that id runs (a zombie does not run)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def empty_path(folder: Path) -> str:
    """A PATH on which nothing is found, so no Java either."""
    (folder / "empty").mkdir(exist_ok=True)
    return str(folder / "empty")


def clean_environment(folder: Path, **more: str) -> dict[str, str]:
    """What a program sees on a bare machine without network: no Java, an empty home, a proxy that is not there."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("LANG", "LC_", "COV", "PYTHON"))}
    blocked = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    return kept | {"PATH": empty_path(folder), "HOME": str(home)} | blocked | more


@dataclass
class JarRepository:
    """A Maven repository on loopback with a few tiny jars.

    Args:
        folder: Its files.
        url: Where it is served.
        asked: How often each path was asked for.
        spoilt: How many answers for a path are still to be damaged.
    """

    folder: Path
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    spoilt: Counter[str] = field(default_factory=Counter)

    @property
    def remotes(self) -> dict[str, str]:
        return {"test": self.url}

    def add(self, path: str, content: bytes) -> str:
        """Put a file there; its SHA-256."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def add_jars(self, count: int) -> JarList:
        """Put some jars there; the list of them."""
        paths = [f"org/example/part{n}/1.0/part{n}-1.0.jar" for n in range(count)]
        return JarList({path: self.add(path, path.encode() * 500) for path in paths})


class _Answers(SimpleHTTPRequestHandler):
    def __init__(self, repository: JarRepository, *args: object) -> None:
        self.repository = repository
        super().__init__(*args, directory=str(repository.folder))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.repository.asked[path] += 1
        if self.repository.spoilt[path] > 0:
            self.repository.spoilt[path] -= 1
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"wrong")
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def jar_repository(folder: Path) -> Iterator[JarRepository]:
    """Serve a repository for the length of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = JarRepository(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, repository))
    repository.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
