"""One scope as it is judged: by which rules, and what is remembered of it from minute to minute."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from processors.domain.baseline import sums_of
from processors.domain.incidents.carrying import Carried
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.rebound import Rebound
from processors.domain.model import ScopeModel
from processors.domain.rules import Member
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey

_TOGETHER = "*"


def append(counts: list[int], count: int, most: int) -> None:
    """Remember one more count, of so many at most: the oldest is forgotten."""
    counts.append(count)
    if len(counts) > most:
        del counts[:-most]


@dataclass(slots=True)
class SeriesMemory:
    """What is remembered of one series.

    Args:
        taught: Counts that the baseline may use, oldest first.
        recent: Counts of the last minutes with data, oldest first.
    """

    taught: list[int] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)
    _sums: tuple[int, int] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def sums(self) -> tuple[int, int]:
        """The sum of what is taught, and that of the squares; kept from minute to minute, as each asks for them."""
        if self._sums is None:
            self._sums = sums_of(self.taught)
        return self._sums

    def teach(self, count: int, most: int) -> None:
        """Remember one more count that the baseline may use, of so many at most."""
        taught, sums = self.taught, self._sums
        if sums is not None:
            gone = taught[0] if len(taught) == most else 0
            is_kept = len(taught) <= most
            self._sums = (sums[0] + count - gone, sums[1] + count * count - gone * gone) if is_kept else None
        append(taught, count, most)

    def copy(self) -> "SeriesMemory":
        """A memory that changes apart from this one."""
        copy = SeriesMemory(self.taught.copy(), self.recent.copy())
        copy._sums = self._sums
        return copy


@dataclass(slots=True)
class DimensionMemory:
    """What is remembered of one dimension: how long, its totals, and its series by key."""

    minutes: int = 0
    totals: list[int] = field(default_factory=list)
    series: dict[str, SeriesMemory] = field(default_factory=dict)


@dataclass(slots=True)
class ScopeMemory:
    """All that the judge of a scope needs to go on.

    Args:
        dimensions: By name.
        incidents: Those that are not over, by group: the name of a series, or `*` for all of the scope together.
        members: The series in them.
        last_data: Last judged minute that held data.
        model: What the scope normally looks like; empty where no rule asks for it.
        usual_amount: Amount of a transaction, a moving mean over minutes without incident; 0 while unknown.
        anew: Series to how many minutes of its dimension lie before its evidence: maintenance ended then.
        ended: Series to the minute in which its last incident ended, for those of the last hour at least.
        even: Minutes in a row in which everything seems to have come twice, and the counts in them.
        blind: Whether the last minute could not be trusted.
        jumps: Since and until which minute counts have jumped to twice what they were, how often, and how often from an
            odd count; none to an odd one.
        rebound: What comes back after transactions were missing; None when none are expected back.
    """

    dimensions: dict[str, DimensionMemory] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    members: dict[SeriesKey, Member] = field(default_factory=dict)
    last_data: int | None = None
    model: ScopeModel = field(default_factory=ScopeModel)
    usual_amount: float = 0.0
    rebound: Rebound | None = None
    anew: dict[SeriesKey, int] = field(default_factory=dict)
    ended: dict[SeriesKey, int] = field(default_factory=dict)
    blind: bool = False
    even: tuple[int, int] = (0, 0)
    jumps: tuple[int, int, int, int] = (0, 0, 0, 0)

    def copy(self) -> "ScopeMemory":
        """A memory that changes apart from this one."""
        dimensions = {
            name: DimensionMemory(
                d.minutes,
                d.totals.copy(),
                {key: series.copy() for key, series in d.series.items()},
            )
            for name, d in self.dimensions.items()
        }
        return ScopeMemory(
            dimensions,
            dict(self.incidents),
            dict(self.members),
            self.last_data,
            self.model.copy(),
            self.usual_amount,
            self.rebound,
            self.anew,
            self.ended,
            self.blind,
            self.even,
            self.jumps,
        )

    def living(self) -> dict[str, Incident]:
        """By id, the incidents that something may still be said of, even if no late data come."""
        living = {incident.id: incident for incident in self.incidents.values()}
        if self.rebound is not None and self.rebound.incident is not None:
            living[self.rebound.incident.id] = self.rebound.incident
        return living

    def lapse(self) -> None:
        """Forget recent counts after a long silence: they are not recent any more. The habits of the day are kept."""
        self.dimensions.clear()
        self.anew = {}
        self.model.lapse()


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
        """Which incident of those in memory a series belongs to, or would."""
        if not self.rules.group:
            return series.name
        member = self.memory.members.get(series)
        return _TOGETHER if member is None else member.group or _TOGETHER
