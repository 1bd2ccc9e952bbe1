"""Silences: what somebody has decided not to be told of, for how long, why, and what that has hidden.

A silence accepts a level: it is broken when things get worse than that (a tripwire), ends when its time is over, when
all it was about is over, or when it has matched nothing for long. What it hid is kept, so that its end can be told.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from schemas.action import MAX_NAME, MAX_NOTE
from schemas.alert import Alert
from schemas.bounds import LAST_MS
from schemas.severity import RANK, Severity
from sinks.notify.notification import lost
from sinks.notify.routing.matching import Match
from sinks.notify.routing.model import SATURDAY

MATCHED_EVERY_MS: Final = 60_000
"""That it matches still is noted so often: it is stored each time."""
MAX_MS: Final = 7 * 24 * 3_600_000
"""The longest silence: one that is forgotten hides pages for as long as this at most."""
KEPT_MS: Final = 14 * 24 * 3_600_000
"""How long it is known after a silence has ended what it has hidden."""
MAX_HIDDEN: Final = 1_000
"""How many of the incidents that a silence hid are named at its end."""
MAX_ID: Final = 64
MAX_MATCH: Final = 40_960
"""Bytes in JSON of what a silence matches: making a pattern of much more takes seconds, while people wait for pages."""
MAX_BYTES: Final = 4_194_304
"""Bytes in JSON of a silence with all that it has hidden: half of what a record of the notifier's memory may have."""
MAX_KNOWN: Final = 20_000
"""How many different words of alerts are remembered with the silences that are about them."""
Words = tuple[str, str, str, tuple[str, ...]]
"""Scope, dimension, key and rules of an alert."""
Why = Literal["time", "cleared", "idle", "tripwire", "expired"]
"""Why it ended: its time was over; all it was about was over; it matched nothing for long; things got worse than it
accepted; somebody ended it."""


class Hidden(Struct):
    """An incident that was not told.

    Args:
        scope: Its scope.
        key: Its key.
        severity: The highest that it was.
        lost: The most transactions that it was said to have lost.
        is_over: Whether it has ended.
        dimension: Its dimension; empty: nobody wrote that down.
    """

    scope: str
    key: str
    severity: Severity
    lost: float
    is_over: bool
    dimension: str = ""


class Silence(Struct):
    """One silence. Times are epoch milliseconds.

    Args:
        id: Its name for all time.
        author: Who made it.
        reason: Why; never empty.
        match: What it hides, as the match of a route in a routing file.
        begins_ms: From when on.
        ends_ms: Until when; MAX_MS after it begins at the latest.
        accepts: What is more severe is told.
        accepts_lost: What has lost more transactions than so many is told; none: the loss is no matter.
        until_cleared: Whether it ends when all that it has hidden is over.
        idle_ms: It ends when it has matched nothing for so long; none: it does not.
        matched_ms: When it last matched something that is not over.
        hidden: What it has hidden, by incident.
        ended_ms: When it ended.
        ended_why: Why.
        ended_by: Who ended it, or the incident that broke it.
        routes: The routes whose messages it has held, by name.
        source: From where it was made, for whoever looks into that later.
        ended_source: From where it was ended.
        is_reported: Whether those who were to be told what it hid are told, or it hid nothing from anybody.
    """

    id: str
    author: str
    reason: str
    match: dict[str, object]
    begins_ms: int
    ends_ms: int
    accepts: Severity = "critical"
    accepts_lost: int | None = None
    until_cleared: bool = False
    idle_ms: int | None = None
    matched_ms: int | None = None
    hidden: dict[str, Hidden] = field(default_factory=dict)
    ended_ms: int | None = None
    ended_why: Why | None = None
    ended_by: str = ""
    routes: list[str] = field(default_factory=list)
    is_reported: bool = False
    source: str = ""
    ended_source: str = ""

    def problem(self) -> str:
        """What is wrong with it, for whoever made it; nothing when it can be used."""
        if not self.author.strip() or not self.reason.strip():
            return "A silence has an author and a reason: whoever is woken by what it hid wants to know."
        if too_long := self._too_long():
            return too_long
        if not all(0 <= at_ms <= LAST_MS for at_ms in (self.begins_ms, self.ends_ms, self.ended_ms or 0)):
            return "A silence begins after 1970 and ends before the year 10000."
        if not self.begins_ms < self.ends_ms <= self.begins_ms + MAX_MS:
            return "A silence ends after it begins, and seven days later at most; it can be made anew."
        try:
            match = Match.model_validate(self.match)
        except ValueError as error:
            return f"What it hides cannot be read: {str(error).splitlines()[0]}."
        if match.is_open:
            return "A silence has to say what it hides; one of everything hides the end of the world."
        return ""

    def _too_long(self) -> str:
        if len(self.id) > MAX_ID:
            return f"The id of a silence has {MAX_ID} characters at most."
        if len(self.author) > MAX_NAME or len(self.reason) > MAX_NOTE:
            return f"An author has {MAX_NAME} characters at most, a reason {MAX_NOTE:,}."
        if len(msgspec.json.encode(self.match)) > MAX_MATCH:
            return f"What it hides is longer than {MAX_MATCH:,} bytes; say with `*` what many words say."
        if len(self.hidden) > MAX_HIDDEN or len(encoded(self)) > MAX_BYTES:
            return "It is larger than a silence becomes."
        return ""


