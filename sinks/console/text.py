"""An alert in two lines."""

from typing import Final

from rich.text import Text

from runtime.numbers import percent
from schemas.alert import Alert, percent_of
from schemas.instants import instant
from schemas.shown import shown

COLOURS: Final = {"critical": "bold white on red", "warning": "bold black on yellow", "info": "bold cyan"}


def lines(alert: Alert) -> Text:
    """The alert, without a newline at the end.

    First line: time, severity, state, series and value. Second line: what was expected and how far off the value
    is, the share, the rules, why it is so severe, what is lost and what explains most of it, since when, and the
    incident. What is not known is left out.
    """
    severity = alert.severity.upper()
    style = "green" if alert.is_over else COLOURS[alert.severity]
    text = Text()
    text.append(instant(alert.timestamp), style="dim")
    text.append(" ")
    text.append(f"{severity:<8}", style=style)
    text.append(f" {alert.state:<12} {_series(alert)} ")
    text.append(f"{clean(alert.key)}={alert.observed:,}", style="bold")
    text.append(f"\n    {'; '.join(_details(alert))}", style="dim")
    return text


def number(value: float) -> str:
    """At most four decimals, without zeros at the end, and a comma between thousands."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def clean(word: str) -> str:
    """The word without anything that would steer a terminal; records are somebody's input."""
    return shown(word, keep="", mark="·")


def _series(alert: Alert) -> str:
    return f"{clean(alert.scope)}/{alert.dimension}"


def _details(alert: Alert) -> list[str]:
    found = []
    statistics = [
        f"{name} {number(value)}" for name in ("mean", "std", "z") if (value := getattr(alert, name)) is not None
    ]
    if alert.expected is not None:
        found.append(f"expected {number(alert.expected)}" + (f" ({', '.join(statistics)})" if statistics else ""))
    elif statistics:
        found.append(", ".join(statistics))
    if alert.share is not None:
        found.append(f"share {percent(alert.share, 2)}")
    if alert.rules:
        found.append(f"rules {clean(', '.join(alert.rules))}")
    if alert.severity_because:
        found.append(clean(alert.severity_because))
    found += [*_lost(alert), *_cause(alert)]
    if alert.acknowledged_by is not None and alert.acknowledged_at is not None:
        note = f" ({clean(alert.acknowledged_note)})" if alert.acknowledged_note else ""
        found.append(f"acknowledged by {clean(alert.acknowledged_by)} at {instant(alert.acknowledged_at)}{note}")
    if alert.inhibited_by:
        found.append(f"hidden by incident {clean(alert.inhibited_by)}")
    return [*found, f"since {instant(alert.since)}", f"incident {clean(alert.incident_id)}"]


def _lost(alert: Alert) -> list[str]:
    lost = alert.estimated_loss.get("transactions", 0.0)
    if lost < 1:
        return []
    net = alert.estimated_loss.get("net_transactions")
    return [f"lost {lost:,.0f} transactions" + ("" if net is None else f" ({net:,.0f} after what came back)")]


def _cause(alert: Alert) -> list[str]:
    """The first of what explains it, as far as it is put in the form that is promised."""
    first = next((part for part in alert.attribution if "key" in part and "percent" in part), None)
    if first is None:
        return []
    explained = percent_of(first)
    share = "" if explained is None else f" ({explained:.0f} %)"
    return [f"cause {clean(str(first.get('dimension', '')))} {clean(str(first['key']))}{share}"]
