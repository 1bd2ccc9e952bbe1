"""The comparison in a terminal: what changes, one line an episode, then the totals."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floodmark.analysis.compare.comparison import RuleSetComparison, RuleSetIncidents, instant
from floodmark.analysis.compare.episodes import Episode, severity
from processors.domain.incidents.incident import Incident
from processors.domain.window import STATUS
from schemas.instants import clock, in_column
from schemas.severity import SEVERITIES

_STYLES: Final = {"added": "cyan", "lost": "bold red", "earlier": "green", "later": "yellow", "same": "dim"}
LINES: Final = 60
"""How many episodes are shown; more are for programs."""


def show(comparison: RuleSetComparison, console: Console) -> None:
    """Print the comparison."""
    shown = [episode for episode in comparison.episodes if episode.is_noticeable]
    if shown:
        console.print(_changes(comparison, shown[:LINES]))
    if len(shown) > LINES:
        console.print(Text(f"… and {len(shown) - LINES} more; --json has all of them", style="dim"))
    console.print(_totals(comparison))
    console.print(Text(in_words(comparison), style="bold"))


def names(comparison: RuleSetComparison) -> tuple[str, str]:
    """What to call the two; when both files have one name, their versions too."""
    base, other = comparison.base.rules, comparison.other.rules
    if base.name != other.name:
        return base.name, other.name
    return f"{base.name} {base.version}", f"{other.name} {other.version}"


def in_words(comparison: RuleSetComparison) -> str:
    """What the other rules change, in one sentence."""
    count, (before, name) = comparison.changes, names(comparison)
    if not comparison.episodes:
        return f"Neither {before} nor {name} finds anything."
    return (
        f"{name} would add {count['added']}, lose {count['lost']}, find {count['earlier']} earlier"
        f"{_by(comparison, 'earlier')} and {count['later']} later{_by(comparison, 'later')}; "
        f"{count['same']} at the same minute."
    )


def _by(comparison: RuleSetComparison, change: str) -> str:
    late = [abs(episode.minutes) for episode in comparison.episodes if episode.change == change]
    return f" (median {median(late):g} min)" if late else ""


def _changes(comparison: RuleSetComparison, episodes: Sequence[Episode]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("change", no_wrap=True)
    table.add_column("since (UTC)", no_wrap=True)
    table.add_column("what")
    for name in names(comparison):
        table.add_column(name)
    for episode in episodes:
        by = f" {abs(episode.minutes)} min" if episode.minutes else ""
        table.add_row(
            Text(episode.change + by, style=_STYLES[episode.change]),
            in_column(instant(episode.since)),
            Text(_what(episode)),
            Text(_side(episode.base)),
            Text(_side(episode.other)),
        )
    return table


def _what(episode: Episode) -> str:
    incidents = (*episode.base, *episode.other)
    keys = dict.fromkeys(i.key if i.dimension == STATUS else f"{i.dimension} {i.key}" for i in incidents)
    scopes = dict.fromkeys(i.scope for i in incidents if i.scope != "all")
    return ", ".join(keys) + "".join(f" in {scope}" for scope in scopes)


def _side(incidents: Sequence[Incident]) -> str:
    if not incidents:
        return "-"
    pages = f", {len(incidents)} pages" if len(incidents) > 1 else ""
    return f"{clock(instant(incidents[0].opened))} {severity(incidents)}{pages}"


def _totals(comparison: RuleSetComparison) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("rules", no_wrap=True)
    for name in ("incidents", "a day", *SEVERITIES):
        table.add_column(name, justify="right", no_wrap=True)
    for result in (comparison.base, comparison.other):
        table.add_row(*_total(comparison, result))
    return table


def _total(comparison: RuleSetComparison, result: RuleSetIncidents) -> list[str]:
    by = Counter(incident.severity for incident in result.incidents)
    numbers = [f"{by[name]:,}" for name in SEVERITIES]
    name = f"{result.rules.name} {result.rules.version}"
    return [name, f"{len(result.incidents):,}", f"{comparison.a_day(result):,.1f}", *numbers]
