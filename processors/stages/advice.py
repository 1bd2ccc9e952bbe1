"""What to do about an incident: what its rules recommend, and what was found in it says where to begin."""

from collections.abc import Sequence
from typing import Final

from processors.domain.incidents.attribution import Cause
from processors.domain.incidents.incident import Incident
from processors.domain.rules import Rule, ShareTail
from processors.domain.window import AUTH_CODE, STATUS

MAIN_PERCENT: Final = 50.0
"""Percent that a cause explains from which on it is the one to begin with."""
_CODES: Final = {
    "51": "it points at funds or at an issuer's limits",
    "59": "it points at fraud rules or at an attack",
    "91": "the issuer, or the way to it, does not answer",
}
"""What a code of ISO 8583 points at."""
_OURS: Final = frozenset({"failed", "reversed", "backend_reversed"})


def advice(incident: Incident, rules: Sequence[Rule]) -> str:
    """What to do, in sentences; empty where no rule that found it recommends anything.

    `rules` are those that found it. What is not there is not pointed at: codes are named where they explain it.
    """
    general = [rule.recommendation for rule in rules if rule.recommendation]
    found = _found(incident) if any(isinstance(rule, ShareTail) for rule in rules) else ""
    return " ".join(dict.fromkeys([found, *general] if found else general))


def _found(incident: Incident) -> str:
    codes = [cause for cause in incident.causes if cause.dimension == AUTH_CODE]
    if incident.dimension == AUTH_CODE:
        return _of_code(incident.key, "It is")
    if codes and codes[0].percent >= MAIN_PERCENT:
        return _of_code(codes[0].key, f"{codes[0].percent:.0f} % of it has")
    if len(codes) > 1:
        return f"No code explains most of it ({_named(codes)}): look for an attack or a release, not for one issuer."
    if incident.dimension == STATUS and incident.key in _OURS:
        return "Failures and reversals are ours or the acquirer's: check its connection and the last release first."
    return ""


def _of_code(code: str, words: str) -> str:
    points_at = _CODES.get(code, "ask the issuers, and those who set our own rules, what it means")
    return f"{words} auth code {code}: {points_at}."


def _named(causes: Sequence[Cause]) -> str:
    return ", ".join(f"{cause.key} {cause.percent:.0f} %" for cause in causes[:3])
