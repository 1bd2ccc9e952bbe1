"""From a TOML file to a routing; every error names the file, the line and the key."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.toml_places import line_of, line_of_deep_name
from sinks.notify.channels import kinds
from sinks.notify.channels.kind import wrong_setting
from sinks.notify.routing import faults
from sinks.notify.routing.cases import RoutingCase
from sinks.notify.routing.heartbeat import HeartbeatSettings
from sinks.notify.routing.model import ChannelTable, Name, ReportTable, Route, Routing, Team
from sinks.notify.routing.spans import in_words

_TABLES: Final[dict[str, type[BaseModel]]] = {
    "team": Team,
    "channel": ChannelTable,
    "route": Route,
    "report": ReportTable,
    "test": RoutingCase,
}

MAX_BYTES: Final = 1_000_000
"""A file is read anew while people wait for pages: one of this length takes some seconds."""
_HEAD: Final = re.compile(r"\s*\[{1,2}\s*(\w+)\s*\]{1,2}")
_MAX_SHOWN: Final = 500
"""So much of a key or of what is wrong with it is told, in characters."""


class RoutingError(ValueError):
    """A routing file that cannot be used; the message says where, and what to do."""


@dataclass(frozen=True, slots=True)
class RoutingFile:
    """What a routing file holds."""

    routing: Routing
    cases: tuple[RoutingCase, ...]


@dataclass(frozen=True, slots=True)
class _Fault:
    table: str
    index: int
    key: str
    what: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    team: list[Any] = []
    channel: list[Any] = []
    route: list[Any] = []
    report: list[Any] = []
    test: list[Any] = []
    heartbeat: dict[str, Any] | None = None


def read(path: Path) -> RoutingFile:
    """What is in the file.

    Raises:
        RoutingError: it cannot be read, is no TOML, or says something that cannot be.
    """
    return parsed(path, content_of(path))


def content_of(path: Path) -> bytes:
    """The bytes of the file; raises `RoutingError` when they cannot be read, or are more than MAX_BYTES."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RoutingError(f"{path}: cannot be read: {error.strerror}. Name an existing TOML file.") from error
    if len(raw) > MAX_BYTES:
        raise RoutingError(
            f"{path}: is longer than {MAX_BYTES:,} bytes. Say with `*` what many lines say, or split the installation."
        )
    return raw


