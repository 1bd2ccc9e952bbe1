"""What a routing file says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from runtime.special_days import special_days
from schemas.alert import Alert
from schemas.language import Language
from sinks.notify.notification import ReportKind
from sinks.notify.routing.heartbeat import HeartbeatSettings
from sinks.notify.routing.matching import Match
from sinks.notify.routing.spans import DAY, Daily, Hours, Span

SATURDAY: Final = 5
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Names = tuple[Name, ...]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be the name of a time zone, like America/Sao_Paulo") from error
    return name


class FileTable(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LiveSilences(FileTable):
    """A list of the silences that are on.

    Args:
        digest: When it is sent; on days on which there is none, it is not.
        channels: Where.
    """

    digest: Daily
    channels: Names = Field(min_length=1)


class Team(FileTable):
    """Who is told.

    Args:
        name: Unique.
        language: Of its messages.
        time_zone: In which its hours are, and the times in its messages.
        quiet: Hours in which only what is urgent is told; the rest waits for their end.
        country: Whose public holidays it does not work on: ISO 3166-1 code of two letters.
        subdivision: The part of the country, as the package `holidays` calls it.
        budget: The most pages a week that people can take in earnest.
        silences: When it is sent a list of the silences that are on; none: never.
    """

    name: Name
    language: Language = "en"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    quiet: tuple[Hours, ...] = ()
    country: str = ""
    subdivision: str = ""
    budget: StrictInt | None = Field(default=None, ge=1)
    silences: LiveSilences | None = None

    @cached_property
    def days_off(self) -> dict[int, str]:
        """Ordinal of a date to the name of the holiday; raises `LookupError` where the country is not known."""
        return special_days(self.country.upper(), self.subdivision, (), "next") if self.country else {}

    def local(self, now: datetime) -> datetime:
        """The instant in the team's zone; as it is where the zone's calendar does not reach, at its very ends."""
        try:
            return now.astimezone(ZoneInfo(self.time_zone))
        except OverflowError:
            return now

    def works_on(self, local: datetime) -> bool:
        """Whether it works on that day: neither a weekend nor a holiday."""
        return local.weekday() < SATURDAY and local.toordinal() not in self.days_off

    def is_quiet(self, now: datetime) -> bool:
        """Whether only what is urgent is told now."""
        return any(window.holds(self.local(now)) for window in self.quiet)


class ChannelTable(BaseModel):
    """Where messages go: its kind, and what that kind needs to know beside it.

    Args:
        name: Unique.
        kind: Which kind.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: Name
    kind: str

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Name and kind alone: what else somebody has written may be a secret."""
        return [("name", self.name), ("kind", self.kind)]

    @property
    def settings(self) -> dict[str, Any]:
        """All but name and kind."""
        return dict(self.model_extra or {})


class Step(FileTable):
    """What happens when nobody has said that they are on it.

    Args:
        after: How long after the first message.
        channels: Where it is told then.
        team: Who is told; none: the route's.
    """

    after: Span
    channels: Names = Field(min_length=1)
    team: Name | None = None


class Flapping(FileTable):
    """When what opens and ends again and again is told as that, and then no more.

    Args:
        after: From this time on within `within`, 3: the third; 0: never.
        within: All of them have begun within so long.
        quiet: It is over when nothing has begun or ended for so long.
    """

    after: StrictInt = Field(default=3, ge=0)
    within: Annotated[Span, Field(le=timedelta(minutes=DAY))] = timedelta(hours=1)
    quiet: Annotated[Span, Field(gt=timedelta(0), le=timedelta(minutes=DAY))] = timedelta(minutes=30)

    @model_validator(mode="after")
    def _more_than_once(self) -> "Flapping":
        if self.after == 1:
            raise ValueError("after must be 2 at least, or 0 for never: what began once does not flap")
        return self


class Route(FileTable):
    """Which alerts go where.

    Args:
        name: Unique; for people, receipts and statistics.
        team: Who is told.
        channels: Where; none: what matches is told to nobody.
        match: Which alerts.
        go_on: Whether the routes below are looked at too where this one matches.
        urgent: Whether it is told in quiet hours as well; none: what is critical is.
        group_by: What incidents of one message have in common beside the route.
        wait: How long others are waited for after the first incident.
        join: An incident that begins within so long of the last one of an open message belongs to it.
        repeat: An incident that is open and that nobody is on is told again after so long; `0s`: never.
        escalate: What happens when nobody is on it, in order of time.
        flapping: When a series that opens and ends again and again is told as that.
        digest: When what is not urgent is told, as one message; none: when it begins.
    """

    name: Name
    team: Name
    channels: Names = ()
    match: Match = Match()
    go_on: StrictBool = False
    urgent: StrictBool | None = None
    group_by: tuple[Literal["scope", "dimension", "key"], ...] = ()
    wait: Span = timedelta(seconds=30)
    join: Span = timedelta(minutes=10)
    repeat: Span = timedelta(hours=4)
    escalate: tuple[Step, ...] = ()
    flapping: Flapping = Flapping()
    digest: Daily | None = None

    def wakes(self, alert: Alert) -> bool:
        """Whether the alert is told in quiet hours as well."""
        return alert.severity == "critical" if self.urgent is None else self.urgent

    def group_of(self, alert: Alert) -> tuple[str, ...]:
        """What the incidents of one message have in common."""
        return tuple(str(getattr(alert, field)) for field in self.group_by)


class ReportTable(FileTable):
    """A report that a team is sent by schedule.

    Args:
        kind: The last eight hours, the last whole day or the last whole week from Monday, as `floodmark report` has it.
        at: When, by the team's clock.
        team: Who gets it.
        channels: Where.
    """

    kind: ReportKind
    at: Daily
    team: Name
    channels: Names = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """What a route makes of an alert: `why_not` is empty where it matches."""

    route: Route
    why_not: str


class Routing(FileTable):
    """The whole file but its test cases. Names that are named exist, and the last route takes all that is left."""

    team: tuple[Team, ...]
    channel: tuple[ChannelTable, ...] = ()
    route: tuple[Route, ...]
    report: tuple[ReportTable, ...] = ()
    heartbeat: HeartbeatSettings | None = None
    read_in: frozenset[Name] = frozenset()
    """The channels in which people read; the others call them."""

    @cached_property
    def teams(self) -> dict[str, Team]:
        """By name."""
        return {team.name: team for team in self.team}

    def looks(self, alert: Alert, now: datetime) -> Iterator[RouteMatch]:
        """Each route that is looked at, from the top, and what it makes of the alert."""
        clocks: dict[Name, tuple[datetime, bool]] = {}
        for route in self.route:
            if route.team not in clocks:
                team = self.teams[route.team]
                local = team.local(now)
                clocks[route.team] = local, team.works_on(local)
            local, is_workday = clocks[route.team]
            why_not = route.match.mismatch(alert, local, is_workday=is_workday)
            yield RouteMatch(route, why_not)
            if not why_not and not route.go_on:
                return

    def channels_of(self, team: str, *, is_first: bool = False) -> tuple[str, ...]:
        """Each channel through which the team is told of anything; `is_first`: before anybody has failed to answer."""
        found: dict[str, None] = {}
        for route in self.route:
            if route.team == team:
                found |= dict.fromkeys(route.channels)
            for step in () if is_first else route.escalate:
                if (step.team or route.team) == team:
                    found |= dict.fromkeys(step.channels)
        return tuple(found)

    def budget_channels(self, team: str) -> tuple[str, ...]:
        """Where a team is told that it is called too often: where it reads what it is first told, else where it reads.

        Only where it reads nothing those channels are left that call it; these tell it in a way that calls nobody.
        """
        first = self.channels_of(team, is_first=True)
        others = [*self.channels_of(team), *(c for table in self.report if table.team == team for c in table.channels)]
        lists = None if team not in self.teams else self.teams[team].silences
        others += [] if lists is None else lists.channels
        read = [tuple(c for c in dict.fromkeys(each) if c in self.read_in) for each in (first, others)]
        return read[0] or read[1] or first or self.channels_of(team)

    def last_resorts(self, *teams: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Team and channels, one after the other, for a call that nobody of these teams could be given.

        Each team by all of its channels, then whom the last route tells, as that takes all that is left.
        """
        for team in dict.fromkeys(teams):
            yield team, self.channels_of(team)
        last = self.route[-1]
        yield last.team, last.channels
        yield last.team, self.channels_of(last.team)

    def drill_of(self, team: str) -> Route:
        """How a drill of the team is told: at once, also in quiet hours, through all of its channels, never again."""
        known = team if team in self.teams else self.team[0].name
        at_once = timedelta(0)
        channels = self.channels_of(team)
        return Route(
            name="drill", team=known, channels=channels, urgent=True, wait=at_once, join=at_once, repeat=at_once
        )

    def routes_of(self, alert: Alert, now: datetime) -> tuple[Route, ...]:
        """The routes that the alert takes: one at least."""
        return tuple(look.route for look in self.looks(alert, now) if not look.why_not)
