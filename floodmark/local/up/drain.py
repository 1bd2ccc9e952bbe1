"""Waiting until everything published has gone all the way. Pure: told offsets and the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from runtime.kafka.listing import Slot
from runtime.kafka.offsets import lag
from schemas.topics import Topics

PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class DrainStep:
    """One stretch of the way: `group` has to commit all of `topics`, up to their ends when it begins."""

    label: str
    group: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drain:
    """Where the drain is.

    The ends of a stage are taken only when the stage before is through: what it wrote is then all there.

    Args:
        stages: What is left, the current one first; empty: all has gone through.
        ends: The ends to reach in the current stage; none: they are still to be asked for.
        committed: What the group had committed when last asked.
        moved_at: When a commit last moved, or the stage began.
    """

    stages: tuple[DrainStep, ...]
    moved_at: float
    ends: Mapping[Slot, int] | None = None
    committed: Mapping[Slot, int] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether everything has gone through."""
        return not self.stages

    @property
    def left(self) -> int:
        """Records that the current stage has still to commit; 0 when its ends are not known yet."""
        return lag(self.ends or {}, self.committed)

    def begin(self, ends: Mapping[Slot, int], at: float) -> "Drain":
        """The current stage begins: these are the ends to reach."""
        return replace(self, ends=dict(ends), committed={}, moved_at=at)

    def seen(self, committed: Mapping[Slot, int], at: float) -> "Drain":
        """The group of the current stage has committed that much by `at`."""
        if self.ends is None:
            raise ValueError("the stage has not begun: its ends are not known")
        if lag(self.ends, committed) == 0:
            return Drain(self.stages[1:], moved_at=at)
        moved = dict(committed) != dict(self.committed)
        return replace(self, committed=dict(committed), moved_at=at if moved else self.moved_at)

    def stuck(self, at: float, patience_s: float = PATIENCE_S) -> str | None:
        """Why it is of no use to wait any longer, or None while something has moved lately."""
        if self.done or at - self.moved_at < patience_s:
            return None
        stage = self.stages[0]
        behind = {slot: end - self.committed.get(slot, 0) for slot, end in (self.ends or {}).items()}
        worst = max(behind, key=lambda slot: behind[slot], default=None)
        where = "" if worst is None else f", most of them in {worst[0]} partition {worst[1]}"
        return (
            f"{stage.label} made no progress for {patience_s:.0f} s: {self.left:,} records are not committed by "
            f"consumer group {stage.group}{where}"
        )


def stages(topics: Topics, readers: Sequence[str] = ()) -> tuple[DrainStep, ...]:
    """The way of a transaction: counted, judged, written; and told to the `readers` (names of sinks of alerts)."""
    return (
        DrainStep("counting", topics.worker_group, (topics.transactions,)),
        DrainStep("judging", topics.worker_group, (topics.partials,)),
        DrainStep("writing", topics.sink_group("clickhouse"), (topics.minutes, topics.alerts, topics.late)),
        *(DrainStep(f"telling {reader}", topics.sink_group(reader), (topics.alerts,)) for reader in readers),
    )
