"""A judged minute of one series: what the minutes topic carries."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["normal", "warming_up", "info", "warning", "critical", "no_data", "unknown"]
Dimension = Literal["status", "auth_code"]


class Minute(BaseModel):
    """One series (scope, dimension, key) in one minute, as the judge saw it.

    An upsert by (scope, dimension, key, minute). Of two records with one key the one with the higher
    `version` is right, whatever the order they come in. `revision` is 1 at first and grows by one
    each time late data change the minute.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    minute: int = Field(
        description="Start of the minute, epoch milliseconds UTC; the window is [minute, minute + 60 s)."
    )
    scope: str
    dimension: Dimension
    key: str = Field(description="The status or the auth code; `other` for all that are too many.")
    count: int
    total: int = Field(description="Sum over all keys of the dimension in this scope and minute.")
    share: float | None = Field(description="count / total; null when total is 0.")
    amount: int = Field(default=0, description="Sum of the amounts in minor units.")
    expected: float | None = Field(default=None, description="What the baseline expects; null while warming up.")
    low: float | None = Field(default=None, description="Low end of the expected band, inclusive.")
    high: float | None = Field(default=None, description="High end of the expected band, inclusive.")
    mean: float | None = Field(default=None, description="Mean of the baseline window.")
    std: float | None = Field(default=None, description="Sample standard deviation of the baseline window.")
    z: float | None = Field(default=None, description="(count - mean) / std.")
    score: Annotated[float, Field(ge=0, le=100)] = 0.0
    terms: dict[str, float] = Field(default_factory=dict, description="What each rule adds to the score.")
    verdict: Verdict = Field(
        description="How severe what is wrong with the series is by then: that of the incident to which this minute "
        "adds evidence, or of what a rule found, where that opens none (`info` in maintenance). `normal`: no rule "
        "found anything, whatever z, low and high are; those decide only where a rule asks for them. `warming_up`: the "
        "same, without a baseline. `no_data`: nothing came. `unknown`: what came cannot be trusted."
    )
    rules: list[str] = Field(default_factory=list, description="Names of the rules that fired.")
    revision: Annotated[int, Field(ge=1)] = 1
    version: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="The highest is right: when the judge's input began, in microseconds since 1970, plus its offset.",
    )
    rule_set: str = Field(default="", description="Version of the rule set that judged it.")
    offsets: dict[str, int] = Field(
        default_factory=dict, description="Source partition to the last offset that is counted in."
    )


def minute_key(scope: str, dimension: str, key: str, minute_ms: int) -> str:
    """The record key of a minute; `|` cannot occur in the words."""
    return f"{scope}|{dimension}|{key}|{minute_ms}"
