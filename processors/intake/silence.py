"""Which partitions have told neither records nor their end for longer than they should."""

from collections.abc import Collection, Iterable
from typing import Final

SILENT_S: Final = 5.0
"""A partition that has something to tell, or its end, does so sooner."""
PATIENCE_S: Final = 60.0
"""How long one that is slow is waited for at most before it is read anew."""


class PartitionSilence:
    """Since when each partition is silent; time is told, in seconds of a monotonic clock.

    One that is at its end, or is not read by librdkafka, is not silent.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._patience_s: dict[int, float] = {}

    @property
    def partitions(self) -> Collection[int]:
        """Those that have something to tell, or their end."""
        return self._since.keys()

    def watch(self, partitions: Iterable[int], now: float) -> None:
        """Start anew with these partitions."""
        self._since = dict.fromkeys(partitions, now)

    def begin(self, partition: int, now: float) -> None:
        """The partition is read from here on, so it should tell something from now on."""
        self._since[partition] = now

    def go_on(self, partition: int, now: float) -> None:
        """The partition has something to tell; if this is news, it is silent since now."""
        self._since.setdefault(partition, now)

    def records_came(self, partition: int, now: float) -> None:
        """Records came."""
        self._since[partition] = now
        self._patience_s.pop(partition, None)

    def at_end(self, partition: int) -> None:
        """The broker says that there is nothing more."""
        self.leave(partition)
        self._patience_s.pop(partition, None)

    def leave(self, partition: int) -> None:
        """Nothing is to come of it by itself."""
        self._since.pop(partition, None)

    def deaf(self, now: float) -> None:
        """Nothing was taken in until now, from any partition."""
        self._since = dict.fromkeys(self._since, now)

    def is_too_long(self, partition: int, now: float) -> bool:
        """Whether the partition should be read anew; asking is taken for doing so.

        It then has longer: what is only slow would never come if it were asked for anew again and again.
        """
        patience_s = self._patience_s.get(partition, SILENT_S)
        if now - self._since[partition] < patience_s:
            return False
        self._since[partition] = now
        self._patience_s[partition] = min(2 * patience_s, PATIENCE_S)
        return True
