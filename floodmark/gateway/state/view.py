"""All that a gateway knows from the topics: fed with records in order, asked by the routes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from pydantic import ValidationError

from floodmark.gateway.state.eventlog import EventKind, EventLog, LogEvent
from floodmark.gateway.state.incidents import KnownIncident, KnownIncidents
from floodmark.gateway.state.minutes import Minutes
from floodmark.gateway.state.positions import LETTERS, Place, Position
from floodmark.gateway.state.receipts import Receipts
from floodmark.gateway.state.series import KnownMinute, KnownNumbers
from schemas.action import Action
from schemas.alert import Alert
from schemas.codec import NOT_DECODED, decode, decode_alert, encode
from schemas.instants import from_ms
from sinks.notify.receipts import receipt_of

BAD: Final = (*NOT_DECODED, ValidationError, ValueError)
_minute: Final = msgspec.json.Decoder(KnownMinute).decode
_numbers: Final = msgspec.json.Decoder(KnownNumbers).decode


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record as it was read.

    Args:
        topic: `minutes`, `alerts`, `commands` or `receipts`.
        partition: Its partition.
        offset: Its offset.
        value: Its value; None of one that was deleted.
        at_ms: The broker's or the sender's time of it; negative when there is none.
    """

    topic: str
    partition: int
    offset: int
    value: bytes | None
    at_ms: int


class View:
    """What is known, and the log of events that led to it. Used by one thread at a time.

    Args:
        minutes: The judged minutes.
        incidents: The incidents.
        log: The last events, for streams.
        summary: The JSON of an incident as it stands, for streams.
        now_ms: The present, in epoch milliseconds.
    """

    def __init__(
        self,
        minutes: Minutes,
        incidents: KnownIncidents,
        log: EventLog,
        summary: Callable[[KnownIncident], bytes],
        now_ms: Callable[[], int],
    ) -> None:
        self.minutes, self.incidents, self.log = minutes, incidents, log
        self.receipts = Receipts()
        """Who was told of what."""
        self.ready = False
        """Whether all that was in the topics at the start is in."""
        self.progress = 0.0
        """Part of that, 0 to 1."""
        self.read_at_ms = -1
        """The time of the newest record of minutes; negative before the first."""
        self.refused = 0
        """Records that are none of ours."""
        self._summary, self._now_ms = summary, now_ms
        self._watchers: list[Callable[[], None]] = []

    @property
    def position(self) -> Position:
        """Up to where the topics were read."""
        return self.log.position

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Be called after each batch of records; what is returned ends it."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def take(self, records: Iterable[TopicRecord]) -> None:
        """Take in records, of each partition in order. What is none of ours is counted and passed over."""
        now_ms = self._now_ms()
        for record in records:
            try:
                events = self._events(record, now_ms)
            except BAD:
                self.refused += 1
                events = []
            for event in events:
                self.log.add(event)
            for letter in LETTERS[record.topic]:
                self.log.passed((letter, record.partition), record.offset)
        self.wake()

    def absorb(self, values: Iterable[bytes | None]) -> None:
        """Take in records of minutes that are no events: they lie before where reading begins, see `begin`."""
        now_ms, put = self._now_ms(), self.minutes.put
        for value in values:
            if value is not None:
                try:
                    # A day has a million of them, and few hold what a rule found.
                    seen = _numbers(value)
                    put(_minute(value) if seen.rules else seen, now_ms)
                except BAD:
                    self.refused += 1

    def begin(self, topic: str, partition: int, offset: int) -> None:
        """Reading of a partition begins at this offset: what lies before it is no event."""
        for letter in LETTERS[topic]:
            self.log.begin((letter, partition), offset)

    def wake(self) -> None:
        """Tell those who watch to look again."""
        for changed in list(self._watchers):
            changed()

    def _events(self, record: TopicRecord, now_ms: int) -> list[LogEvent]:
        """What the record leads to; nothing when it is no news."""
        if record.value is None:
            return []
        if record.topic == "minutes":
            return self._of_minute(record, record.value, now_ms)
        if record.topic == "receipts":
            return self._of_receipt(record, record.value)
        return self._of_alert(record, record.value) if record.topic == "alerts" else self._of_action(record)

    def _of_minute(self, record: TopicRecord, value: bytes, now_ms: int) -> list[LogEvent]:
        seen = _minute(value)
        if not self.minutes.put(seen, now_ms):
            return []
        self.read_at_ms = max(self.read_at_ms, record.at_ms)
        place = ("m", record.partition)
        return [LogEvent(place, record.offset, "minute", seen.scope, seen.dimension, seen.key, "", _one_line(value))]

    def _of_receipt(self, record: TopicRecord, value: bytes) -> list[LogEvent]:
        """One event for all incidents of a message: of a storm it names many, and says no more of them."""
        receipt, place = receipt_of(value), ("r", record.partition)
        if not self.receipts.take(receipt) or record.offset < self.log.begins(place):
            return []
        words = {"incidents": receipt.incidents, "team": receipt.team, "channel": receipt.channel}
        words |= {"kind": receipt.kind, "outcome": receipt.what}
        return [LogEvent(place, record.offset, "receipt", "", "", "", "", msgspec.json.encode(words))]

    def _of_alert(self, record: TopicRecord, value: bytes) -> list[LogEvent]:
        alert = decode_alert(value)
        incident = None if alert is None else self.incidents.say(alert, instant(record.at_ms))
        if alert is None or incident is None:
            return []
        return [
            _of(alert, "alert", ("a", record.partition), record.offset, encode(alert)),
            _of(alert, "incident", ("i", record.partition), record.offset, self._summary(incident)),
        ]

    def _of_action(self, record: TopicRecord) -> list[LogEvent]:
        action = decode(Action, record.value or b"")
        if not self.incidents.act(action):
            return []
        incident = self.incidents.get(action.incident_id)
        place, raw = ("c", record.partition), encode(action)
        if incident is None:
            return [LogEvent(place, record.offset, "action", action.scope, "", "", "", raw)]
        return [
            _of(incident.alert, "action", place, record.offset, raw),
            _of(incident.alert, "incident", ("j", record.partition), record.offset, self._summary(incident)),
        ]


def _one_line(value: bytes) -> bytes:
    """JSON without line ends: they would end an event of a stream."""
    return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value


def instant(at_ms: int) -> datetime | None:
    """An instant; None where there is none that anybody can have meant."""
    return from_ms(at_ms) if 0 <= at_ms < 253_402_300_800_000 else None


def _of(alert: Alert, kind: EventKind, place: Place, offset: int, raw: bytes) -> LogEvent:
    return LogEvent(place, offset, kind, alert.scope, alert.dimension, alert.key, alert.severity, raw)
