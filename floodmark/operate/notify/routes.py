"""`floodmark notify routes`, run: read routing files, say who would be told of what, end with the exit code."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.table import Table

from runtime.exits import Exit, fail
from runtime.output import to_stderr, to_stdout
from runtime.terminal import clean_console
from sinks.notify.routing.cases import CaseAlert, told
from sinks.notify.routing.file import RoutingError, RoutingFile, read
from sinks.notify.routing.model import Route
from sinks.notify.routing.spans import in_words


def check(files: Sequence[Path]) -> None:
    """Say of each file whether it can be used; ends the process with 2 when one cannot."""
    bad = 0
    for path in files:
        try:
            file = read(path)
        except RoutingError as error:
            to_stderr(str(error))
            bad += 1
        else:
            to_stdout(f"{path}: ok, {_counts(file)}")
    if bad:
        raise SystemExit(Exit.MISUSED)


def test(files: Sequence[Path]) -> None:
    """Try the test cases of the files; ends the process with 1 when one fails, with 2 when a file cannot be used."""
    failed = 0
    for path in files:
        file = _read(path)
        if not file.cases:
            to_stderr(f"{path}: has no [[test]]: nothing was tried.")
        for case in file.cases:
            found, expected = told(file.routing, case), tuple(sorted(set(case.expect)))
            if found == expected:
                to_stdout(f"{path}: {case.name}: ok")
            else:
                failed += 1
                to_stdout(f"{path}: {case.name}: FAILED: tells {_listed(found)}, not {_listed(expected)}")
    if failed:
        raise SystemExit(Exit.FAILED)


def explain(path: Path, alert: CaseAlert, at: datetime) -> None:
    """Print which routes such an alert would take at that time, and what speaks against the others.

    Ends the process with 2 when the file cannot be used.
    """
    routing = _read(path).routing
    console = clean_console(highlight=False, markup=False)
    table = Table("route", "takes it", "team", "tells", "then", box=None, pad_edge=False, header_style="bold")
    for look in routing.looks(alert.alert(at), at):
        route, team = look.route, routing.teams[look.route.team]
        if look.why_not:
            table.add_row(route.name, f"no: {look.why_not}", "", "", "")
            continue
        waits = not route.wakes(alert.alert(at))
        held = "yes, after its quiet hours" if waits and team.is_quiet(at) else "yes"
        is_digest = waits and route.digest is not None
        table.add_row(
            route.name,
            "yes, in its digest" if is_digest else held,
            team.name,
            ", ".join(route.channels) or "nobody",
            "; ".join([*(() if is_digest else _steps(route)), *(["the routes below"] if route.go_on else ())]),
        )
    console.print(table)


def _steps(route: Route) -> Iterator[str]:
    """Who is told while nobody is on it, and when."""
    for step in route.escalate:
        yield f"{in_words(step.after)}: {', '.join(step.channels)}"


def _read(path: Path) -> RoutingFile:
    try:
        return read(path)
    except RoutingError as error:
        fail(str(error), Exit.MISUSED)


def _counts(file: RoutingFile) -> str:
    routing = file.routing
    counted = [(routing.team, "team"), (routing.channel, "channel"), (routing.route, "route"), (file.cases, "test")]
    if routing.report:
        counted.append((routing.report, "report"))
    return ", ".join(f"{len(tables)} {word}{'' if len(tables) == 1 else 's'}" for tables, word in counted)


def _listed(channels: Sequence[str]) -> str:
    return ", ".join(channels) or "nobody"
