"""A critical incident hides the warnings of its scope: while it lasts they are told of, but need wake nobody.

For rule sets that open an incident for each series; where a scope has one incident at a time there is nothing to hide.
A warning that outlives the critical incident is told of again, and is hidden no longer.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import ScopeMemory


def inhibited(memory: ScopeMemory, steps: Sequence[tuple[Transition, Incident]]) -> list[tuple[Transition, Incident]]:
    """The steps of a minute with what hides them, and one more for each incident of which that changes.

    What hides is the critical incident that was opened first.
    """
    critical = sorted((i.opened, i.id) for i in memory.incidents.values() if i.severity == "critical")
    hider = critical[0][1] if critical else ""
    marked: dict[str, Incident] = {}
    changed: dict[str, Incident] = {}
    for group, incident in memory.incidents.items():
        wanted = "" if incident.severity == "critical" else hider
        if incident.inhibited_by != wanted:
            changed[incident.id] = memory.incidents[group] = replace(incident, inhibited_by=wanted)
        marked[incident.id] = memory.incidents[group]
    marked_steps = [(step, marked.get(incident.id, incident)) for step, incident in steps]
    spoken = {incident.id for _, incident in marked_steps}
    return marked_steps + [("updated", incident) for id_, incident in sorted(changed.items()) if id_ not in spoken]
