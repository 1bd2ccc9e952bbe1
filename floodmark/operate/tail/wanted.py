"""Which minutes and alerts somebody wants to see. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from schemas.alert import Alert
from schemas.words import plain
from sinks.live.feed import SeenMinute


@dataclass(frozen=True, slots=True)
class WantedRecords:
    """What is wanted; an empty collection: all. Words are compared as records' words are.

    Args:
        scopes: Scopes.
        keys: Statuses and auth codes.
        severities: Severities of alerts, or verdicts of minutes.
    """

    scopes: Collection[str] = ()
    keys: Collection[str] = ()
    severities: Collection[str] = ()

    @classmethod
    def of(cls, scopes: Collection[str], keys: Collection[str], severities: Collection[str]) -> "WantedRecords":
        """As it was typed."""
        return cls(frozenset(map(plain, scopes)), frozenset(map(plain, keys)), frozenset(severities))

    def has(self, scope: str, key: str, severity: str) -> bool:
        """Whether it is wanted."""
        return (
            (not self.scopes or scope in self.scopes)
            and (not self.keys or key in self.keys)
            and (not self.severities or severity in self.severities)
        )

    def has_alert(self, alert: Alert) -> bool:
        """Whether an alert is wanted."""
        return self.has(alert.scope, alert.key, alert.severity)

    def has_minute(self, seen: SeenMinute) -> bool:
        """Whether a minute is wanted."""
        return self.has(seen.scope, seen.key, seen.verdict)
