"""A rule set in a terminal: what is judged, by which rules, and what is otherwise than a method has it by default."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floodmark.analysis.rule_files.calendar import calendar_lines
from floodmark.analysis.rule_files.settings import chosen, watched
from processors.domain.ruleset import RuleSet
from processors.domain.severity import SeverityLimits
from runtime.numbers import percent


def show(rules: RuleSet, console: Console) -> None:
    """Print the rule set."""
    console.print(Text.assemble((rules.name, "bold"), (f"  version {rules.version}", "dim")))
    console.print(_rules(rules))
    facets = [f"{dimension} keys are facets of {status}" for dimension, status in rules.facets.items()]
    together = "what goes wrong in a scope at one time is one incident" if rules.group else "one for each series"
    hidden = "; a critical one hides the warnings of its scope" if rules.inhibit else ""
    for title, text in (
        ("baseline", _settings(asdict(rules.baseline))),
        ("incidents", f"over after {rules.resolve_after} minutes without a finding; {together}{hidden}"),
        ("severity", _severity(rules.severity)),
        ("facets", "; ".join(facets) or "none"),
    ):
        console.print(Text.assemble((f"{title:<10}", "bold"), text))
    for title, text in calendar_lines(rules.calendar, datetime.now(UTC).date()) if rules.calendar else ():
        console.print(Text.assemble((f"{title:<13}", "bold"), text))


def _severity(limits: SeverityLimits) -> str:
    """`critical when 50 % is lost, or 500 transactions, or after 30 minutes; ...`."""
    when = []
    if limits.share is not None:
        when.append(f"{percent(limits.share)} is lost")
    if limits.transactions is not None:
        when.append(f"{limits.transactions:,} transactions")
    if limits.minutes is not None:
        when.append(f"for {limits.minutes} minutes")
    if limits.amount is not None:
        when.append(f"{limits.amount:,} in minor units")
    least = f"a share or minutes count from {limits.minimum_lost} lost transactions on"
    return f"critical when {' or '.join(when)}; {least}; falls after {limits.falls_after} minutes"


def _rules(rules: RuleSet) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("method", no_wrap=True)
    table.add_column("watches")
    table.add_column("settings of its own")
    for rule in rules.rules:
        table.add_row(Text(rule.name, "cyan"), rule.method, Text(watched(rule)), Text(_settings(chosen(rule)) or "-"))
    return table


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in settings.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
