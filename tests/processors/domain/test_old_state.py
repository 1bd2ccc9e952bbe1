"""Timelines that were stored as JSON, before memories were packed, go on as if they had been stored today."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from processors.domain.calendar import Calendar, Event
from processors.domain.incidents.incident import Incident, incident_id
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.incidents.reckoning import UNRECKONED
from processors.domain.judging.old_state import read_old_timeline
from processors.domain.judging.snapshot import pack, unpack
from processors.domain.judging.timeline_state import TimelineState
from processors.domain.model import ShareModel
from processors.domain.model.flags import bits_of
from processors.domain.model.slots import table_of
from processors.domain.rules import Comparison
from processors.domain.window import Dimensions, TimePolicy
from tests.processors.domain.build import M0
from tests.processors.domain.desk import Desk
from tests.processors.domain.traffic import RULES, traffic

STORED = Path(__file__).parent / "data" / "old_timeline.json"
"""What the last commit that wrote JSON made of `told`, in the place of StoredCourse's state."""
KEPT = {"approved", "denied", "failed", "00", "51"}


def told() -> TimelineState:
    """Three hours of few keys on a Saturday, an outage and what came back after it, the end of a sale."""
    calendar = Calendar(events=(Event("sale", M0 - 9, M0 + 25),))
    rules = replace(RULES, rules=(*RULES.rules, Comparison("days", keys=("denied",))), calendar=calendar)
    desk = Desk(rules, TimePolicy(lateness_ms=0, anchor_every=1, says_every_minute=True))
    for minute in range(190):
        factor = {"all": 0.0} if 150 <= minute < 160 else {"all": 1.7} if 160 <= minute < 175 else {}
        desk.minute(minute, of_few_keys(traffic(M0 + minute, factor)))
        desk.until(minute + 1)
    return desk.judge.timelines["all"].state


def said_then(incident: Incident) -> Incident:
    """As it was written then.

    Ids were made of the version of the rules, which was this one; what was expected stood behind a semicolon; how
    severe it was followed from the evidence alone, and nothing was reckoned.
    """
    place = incident.scope, incident.dimension, incident.key, incident.since
    because = tuple(text.replace(", where ", "; ") for text in incident.because)
    own = structs.replace(incident, id=incident_id("b83a63972ddd", *place), because=because)
    return structs.replace(own, severity="critical", score=100.0, reckoning=UNRECKONED)


def as_of_then(state: TimelineState) -> TimelineState:
    first = unpack(state.anchors[0].memory)
    first.incidents = {group: said_then(incident) for group, incident in first.incidents.items()}
    assert first.rebound is not None
    assert first.rebound.incident is not None
    first.rebound = structs.replace(first.rebound, incident=said_then(first.rebound.incident))
    state.anchors[0] = replace(state.anchors[0], memory=pack(first))
    said = [structs.replace(held, incident=said_then(held.incident)) for held in state.stated.values()]
    state.stated = {held.incident.id: held for held in said}
    return state


def with_band_of(incident: Incident, then: Incident) -> Incident:
    """The incident with the band as it was then: single minutes of the volume have a wider one by now."""
    return structs.replace(incident, seen=structs.replace(incident.seen, low=then.seen.low, high=then.seen.high))


def of_few_keys(counts: Dimensions) -> Dimensions:
    return {
        d: {key: [count, 7 * count] for key, (count, _) in keys.items() if key in KEPT} for d, keys in counts.items()
    }


def shares_of(memory: ScopeMemory) -> list[ShareModel]:
    return [share for keys in memory.model.shares.values() for share in keys.values()]


def test_what_was_stored_is_what_is_known_today() -> None:
    state, today = read_old_timeline(STORED.read_bytes()), as_of_then(told())
    stored, now = (unpack(each.anchors[0].memory) for each in (state, today))
    tomorrow = M0 + 1440 + 30
    assert stored.model.volume.at(tomorrow) == pytest.approx(now.model.volume.at(tomorrow), rel=0.001)
    now.model.volume.habits, now.model.volume.lows = stored.model.volume.habits, b""
    for then, share in zip(shares_of(stored), shares_of(now), strict=True):
        share.noise, share.recurring = then.noise, then.recurring
    assert now.rebound is not None
    assert stored.rebound is not None
    assert now.rebound.incident is not None
    assert stored.rebound.incident is not None
    now.rebound = structs.replace(now.rebound, incident=with_band_of(now.rebound.incident, stored.rebound.incident))
    assert (stored, state.anchors[0].minute) == (now, today.anchors[0].minute)
    assert (state.settled_to, state.judged_to) == (today.settled_to, today.judged_to)
    for id_, each in state.stated.items():
        same = with_band_of(today.stated[id_].incident, each.incident)
        today.stated[id_] = structs.replace(today.stated[id_], incident=same)
    assert (state.stated, state.revisions) == (today.stated, today.revisions)
    assert state.stated
    assert unpack(state.anchors[0].memory).rebound


def test_all_that_may_still_change_is_judged_again() -> None:
    state = read_old_timeline(STORED.read_bytes())
    assert state.settled_to is not None
    assert state.judged_to is not None
    assert state.found == set(range(state.settled_to + 1, state.judged_to + 1))


def test_a_timeline_that_had_judged_nothing_begins_anew() -> None:
    stored = msgspec.json.decode(STORED.read_bytes())
    stored[2] |= {"settled_to": None, "judged_to": None}
    assert read_old_timeline(msgspec.json.encode(stored)) == TimelineState()


@pytest.mark.parametrize("raw", [b"", b"[1,2]", b"[1,2,{}]", b"\1\2", b"[1,2,null]"])
def test_what_is_no_such_timeline_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no timeline as it was once stored"):
        read_old_timeline(raw)


def test_flags_and_slots_become_bytes() -> None:
    assert bits_of([True, False, False]) == 4
    assert table_of({}, 48) == b""
    assert len(table_of({0: (1.0, 2.0, 3)}, 48)) == 48 * 20
    assert len(table_of({100: (1.0, 2.0, 3)}, 96)) == 192 * 20
