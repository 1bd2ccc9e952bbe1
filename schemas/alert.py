"""An alert: one step in the life of an incident, and its envelope on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.alert_state import OVER, AlertState
from schemas.bounds import MAX_WHOLE, Instant, Whole
from schemas.minute import Dimension
from schemas.severity import Severity

_SCORE: Final = "How severe the incident is, 0 to 100: information below 50, a warning from 50, critical from 75."


class Alert(BaseModel):
    """What is said about one incident at one time.

    An upsert by `incident_id`; the highest `(version, revision)` is right.

    `incident_id` is a hash of rule set version, scope, dimension, key and start minute, so whoever
    judges the same data says the same ids.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    incident_id: str = Field(description="The incident; the same for all that is said of it.")
    state: AlertState = Field(
        description="What happened to the incident: `amended` and `withdrawn` correct what was said."
    )
    severity: Severity = Field(
        description="By the damage that the incident has done so far: it rises at once and falls after a while. "
        "When it is over, the highest that it has reached. Minutes that add evidence have it as their verdict."
    )
    scope: str = Field(description="Whose transactions: a merchant, a checkout, an acquirer; `all` unless records say.")
    dimension: Dimension | Literal["volume", "stream"] = Field(
        description="`volume`: all transactions; the key is `total`. `stream`: the stream itself cannot be trusted; "
        "the key says how: `silent`, `source_silent`, `lagging`, `refused`, `gone`, `left_out`, `clock_skew`, "
        "`duplicated`, `part_duplicated`, `status_silent` or `auth_code_silent`."
    )
    key: str = Field(description="The status, the auth code, or what `dimension` says.")
    timestamp: Instant = Field(description="Start of the judged minute that led to this alert (UTC).")
    since: Instant = Field(description="Start of the first minute of the incident (UTC).")
    last_seen: Instant = Field(description="Start of the last minute in which a rule fired (UTC).")
    observed: Whole = Field(description="Count of the key in the minute `last_seen`.")
    expected: float | None = Field(default=None, description="Count to be expected in that minute.")
    mean: float | None = Field(default=None, description="Mean of the minutes that it was compared with.")
    std: float | None = Field(default=None, description="Their standard deviation.")
    z: float | None = Field(default=None, description="Standard deviations between `observed` and `mean`.")
    share: float | None = Field(default=None, description="Part of the minute's transactions of the scope, 0 to 1.")
    score: Annotated[float, Field(ge=0, le=100, description=_SCORE)] = 0.0
    rules: list[str] = Field(default_factory=list, description="Rules that have fired, in order of name.")
    terms: dict[str, float] = Field(
        default_factory=dict, description="What each rule has found in the minute `last_seen`, from 0 to 100."
    )
    summary: str = Field(description="One sentence for people.")
    recommendation: str = Field(default="", description="What to do first.")
    runbook: str = Field(
        default="",
        description="Where to read on: a link, or the command that prints the page (see FLOODMARK_RUNBOOKS).",
    )
    estimated_loss: dict[str, float] = Field(
        default_factory=dict,
        description="`transactions` and `amount` (minor units) lost so far; `regained_…` came back after it was over, "
        "`net_…` did not.",
    )
    severity_because: str = Field(
        default="", description="Why it is as severe as it is now, in one sentence; empty when it is over."
    )
    damage: dict[str, float] = Field(
        default_factory=dict,
        description="What the score is made of: `share` of what should have come that is lost now (0 to 1), its "
        "`growth` in five minutes, `transactions` and `amount` lost and `minutes` since it began or last eased, and "
        "`least`, what the rules that found it give by themselves.",
    )
    attribution: list[dict[str, Any]] = Field(
        default_factory=list,
        description="What explains it: `dimension`, `key`, `observed`, `expected`, `percent`; the largest part first.",
    )
    acknowledged_by: str | None = Field(default=None, description="Who is on it; null while nobody is.")
    acknowledged_at: Instant | None = Field(default=None, description="When they said so.")
    acknowledged_severity: Severity | None = Field(
        default=None, description="How severe it was then: what is no worse need not page again."
    )
    acknowledged_note: str = Field(default="", description="What they had to say.")
    acknowledged_until: Instant | None = Field(
        default=None, description="When that ends by itself and it may page again; null: when the incident ends."
    )
    acknowledged_channel: str = Field(
        default="", description="The notifier's channel by which they said so, which need not hear of it; empty: none."
    )
    inhibited_by: str = Field(
        default="", description="incident_id of a critical incident that hides this one: it need wake nobody meanwhile."
    )
    rule_set: str = Field(description="Version of the rule set.")
    revision: Annotated[int, Field(ge=1, le=MAX_WHOLE)] = Field(
        default=1, description="1, 2, … for each thing said of this incident."
    )
    version: Whole = Field(default=0, description="Orders what is said of an incident across restarts.")

    @property
    def is_over(self) -> bool:
        """Whether the incident has ended, as far as this says."""
        return self.state in OVER


def percent_of(part: Mapping[str, Any]) -> float | None:
    """How much a part of `attribution` explains; None where that is no number, or none that can be shown."""
    percent = part.get("percent")
    # A number of JSON may be greater than any float: it is compared before anything is done with it.
    return percent if isinstance(percent, int | float) and abs(percent) <= MAX_WHOLE else None


class CloudEvent(BaseModel):
    """CloudEvents 1.0 in structured JSON mode, carrying an alert."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="incident_id:revision; the idempotency key of whoever pages.")
    source: str = "/floodmark/judge"
    type: str = Field(description="floodmark.alert.<state>")
    subject: str = Field(description="The incident_id.")
    time: Instant = Field(description="The alert's timestamp: event time, so that a repeat is equal byte for byte.")
    datacontenttype: Literal["application/json"] = "application/json"
    drill: str = Field(
        default="",
        max_length=64,
        exclude_if=lambda team: not team,
        description="Not there but in a drill: the team that is to be told. Nothing is wrong, and nothing is counted.",
    )
    data: Alert


def envelope(alert: Alert, drill: str = "") -> CloudEvent:
    """The alert in its CloudEvents envelope; of a drill with the team that is to be told."""
    return CloudEvent(
        id=f"{alert.incident_id}:{alert.revision}",
        type=f"floodmark.alert.{alert.state}",
        subject=alert.incident_id,
        time=alert.timestamp,
        drill=drill,
        data=alert,
    )
