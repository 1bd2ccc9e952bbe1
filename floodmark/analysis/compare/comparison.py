"""Two rule sets on the same rows: the episodes, and what they come to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from floodmark.analysis.compare.episodes import Change, Episode, episodes
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from processors.domain.window import start_ms
from schemas.instants import from_ms


@dataclass(frozen=True, slots=True)
class RuleSetIncidents:
    """A rule set, and its incidents on the rows."""

    rules: RuleSet
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class RuleSetComparison:
    """What another rule set changes.

    Args:
        base: The rules in use.
        other: The other rules.
        episodes: By since.
        days: Days that were judged; a part of one counts as that part.
    """

    base: RuleSetIncidents
    other: RuleSetIncidents
    episodes: Sequence[Episode]
    days: float

    @property
    def changes(self) -> Counter[Change]:
        """Number of episodes by change."""
        return Counter(episode.change for episode in self.episodes)

    def a_day(self, result: RuleSetIncidents) -> float:
        """Incidents a day; 0 when nothing was judged."""
        return len(result.incidents) / self.days if self.days else 0.0


def compared(base: RuleSet, mine: Iterable[Incident], other: RuleSet, theirs: Iterable[Incident],
             *, minutes: int) -> RuleSetComparison:  # fmt: skip
    """Compare what two rule sets said of the same `minutes` minutes."""
    one, two = RuleSetIncidents(base, tuple(mine)), RuleSetIncidents(other, tuple(theirs))
    found = episodes(one.incidents, two.incidents, {**other.facets, **base.facets})
    return RuleSetComparison(one, two, found, minutes / 1440)


def as_json(comparison: RuleSetComparison) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "days": comparison.days,
        "base": _result_as_json(comparison, comparison.base),
        "other": _result_as_json(comparison, comparison.other),
        "changes": {name: comparison.changes[name] for name in ("added", "lost", "earlier", "later", "same")},
        "episodes": [
            {
                "change": episode.change,
                "minutes": episode.minutes,
                "since": instant(episode.since).isoformat(),
                "base": [plain(incident) for incident in episode.base],
                "other": [plain(incident) for incident in episode.other],
            }
            for episode in comparison.episodes
        ],
    }


def instant(minute: int) -> datetime:
    """The start of the minute."""
    return from_ms(start_ms(minute))


def _result_as_json(comparison: RuleSetComparison, result: RuleSetIncidents) -> dict[str, Any]:
    return {
        "rule_set": result.rules.name,
        "version": result.rules.version,
        "incidents": len(result.incidents),
        "incidents_a_day": round(comparison.a_day(result), 3),
        "by_severity": dict(sorted(Counter(incident.severity for incident in result.incidents).items())),
    }


def plain(incident: Incident) -> dict[str, Any]:
    """The incident for programs."""
    return {
        "incident_id": incident.id,
        "scope": incident.scope,
        "dimension": incident.dimension,
        "key": incident.key,
        "since": instant(incident.since).isoformat(),
        "opened": instant(incident.opened).isoformat(),
        "last_seen": instant(incident.last_seen).isoformat(),
        "severity": incident.severity,
        "rules": list(incident.rules),
    }
