"""Incidents as they are answered: the judge's last word, how it stands, and what people did."""

from datetime import datetime
from typing import Any, Final, get_args

from pydantic import BaseModel, Field

from floodmark.gateway.answers.minutes import ShownMinute
from floodmark.gateway.state.incidents import KnownIncident, KnownStatement, Standing
from schemas.action import Action, ActionKind, Opinion
from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.instants import from_ms
from schemas.severity import Severity
from sinks.notify.notification import CALLS, Kind
from sinks.notify.receipts import DeliveryReceipt

MINUTE_S: Final = 60
_OF_ALERT: Final = frozenset(Alert.model_fields) - {"state"}


class ShownIncident(BaseModel):
    """One incident as it stands."""

    incident_id: str = Field(description="Its name; the same for all that is said of it.")
    state: Standing = Field(
        description="`firing`: open, and nobody is on it. `acknowledged`: open, and somebody is. `resolved`: over, by "
        "itself or as people are done with it. `withdrawn`: taken back, as nothing was wrong."
    )
    said: AlertState = Field(description="What the judge said of it last.")
    severity: Severity
    scope: str
    dimension: str = Field(description="`status`, `auth_code`, `volume` or `stream`.")
    key: str
    timestamp: datetime = Field(description="Start of the judged minute that led to the last word (UTC).")
    since: datetime = Field(description="Start of its first minute (UTC).")
    last_seen: datetime = Field(description="Start of the last minute in which a rule fired (UTC).")
    observed: int
    expected: float | None
    mean: float | None
    std: float | None
    z: float | None
    share: float | None
    score: float
    rules: list[str]
    terms: dict[str, float]
    summary: str
    recommendation: str
    runbook: str
    estimated_loss: dict[str, float] = Field(description="See the alerts topic.")
    severity_because: str
    damage: dict[str, float]
    attribution: list[dict[str, Any]] = Field(description="What explains it, the largest part first.")
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_severity: Severity | None
    acknowledged_note: str
    acknowledged_until: datetime | None = Field(description="When that ends by itself; null: when the incident does.")
    acknowledged_channel: str
    inhibited_by: str = Field(description="The critical incident that hides this one; empty: none.")
    rule_set: str
    revision: int
    version: int
    resolved_by: str | None = Field(description="Who is done with it; null: nobody, or it got worse since.")
    resolved_at: datetime | None
    resolved_note: str
    verdict: Opinion | None = Field(description="The last feedback of people.")
    comments: int = Field(description="How many comments there are.")
    said_at: datetime | None = Field(description="When the broker took in the last word (UTC).")


class IncidentsAnswer(BaseModel):
    """Incidents, the newest first."""

    incidents: list[ShownIncident]
    next_cursor: str | None = Field(description="Give it as `cursor` for those that follow; null: there are none.")
    total: int = Field(description="How many match, over all pages.")
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")


class ShownStatement(BaseModel):
    """One thing that the judge has said of the incident."""

    revision: int
    version: int
    state: AlertState
    severity: Severity
    timestamp: datetime = Field(description="Start of the minute that led to it (UTC).")
    said_at: datetime | None = Field(description="When the broker took it in (UTC).")
    observed: int
    expected: float | None
    summary: str


class ShownAction(BaseModel):
    """What somebody did about the incident."""

    action_id: str
    action: ActionKind
    by: str
    at: datetime
    source: str = Field(description="From where.")
    note: str
    verdict: Opinion | None
    assignee: str = Field(description="Of `assign`: who is on it from then on.")
    until: datetime | None = Field(description="When it ends by itself; null: when the incident does.")


class ShownReceipt(BaseModel):
    """What became of one message about the incident."""

    at: datetime = Field(description="When (UTC).")
    team: str = Field(description="Who was to be told.")
    channel: str
    route: str
    kind: str = Field(
        description=f"Why; {', '.join(f'`{kind}`' for kind in get_args(Kind) if kind in CALLS)} call people."
    )
    outcome: str = Field(
        description="`delivered`: its target took it. `refused`: it never will. `overdue`: a page was not taken within "
        "five minutes, and others are told. `unreached`: no channel has taken a page, and nobody is left to be told."
    )
    severity: str = Field(description="As it was told.")
    answer: str = Field(description="What the target said.")
    seconds_owed: float = Field(description="From when it was to be told to that.")
    seconds_to_page: float | None = Field(
        description="Of a message that called people: from the end of the incident's first minute to the answer."
    )


