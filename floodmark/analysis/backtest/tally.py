"""What was judged and said, counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from processors.domain.ruleset import RuleSet


@dataclass(slots=True)
class Tally:
    """What was judged and said.

    Args:
        rows: Rows read.
        minutes: The minutes judged, by number.
        incidents: Those that opened, by series (`status denied`).
    """

    rows: int = 0
    minutes: set[int] = field(default_factory=set)
    incidents: Counter[str] = field(default_factory=Counter)

    @property
    def days(self) -> float:
        """The minutes in days."""
        return len(self.minutes) / 1440

    @property
    def a_day(self) -> float:
        """Incidents a day; 0 when nothing was judged."""
        return self.incidents.total() / self.days if self.minutes else 0.0

    def extent(self, rules: RuleSet) -> str:
        """`38,880 rows, 4,320 minutes (3.0 days), rules default 0123456789ab`."""
        judged = f"{self.rows:,} rows, {len(self.minutes):,} minutes ({self.days:.1f} days)"
        return f"{judged}, rules {rules.name} {rules.version}"

    def as_json(self, rules: RuleSet) -> dict[str, Any]:
        """The same for programs."""
        return {
            "rule_set": rules.name,
            "version": rules.version,
            "rows": self.rows,
            "minutes": len(self.minutes),
            "incidents": self.incidents.total(),
            "incidents_a_day": round(self.a_day, 3),
            "by_series": dict(self.incidents.most_common()),
        }
