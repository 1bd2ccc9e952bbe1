"""The ids of incidents that were told of under other rules: what goes on keeps the name that people know it by.

An id hangs on what the rule that opened the incident decides by. When that changes, or when a release writes ids in
another way, an incident that the rules of today find as well, of the same series and since the same minute, is the
same one: it is not told of anew, and who is on it stays on it.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec.structs import replace

from processors.domain.incidents.incident import Incident, incident_id
from processors.domain.ruleset import RuleSet
from processors.domain.window import STREAM

Place = tuple[str, str, int]
"""Dimension, key and first broken minute of an incident."""
Carried = Mapping[Place, str]
"""Place of an incident to the id that it was told of under."""


class IncidentState(Protocol):
    """What was last said of an incident."""

    @property
    def state(self) -> str:
        """As alerts say it: `firing`, `resolved` or `withdrawn`."""

    @property
    def incident(self) -> Incident:
        """The incident as it was then."""


def carried(rules: RuleSet, scope: str, stated: Mapping[str, IncidentState], judged_by: str) -> Carried:
    """The ids of what was said of a scope: of all of it when other rules have said it, else of what these would not.

    Of two of one place that counts which was not withdrawn.
    """
    is_exchanged = judged_by not in ("", rules.version)
    found: dict[Place, str] = {}
    for id_, last in sorted(stated.items(), key=lambda each: each[1].state != "withdrawn"):
        incident = last.incident
        place = incident.dimension, incident.key, incident.since
        by = ("",) if incident.dimension == STREAM else rules.identities.values()
        if is_exchanged or id_ not in {incident_id(each, scope, *place) for each in by}:
            found[place] = id_
        else:
            found.pop(place, None)
    return found


def named(incident: Incident, by: Carried) -> Incident:
    """An incident that is opened, under the id that it was told of before, if it was."""
    id_ = by.get((incident.dimension, incident.key, incident.since))
    return incident if id_ is None else replace(incident, id=id_)
