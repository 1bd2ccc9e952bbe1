"""Minutes as they are answered."""

from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import BaseModel, Field

from floodmark.gateway.state.series import KnownMinute
from schemas.instants import from_ms
from schemas.minute import Dimension, Verdict


class ShownMinute(BaseModel):
    """One series (scope, dimension, key) in one minute, as the judge saw it; see the minutes topic."""

    minute: datetime = Field(description="Start of the minute (UTC); it holds [minute, minute + 60 s).")
    scope: str = Field(description="Whose transactions.")
    dimension: Dimension
    key: str = Field(description="The status or the auth code.")
    count: int
    total: int = Field(description="Sum over all keys of the dimension in this scope and minute.")
    share: float | None = Field(description="count / total; null when total is 0.")
    amount: int = Field(description="Sum of the amounts in minor units.")
    expected: float | None = Field(description="What the baseline expects; null while warming up.")
    low: float | None = Field(description="Low end of the expected band, inclusive.")
    high: float | None = Field(description="High end of the expected band, inclusive.")
    mean: float | None = Field(description="Mean of the baseline window.")
    std: float | None = Field(description="Sample standard deviation of the baseline window.")
    z: float | None = Field(description="(count - mean) / std.")
    score: Annotated[float, Field(ge=0, le=100, description="How severe, 0 to 100.")]
    terms: dict[str, float] = Field(description="What the score is made of, by rule.")
    verdict: Verdict
    rules: list[str] = Field(description="Names of the rules that fired.")
    revision: Annotated[int, Field(ge=1, description="1 at first; it grows each time late data change the minute.")]


class MinutesAnswer(BaseModel):
    """Minutes, the oldest first, then by scope, dimension and key."""

    minutes: list[ShownMinute]
    start: datetime | None = Field(description="The first minute that was asked for; null: none is known yet.")
    end: datetime | None = Field(description="End of the last minute that was asked for.")
    source: str = Field(description="`memory`: from the topics. `store`: from ClickHouse.")
    is_whole: bool = Field(
        description="Whether all of that time is kept where it was looked for, and no row was left out by `limit`."
    )
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")
    now: datetime = Field(description="The gateway's clock (UTC).")


class AnomaliesAnswer(BaseModel):
    """Minutes in which a rule found something, the newest first; of one minute the highest score first."""

    anomalies: list[ShownMinute]
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")


class _Row(msgspec.Struct, gc=False):
    """`ShownMinute` as it is written, field by field: a day of ten series has 14 400 of them."""

    minute: datetime
    scope: str
    dimension: str
    key: str
    count: int
    total: int
    share: float | None
    amount: int
    expected: float | None
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    z: float | None
    score: float
    terms: dict[str, float]
    verdict: str
    rules: list[str]
    revision: int


def row(seen: KnownMinute) -> _Row:
    """The minute as it is written."""
    return _Row(
        from_ms(seen.minute),
        seen.scope,
        seen.dimension,
        seen.key,
        seen.count,
        seen.total,
        seen.share,
        seen.amount,
        seen.expected,
        seen.low,
        seen.high,
        seen.mean,
        seen.std,
        seen.z,
        seen.score,
        seen.terms,
        seen.verdict,
        seen.rules,
        seen.revision,
    )
