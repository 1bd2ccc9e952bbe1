"""Tumbling one-minute windows in event time.

A window is named by its minute number (minutes since the epoch) and is half-open: `[start, end)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MINUTE_MS: Final = 60_000

STATUS: Final = "status"
AUTH_CODE: Final = "auth_code"
VOLUME: Final = "volume"
TOTAL: Final = "total"

STREAM: Final = "stream"
"""The stream itself, where it cannot be trusted; the key is the kind of blindness. Known to alerts only."""

MAX_KEYS: Final = 200
"""How many keys of one scope and dimension are told apart, in a minute of one source partition and by the judge."""
MAX_SCOPES: Final = 20_000
"""How many scopes are told apart in a minute of one source partition, unless settings say otherwise."""
MAX_CELLS: Final = 100_000
"""How many keys are told apart in a minute of one source partition, over all its scopes."""
MAX_WAITING: Final = 2_000_000
"""How many parts of a scope, minute and source partition may wait for a source that holds the watermark, unless
settings say otherwise."""
OTHER: Final = "other"
"""The reserved key, and scope, under which all further ones are counted: ids as words make no endless state."""

Dimensions = dict[str, dict[str, list[int]]]
"""dimension -> key -> [count, amount]"""
Tally = dict[str, Dimensions]
"""scope -> dimensions: all that one window holds"""


def minute_of(event_ms: int) -> int:
    """The number of the minute that `event_ms` lies in; exactly on the border is the later minute."""
    return event_ms // MINUTE_MS


def start_ms(minute: int) -> int:
    """First instant of the minute, inclusive."""
    return minute * MINUTE_MS


def end_ms(minute: int) -> int:
    """First instant after the minute: exclusive end."""
    return (minute + 1) * MINUTE_MS


@dataclass(frozen=True, slots=True)
class TimePolicy:
    """How long to wait, and how long to mend.

    Args:
        lateness_ms: The watermark stays this far behind the highest event time seen.
        revise_for_ms: A minute may be revised until the watermark is this far past its end.
        max_gap_minutes: A silence of this length ends the incidents of a scope: it counts as gone. After a longer one
            its judging starts anew.
        forget_after_minutes: A scope that has been silent for longer is forgotten, and comes back as a newcomer.
        anchor_every: Minutes from one anchor of a scope to the next; see domain.judging.timeline. It changes nothing
            that is said: fewer anchors are less to store, and more to judge again when late data come or a worker
            starts.
        complete: Minutes of a scope whose counts usually come late wait until usually this part of them is there;
            0: no minute waits. See domain.judging.arrivals.
        says_every_minute: Whether each minute of an incident is told of, for whoever compares one with what was told
            of it; see ADR 17.
    """

    lateness_ms: int = 5_000
    revise_for_ms: int = 15 * MINUTE_MS
    max_gap_minutes: int = 1440
    forget_after_minutes: int = 14 * 1440
    anchor_every: int = 30
    complete: float = 0.99
    says_every_minute: bool = False

    def silence_minutes(self, resolve_after: int) -> int:
        """For how long the silence of a scope may be followed; incidents end after `resolve_after` minutes."""
        return max(self.max_gap_minutes, resolve_after)

    @property
    def revise_minutes(self) -> int:
        """For how many whole minutes after its close a minute may be revised."""
        return self.revise_for_ms // MINUTE_MS

    def is_settled(self, minute: int, watermark_ms: int) -> bool:
        """Whether `minute` can no longer be revised at this watermark."""
        return end_ms(minute) + self.revise_for_ms <= watermark_ms


def add(into: Dimensions, more: Mapping[str, Mapping[str, list[int]]]) -> None:
    """Add the counts and amounts of `more` to `into`, in place."""
    for dimension, keys in more.items():
        cells = into.setdefault(dimension, {})
        for key, (count, amount) in keys.items():
            cell = cells.get(key)
            if cell is None:
                cells[key] = [count, amount]
            else:
                cell[0] += count
                cell[1] += amount