def parsed(path: Path, raw: bytes) -> RoutingFile:
    """What `raw`, which lies in `path`, says; raises `RoutingError`."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise RoutingError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}.") from error
    if line := line_of_deep_name(text):
        raise RoutingError(f"{path}:{line}: not TOML that is used here: a name with a hundred dots.")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        named = re.search(r"\(at line (\d+)", str(error))
        line = int(named[1]) if named else text.count("\n") + 1
        raise RoutingError(f"{path}:{line}: not TOML: {error}{_remedy(text.splitlines()[line - 1 : line])}") from error
    found = _read(content)
    if isinstance(found, _Fault):
        line = line_of(text, found.table, found.index, found.key)
        head = "[heartbeat]" if found.table == "heartbeat" else f"[[{found.table}]]" * bool(found.table)
        where = " ".join(word for word in (head, found.key) if word)
        raise RoutingError(f"{path}:{line}: {_cut(where)}: {_cut(found.what)}")
    return found


def _cut(text: str) -> str:
    """What a person reads of it: a value may be as long as the file."""
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _remedy(lines: Sequence[str]) -> str:
    """What to do about the line that is no TOML, where that is plain."""
    head = _HEAD.match("".join(lines))
    if head is not None and head[1] in _Content.model_fields:
        return f"; {head[1]} {_headed(head[1])}"
    return ""


def _read(content: dict[str, Any]) -> RoutingFile | _Fault:
    try:
        _Content.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        what = faults.words(_Content, first) if first["type"] == "extra_forbidden" else _headed(name)
        return _Fault("", 0, name, what)
    made: dict[str, list[Any]] = {name: [] for name in _TABLES}
    for name, kind in _TABLES.items():
        for index, table in enumerate(content.get(name, [])):
            one = _made(kind, name, index, table)
            if isinstance(one, _Fault):
                return one
            made[name].append(one)
    for fault in _faults(made["team"], made["channel"], made["route"], made["test"]):
        return fault
    for fault in _scheduled(made["report"], made["team"], made["channel"]):
        return fault
    beat = content.get("heartbeat")
    if beat is not None and (wrong := wrong_setting(HeartbeatSettings, beat)) is not None:
        return _Fault("heartbeat", 0, wrong.key, wrong.what)
    routing = Routing(
        team=tuple(made["team"]),
        channel=tuple(made["channel"]),
        route=tuple(made["route"]),
        report=tuple(made["report"]),
        heartbeat=None if beat is None else HeartbeatSettings.model_validate(beat),
        read_in=frozenset(_read_in(made["channel"])),
    )
    return RoutingFile(routing, tuple(made["test"]))


def _headed(name: str) -> str:
    """How tables of that name begin."""
    if name == "heartbeat":
        return "must be one table, headed [heartbeat] in single brackets"
    return f"must be a table for each {name}, headed [[{name}]] in double brackets"


def _made(kind: type[BaseModel], name: str, index: int, table: Any) -> BaseModel | _Fault:
    if not isinstance(table, dict):
        return _Fault("", 0, name, _headed(name))
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # A misspelled name is why the right one is missing.
        first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
        key, way = faults.place(first)
        return _Fault(name, index, key, f"{way}: " * bool(way) + faults.words(kind, first))


def _faults(
    teams: Sequence[Team], channels: Sequence[ChannelTable], routes: Sequence[Route], cases: Sequence[RoutingCase]
) -> Iterator[_Fault]:
    """What is wrong between tables that are each fine."""
    for name, tables in (("team", teams), ("channel", channels), ("route", routes), ("test", cases)):
        yield from _taken(name, tables)
    if not teams:
        yield _Fault("", 0, "team", "there is no [[team]]; somebody has to be told")
    yield from _countries(teams)
    yield from _channels(channels)
    yield from _reports(teams, channels, routes)
    known_teams, known_channels = {team.name for team in teams}, {channel.name for channel in channels}
    for index, route in enumerate(routes):
        yield from _unknown("route", index, "team", [route.team], known_teams)
        yield from _unknown("route", index, "channels", route.channels, known_channels)
        yield from _steps(index, route, known_teams, known_channels)
        yield from _lapses(index, route, channels)
    for index, case in enumerate(cases):
        yield from _unknown("test", index, "expect", case.expect, known_channels)
    yield from _left_over(routes)


def _taken(name: str, tables: Iterable[Any]) -> Iterator[_Fault]:
    seen: set[Name] = set()
    for index, table in enumerate(tables):
        if table.name in seen:
            yield _Fault(name, index, "name", f"the name {table.name!r} is taken above; names are unique")
        seen.add(table.name)


def _channels(channels: Sequence[ChannelTable]) -> Iterator[_Fault]:
    for index, table in enumerate(channels):
        found = kinds.wrong(table)
        if found is not None:
            yield _Fault("channel", index, found.key, found.what)


def _reports(teams: Sequence[Team], channels: Sequence[ChannelTable], routes: Sequence[Route]) -> Iterator[_Fault]:
    """What is to be read goes where somebody reads."""
    names, read = {table.name for table in channels}, _read_in(channels)
    for index, team in enumerate(teams):
        if team.silences is not None:
            yield from _unknown("team", index, "silences", team.silences.channels, names, kind="channel")
            if not read & set(team.silences.channels):
                yield _Fault(
                    "team", index, "silences", "names only channels that call people; a list needs one to read"
                )
    for index, route in enumerate(routes):
        if route.digest is not None and not read & set(route.channels):
            yield _Fault("route", index, "digest", "needs a channel to be read in; the route's channels call people")


def _scheduled(
    reports: Sequence[ReportTable], teams: Sequence[Team], channels: Sequence[ChannelTable]
) -> Iterator[_Fault]:
    names, read = {table.name for table in channels}, _read_in(channels)
    for index, report in enumerate(reports):
        yield from _unknown("report", index, "team", [report.team], {team.name for team in teams})
        yield from _unknown("report", index, "channels", report.channels, names)
        if not read & set(report.channels):
            yield _Fault(
                "report", index, "channels", "names only channels that call people; a report needs one to read"
            )
        if report.kind == "week" and len(report.at.days) > 1:
            what = 'would send the same week on each of these days; name one day, like "mon 08:00"'
            yield _Fault("report", index, "at", what)


def _read_in(channels: Sequence[ChannelTable]) -> set[str]:
    return {table.name for table in channels if table.kind in kinds.KINDS and kinds.KINDS[table.kind].is_read}


def _lapses(index: int, route: Route, channels: Sequence[ChannelTable]) -> Iterator[_Fault]:
    """A target that takes for over what it hears no more of has to be told again in time."""
    for table in channels:
        lasts = kinds.KINDS[table.kind].lasts_for(table.settings) if table.name in route.channels else None
        if lasts is not None and not timedelta(0) < route.repeat < lasts:
            what = (
                f"is {in_words(route.repeat)}, but the channel {table.name!r} takes for over what it has not been told "
                f"again within {in_words(lasts)}; repeat sooner, or give the channel longer"
            )
            yield _Fault("route", index, "repeat", what)


def _countries(teams: Sequence[Team]) -> Iterator[_Fault]:
    for index, team in enumerate(teams):
        try:
            _ = team.days_off
        except LookupError:
            yield _Fault("team", index, *faults.country(team.country, team.subdivision))


def _unknown(
    table: str, index: int, key: str, names: Iterable[str], known: set[str], kind: str = ""
) -> Iterator[_Fault]:
    kind = kind or ("team" if key.endswith("team") else "channel")
    for name in names:
        if name not in known:
            there = f"there are: {', '.join(sorted(known))}" if known else f"there is no [[{kind}]]"
            yield _Fault(table, index, key, f"names the {kind} {name!r}, which is not in the file; {there}")


def _steps(index: int, route: Route, teams: set[str], channels: set[str]) -> Iterator[_Fault]:
    last = None
    for number, step in enumerate(route.escalate, start=1):
        yield from _unknown("route", index, "escalate", step.channels, channels)
        if step.team is not None and step.team not in teams:
            yield _Fault("route", index, "escalate", f"names the team {step.team!r}, which is not in the file")
        if last is not None and step.after <= last:
            what = f"entry {number}: must be later than the one before; it is after {in_words(step.after)}"
            yield _Fault("route", index, "escalate", what)
        last = step.after
    if route.escalate and not route.channels:
        yield _Fault("route", index, "escalate", "means nothing where nobody is told first: the route has no channels")


def _left_over(routes: Sequence[Route]) -> Iterator[_Fault]:
    if not routes:
        yield _Fault("", 0, "route", "there is no [[route]]; nobody would be told of anything")
    elif not routes[-1].match.is_open or routes[-1].go_on:
        what = (
            "the last route must take all that is left (no match, no go_on), so that no alert is lost unseen; "
            "where nobody is to be told, it has channels = []"
        )
        yield _Fault("route", len(routes) - 1, "match" if not routes[-1].match.is_open else "go_on", what)
    for index, route in enumerate(routes[:-1]):
        if route.match.is_open and not route.go_on:
            yield _Fault("route", index, "match", "takes everything, so that the routes below are never reached")
