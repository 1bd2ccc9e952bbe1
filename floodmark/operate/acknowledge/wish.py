"""What is asked of `floodmark ack`, checked."""

import getpass
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from floodmark.operate.notify.wishes import span
from runtime.exits import Misused
from schemas.action import MAX_FOR_S, ActionKind

MAX_NAME: Final = 100
MAX_NOTE: Final = 1000


@dataclass(frozen=True, slots=True)
class AcknowledgeWish:
    """What is asked for, as it was typed.

    Args:
        incident_id: Which incident.
        by: Who asks; none: who is logged in.
        note: What others should know.
        span: For how long; none: until it is over.
        assignee: Who is on it from now on; none: who asks.
        takes_over: Whether it counts also where somebody is on it.
        releases: Whether nobody is on it any more.
    """

    incident_id: str
    by: str | None = None
    note: str = ""
    span: str | None = None
    assignee: str | None = None
    takes_over: bool = False
    releases: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: who does what about which incident, and why."""

    incident_id: str
    kind: ActionKind
    by: str
    note: str
    assignee: str = ""
    lasts: timedelta | None = None

    @property
    def who(self) -> str:
        """Who is on it afterwards."""
        return self.assignee or self.by


def words_of(wish: AcknowledgeWish) -> Words:
    """What the wish comes to; raises `Misused` where it makes no sense."""
    if sum([wish.assignee is not None, wish.takes_over, wish.releases]) > 1:
        raise Misused("--assign, --take-over and --release exclude each other; give one of them")
    if wish.releases and wish.span is not None:
        raise Misused("has no length; leave --for out", "--release")
    kind: ActionKind = "acknowledge"
    if wish.releases:
        kind = "unacknowledge"
    elif wish.takes_over or wish.assignee is not None:
        kind = "assign"
    assignee = "" if wish.assignee is None else _text("--assign", wish.assignee, MAX_NAME)
    if wish.assignee is not None and not assignee:
        raise Misused("is empty: name who is on the incident", "--assign")
    note = _text("--note", wish.note, MAX_NOTE)
    lasts = None if wish.span is None else span(wish.span, "--for", timedelta(seconds=MAX_FOR_S))
    return Words(wish.incident_id.strip(), kind, _name(wish.by), note, assignee, lasts)


def _name(by: str | None) -> str:
    if by is None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError):
            raise Misused(
                "is missing, and it is not known who is logged in: name who is on the incident", "--by"
            ) from None
    name = _text("--by", by, MAX_NAME)
    if not name:
        raise Misused("is empty: name who is on the incident", "--by")
    return name


def _text(option: str, text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most or not text.isprintable():
        raise Misused(f"must be up to {most} characters that can be printed; it is {text[:40]!r} ...", option)
    return text
