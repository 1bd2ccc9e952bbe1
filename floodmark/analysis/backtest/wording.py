"""Incidents as people write them."""

from datetime import datetime
from typing import Final

from processors.domain.incidents.incident import Incident
from processors.domain.window import AUTH_CODE, STATUS, VOLUME, start_ms
from runtime.numbers import about
from schemas import instants

MAX_CAUSES: Final = 3
"""How many causes are named."""


def clock(minute: int) -> str:
    """`18:07`, UTC."""
    return instants.clock(_instant(minute))


def instant(minute: int) -> str:
    """`2025-07-12 18:07`, UTC."""
    return instants.in_column(_instant(minute))


def subject(incident: Incident) -> str:
    """`denied`, `auth_code 51`, `volume`; the scope too where there may be several."""
    names = {STATUS: incident.key, VOLUME: VOLUME}
    name = names.get(incident.dimension, f"{incident.dimension} {incident.key}")
    return name if incident.scope == "all" else f"{name} in {incident.scope}"


def until(incident: Incident) -> str:
    """Its last minute with a finding; `goes on` when it is not over at the end of the rows."""
    if not incident.resolved:
        return "goes on"
    same_day = _instant(incident.since).date() == _instant(incident.last_seen).date()
    return clock(incident.last_seen) if same_day else instant(incident.last_seen)


def causes(incident: Incident) -> str:
    """`code 51 (96 %), code 59 (4 %)`: what explains it, the largest part first; nothing where nothing is known."""
    return ", ".join(
        f"{_named(cause.dimension, cause.key)} ({cause.percent:.0f} %)" for cause in incident.causes[:MAX_CAUSES]
    )


def _named(dimension: str, key: str) -> str:
    return {STATUS: key, AUTH_CODE: f"code {key}", VOLUME: VOLUME}.get(dimension, f"{dimension} {key}")


def loss(incident: Incident) -> str:
    """`320`, or `320, net 110` when some came back: transactions lost; nothing where none is known of."""
    gross = about(incident.lost) if incident.lost else ""
    return f"{gross}, net {about(net(incident))}" if gross and incident.regained else gross


def net(incident: Incident) -> float:
    """Transactions lost in the end: without those that came back when it was over."""
    return incident.lost * (1 - incident.came_back)


def _instant(minute: int) -> datetime:
    return instants.from_ms(start_ms(minute))
