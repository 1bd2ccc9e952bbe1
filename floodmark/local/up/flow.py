"""How much flows where: samples of offsets, and the rates and lags that follow from them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runtime.kafka.listing import Slot
from runtime.kafka.offsets import lag

WINDOW_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The broker's offsets at one time.

    Args:
        at: Seconds of a monotonic clock.
        published: End of every partition of the transactions topic.
        counted: What the workers have committed there.
        judging: How many partials are not judged yet.
        minutes: End of every partition of the minutes topic.
        unwritten: How many records the store's sink has still to write.
        dead_letters: How many records were put aside, whichever topic they lay on.
        late: How many transactions came too late.
        left_out: How many places on the transactions topic hold what was put aside, or came too late.
        waiting: What the last minute waits for, in words; empty when for nothing.
    """

    at: float
    published: Mapping[Slot, int]
    counted: Mapping[Slot, int]
    judging: int
    minutes: Mapping[Slot, int]
    unwritten: int
    dead_letters: int = 0
    late: int = 0
    left_out: int = 0
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Rates a second, and what has still to be done."""

    published_rate: float = 0.0
    counted_rate: float = 0.0
    minutes_rate: float = 0.0
    uncounted: int = 0
    unjudged: int = 0
    unwritten: int = 0
    published: int = 0
    dead_letters: int = 0
    late: int = 0
    left_out: int = 0
    waiting: str = ""

    @property
    def rests(self) -> bool:
        """Whether nothing comes, nothing is counted or judged, and nothing has still to be counted."""
        return self.published_rate == self.counted_rate == self.minutes_rate == self.uncounted == 0

    @property
    def counted(self) -> int:
        """Records that were read and are in a minute: neither a dead letter nor too late."""
        return max(0, self.published - self.uncounted - self.left_out)


def flow(samples: Sequence[Sample], window_s: float = WINDOW_S) -> Flow:
    """What the samples of the last `window_s` seconds say; rates are 0 with less than two of them.

    Args:
        samples: Oldest first.
        window_s: Older samples than that, seen from the last one, do not count.
    """
    if not samples:
        return Flow()
    last = samples[-1]
    first = next(s for s in samples if last.at - s.at <= window_s)
    seconds = last.at - first.at

    def rate(before: Mapping[Slot, int], after: Mapping[Slot, int]) -> float:
        return max(0, sum(after.values()) - sum(before.values())) / seconds if seconds > 0 else 0.0

    return Flow(
        published_rate=rate(first.published, last.published),
        counted_rate=rate(first.counted, last.counted),
        minutes_rate=rate(first.minutes, last.minutes),
        uncounted=lag(last.published, last.counted),
        unjudged=last.judging,
        unwritten=last.unwritten,
        published=sum(last.published.values()),
        dead_letters=last.dead_letters,
        late=last.late,
        left_out=last.left_out,
        waiting=last.waiting,
    )