def is_of(match: Match, alert: Alert, local: datetime) -> bool:
    """Whether a silence of that match is about the alert, at an instant whose fields are local time."""
    return not match.mismatch(alert, local, is_workday=local.weekday() < SATURDAY)


def breaks(silence: Silence, alert: Alert) -> bool:
    """Whether things are worse than the silence accepts."""
    worse = RANK[alert.severity] > RANK[silence.accepts]
    return worse or (silence.accepts_lost is not None and lost(alert) > silence.accepts_lost)


def merged(asked: Iterable[Silence], known: Mapping[str, Silence]) -> list[Silence]:
    """All silences as they stand, the last one first.

    Args:
        asked: As people have made and ended them.
        known: As the notifier knows them, with what they hide; it may not have heard yet that one was ended.
    """

    def stands(one: Silence) -> Silence:
        taken_up = known.get(one.id, one)
        return one if one.ended_ms is not None and taken_up.ended_ms is None else taken_up

    return sorted(map(stands, asked), key=lambda one: (-one.begins_ms, one.id))


def what(silence: Silence) -> str:
    """What it hides, in the words of its match: `scope shop-* or kiosk, key denied`."""
    named = ((name, words if isinstance(words, list) else [words]) for name, words in silence.match.items())
    return ", ".join(f"{name} {' or '.join(map(str, words))}" for name, words in named)


encoded: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Silence).decode


def decoded(raw: bytes) -> Silence:
    """The silence that was encoded; raises `schemas.codec.NOT_DECODED` for one that is none, or has a problem."""
    found = _decode(raw)
    if problem := found.problem() or "A silence has an id." * (not found.id):
        raise msgspec.ValidationError(problem)
    return found


