"""Alerts in the few words that a line has room for. Pure."""

from typing import Final

from runtime.numbers import about
from schemas.alert import Alert
from sinks.console.text import clean

BLIND: Final = {
    "silent": "stream silent",
    "source_silent": "a source silent",
    "lagging": "stream lagging",
    "clock_skew": "a source ahead of the clock",
    "duplicated": "records come twice",
    "part_duplicated": "some records come twice",
    "status_silent": "no statuses come, auth codes do",
    "auth_code_silent": "no auth codes come, statuses do",
    "refused": "records cannot be read",
    "gone": "records were deleted unread",
    "left_out": "judged without a source",
}
"""Kinds of blindness in words."""


def subject(dimension: str, key: str, scope: str = "all") -> str:
    """`denied`, `code 51`, `all transactions`, `stream silent`; with the scope where there may be several."""
    if dimension == "stream":
        return BLIND.get(key, f"stream {clean(key)}")
    names = {"status": clean(key), "auth_code": f"code {clean(key)}", "volume": "all transactions"}
    name = names.get(dimension, f"{clean(dimension)} {clean(key)}")
    return name if scope == "all" else f"{name} in {clean(scope)}"


def cause(alert: Alert, *, short: bool = False) -> str:
    """`code 51 (96 %)`, or short `51 (96 %)`: what explains most of it; nothing where nothing is known."""
    parts = [part for part in alert.attribution if isinstance(part.get("percent"), (int, float)) and part.get("key")]
    if not parts:
        return ""
    key = str(parts[0]["key"])
    name = clean(key) if short else subject(str(parts[0].get("dimension", "")), key)
    return f"{name} ({parts[0]['percent']:.0f} %)".strip()


def loss(alert: Alert) -> str:
    """Transactions lost so far; nothing where none is known of."""
    lost = alert.estimated_loss.get("transactions", 0.0)
    return about(lost) if lost else ""


def seen(alert: Alert) -> str:
    """`153 of ~20`: seen, and what was expected; nothing of a stream that is not seen."""
    if alert.dimension == "stream":
        return ""
    usual = "" if alert.expected is None else f" of ~{about(alert.expected)}"
    return f"{alert.observed:,}{usual}"
