"""A Faust table of facts: of two values for a key, the one with the higher (epoch, offset) is right."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import faust
from faust.types import TP, EventT

COMPACTION_LAG_MS = 86_400_000
"""For so long both of two disagreeing facts stay in the changelog, to be compared on recovery."""


class FactTable(faust.Table):
    """A table of bytes to bytes whose owner sends the changes to the changelog itself.

    Faust only warns of a change that could not be sent and commits all the same; the owner sends it through an
    outbox that knows when it has arrived.

    A worker that was frozen may write older facts behind newer ones, so recovery compares: the last
    write is not the right one. A deletion says that nothing can change the key any more, and the owner
    drops such keys by itself on loading; so a fact that comes behind its deletion does no harm.
    """

    order: Callable[[bytes], tuple[int, int]]
    """Reads (epoch, offset) out of a value; set by the owner."""

    ready_generation: int = -1
    """The generation whose recovery is complete."""

    def remember(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keep a value here, or forget the key (None). Whoever calls sends it to the changelog as well."""
        store: Any = self.data
        if value is None:
            store.data.pop(key, None)
            store._key_partition.pop(key, None)
        else:
            store.data[key] = value
            store._key_partition[key] = partition

    def held(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values of a partition."""
        store: Any = self.data
        return ((k, store.data[k]) for k, p in list(store._key_partition.items()) if p == partition and k in store.data)

    def apply_changelog_batch(self, batch: Iterable[EventT]) -> None:
        """Take in what recovery read, keeping the highest of what disagrees."""
        store: Any = self.data
        for event in batch:
            key, value = event.message.key, event.message.value
            held = store.data.get(key)
            if value is None or held is None or self.order(value) >= self.order(held):
                self.remember(event.message.partition, key, value)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Faust's recovery is over: what lies here is the state as of this generation."""
        await super().on_recovery_completed(active_tps, standby_tps)
        self.ready_generation = self.app.consumer_generation_id
