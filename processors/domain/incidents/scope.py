"""One scope as it is judged: by which rules, and with which memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from processors.domain.incidents.carrying import Carried
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey

_TOGETHER = "*"


@dataclass(frozen=True, slots=True)
class JudgedScope:
    """What does not change from minute to minute, and is asked for by every step.

    Args:
        rules: What decides.
        memory: What is remembered; judging a minute changes what is in it.
        name: Of the scope.
        carried: The ids that its incidents were told of under before; see domain.incidents.carrying.
    """

    rules: RuleSet
    memory: ScopeMemory
    name: str
    carried: Carried = field(default_factory=dict)

    def family(self, series: SeriesKey) -> list[SeriesKey]:
        """The series whose counts are not to be trusted while this one is in an incident, itself among them."""
        shares = self.memory.model.shares
        if series == VOLUME_SERIES:
            return [VOLUME_SERIES, *(SeriesKey(d, key) for d, keys in shares.items() for key in keys)]
        parent = self.rules.parent_of(series)
        facets = self.rules.facets_of(parent)
        return [parent, *(SeriesKey(d, key) for d in facets for key in shares.get(d, {}))] if facets else [series]

    def barred(self, minute: int) -> Iterator[SeriesKey]:
        """The series that must not learn in this minute: those in incidents, until they are old enough to be normal.

        The volume learns only from what is accepted as its new level, so that an outage of hours is no habit of the
        day.
        """
        for series, member in self.memory.members.items():
            if minute - member.since < self.rules.baseline.relearn_after or series == VOLUME_SERIES:
                yield from self.family(series)

    def group_of(self, series: SeriesKey) -> str:
        """Which incident of those in memory a series belongs to."""
        return _TOGETHER if self.rules.group else series.name
