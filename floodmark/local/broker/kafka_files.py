"""The files that a single-node Kafka reads: its settings, its logging, its ports."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime import ports

# Kafka runs inside its own folder and all paths here are relative to it, so that no character in the name of the
# data dir (space, comma, colon, umlaut) can be misread by a properties file or a list separator.
DATA = "data"
TEMPORARY = "tmp"
SETTINGS = "server.properties"
LOGGING = "log4j2.properties"
LOG = "server.log"
OUTPUT = "jvm.out"
PORTS = "ports.json"
FOREVER_MS = 2**63 - 1
OFFSETS_KEPT_MIN = 10 * 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Ports:
    """The two ports of a node.

    Args:
        clients: Where clients connect.
        controller: Where the node's own controller listens.
    """

    clients: int
    controller: int

    def are_free(self) -> bool:
        """Whether both could be listened on now."""
        return ports.is_free(self.clients) and ports.is_free(self.controller)


def _no_settings(_ports: Ports) -> Mapping[str, str | int]:
    return {}


@dataclass(frozen=True, slots=True)
class Additions:
    """What a node has on top of what all have.

    Args:
        settings: Settings of Kafka by the node's ports: another listener, say.
        format_options: For Kafka's storage tool, when the node is made: users, say.
    """

    settings: Callable[[Ports], Mapping[str, str | int]] = _no_settings
    format_options: tuple[str, ...] = ()


def choose_ports(home: Path, wanted: int | None) -> Ports:
    """The ports of the last run when they are free, else new ones; remembered for the next run.

    Args:
        home: The broker's folder.
        wanted: The port for clients, when the caller insists on one.

    Raises:
        OSError: There is no free port.
    """
    saved = _saved_ports(home)
    if saved and wanted in (None, saved.clients) and saved.are_free():
        return saved
    clients, controller = ports.free_ports(2)
    chosen = Ports(wanted or clients, controller)
    (home / PORTS).write_text(json.dumps({"clients": chosen.clients, "controller": chosen.controller}), "utf-8")
    return chosen


def _saved_ports(home: Path) -> Ports | None:
    try:
        return Ports(**json.loads((home / PORTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_files(home: Path, node: Ports, more: Mapping[str, str | int]) -> None:
    """Write the settings, with more of them on top, and the logging configuration into the broker's folder."""
    lines = (f"{name}={value}\n" for name, value in {**settings(node), **more}.items())
    (home / SETTINGS).write_text("".join(lines), "utf-8")
    (home / LOGGING).write_text(LOG4J2, "utf-8")


def settings(node: Ports) -> dict[str, str | int]:
    """Kafka's settings for one node on loopback that is broker and controller in one."""
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://127.0.0.1:{node.clients},CONTROLLER://127.0.0.1:{node.controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{node.clients},CONTROLLER://127.0.0.1:{node.controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{node.controller}",
        "log.dirs": DATA,
        # One node: nothing can be replicated.
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # A misspelt topic is to be an error, and ours are created with their settings.
        "auto.create.topics.enable": "false",
        # Few internal partitions and few threads: one machine, quick start.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 1,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
        "group.initial.rebalance.delay.ms": 200,
        # Where other work keeps it waiting for as long as a session lasts (9 s, Kafka's own), a node shuts itself out,
        # and its topics have no leader; beats that come four times as often as by default make that rarer. A shorter
        # session would take a node that was killed back sooner, and shut out one that is only kept waiting.
        "broker.heartbeat.interval.ms": 500,
        # A replay publishes records of any age; how old is too old is for the processors to say.
        "log.retention.ms": -1,
        "log.message.timestamp.before.max.ms": FOREVER_MS,
        "log.message.timestamp.after.max.ms": FOREVER_MS,
        # A group that slept for a week (the default) would begin anew, and a re-sent dead letter would count twice.
        "offsets.retention.minutes": OFFSETS_KEPT_MIN,
    }


LOG4J2 = f"""\
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={LOG}
appender.file.filePattern={LOG}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}}{{UTC}} %-5p %m (%c)%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
"""
