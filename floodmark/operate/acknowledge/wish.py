"""What is asked of `floodmark ack`, checked."""

import getpass
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from runtime.exits import Exit, fail
from schemas.action import LEAST_FOR_S, MAX_FOR_S, ActionKind
from sinks.notify.routing.spans import Span

MAX_NAME: Final = 100
MAX_NOTE: Final = 1000
_SPAN: Final[TypeAdapter[timedelta]] = TypeAdapter(Span)


@dataclass(frozen=True, slots=True)
class Wish:
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


def words_of(wish: Wish) -> Words:
    """What the wish comes to; ends the process where it makes no sense."""
    if sum([wish.assignee is not None, wish.takes_over, wish.releases]) > 1:
        fail("--assign, --take-over and --release exclude each other.", Exit.MISUSED)
    if wish.releases and wish.span is not None:
        fail("--release has no length; leave --for out.", Exit.MISUSED)
    kind: ActionKind = "acknowledge"
    if wish.releases:
        kind = "unacknowledge"
    elif wish.takes_over or wish.assignee is not None:
        kind = "assign"
    assignee = "" if wish.assignee is None else _text("--assign", wish.assignee, MAX_NAME)
    if wish.assignee is not None and not assignee:
        fail("--assign is empty: name who is on the incident.", Exit.MISUSED)
    note = _text("--note", wish.note, MAX_NOTE)
    lasts = None if wish.span is None else _lasts(wish.span)
    return Words(wish.incident_id.strip(), kind, _name(wish.by), note, assignee, lasts)


def _lasts(span: str) -> timedelta:
    try:
        lasts = _SPAN.validate_python(span)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        fail(f"--for {span}: {why}.", Exit.MISUSED)
    if not LEAST_FOR_S <= lasts.total_seconds() <= MAX_FOR_S:
        fail(f"--for {span}: from 1m to 7d; without --for it lasts until the incident is over.", Exit.MISUSED)
    return lasts


def _name(by: str | None) -> str:
    if by is None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError):
            fail("It is not known who you are: say so with --by.", Exit.MISUSED)
    name = _text("--by", by, MAX_NAME)
    if not name:
        fail("--by is empty: name who is on the incident.", Exit.MISUSED)
    return name


def _text(option: str, text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most or not text.isprintable():
        fail(f"{option} takes up to {most} characters that can be printed.", Exit.MISUSED)
    return text