class Evidence(BaseModel):
    """What the incident follows from; `floodmark verify` recomputes it from the stored minutes."""

    rule_set: str = Field(description="Version of the rules that raised it.")
    first: datetime = Field(description="Start of the first minute of evidence (UTC).")
    last: datetime = Field(description="Start of the last one (UTC).")
    minutes: int = Field(description="How many of them are at hand here.")
    offsets: dict[str, int] = Field(
        description="Source partition to the last offset that is counted in those in which a rule found something."
    )
    verify: str = Field(description="The command that proves it, or shows the difference.")
    sql: str = Field(description="The minutes behind it, as a query to the store.")


class IncidentAnswer(BaseModel):
    """One incident with all that is known of it."""

    incident: ShownIncident
    minutes: list[ShownMinute] = Field(description="Of its series, from 15 minutes before it to 15 after it.")
    statements: list[ShownStatement] = Field(description="All that was said of it and is still kept, in order.")
    actions: list[ShownAction] = Field(description="What people did, in order.")
    receipts: list[ShownReceipt] = Field(description="Who was told of it, in order, and what became of that.")
    seconds_to_page: float | None = Field(
        description="From the end of its first minute until the first channel had taken a message that calls people; "
        "null: none has."
    )
    similar: list[ShownIncident] = Field(description="Incidents of the same series before it, the newest first.")
    receipt: Evidence
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")


class ShownAlert(BaseModel):
    """A statement as it lies on the alerts topic, and when it came."""

    alert: Alert
    said_at: datetime | None = Field(description="When the broker took it in (UTC).")


class AlertsAnswer(BaseModel):
    """What was said of incidents, the newest first."""

    alerts: list[ShownAlert]
    next_cursor: str | None = Field(description="Give it as `cursor` for those that follow; null: there are none.")
    position: str = Field(description="Where a stream goes on after this answer: `GET /v1/stream?after=…`.")


def shown(incident: KnownIncident) -> ShownIncident:
    """The incident as it stands."""
    alert, done = incident.alert, incident.resolved
    verdicts = [each.verdict for each in incident.actions if each.verdict is not None]
    return ShownIncident(
        **{name: getattr(alert, name) for name in _OF_ALERT},
        state=incident.standing,
        said=alert.state,
        resolved_by=None if done is None else done.by,
        resolved_at=None if done is None else done.at,
        resolved_note="" if done is None else done.note,
        verdict=verdicts[-1] if verdicts else None,
        comments=sum(each.action == "comment" for each in incident.actions),
        said_at=incident.said_at,
    )


def shown_json(incident: KnownIncident) -> bytes:
    """The same as JSON, for streams."""
    return shown(incident).model_dump_json().encode()


def shown_statement(statement: KnownStatement) -> ShownStatement:
    """A statement without what only the last one needs."""
    return ShownStatement(**{name: getattr(statement, name) for name in ShownStatement.model_fields})


def shown_receipt(receipt: DeliveryReceipt, incident: KnownIncident) -> ShownReceipt:
    """A receipt, as it is about the incident."""
    at = from_ms(receipt.at_ms)
    pages = receipt.what == "delivered" and receipt.kind in CALLS
    return ShownReceipt(
        at=at,
        team=receipt.team,
        channel=receipt.channel,
        route=receipt.route,
        kind=receipt.kind,
        outcome=receipt.what,
        severity=receipt.severity,
        answer=receipt.detail,
        seconds_owed=(receipt.at_ms - receipt.owed_ms) / 1000,
        seconds_to_page=(at - incident.alert.since).total_seconds() - MINUTE_S if pages else None,
    )


def shown_action(action: Action) -> ShownAction:
    """An action without the incident it is about."""
    return ShownAction(**{name: getattr(action, name) for name in ShownAction.model_fields})
