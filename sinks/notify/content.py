"""What a message says: made when it is sent, from what is known by then; each channel writes it in its own form.

Nothing here is escaped for a target: words of alerts are cleared of what cannot be seen, and are somebody's input all
the same. A channel escapes all of them for its own form.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.instants import local_instant
from schemas.severity import Severity
from sinks.notify.notification import CALLS, Kind
from sinks.notify.words import Speaker

MAX_LISTED: Final = 10
"""How many incidents are named in a message."""


@dataclass(frozen=True, slots=True)
class NamedFact:
    """One thing that is known, with its name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class IncidentContent:
    """One incident of a message.

    Args:
        id: Its id.
        title: Scope and key.
        summary: One sentence.
        severity: How severe it is.
        is_over: Whether it has ended.
        facts: Its id where there is no page, since when, what is lost, the cause, what to do.
        url: Its page; empty: there is none.
        runbook: A link or a command; may be empty.
    """

    id: str
    title: str
    summary: str
    severity: Severity
    is_over: bool
    facts: tuple[NamedFact, ...]
    url: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Content:
    """One message.

    Args:
        id: Of the notification: the same for all its messages, so that a target can tell what belongs together.
        number: Of the message.
        kind: Why it is sent.
        team: Who is told.
        severity: The highest of what it is about.
        title: One line.
        incidents: The largest first, MAX_LISTED at most.
        further: How many are not named.
        further_words: The same in words, with the page; empty where all are named.
        acknowledged_by: Who is on it; empty: nobody.
        acknowledged_until: Until when; none: until it is over.
        note: What they said.
        began: When the first incident began.
        at: When the message is made.
        speaker: Says more in the team's language.
        drill: Whether it is a drill; the title says so.
        words: What it says beside its title and its incidents; most messages have nothing.
        page: Where all incidents are; empty: there are no links.
    """

    id: str
    number: int
    kind: Kind
    team: str
    severity: Severity
    title: str
    incidents: tuple[IncidentContent, ...]
    further: int
    further_words: str
    acknowledged_by: str
    acknowledged_until: datetime | None
    note: str
    began: datetime
    at: datetime
    speaker: Speaker
    drill: bool = False
    words: str = ""
    page: str = ""

    @property
    def taken(self) -> str:
        """Who is on it, until when and what they said, in words; empty: nobody."""
        if not self.acknowledged_by:
            return ""
        until = self.acknowledged_until
        taken = (
            self.speaker.say("taken", who=self.acknowledged_by)
            if until is None
            else self.speaker.say("taken_until", who=self.acknowledged_by, until=local_instant(until))
        )
        return f"{taken}: {self.note}" if self.note else taken

    @property
    def terms(self) -> str:
        """The same where a title has said who it is: until when, and what they said; may be empty."""
        if not self.acknowledged_by or self.acknowledged_until is None:
            return self.note
        until = self.speaker.say("until", until=local_instant(self.acknowledged_until))
        return f"{until}: {self.note}" if self.note else until

    @property
    def calls(self) -> bool:
        """Whether it calls people."""
        return self.kind in CALLS
