"""A Faust table of facts: of two values for a key, the one with the higher (epoch, offset) is right."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import faust
from faust.types import TP, EventT

COMPACTION_LAG_MS = 86_400_000
"""For so long both of two disagreeing facts stay in the changelog, to be compared on recovery."""


class FactTable(faust.Table):
    """A table of bytes to bytes, written by partition, from outside of a stream's iteration too.

    A worker that was frozen may write older facts behind newer ones, so recovery compares: the last
    write is not the right one. A deletion says that nothing can change the key any more, and the owner
    drops such keys by itself on loading; so a fact that comes behind its deletion does no harm.
    """

    order: Callable[[bytes], tuple[int, int]]
    """Reads (epoch, offset) out of a value; set by the owner."""

    ready_generation: int = -1
    """The generation whose recovery is complete."""

    def put(self, partition: int, key: bytes, value: bytes) -> None:
        """Store a value and send it to the changelog partition."""
        store: Any = self.data
        store.data[key] = value
        store._key_partition[key] = partition
        self.send_changelog(partition, key, value)

    def drop(self, partition: int, key: bytes) -> None:
        """Forget a key, here and in the changelog."""
        store: Any = self.data
        store.data.pop(key, None)
        store._key_partition.pop(key, None)
        self.send_changelog(partition, key, None, value_serializer="raw")

    def held(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values of a partition."""
        store: Any = self.data
        return ((k, store.data[k]) for k, p in list(store._key_partition.items()) if p == partition and k in store.data)

    def apply_changelog_batch(self, batch: Iterable[EventT]) -> None:
        """Take in what recovery read, keeping the highest of what disagrees."""
        store: Any = self.data
        for event in batch:
            key, value = event.message.key, event.message.value
            if value is None:
                store.data.pop(key, None)
                store._key_partition.pop(key, None)
                continue
            held = store.data.get(key)
            if held is None or self.order(value) >= self.order(held):
                store.data[key] = value
                store._key_partition[key] = event.message.partition

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Faust's recovery is over: what lies here is the state as of this generation."""
        await super().on_recovery_completed(active_tps, standby_tps)
        self.ready_generation = self.app.consumer_generation_id
