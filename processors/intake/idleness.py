"""When a source partition is idle: drained, and silent for a while in which we could have heard something."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Idleness:
    """Decides for each partition whether it is idle; time is told, in seconds of a monotonic clock.

    Time in which the broker could not be reached, or in which this process stood still, does not count as
    silence: nothing could have been heard.

    Args:
        idle_after_s: Silence after which a drained partition is idle.
        beat_s: How often an idle partition says so.
    """

    idle_after_s: float = 10.0
    beat_s: float = 1.0
    _drained: set[int] = field(default_factory=set)
    _quiet_since: dict[int, float] = field(default_factory=dict)
    _announced_at: dict[int, float] = field(default_factory=dict)

    def watch(self, partitions: list[int], now: float) -> None:
        """Start anew with these partitions."""
        self._drained.clear()
        self._announced_at.clear()
        self._quiet_since = dict.fromkeys(partitions, now)

    def records_came(self, partition: int, now: float) -> None:
        """Records came."""
        self._drained.discard(partition)
        self._announced_at.pop(partition, None)
        self._quiet_since[partition] = now

    def at_end(self, partition: int) -> None:
        """The broker says that there is nothing more."""
        self._drained.add(partition)

    def deaf(self, now: float) -> None:
        """Nothing could be heard until now, from any partition."""
        self._quiet_since = dict.fromkeys(self._quiet_since, now)
        self._announced_at.clear()

    def due(self, now: float) -> list[int]:
        """The idle partitions that should say so now; asking is taken for saying."""
        due = [
            partition
            for partition, since in self._quiet_since.items()
            if partition in self._drained
            and now - since >= self.idle_after_s
            and now - self._announced_at.get(partition, -self.beat_s) >= self.beat_s
        ]
        self._announced_at.update(dict.fromkeys(due, now))
        return due