class Silences:
    """All silences, and what they hide.

    Args:
        known: The ones that there are.
        time_zone: In which hours and days of their matches are.
    """

    def __init__(self, known: Iterable[Silence] = (), time_zone: str = "UTC") -> None:
        self.silences: dict[str, Silence] = {}
        self._matches: dict[str, Match] = {}
        self._about: dict[Words, tuple[str, ...]] = {}
        self._zone = ZoneInfo(time_zone)
        self.changed: set[str] = set()
        """Those that have changed since whoever stores them has emptied this."""
        for silence in known:
            self._put(silence)

    def ask(self, silence: Silence) -> None:
        """Somebody has made it, or has ended it; one with a problem is none, and what it has hidden stays known."""
        known = self.silences.get(silence.id)
        if known is None and not silence.problem():
            self._put(silence)
            self.changed.add(silence.id)
        elif known is not None and known.ended_ms is None and silence.ended_ms is not None:
            self._end(known, silence.ended_ms, "expired", silence.ended_by)
            known.ended_source = silence.ended_source

    def _put(self, silence: Silence) -> None:
        if not silence.problem():
            self.silences[silence.id] = silence
            self._matches[silence.id] = Match.model_validate(silence.match)
            self._about.clear()

    def hushed_by(self, alert: Alert, now_ms: int, route: str = "") -> str:
        """The silence that keeps the alert from being told at that time by a route; empty where none does.

        What a silence hides is noted in it; one that the alert breaks ends.
        """
        for silence in map(self.silences.__getitem__, self._of_words(alert)):
            if self._is_on(silence, now_ms) and self._is_of(silence, alert, now_ms):
                if breaks(silence, alert):
                    self._end(silence, now_ms, "tripwire", alert.incident_id)
                    continue
                self._note(silence, alert, now_ms)
                if route and route not in silence.routes:
                    silence.routes.append(route)
                    self.changed.add(silence.id)
                return silence.id
        return ""

    def hear(self, alert: Alert) -> None:
        """Take in what becomes of incidents that were hidden."""
        for silence in self.silences.values():
            hidden = silence.hidden.get(alert.incident_id)
            if hidden is not None and (hidden.is_over, hidden.lost) != (alert.is_over, lost(alert)):
                hidden.is_over = alert.is_over
                hidden.lost = max(hidden.lost, lost(alert))
                self.changed.add(silence.id)

    def look(self, now_ms: int) -> list[Silence]:
        """End those whose end has come; these."""
        ended: list[Silence] = []
        for silence in self.silences.values():
            if silence.ended_ms is None and (why := self._due(silence, now_ms)):
                self._end(silence, now_ms, why, "")
                ended.append(silence)
        return ended

    def forget(self, now_ms: int) -> set[str]:
        """Leave out those that ended long ago; these."""
        gone = {
            name
            for name, silence in self.silences.items()
            if silence.ended_ms is not None and now_ms - silence.ended_ms > KEPT_MS
        }
        for name in gone:
            del self.silences[name], self._matches[name]
        if gone:
            self._about.clear()
        return gone

    def _of_words(self, alert: Alert) -> tuple[str, ...]:
        """Those that the words of the alert speak for. Each look asks that of each incident: it is found out once."""
        words = alert.scope, alert.dimension, alert.key, tuple(alert.rules)
        found = self._about.get(words)
        if found is None:
            if len(self._about) >= MAX_KNOWN:
                self._about.clear()
            found = tuple(name for name, match in self._matches.items() if not match.words_mismatch(alert))
            self._about[words] = found
        return found

    @staticmethod
    def _is_on(silence: Silence, now_ms: int) -> bool:
        return silence.ended_ms is None and silence.begins_ms <= now_ms < silence.ends_ms

    def _is_of(self, silence: Silence, alert: Alert, now_ms: int) -> bool:
        return is_of(self._matches[silence.id], alert, datetime.fromtimestamp(now_ms / 1000, self._zone))

    def _note(self, silence: Silence, alert: Alert, now_ms: int) -> None:
        if silence.matched_ms is None or now_ms - silence.matched_ms > MATCHED_EVERY_MS:
            silence.matched_ms = now_ms
            self.changed.add(silence.id)
        before = silence.hidden.get(alert.incident_id)
        severity = alert.severity
        if before is not None and RANK[before.severity] > RANK[severity]:
            severity = before.severity
        if before is not None or len(silence.hidden) < MAX_HIDDEN:
            most = max(lost(alert), before.lost if before else 0.0)
            hidden = Hidden(alert.scope, alert.key, severity, most, alert.is_over, alert.dimension)
            if hidden != before:
                silence.hidden[alert.incident_id] = hidden
                self.changed.add(silence.id)

    @staticmethod
    def _due(silence: Silence, now_ms: int) -> Why | None:
        if now_ms >= silence.ends_ms:
            return "time"
        if silence.until_cleared and silence.hidden and all(hidden.is_over for hidden in silence.hidden.values()):
            return "cleared"
        quiet_since_ms = silence.begins_ms if silence.matched_ms is None else silence.matched_ms
        if silence.idle_ms is not None and now_ms - quiet_since_ms >= silence.idle_ms:
            return "idle"
        return None

    def _end(self, silence: Silence, now_ms: int, why: Why, by: str) -> None:
        self.changed.add(silence.id)
        silence.ended_ms, silence.ended_why, silence.ended_by = now_ms, why, by
