"""What lies ready is announced to the loop that takes it."""

import asyncio

from processors.intake.chunk import Chunk, Cut, Gone, UnreadableBatch
from processors.intake.handover import Handover


class HandingOut:
    """The side of the fetching thread: lays chunks ready, and tells the loop so.

    Args:
        topic: The topic that the chunks are of.
        handover: Where they lie ready.
        news: Set on the loop when there is something to take.
    """

    def __init__(self, topic: str, handover: Handover, news: asyncio.Event) -> None:
        self._topic = topic
        self.handover = handover
        self._news = news
        self._loop: asyncio.AbstractEventLoop | None = None

    def announce_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on what lies ready is announced on this loop."""
        self._loop = loop

    def announce(self) -> None:
        """Something lies ready."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def chunk(self, partition: int, after: int, chunk: Chunk) -> bool:
        """Whether the chunk lies ready: not if the partition is to be read otherwise by now."""
        is_put = self.handover.put(partition, after, chunk)
        if is_put:
            self.announce()
        return is_put

    def instead(self, partition: int, after: int, last: int, trouble: UnreadableBatch | Gone | Cut) -> bool:
        """The same for what there is instead of records, behind `after` and up to `last`."""
        return self.chunk(partition, after, Chunk(self._topic, partition, after, last, trouble=trouble))
