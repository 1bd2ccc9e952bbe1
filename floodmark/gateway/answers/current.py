"""What is seen now: rates, shares, mixes; scopes; numbers of all that is known."""

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.minute import Verdict
from schemas.severity import Severity


class CurrentSeries(BaseModel):
    """One status or auth code in a minute."""

    key: str
    count: int
    share: float | None = Field(description="Part of the minute's transactions in its dimension, 0 to 1.")
    expected: float | None
    low: float | None
    high: float | None
    score: float
    verdict: Verdict


class CurrentScope(BaseModel):
    """The newest minute of a scope."""

    scope: str
    minute: datetime = Field(description="Start of the minute (UTC).")
    transactions: int = Field(description="Transactions in that minute, by status.")
    approval_rate: float | None = Field(description="Part of them that was approved, 0 to 1; null: there were none.")
    score: float = Field(description="Highest score of a series in that minute.")
    statuses: list[CurrentSeries]
    auth_codes: list[CurrentSeries]


class CurrentAnswer(BaseModel):
    """The newest minute of each scope, and their sum."""

    minute: datetime | None = Field(description="Start of the newest minute of all (UTC); null: there is none yet.")
    transactions: int = Field(description="Of all scopes that have that minute.")
    approval_rate: float | None
    scopes_behind: int = Field(description="Scopes whose newest minute is an older one; they are not in the sums.")
    scopes: list[CurrentScope]
    total_scopes: int = Field(description="How many scopes there are; `limit` may leave some out.")
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")
    now: datetime


class StatsAnswer(BaseModel):
    """What this gateway holds."""

    series: int
    scopes: int
    first_minute: datetime | None = Field(description="Start of the oldest minute that is kept (UTC).")
    last_minute: datetime | None = Field(description="Start of the newest minute (UTC).")
    minutes_read: int = Field(description="Records of minutes that were news.")
    records_refused: int = Field(description="Records on the topics that are none of ours.")
    incidents: int
    open_incidents: int
    open_by_severity: dict[Severity, int]
    incidents_today: int = Field(description="Incidents that began within 24 hours of the newest minute.")
    lost_today: float = Field(description="Transactions lost by them so far.")
    verdicts: dict[Verdict, int] = Field(description="Series by their verdict in the newest minute of each.")
    streams: int = Field(description="Streams of events that are open here.")
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")
    now: datetime


class HealthPart(BaseModel):
    """One part of the pipeline."""

    name: str
    well: bool | None = Field(description="null: nothing is known of it.")
    words: str = Field(description="How it is, in a sentence.")
    lag: int | None = Field(default=None, description="Records that it has still to read; null: it reads none.")
    processes: int | None = Field(default=None, description="How many of it run; null: nobody says.")


class HealthAnswer(BaseModel):
    """How the pipeline is."""

    well: bool = Field(description="Whether what is shown here can be trusted.")
    words: str = Field(description="The worst of it in a sentence, for the top of a page.")
    watermark: datetime | None = Field(description="End of the newest judged minute (UTC).")
    behind_s: float | None = Field(description="Seconds from there to now.")
    received_at: datetime | None = Field(description="When the newest minute was told (UTC).")
    blind: list[str] = Field(description="Why the stream itself cannot be trusted; empty: it can.")
    dead_letters: int | None
    late_records: int | None
    parts: list[HealthPart]
    looked_at: datetime | None = Field(description="When the broker was asked last (UTC).")
    now: datetime


class RuleSetAnswer(BaseModel):
    """The rules that minutes are judged by."""

    name: str
    version: str
    rules: list[dict[str, object]] = Field(description="Each rule with its method and every setting.")
    baseline: dict[str, object]
    incidents: dict[str, object]
    severity: dict[str, object]
    facets: dict[str, str]
    calendar: dict[str, object] | None


class RulesCheckAnswer(BaseModel):
    """Whether a rule file can be used."""

    usable: bool
    name: str = Field(default="", description="Of the rule set.")
    version: str = Field(default="", description="Its version, as alerts would carry it.")
    rules: int = Field(default=0, description="How many rules it has.")
    tests: int = Field(default=0, description="How many test cases it carries; `floodmark rules test` runs them.")
    error: str = Field(default="", description="What is wrong, with the line and the key; empty when it can be used.")
