"""Traffic minute after minute, with bursts of failures, and rules that tell of them."""

from collections import Counter
from typing import Final

from tests.pipeline.files import Cell
from tests.pipeline.installation import Installation

NOON_MS: Final = 1_752_321_600_000
MINUTE_MS: Final = 60_000
PARTITIONS: Final = 2


def text(above: int) -> str:
    """A rule file: more failures than that in a minute are an incident, which is over after two better minutes."""
    return f"""\
name = "bursts"

[incidents]
resolve_after = 2

[[rule]]
name = "burst"
method = "count"
keys = ["failed"]
above = {above}
"""


class Traffic:
    """Minute after minute, with as many failures as are asked for; and what has been published so far."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self.minutes = 0
        self.published: Counter[Cell] = Counter()

    def flow(self, failed: int, minutes: int = 1) -> None:
        """Publish that many minutes more, the last of them closed."""
        for _ in range(minutes):
            at_ms = NOON_MS + self.minutes * MINUTE_MS
            self.minutes += 1
            rows = {"approved": 50, "failed": failed}
            self._made.publish(
                (
                    b'{"timestamp":%d,"status":"%s"}' % (at_ms + i, s.encode())
                    for s, n in rows.items()
                    for i in range(n)
                ),
                PARTITIONS,
            )
            self.published += Counter({(at_ms, "status", status): count for status, count in rows.items()})
        self._made.punctuate(NOON_MS + self.minutes * MINUTE_MS, PARTITIONS)

    @property
    def counts(self) -> Counter[Cell]:
        """What each cell must hold; nothing where nothing came."""
        return Counter({cell: count for cell, count in self.published.items() if count})
