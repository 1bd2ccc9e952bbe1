"""Silences as they are answered."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from schemas.instants import from_ms
from schemas.severity import RANK, Severity
from sinks.notify.preview import Matched, Preview
from sinks.notify.silences import Silence, Why, what

MAX_LISTED: Final = 10
"""How many incidents that a silence hid are named in a list of silences."""


class HiddenIncident(BaseModel):
    """An incident that a silence hid."""

    incident_id: str
    scope: str
    dimension: str = Field(description="Empty where nobody wrote it down.")
    key: str
    severity: Severity = Field(description="The highest that it was.")
    lost: float = Field(description="The most transactions that it was said to have lost.")
    is_over: bool


class ShownSilence(BaseModel):
    """One silence as it stands."""

    id: str
    author: str
    reason: str
    match: dict[str, list[str]] = Field(description="`scope`, `dimension`, `key` and `rule`; `*` stands for anything.")
    what: str = Field(description="The same in words.")
    begins_at: datetime
    ends_at: datetime = Field(description="When it ends at the latest.")
    is_on: bool
    is_taken_up: bool = Field(description="Whether a notifier knows it: until then it hides nothing.")
    accepts: Severity = Field(description="What is more severe breaks it.")
    accepts_lost: int | None = Field(description="What has lost more transactions breaks it; null: no loss does.")
    until_cleared: bool = Field(description="Whether it ends when all that it hides is over.")
    idle_s: int | None = Field(description="It ends when it has matched nothing for so long; null: it does not.")
    ended_at: datetime | None
    ended_why: Why | None
    ended_by: str = Field(description="Who ended it, or the incident that broke it.")
    incidents: int = Field(description="How many it has hidden.")
    open: int = Field(description="How many of them are not over.")
    lost: float = Field(description="The transactions that they have lost together.")
    hidden: list[HiddenIncident] = Field(description=f"The worst first; in a list {MAX_LISTED} at most.")
    routes: list[str] = Field(description="The routes whose messages it has held.")


class SilencesAnswer(BaseModel):
    """Silences, the last one first."""

    silences: list[ShownSilence]
    total: int


class SilenceAnswer(BaseModel):
    """What came of it."""

    silence: ShownSilence
    shows: bool = Field(
        description="Whether it can be seen already. False (202): it is on the broker and counts as soon as it is read."
    )


class PreviewedIncident(BaseModel):
    """An incident that the silence would have matched."""

    incident_id: str
    scope: str
    dimension: str
    key: str
    severity: Severity
    lost: float
    since: datetime
    is_over: bool
    breaks: bool = Field(description="Whether it is worse than what the silence accepts.")


class PreviewAnswer(BaseModel):
    """What a silence would have hidden."""

    since: datetime = Field(description="From when on incidents were looked at.")
    known: int = Field(description="How many there were.")
    incidents: int = Field(description="How many of them it matches.")
    pages: int = Field(description="So many calls it would have held, at least.")
    lost: float
    severity: Severity | None = Field(description="The highest of them; null: there are none.")
    breaking: int = Field(description="How many would have broken it: the first of them would have ended it.")
    worst: list[PreviewedIncident]


def shown_silence(silence: Silence, now_ms: int, *, is_taken_up: bool, most: int | None = None) -> ShownSilence:
    """The silence at that time, with so many of what it hid; None: all."""
    hidden = sorted(silence.hidden.items(), key=lambda item: (-RANK[item[1].severity], -item[1].lost, item[0]))
    return ShownSilence(
        id=silence.id,
        author=silence.author,
        reason=silence.reason,
        match={name: _words(words) for name, words in silence.match.items()},
        what=what(silence),
        begins_at=from_ms(silence.begins_ms),
        ends_at=from_ms(silence.ends_ms),
        is_on=is_on(silence, now_ms),
        is_taken_up=is_taken_up,
        accepts=silence.accepts,
        accepts_lost=silence.accepts_lost,
        until_cleared=silence.until_cleared,
        idle_s=None if silence.idle_ms is None else silence.idle_ms // 1000,
        ended_at=None if silence.ended_ms is None else from_ms(silence.ended_ms),
        ended_why=silence.ended_why,
        ended_by=silence.ended_by,
        incidents=len(hidden),
        open=sum(not each.is_over for _, each in hidden),
        lost=sum(each.lost for _, each in hidden),
        hidden=[
            HiddenIncident(
                incident_id=name,
                scope=each.scope,
                dimension=each.dimension,
                key=each.key,
                severity=each.severity,
                lost=each.lost,
                is_over=each.is_over,
            )
            for name, each in hidden[:most]
        ],
        routes=silence.routes,
    )


def is_on(silence: Silence, now_ms: int) -> bool:
    """Whether it hides anything at that time."""
    return silence.ended_ms is None and silence.begins_ms <= now_ms < silence.ends_ms


def shown_preview(found: Preview) -> PreviewAnswer:
    """What it would have hidden."""
    return PreviewAnswer(
        since=found.since,
        known=found.known,
        incidents=found.incidents,
        pages=found.pages,
        lost=found.lost,
        severity=found.severity,
        breaking=found.breaking,
        worst=[_previewed(each) for each in found.worst],
    )


def _previewed(each: Matched) -> PreviewedIncident:
    return PreviewedIncident(
        incident_id=each.incident_id,
        scope=each.scope,
        dimension=each.dimension,
        key=each.key,
        severity=each.severity,
        lost=each.lost,
        since=each.since,
        is_over=each.is_over,
        breaks=each.breaks,
    )


def _words(words: object) -> list[str]:
    return [words] if isinstance(words, str) else [str(word) for word in words] if isinstance(words, list) else []
