"""One installation on a broker: its topics, its workers, and what it has published."""

import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka import TopicPartition

from floodmark.local.processes.children import Child, end, spawn
from processors.changelog import Recovered, recover
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests import warm
from tests.paths import ROOT
from tests.pipeline import wire
from tests.pipeline.files import Cell
from tests.waiting import PATIENCE_S, until
from tests.warm import WarmChild

PARTITIONS: Final = 6
"""Two for each of three workers."""
FEW_PARTITIONS: Final = 3
"""Enough for most: each costs a worker two consumers when it starts, and words each second that it is idle."""
QUICK: Final = {
    "FLOODMARK_SESSION_TIMEOUT_S": "6",
    "FLOODMARK_COMMIT_INTERVAL_S": "0.2",
    "FLOODMARK_CHECKPOINT_S": "0.2",
    "FLOODMARK_LOG_LEVEL": "info",
    "FLOODMARK_UNWELL_FOR_S": "120",
    "FLOODMARK_STOP_WITHIN_S": "100",
}
"""Quick to say what they have done and to be given up by their group; not quick to end on a machine that is busy."""


@dataclass
class Worker:
    """A worker process."""

    child: Child | WarmChild
    announce: Path
    log: Path

    def ready(self) -> "Worker":
        """Wait until it says that it is ready (it joins its group right after)."""
        until(lambda: self.announce.exists() or self.child.poll() is not None, "the worker starts")
        assert self.child.poll() is None, f"the worker ended with {self.child.returncode}: {self.said()[-2000:]}"
        return self

    @property
    def metrics(self) -> str:
        """Where /metrics and /healthz are."""
        return str(json.loads(self.announce.read_text())["metrics"])

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert end(self.child, PATIENCE_S), f"the worker did not end within {PATIENCE_S} s: {self.said()[-2000:]}"
        return int(self.child.returncode)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.child.kill()
        self.child.wait()

    def freeze(self) -> None:
        """Stop it where it is."""
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.child.send_signal(signal.SIGCONT)

    def exit_code(self, within_s: float = PATIENCE_S) -> int:
        """Wait until it ends by itself; its exit code."""
        return int(self.child.wait(within_s))

    def has_partitions(self) -> bool:
        """Whether it has ever been given some to read, and knows their state."""
        return '"event": "recovered"' in self.said()

    def said(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")


@dataclass
class Installation:
    """Topics under one prefix; workers are started with `worker` and all ended at the end of the block.

    Args:
        address: The broker.
        prefix: Before all names.
        folder: For logs.
        rules: The rule file, or none for the default rules.
        settings: More environment for workers.
        partitions: Of the transactions topic.
    """

    address: str
    prefix: str
    folder: Path
    rules: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    partitions: int = PARTITIONS
    workers: list[Worker] = field(default_factory=list)

    @property
    def topics(self) -> Topics:
        """The names."""
        return Topics(self.prefix)

    @property
    def words(self) -> list[str]:
        """What starts the next worker where `floodmark` is the program."""
        return ["worker", "--announce", str(self.folder / f"worker{len(self.workers)}.json")]

    @property
    def command(self) -> list[str]:
        """The same as people have it, for a worker that is measured or whose words are looked at."""
        return [sys.executable, "-m", "floodmark", *self.words]

    def worker(self, command: Sequence[str] | None = None, **settings: str) -> Worker:
        """Start one more worker, warm if no command is given."""
        number = len(self.workers)
        announce, log = self.folder / f"worker{number}.json", self.folder / f"worker{number}.log"
        told = {"FLOODMARK_BROKER": self.address, "FLOODMARK_TOPIC_PREFIX": self.prefix}
        if self.rules is not None:
            told["FLOODMARK_RULES"] = str(self.rules)
        env = {**os.environ, **QUICK, **told, **self.settings, **settings}
        if command is None:
            child = warm.spawn(self.words, output=log, env=env)
        else:
            with log.open("wb") as output:
                child = spawn(command, cwd=ROOT, output=output, env=env)
        self.workers.append(Worker(child, announce, log))
        return self.workers[-1]

    def publish(self, values: Iterable[bytes | None], partitions: int | None = None, **settings: Any) -> int:
        """Publish transactions in turn to each partition, or to the first ones."""
        return wire.publish(self.address, self.topics.transactions, values, partitions or self.partitions, **settings)

    def punctuate(self, at_ms: int, partitions: int | None = None) -> None:
        """Nothing older than this comes any more, on any partition, or on the first ones."""
        wire.punctuate(self.address, self.topics.transactions, at_ms, partitions or self.partitions)

    def drain(self, within_s: float = PATIENCE_S) -> None:
        """Wait until every transaction has been counted and every word to the judges has been judged."""
        for topic in (self.topics.transactions, self.topics.partials):
            self.reach(wire.ends(self.address, [topic]), within_s)

    def reach(self, goals: Mapping[TopicPartition, int], within_s: float = PATIENCE_S) -> None:
        """Wait until the workers have committed all of this."""
        with wire.Committed(self.address, self.topics.worker_group) as committed:
            until(lambda: committed.reached(goals), self._story, within_s)

    def committed(self, topic: str) -> dict[int, int]:
        """What the workers have committed of each partition; 0 where they have committed nothing."""
        return wire.committed(self.address, self.topics.worker_group, topic)

    def stored(self, table: str) -> dict[int, int]:
        """The position that the changelog of a table holds, by partition."""
        return {partition: found.offset for partition, found in self.recovered(table).items()}

    def recovered(self, table: str) -> dict[int, Recovered]:
        """What the changelog of a table holds, by partition."""
        values: dict[int, dict[bytes, bytes]] = {}
        for message in wire.read(self.address, self.topics.changelog(table)):
            held = values.setdefault(message.partition, {})
            held.pop(message.key, None)
            if message.value is not None:
                held[message.key] = message.value
        return {partition: recover(held) for partition, held in values.items()}

    def minutes(self) -> dict[Cell, dict[str, Any]]:
        """The right record of each cell (scope `all`): that of the highest version, whatever its place."""
        return {
            (minute, dimension, key): record
            for (scope, minute, dimension, key), record in self.minutes_by_scope().items()
            if scope == "all"
        }

    def minutes_by_scope(self) -> dict[tuple[str, int, str, str], dict[str, Any]]:
        """The same for every scope."""
        best: dict[tuple[str, int, str, str], dict[str, Any]] = {}
        for message in wire.read(self.address, self.topics.minutes):
            record = wire.loads(message)
            cell = record["scope"], record["minute"], record["dimension"], record["key"]
            if cell not in best or record["version"] >= best[cell]["version"]:
                best[cell] = record
        return best

    def counts(self) -> Counter[Cell]:
        """What each cell holds according to the minutes."""
        return counts_of(self.minutes())

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts in the order of the topic, repeats too."""
        return [wire.loads(message)["data"] for message in wire.read(self.address, self.topics.alerts)]

    def last_alerts(self) -> dict[str, dict[str, Any]]:
        """The last word on each incident: that of the highest (version, revision)."""
        last: dict[str, dict[str, Any]] = {}
        for alert in self.alerts():
            held = last.get(alert["incident_id"])
            if held is None or _rank(alert) >= _rank(held):
                last[alert["incident_id"]] = alert
        return last

    def dead(self) -> list[wire.Message]:
        """The dead letters."""
        return wire.read(self.address, self.topics.dead_letters)

    def late(self) -> list[wire.Message]:
        """The late records."""
        return wire.read(self.address, self.topics.late)

    def _story(self) -> str:
        logs = "\n".join(f"-- {worker.log.name}\n{worker.said()[-1500:]}" for worker in self.workers)
        return f"the workers reach the ends of their topics\n{logs}"


def counts_of(minutes: Mapping[Cell, Mapping[str, Any]]) -> Counter[Cell]:
    """What each cell holds according to these records."""
    return Counter({cell: record["count"] for cell, record in minutes.items() if record["count"]})


def _rank(alert: dict[str, Any]) -> tuple[int, int]:
    return alert["version"], alert["revision"]


@contextmanager
def installed(
    address: str, prefix: str, *, partitions: int = PARTITIONS, rules: Path | None = None, **settings: str
) -> Iterator[Installation]:
    """An installation with its topics made, without workers yet."""
    ensure_topics(address, Topics(prefix).specs(partitions), replication=1)
    with tempfile.TemporaryDirectory() as folder:
        made = Installation(address, prefix, Path(folder), rules, settings, partitions)
        try:
            yield made
        finally:
            for worker in made.workers:
                worker.thaw()
                end(worker.child, 5)
