"""What a judge of alerts needs to know of simulated traffic: where it broke, and where not to look."""

import json
from collections.abc import Iterable
from typing import Any

from producers.rows import MINUTE_MS
from producers.simulate.incidents import EVERY, KINDS, WARM_UP_MINUTES, SimulatedIncident
from schemas.instants import from_ms


def labels(start_ms: int, minutes: int, incidents: Iterable[SimulatedIncident]) -> list[dict[str, Any]]:
    """The scope of the data, its warm-up, and each incident that lies in it; first and last minutes are inclusive."""
    last_ms = start_ms + (minutes - 1) * MINUTE_MS
    warm_up_ms = min(last_ms, start_ms + (WARM_UP_MINUTES - 1) * MINUTE_MS)
    found = [_label("scope", EVERY, (), "scope", start_ms, last_ms)]
    found.append(_label("warmup", EVERY, (), "ignore", start_ms, warm_up_ms))
    inside = (i for i in incidents if i.last_ms >= start_ms and i.start_ms <= last_ms)
    for number, incident in enumerate(sorted(inside, key=lambda i: (i.start_ms, i.kind)), 1):
        kind = KINDS[incident.kind]
        label = _label(
            incident.kind,
            kind.status,
            kind.keys,
            kind.expect,
            max(start_ms, incident.start_ms),
            min(last_ms, incident.last_ms),
        )
        more = {"factor": incident.factor} | ({"scope": incident.scope} if incident.scope else {})
        found.append({**label, "id": f"{number:03d}", **more})
    return found


def encoded(found: Iterable[dict[str, Any]]) -> str:
    """The labels as JSON, one a line."""
    return "[\n" + ",\n".join(json.dumps(label) for label in found) + "\n]\n"


def _label(kind: str, status: str, keys: tuple[str, ...], expect: str, first_ms: int, last_ms: int) -> dict[str, Any]:
    return {
        "id": kind,
        "type": kind,
        "status": status,
        "keys": list(keys),
        "expect": expect,
        "start": _minute(first_ms),
        "end": _minute(last_ms),
    }


def _minute(instant_ms: int) -> str:
    return f"{from_ms(instant_ms):%Y-%m-%dT%H:%M:%S}"
