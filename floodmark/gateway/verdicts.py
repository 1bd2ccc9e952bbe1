"""The verdict on what was posted: its series in its minute as if all up to that minute closed now.

By the timeline that the stream judges by, with its memory; asking changes nothing in it. What has been counted of the
minute so far is what the workers have told of it; what was posted comes on top.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from processors.domain.counting.rows import Rows
from processors.domain.incidents.follow import Look
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.judging.timeline import Timeline
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import SeriesKey
from processors.domain.window import AUTH_CODE, OTHER, STATUS, Dimensions, TimePolicy, end_ms, minute_of, start_ms
from processors.stages.advice import advice
from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.instants import from_ms
from schemas.minute import Verdict
from schemas.severity import Severity

MAX_JUDGED: Final = 20
"""How many scopes and minutes of one post get a verdict: each takes a millisecond or more."""
MAX_AHEAD: Final = 30
"""How many minutes may lie between the last one that is judged and the one that is asked for."""
_RANK: Final = {"critical": 6, "warning": 5, "info": 4, "unknown": 3, "no_data": 2, "warming_up": 1, "normal": 0}

Level = Literal["NORMAL", "INFO", "WARNING", "CRITICAL"]
_LEVELS: Final[Mapping[str, Level]] = {"info": "INFO", "warning": "WARNING", "critical": "CRITICAL"}


Steps = Sequence[tuple[Transition, Incident]]


class JudgedState(Protocol):
    """What the gateway knows of the judge, as it follows it."""

    @property
    def rules(self) -> RuleSet:
        """By which rules it judges."""

    @property
    def policy(self) -> TimePolicy:
        """By which times."""

    def why_not(self, scope: str) -> str | None:
        """Why nothing can be said of a scope now, in words; None when something can."""

    def timeline(self, scope: str) -> Timeline | None:
        """The timeline of a scope, with what has been counted of its open minutes; None where nobody knows the scope.

        It is asked on the loop, and nothing else happens to it meanwhile.
        """

    def age_s(self, scope: str) -> float:
        """Seconds since it was last heard how far the scope is judged and counted."""

    def open_alerts(self, scope: str) -> Sequence[Alert]:
        """The last word on each incident of a scope that is open, the largest first."""


class RuleViolation(BaseModel):
    """What one rule has found in the minute."""

    rule: str = Field(description="Its name in the rule file.")
    severity: Severity = Field(description="How severe it finds that.")
    score: float = Field(description="The same as a number, 0 to 100.")
    because: str = Field(description="Why, in words.")


class OpenIncident(BaseModel):
    """An incident of the scope that is open, as it was last told; `GET /v1/incidents/{id}` has all of it."""

    incident_id: str
    state: AlertState
    severity: Severity
    dimension: str
    key: str
    since: datetime = Field(description="Start of its first minute (UTC).")
    score: float
    summary: str


class SeriesVerdict(BaseModel):
    """One series in the minute, as if it closed now; fields as in the minutes topic."""

    model_config = ConfigDict(frozen=True)

    dimension: Literal["status", "auth_code"]
    key: str
    count: int = Field(description="Counted of it so far, with what was posted.")
    total: int = Field(description="The same over all keys of the dimension.")
    share: float | None
    expected: float | None = Field(description="Count to be expected in the whole minute; null while warming up.")
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    z: float | None
    verdict: Verdict
    anomaly_score: Annotated[float, Field(ge=0, le=100)]
    terms: dict[str, float] = Field(description="What the score is made of, by rule.")
    rule_violations: list[RuleViolation]


class PostVerdict(BaseModel):
    """The verdict on what was posted of one scope and minute, as if the minute closed now."""

    scope: str
    minute: datetime = Field(description="Start of the minute (UTC).")
    is_anomaly: bool = Field(description="Whether a rule has found something in a series that was posted.")
    alert_level: Level = Field(description="The worst of them.")
    anomaly_score: Annotated[float, Field(ge=0, le=100)] = Field(description="The highest of them.")
    terms: dict[str, float] = Field(description="What that score is made of, by rule.")
    rule_violations: list[RuleViolation] = Field(description="What the rules have found in them.")
    recommendation: str = Field(description="What to do first; empty when nothing is wrong.")
    series: list[SeriesVerdict] = Field(description="Each series that was posted, the worst first.")
    alerts: list[OpenIncident] = Field(description="The incidents of the scope that are open, the largest first.")
    judged_to: datetime | None = Field(description="End of the last minute that is judged (UTC); null: none is.")
    state_age_s: float = Field(description="How old the state is that this was judged with, in seconds.")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a post holds of one scope and minute."""

    scope: str
    minute: int
    counts: Dimensions


class NoVerdict(Exception):
    """Nothing can be said; the message says why."""


