"""The test cases that a routing file carries: an alert, an instant, and who is to be told of it."""

from datetime import UTC, datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.alert import Alert
from schemas.severity import Severity
from sinks.notify.routing.model import FileTable, Name, Routing

NOON: Final = datetime(2026, 1, 7, 12, tzinfo=UTC)
"""A Wednesday: when a case is that does not say."""


class CaseAlert(BaseModel):
    """What a case's alert says; the rest is of no matter to a route."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity = "warning"
    scope: str = "all"
    dimension: str = "status"
    key: str = "denied"
    rules: tuple[str, ...] = ()
    loss: int = Field(default=0, ge=0)
    amount: int = Field(default=0, ge=0)

    def alert(self, at: datetime) -> Alert:
        """The alert, said at this instant."""
        return Alert.model_validate(
            {
                "incident_id": "case",
                "state": "firing",
                "severity": self.severity,
                "scope": self.scope,
                "dimension": self.dimension,
                "key": self.key,
                "timestamp": at,
                "since": at,
                "last_seen": at,
                "observed": 0,
                "rules": list(self.rules),
                "summary": "",
                "estimated_loss": {"transactions": float(self.loss), "amount": float(self.amount)},
                "rule_set": "",
            }
        )


class RoutingCase(FileTable):
    """One `[[test]]`.

    Args:
        name: Unique.
        alert: What is said.
        at: When.
        expect: The channels that tell of it, in any order; empty: none.
    """

    name: Name
    alert: CaseAlert = CaseAlert()
    at: AwareDatetime = NOON
    expect: tuple[Name, ...]


def told(routing: Routing, case: RoutingCase) -> tuple[str, ...]:
    """The channels that would tell of the case's alert first, by name, each once."""
    routes = routing.routes_of(case.alert.alert(case.at), case.at)
    return tuple(sorted({channel for route in routes for channel in route.channels}))
