"""Bytes that a topic has on the broker's disk, as written: compressed, with the batches' own headers."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

ANSWER_S: Final = 15.0
KEEP_ALL: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
"""Nothing is cleaned and nothing expires, so that what lies on the disk is what was appended."""


def keep_all(address: str, topics: Iterable[str]) -> None:
    """Make the broker keep everything that is appended to these topics."""
    configure(address, topics, KEEP_ALL)


def configure(address: str, topics: Iterable[str], settings: Mapping[str, str]) -> None:
    """Give topics these settings; all others stay as they are."""
    wanted = [_altered(ResourceType.TOPIC, topic, settings, AlterConfigOpType.SET) for topic in topics]
    _alter(address, wanted)


@contextlib.contextmanager
def cleaner_every(address: str, pause_ms: int) -> Iterator[None]:
    """For a while, let the log cleaner of all brokers look so often for what is to be cleaned."""
    settings = {"log.cleaner.backoff.ms": str(pause_ms)}
    brokers = AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=ANSWER_S).brokers
    _alter(address, [_altered(ResourceType.BROKER, str(id_), settings, AlterConfigOpType.SET) for id_ in brokers])
    try:
        yield
    finally:
        _alter(
            address, [_altered(ResourceType.BROKER, str(id_), settings, AlterConfigOpType.DELETE) for id_ in brokers]
        )


def _altered(
    kind: ResourceType, name: str, settings: Mapping[str, str], operation: AlterConfigOpType
) -> ConfigResource:
    entries = [ConfigEntry(key, value, incremental_operation=operation) for key, value in settings.items()]
    return ConfigResource(kind, name, incremental_configs=entries)


def _alter(address: str, wanted: list[ConfigResource]) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for altered in admin.incremental_alter_configs(wanted, request_timeout=ANSWER_S).values():
        altered.result()


def bytes_on_disk(data: Path, topic: str) -> int:
    """The bytes in the log segments of all partitions of a topic.

    Args:
        data: The broker's log directory.
        topic: Its full name.
    """
    folders = (path for path in data.glob(f"{topic}-*") if path.name.removeprefix(f"{topic}-").isdigit())
    total = 0
    for segment in (segment for folder in folders for segment in folder.glob("*.log")):
        # The cleaner may have taken it away since it was listed.
        with contextlib.suppress(FileNotFoundError):
            total += segment.stat().st_size
    return total
