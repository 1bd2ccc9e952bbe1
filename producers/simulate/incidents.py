"""What breaks: kinds of incidents, where they are put, and what they do to the expected counts."""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import numpy as np

from producers.rows import MINUTE_MS
from producers.simulate.profile import DENIED_CODES, Floats
from schemas.words import plain

EVERY: Final = "*"
WARM_UP_MINUTES: Final = 120
"""Nothing breaks of itself so early: whoever judges needs some history first."""


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """One way to break.

    Args:
        status: The status it shows in.
        keys: What an alert may rightly name; `*`: anything. Empty for what is no incident.
        factor: By how much the status is multiplied, unless it is said otherwise.
        minutes: How long it lasts, when it is put somewhere at random.
        codes: The auth codes that the additional denials have; empty: those of normal denials.
        expect: `alert` for an incident, `quiet` for a trap that nobody is to be called for.
    """

    status: str
    keys: tuple[str, ...]
    factor: float
    minutes: int
    codes: tuple[str, ...] = ()
    expect: Literal["alert", "quiet"] = "alert"


_DENIED: Final = ("denied", *DENIED_CODES, "approved")
KINDS: Final[Mapping[str, IncidentKind]] = {
    "denied_51": IncidentKind("denied", ("denied", "51", "approved"), 4.0, 20, ("51",)),
    "denied_59": IncidentKind("denied", ("denied", "59", "approved"), 4.0, 20, ("59",)),
    "denied_all": IncidentKind("denied", _DENIED, 4.0, 20),
    "denied_spike": IncidentKind("denied", _DENIED, 6.0, 10),
    "failed_burst": IncidentKind("failed", ("failed", "approved"), 100.0, 8),
    "reversed_rise": IncidentKind("reversed", ("reversed", "approved"), 5.0, 30),
    "backend_reversed_rise": IncidentKind("backend_reversed", ("backend_reversed", "approved"), 12.0, 30),
    "total_outage": IncidentKind("approved", (EVERY,), 0.0, 15),
    "partial_outage": IncidentKind("approved", (EVERY,), 0.3, 20),
    "organic_surge": IncidentKind("approved", (), 1.8, 40, expect="quiet"),
}
WHOLE_TRAFFIC: Final = frozenset({"total_outage", "partial_outage", "organic_surge"})
"""Kinds that change all statuses alike; the others turn approvals into their own status."""

_SPEC: Final = re.compile(
    r"(?P<kind>\w+)@(?P<start>[0-9T: -]+?)Z?\+(?P<minutes>[0-9]{1,5})(?:x(?P<factor>[0-9.]+))?(?:/(?P<scope>.+))?"
)
_FORM: Final = "KIND@START+MINUTES, such as denied_51@2025-03-01T10:15+20, then if wanted xFACTOR and /SCOPE"


@dataclass(frozen=True, slots=True)
class SimulatedIncident:
    """One incident in the minutes `[start_ms, start_ms + minutes)` of one scope, or of all (None)."""

    kind: str
    start_ms: int
    minutes: int
    factor: float
    scope: str | None = None

    @property
    def last_ms(self) -> int:
        """Start of its last minute."""
        return self.start_ms + (self.minutes - 1) * MINUTE_MS


def parse(spec: str) -> SimulatedIncident:
    """An incident as people write it: `KIND@START+MINUTES[xFACTOR][/SCOPE]`, START in UTC.

    Raises:
        ValueError: it is not one; the message says what is.
    """
    found = _SPEC.fullmatch(spec)
    kind = KINDS.get(found["kind"]) if found else None
    if found is None or kind is None:
        raise ValueError(f"{spec!r} is no incident; write {_FORM}. KIND is one of {', '.join(KINDS)}")
    try:
        start = datetime.fromisoformat(found["start"].strip()).replace(tzinfo=UTC)
        factor = float(found["factor"]) if found["factor"] else kind.factor
    except ValueError:
        raise ValueError(f"{spec!r} has no such time or factor; write {_FORM}") from None
    if int(found["minutes"]) < 1 or start.second or start.microsecond:
        raise ValueError(f"{spec!r}: an incident lasts one minute or more, and begins with a whole minute")
    start_ms = int(start.timestamp()) * 1000
    return SimulatedIncident(
        found["kind"], start_ms, int(found["minutes"]), factor, found["scope"] and plain(found["scope"])
    )


def placed(
    count: int, start_ms: int, minutes: int, taken: Sequence[SimulatedIncident], rng: np.random.Generator
) -> list[SimulatedIncident]:
    """`count` incidents of all kinds in turn at random places, an hour or more from each other and from those `taken`.

    Raises:
        ValueError: they do not fit in.
    """
    free = np.ones(minutes, dtype=bool)
    free[:WARM_UP_MINUTES] = False
    names, found = list(KINDS), []
    for incident in taken:
        _take(free, (incident.start_ms - start_ms) // MINUTE_MS, incident.minutes)
    for number in range(count):
        name = names[number % len(names)]
        kind = KINDS[name]
        free_before = np.concatenate(([0], np.cumsum(free)))
        starts = np.flatnonzero(free_before[kind.minutes :] - free_before[: -kind.minutes] == kind.minutes).tolist()
        if not starts:
            raise ValueError(
                f"only {number} of {count} incidents fit into {minutes} minutes; ask for fewer, or more days"
            )
        at = starts[int(rng.integers(len(starts)))]
        found.append(SimulatedIncident(name, start_ms + at * MINUTE_MS, kind.minutes, kind.factor))
        _take(free, at, kind.minutes)
    return sorted(found, key=lambda incident: incident.start_ms)


def broken(
    means: MutableMapping[str, Floats], incidents: Iterable[SimulatedIncident], start_ms: int, scope: str
) -> dict[str, Floats]:
    """Change the expected counts of a scope by status as the incidents say, in place.

    Returns:
        By auth code, what part of each minute's denials it has.
    """
    minutes = len(means["denied"])
    codes = {code: np.full(minutes, share) for code, share in DENIED_CODES.items()}
    for incident in incidents:
        if incident.scope not in (None, scope):
            continue
        first = max(0, (incident.start_ms - start_ms) // MINUTE_MS)
        where = slice(first, max(first, min(minutes, (incident.last_ms - start_ms) // MINUTE_MS + 1)))
        if incident.kind in WHOLE_TRAFFIC:
            for mean in means.values():
                mean[where] *= incident.factor
            continue
        kind = KINDS[incident.kind]
        normal = means[kind.status][where].copy()
        means[kind.status][where] *= incident.factor
        more = means[kind.status][where] - normal
        # Those transactions would have been approved; people give up before nothing is approved at all.
        means["approved"][where] = np.maximum(means["approved"][where] - more, 0.1 * means["approved"][where])
        if kind.codes and incident.factor > 1:
            for code, share in codes.items():
                of_more = (code in kind.codes) / len(kind.codes)
                share[where] = (share[where] * normal + of_more * more) / (normal + more)
    return codes


def _take(free: "np.ndarray[tuple[int], np.dtype[np.bool_]]", at: int, minutes: int) -> None:
    free[max(0, at - 60) : max(0, at + minutes + 60)] = False
