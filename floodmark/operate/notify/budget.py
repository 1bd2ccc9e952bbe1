"""`floodmark notify budget`, run: how often each team was called, what calls it, and what would have to go."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from floodmark.operate.notify.spending import Caller, Page, PagedIncident, Remedy, remedy, spenders
from floodmark.queries.ask import ISO, Ask
from floodmark.queries.library import query
from runtime.exits import Misused
from runtime.output import print_json
from runtime.terminal import clean_console
from schemas.shown import shown
from sinks.notify.budget import WEEK, week_of
from sinks.notify.routing.file import RoutingError, read
from sinks.notify.routing.model import Routing, Team

BEFORE: Final = 4
"""How many weeks before this one are counted too."""
MAX_NAMED: Final = 5
"""How many rules and scopes are named."""


@dataclass(frozen=True, slots=True)
class TeamBudget:
    """What a team has had.

    Args:
        team: Whose.
        budget: The most pages a week that it can take; none: it has not said.
        week: The Monday of this week, in its zone.
        weeks: Pages of this week and of those before it, this one first.
        spenders: What has called this week, the largest first.
        remedy: What would have to go; none: it is within its budget, or nothing that is known helps.
    """

    team: str
    budget: int | None
    week: datetime
    weeks: tuple[int, ...]
    spenders: tuple[tuple[Caller, int], ...]
    remedy: Remedy | None

    @property
    def is_over(self) -> bool:
        """Whether it was called too often."""
        return self.budget is not None and self.weeks[0] > self.budget


def routing_of(path: Path) -> Routing:
    """What the file says.

    Raises:
        Misused: it cannot be used.
    """
    try:
        return read(path).routing
    except RoutingError as error:
        raise Misused(str(error)) from error


def pages_from(ask: Ask, since: datetime, until: datetime) -> dict[str, list[Page]]:
    """The pages of each team, in order of time; raises `StoreError`."""
    asked = query("pages")
    values = asked.values({"from": since.isoformat(), "to": until.isoformat()})
    answer = b"".join(ask(asked.sql, "JSONEachRow", {**ISO, **values}))
    return pages_of(json.loads(line) for line in answer.splitlines())


def pages_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Page]]:
    """The same from the rows of the query, which have one for each incident of a page."""
    found: dict[str, list[Page]] = defaultdict(list)

    def place(row: Mapping[str, Any]) -> tuple[str, ...]:
        return (row["at"], row["team"], row["notification"], row["owed_at"])

    for (at, team, *_), own in groupby(sorted(rows, key=place), key=place):
        incidents = tuple(PagedIncident(row["scope"], frozenset(row["rules"]), row["opinion"]) for row in own)
        found[team].append(Page(datetime.fromisoformat(at), incidents))
    return dict(found)


def first_instant(routing: Routing, now: datetime) -> datetime:
    """When the first week that is counted begins, in whatever team's zone it does so first."""
    return min(week_of(team, now) - BEFORE * WEEK - timedelta(hours=2) for team in routing.team).astimezone(UTC)


def budget_of(team: Team, pages: Sequence[Page], now: datetime) -> TeamBudget:
    """What the team has had by now."""
    week = week_of(team, now)
    mondays = [week.date() - number * WEEK for number in range(BEFORE + 1)]
    by_week = [[page for page in pages if week_of(team, page.at).date() == monday] for monday in mondays]
    return TeamBudget(
        team.name,
        team.budget,
        week,
        tuple(len(own) for own in by_week),
        tuple(spenders(by_week[0])),
        None if team.budget is None else remedy(by_week[0], team.budget),
    )


def show(budgets: Sequence[TeamBudget], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        for one in budgets:
            print_json(_fields(one))
        return
    console = clean_console(highlight=False, markup=False)
    table = Table("team", "budget", "this week", "before", "calls most", box=None, pad_edge=False, header_style="bold")
    for one in budgets:
        most = ", ".join(f"{caller} {count:,}" for caller, count in one.spenders[:MAX_NAMED])
        before = " ".join(f"{count:,}" for count in one.weeks[1:])
        budget = "none" if one.budget is None else f"{one.budget:,}"
        table.add_row(one.team, budget, f"{one.weeks[0]:,}", before, shown(most, keep="", mark="·"))
    console.print(table)
    for one in budgets:
        if one.is_over:
            console.print(advice(one))


def advice(one: TeamBudget) -> str:
    """What a team that is over its budget could do, in a sentence."""
    head = f"{one.team} was called {one.weeks[0]:,} times since {one.week:%Y-%m-%d}, its budget is {one.budget:,}"
    if one.remedy is None:
        return f"{head}; of these incidents too little is known to say what would have to go."
    made = one.remedy
    names = shown(" and ".join(map(str, made.callers)), keep="", mark="·")
    said = [f"{made.useful:,} that people found right", f"{made.useless:,} that they called false"]
    return f"{head}. Without {names} it would be {made.left:,}: {made.pages:,} go, {' and '.join(said)} among them."


def _fields(one: TeamBudget) -> dict[str, Any]:
    made = one.remedy
    return {
        "team": one.team,
        "budget": one.budget,
        "week": one.week.date().isoformat(),
        "pages": one.weeks[0],
        "before": list(one.weeks[1:]),
        "is_over": one.is_over,
        "spenders": [{"kind": caller.kind, "name": caller.name, "pages": count} for caller, count in one.spenders],
        "would_have_to_go": None
        if made is None
        else {
            "callers": [{"kind": caller.kind, "name": caller.name} for caller in made.callers],
            "pages": made.pages,
            "useful": made.useful,
            "useless": made.useless,
            "left": made.left,
        },
    }