def posted_in(rows: Rows) -> list[Posted]:
    """What the readable records of a post come to, by scope and minute, in order of their minutes."""
    found: dict[tuple[int, str], Dimensions] = {}
    columns = (rows.times_ms.tolist(), rows.codes.tolist(), rows.counts.tolist(), rows.amounts.tolist())
    for time_ms, code, count, amount in zip(*columns, strict=True):
        scope, status, auth_code = rows.places[code]
        counts = found.setdefault((minute_of(time_ms), scope), {})
        for dimension, key in ((STATUS, status), (AUTH_CODE, auth_code)):
            if key is not None:
                cell = counts.setdefault(dimension, {}).setdefault(key, [0, 0])
                cell[0] += count
                cell[1] += amount
    return [Posted(scope, minute, counts) for (minute, scope), counts in sorted(found.items())]


def verdict_on(posted: Posted, state: JudgedState) -> PostVerdict:
    """The verdict on what was posted of a scope and minute.

    Raises:
        NoVerdict: The minute is judged already, or the state is not known yet.
    """
    if (why := state.why_not(posted.scope)) is not None:
        raise NoVerdict(why)
    timeline = state.timeline(posted.scope) or Timeline(state.rules, state.policy, posted.scope)
    steps: Steps = ()
    looks = timeline.glance_if_closed(posted.minute, posted.counts, MAX_AHEAD)
    if looks is None:
        judged = timeline.as_if_closed(posted.minute, posted.counts, MAX_AHEAD)
        if judged is None:
            raise NoVerdict(
                "the minute is judged already; what comes late changes it: see GET /v1/minutes"
                if timeline.is_judged(posted.minute)
                else f"the minute lies more than {MAX_AHEAD} minutes after the last one that is judged"
            )
        looks, steps = _posted(posted, judged.looks), judged.steps
    looks.sort(key=lambda look: (-_RANK[look.verdict.verdict], -look.verdict.score, look.series.dimension != STATUS))
    return _told(posted, looks, steps, timeline, state)


def _posted(posted: Posted, looks: Sequence[Look]) -> list[Look]:
    """The series that were posted; where there is no room for a key any more, it counts as one of the others."""
    known = {look.series for look in looks}
    keys = (SeriesKey(dimension, key) for dimension, keys in posted.counts.items() for key in keys)
    wanted = {series if series in known else SeriesKey(series.dimension, OTHER) for series in keys}
    return [look for look in looks if look.series in wanted]


def _told(posted: Posted, looks: Sequence[Look], steps: Steps, timeline: Timeline, state: JudgedState) -> PostVerdict:
    series = [_series(look) for look in looks]
    worst = max(series, key=lambda each: each.anomaly_score)
    judged_to = timeline.state.judged_to
    return PostVerdict(
        scope=posted.scope,
        minute=from_ms(start_ms(posted.minute)),
        is_anomaly=any(each.rule_violations for each in series),
        alert_level=_LEVELS.get(series[0].verdict, "NORMAL"),
        anomaly_score=worst.anomaly_score,
        terms=worst.terms,
        rule_violations=[violation for each in series for violation in each.rule_violations],
        recommendation=_recommendation(looks, steps, state.rules),
        series=series,
        alerts=[_open(alert) for alert in state.open_alerts(posted.scope)],
        judged_to=None if judged_to is None else from_ms(end_ms(judged_to)),
        state_age_s=round(state.age_s(posted.scope), 3),
    )


def _series(look: Look) -> SeriesVerdict:
    v = look.verdict
    return SeriesVerdict(
        dimension=v.dimension,
        key=v.key,
        count=v.count,
        total=v.total,
        share=v.share,
        expected=v.expected,
        low=v.low,
        high=v.high,
        mean=v.mean,
        std=v.std,
        z=v.z,
        verdict=v.verdict,
        anomaly_score=v.score,
        terms=v.terms,
        rule_violations=[
            RuleViolation(rule=f.rule, severity=f.severity, score=f.score, because=f.because) for f in look.findings
        ],
    )


def _recommendation(looks: Sequence[Look], steps: Steps, rules: RuleSet) -> str:
    """What the incident recommends that the worst series is part of, or else the rules that found something in it."""
    for look in looks:
        if look.findings:
            known = [rules.rule(finding.rule) for finding in look.findings]
            incident = next((each for _, each in steps if look.series.name in each.members), None)
            if incident is not None:
                return advice(incident, [rule for rule in rules.rules if rule.name in incident.rules])
            return " ".join(dict.fromkeys(rule.recommendation for rule in known if rule.recommendation))
    return ""


def _open(alert: Alert) -> OpenIncident:
    return OpenIncident(
        incident_id=alert.incident_id,
        state=alert.state,
        severity=alert.severity,
        dimension=alert.dimension,
        key=alert.key,
        since=alert.since,
        score=alert.score,
        summary=alert.summary,
    )
