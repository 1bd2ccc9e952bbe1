"""How the minutes of a feed come in: one by one, in bulk, or a part of them late."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace as changed

from producers.rows import Row
from producers.simulate.feeds.clock import Ints
from producers.simulate.feeds.placing import Truth


class Split(NamedTuple):
    """The rows of a minute by the way they come.

    Args:
        on_time: By source partition, those that come at once.
        late: Those that come later.
        late_source: The source partition that these come by.
    """

    on_time: list[list[Row]]
    late: list[Row]
    late_source: int


@dataclass(frozen=True, slots=True)
class FeedDelivery:
    """How minutes come in.

    Args:
        bulk: All transactions of so many minutes come as rows of one minute, the first that is over them: at 12:05
            those of 12:00 to 12:04. Its number of minutes since the epoch is divisible by it; a day is, too.
        late_part: This part of the second of two source partitions comes later; 0: there is one partition.
        delay: How many minutes later.
        elsewhere: Part of all transactions that comes by the first source partition, where there are two.
    """

    bulk: int = 1
    late_part: float = 0.0
    delay: int = 0
    elsewhere: float = 0.1

    def gathered(self, counts: Ints) -> Ints:
        """The counts as they come in bulk; the feed begins with a whole bulk."""
        if self.bulk == 1:
            return counts
        found = np.zeros_like(counts)
        sums = np.add.reduceat(counts, np.arange(0, len(counts), self.bulk))
        found[self.bulk :: self.bulk] = sums[: len(found[self.bulk :: self.bulk])]
        return found

    def seen(self, truth: Truth) -> Truth:
        """The truth in the minutes in which it can be seen."""
        if self.bulk == 1:
            return truth
        half, three = (None if at is None else self._bulk_of(at) for at in (truth.half, truth.three_percent))
        first, last = self._bulk_of(truth.first), self._bulk_of(truth.last)
        return replace(truth, first=first, last=last, half=half, three_percent=three)

    def split(self, rows: Iterable[Row], rng: np.random.Generator) -> Split:
        """The rows of a minute, dealt out to source partitions and to what comes late."""
        if not self.late_part:
            return Split([list(rows)], [], 0)
        first: list[Row] = []
        second: list[Row] = []
        late: list[Row] = []
        for row in rows:
            here = int(rng.binomial(row.count, self.elsewhere))
            waits = int(rng.binomial(row.count - here, self.late_part))
            for where, count in ((first, here), (second, row.count - here - waits), (late, waits)):
                if count:
                    where.append(changed(row, count=count, amount=row.amount and row.amount * count // row.count))
        return Split([first, second], late, 1)

    def _bulk_of(self, minute: int) -> int:
        return (minute // self.bulk + 1) * self.bulk


AT_ONCE: Final = FeedDelivery()
"""Each minute comes when it is over."""
