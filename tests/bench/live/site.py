"""One installation of the bench on the broker: topics, workers and other processes, and no trace of them afterwards."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from floodmark.local.processes.children import Child, end, spawn
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.bench.live.offsets import Offsets
from tests.bench.live.watched import Watched

ROOT: Final = Path(__file__).parents[3]
PARTITIONS: Final = 6
END_S: Final = 30.0


@dataclass
class Site:
    """Topics under one prefix.

    Args:
        address: The broker.
        topics: The names.
        folder: For logs and data.
        offsets: Asks for offsets.
    """

    address: str
    topics: Topics
    folder: Path
    offsets: Offsets
    workers: list[Watched] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    def worker(self, **settings: str) -> Watched:
        """Start one more worker, with its settings as they are by default and these in its environment."""
        name = f"worker{len(self.workers)}"
        announce = self.folder / f"{name}.json"
        child = self.start(name, ["worker", "--announce", str(announce)], **settings)
        self.workers.append(Watched(child, announce, self.folder / f"{name}.log"))
        return self.workers[-1]

    def start(self, name: str, arguments: Sequence[str], **settings: str) -> Child:
        """Start a `floodmark` command of this installation."""
        told = {
            "FLOODMARK_BROKER": self.address,
            "FLOODMARK_TOPIC_PREFIX": self.topics.prefix,
            "FLOODMARK_LOG_LEVEL": "warning",
        }
        with (self.folder / f"{name}.log").open("wb") as output:
            child = spawn(
                [sys.executable, "-m", "floodmark", *arguments],
                cwd=ROOT,
                output=output,
                env={**os.environ, **told, **settings},
            )
        self.children.append(child)
        return child

    @property
    def changelogs(self) -> tuple[str, ...]:
        """Where the stages keep what they need for their own recovery."""
        return tuple(name for name in self.written if name.endswith("-changelog"))

    @property
    def between(self) -> tuple[str, ...]:
        """What the stages write for each other and for their own recovery."""
        return self.topics.partials, *self.changelogs

    @property
    def written(self) -> tuple[str, ...]:
        """Everything that a worker writes."""
        names = (spec.name for spec in self.topics.specs(PARTITIONS))
        return tuple(name for name in names if name != self.topics.transactions)


@contextmanager
def site(address: str, name: str, folder: Path) -> Iterator[Site]:
    """An installation with its topics made; at the end its processes are ended and its topics and group deleted."""
    topics = Topics(f"live-{name}.")
    ensure_topics(address, topics.specs(PARTITIONS), replication=1)
    place = folder / name
    place.mkdir(parents=True)
    made = Site(address, topics, place, Offsets(address, topics.worker_group))
    try:
        yield made
    finally:
        for child in reversed(made.children):
            end(child, END_S)
        made.offsets.close()
        _forget(address, topics)


def _forget(address: str, topics: Topics) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    asked: list[Any] = [
        *admin.delete_topics([spec.name for spec in topics.specs(PARTITIONS)]).values(),
        *admin.delete_consumer_groups([topics.worker_group]).values(),
    ]
    for answer in asked:
        # A group that never came to be is no news.
        with contextlib.suppress(KafkaException):
            answer.result()
