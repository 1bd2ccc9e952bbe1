"""Bytes that a topic has on the broker's disk, as written: compressed, with the batches' own headers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

ANSWER_S: Final = 15.0
KEEP_ALL: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
"""Nothing is cleaned and nothing expires, so that what lies on the disk is what was appended."""


def keep_all(address: str, topics: Iterable[str]) -> None:
    """Make the broker keep everything that is appended to these topics."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    wanted = [
        ConfigResource(
            ResourceType.TOPIC,
            topic,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in KEEP_ALL.items()
            ],
        )
        for topic in topics
    ]
    for altered in admin.incremental_alter_configs(wanted, request_timeout=ANSWER_S).values():
        altered.result()


def bytes_on_disk(data: Path, topic: str) -> int:
    """The bytes in the log segments of all partitions of a topic.

    Args:
        data: The broker's log directory.
        topic: Its full name.
    """
    folders = (path for path in data.glob(f"{topic}-*") if path.name.removeprefix(f"{topic}-").isdigit())
    return sum(segment.stat().st_size for folder in folders for segment in folder.glob("*.log"))
