"""An action: what a person did about an incident. The topic of them is the audit log."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.bounds import Instant, Whole

ActionKind = Literal["acknowledge", "assign", "unacknowledge", "comment", "feedback", "resolve"]
Opinion = Literal["false_positive", "true_positive", "missed"]
MAX_NAME: Final = 100
"""Letters of a name."""
MAX_NOTE: Final = 2000
"""Letters of a comment or a note."""
MAX_PLACE: Final = 200
LEAST_FOR_S: Final = 60
MAX_FOR_S: Final = 7 * 86_400
"""Seconds for which somebody can say that they are on it; for longer they say so until the incident ends."""


class Action(BaseModel):
    """What somebody did: who, what, when, from where. Never changed, and deleted by nobody but the cluster's owner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action_id: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        description="Of this action alone: one that is sent twice counts once."
    )
    incident_id: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Which incident.")
    action: ActionKind = Field(
        description="`acknowledge`: somebody is on it. `assign`: `assignee` is, whoever was before. `unacknowledge`: "
        "nobody is any more. `comment`: see `note`. `feedback`: see `verdict`. `resolve`: people are done with it, "
        "whatever the judge says, until it gets worse."
    )
    by: Annotated[str, Field(min_length=1, max_length=MAX_NAME)] = Field(description="Who.")
    at: Instant = Field(description="When, by the clock of the machine that took it (UTC).")
    source: Annotated[str, Field(max_length=MAX_PLACE)] = Field(
        default="",
        description="From where: `http` with the client's address, `command` with the host's name, `slack` with team "
        "and user, `pagerduty` with its incident, or `time`: what was acknowledged until then.",
    )
    note: Annotated[str, Field(max_length=MAX_NOTE)] = Field(default="", description="The comment, or a note.")
    verdict: Opinion | None = Field(
        default=None,
        description="Of `feedback`: nothing was wrong, something was, or more was wrong than was said.",
    )
    assignee: Annotated[str, Field(max_length=MAX_NAME)] = Field(
        default="", description="Of `assign`: who is on it from now on."
    )
    until: Instant | None = Field(
        default=None, description="Of `acknowledge` and `assign`: when it ends by itself; null: when the incident does."
    )
    channel: Annotated[str, Field(max_length=MAX_NAME)] = Field(
        default="", description="The notifier's channel by which it came, which need not hear of it; empty: none."
    )
    scope: Annotated[str, Field(max_length=200)] = Field(default="", description="Scope of the incident.")
    severity: Annotated[str, Field(max_length=20)] = Field(
        default="", description="How severe the incident was then: one that gets worse is open again after `resolve`."
    )
    revision: Whole = Field(default=0, description="The last that was said of it then.")
