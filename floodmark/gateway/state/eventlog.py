"""The last events read from the topics, shared by all streams: who is slow holds a place in it and no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from floodmark.gateway.state.positions import Place, Position

EventKind = Literal["minute", "alert", "incident", "action", "receipt"]
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_EVENTS: Final = 200_000


@dataclass(frozen=True, slots=True)
class LogEvent:
    """What a record of a topic leads to.

    Args:
        place: The record's partition, by the letter of what is said: a record may lead to two things.
        offset: The record's offset.
        kind: Which kind of event.
        scope: Whose transactions it speaks of; for filters. Empty for receipts, which may be of many.
        dimension: For filters.
        key: For filters.
        severity: Of an alert or incident; for filters. Empty for minutes and receipts.
        raw: What is said, as JSON on one line.
    """

    place: Place
    offset: int
    kind: EventKind
    scope: str
    dimension: str
    key: str
    severity: str
    raw: bytes

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return 300 + len(self.raw)


class EventLog:
    """Events by a number that counts up; the oldest go when there are too many.

    Args:
        max_bytes: How much is kept.
        max_events: How many are kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_events: int = MAX_EVENTS) -> None:
        self._events: dict[int, LogEvent] = {}
        self.first = self.end = self._bytes = 0
        """Number of the oldest event that is kept, and the number that the next one gets."""
        self._max_bytes, self._max_events = max_bytes, max_events
        self._oldest: dict[Place, int] = {}
        self._next: dict[Place, int] = {}
        self.life = "0"

    @property
    def position(self) -> Position:
        """Where reading is: all before it has been an event, or said nothing."""
        return Position(self.life, dict(self._next))

    def begin(self, place: Place, offset: int) -> None:
        """Reading of a partition begins here: nothing before it is kept."""
        self._oldest[place] = self._next[place] = offset

    def begins(self, place: Place) -> int:
        """Nothing before this offset of a partition is kept."""
        return self._oldest.get(place, 0)

    def passed(self, place: Place, offset: int) -> None:
        """A record at this offset was read that is no event."""
        self._next[place] = max(self._next.get(place, 0), offset + 1)

    def add(self, event: LogEvent) -> None:
        """The next event of its partition."""
        self._events[self.end] = event
        self.end += 1
        self._bytes += event.size
        self._next[event.place] = event.offset + 1
        while self._bytes > self._max_bytes or len(self._events) > self._max_events:
            self._forget_oldest()

    def covers(self, position: Position) -> bool:
        """Whether all that came after this position is still kept."""
        if position.life != self.life:
            return False
        return all(position.offsets.get(place, 0) >= oldest for place, oldest in self._oldest.items())

    def after(self, number: int, most: int) -> Iterator[LogEvent]:
        """Events from this number on that are kept, up to `most` numbers further."""
        return (self._events[each] for each in range(max(number, self.first), min(number + most, self.end)))

    def _forget_oldest(self) -> None:
        event = self._events.pop(self.first)
        self.first += 1
        self._oldest[event.place] = event.offset + 1
        self._bytes -= event.size


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """What somebody wants to be told; an empty set: all.

    Args:
        kinds: Kinds of events.
        scopes: Scopes.
        dimensions: Dimensions of the series.
        keys: Statuses or auth codes.
        severities: Of alerts and incidents; minutes have none.
        minutes_of: Scopes of minutes; what else happens is told of all.
    """

    kinds: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    dimensions: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    minutes_of: frozenset[str] = frozenset()

    def has(self, event: LogEvent) -> bool:
        """Whether they want this one."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.scopes or event.scope in self.scopes)
            and (not self.dimensions or event.dimension in self.dimensions)
            and (not self.keys or event.key in self.keys)
            and (not self.severities or not event.severity or event.severity in self.severities)
            and (not self.minutes_of or event.kind != "minute" or event.scope in self.minutes_of)
        )
