"""What a silence would have hidden."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Alert
from sinks.notify.preview import MAX_NAMED, needed, preview
from sinks.notify.silences import Silence, merged, what
from tests.sinks.notify.routing.kit import WEDNESDAY, alert

AGO = WEDNESDAY - timedelta(days=7)


def silence(**fields: Any) -> Silence:
    usual = {"author": "ana", "reason": "a release", "match": {"scope": ["shop-*"]}, "begins_ms": 0, "ends_ms": 60_000}
    return Silence(**({"id": "s"} | usual | fields))


def incident(name: str, at: Any = WEDNESDAY, state: str = "resolved", hidden_by: str = "", **fields: Any) -> Alert:
    made = alert(at, **({"scope": "shop-1"} | fields))
    return made.model_copy(update={"incident_id": name, "state": state, "inhibited_by": hidden_by})


def test_it_counts_what_it_matches_what_that_lost_and_what_would_have_broken_it() -> None:
    alerts = [
        incident("small", loss=10),
        incident("large", loss=900),
        incident("worse", severity="critical", loss=5, state="firing"),
        incident("behind", hidden_by="worse", loss=7),
        incident("other", scope="kiosk"),
        incident("wrong", state="withdrawn"),
        incident("old", at=AGO - timedelta(minutes=1)),
        incident("edge", at=AGO),
    ]
    found = preview(silence(accepts="warning", accepts_lost=500), alerts, AGO)
    assert (found.known, found.incidents, found.pages, found.breaking) == (6, 5, 4, 2)
    assert (found.lost, found.severity, found.since) == (922.0, "critical", AGO)
    assert [(each.incident_id, each.breaks, each.is_over) for each in found.worst] == [
        ("worse", True, False),
        ("large", True, True),
        ("small", False, True),
        ("behind", False, True),
        ("edge", False, True),
    ]


def test_of_many_the_worst_are_named_and_of_none_nothing() -> None:
    many = preview(silence(), [incident(f"i{n:02}", loss=n + 1) for n in range(MAX_NAMED + 3)], AGO)
    assert [each.lost for each in many.worst] == [float(MAX_NAMED + 3 - n) for n in range(MAX_NAMED)]
    none = preview(silence(match={"key": ["none"]}), [incident("i")], AGO)
    assert (none.known, none.incidents, none.severity, none.worst) == (1, 0, None, [])


def test_one_that_things_are_worse_than_already_has_to_accept_what_they_are() -> None:
    open_ones = [
        incident("worst", severity="critical", loss=900.0, state="firing", key="denied"),
        incident("more", severity="warning", loss=501, state="acknowledged"),
        incident("behind", severity="critical", loss=5_000, state="firing", hidden_by="worst"),
        incident("over", severity="critical", loss=5_000),
        incident("other", severity="critical", loss=5_000, state="firing", scope="kiosk"),
    ]
    found = needed(silence(accepts="warning", accepts_lost=500), open_ones, WEDNESDAY)
    assert found is not None
    assert (found.accepts, found.accepts_lost) == ("critical", 900)
    assert found.why.endswith("denied of shop-1 is critical and has lost 900 transactions, and 1 more breaks it")
    enough = silence(accepts=found.accepts, accepts_lost=found.accepts_lost)
    assert needed(enough, open_ones, WEDNESDAY) is None
    assert needed(silence(), open_ones, WEDNESDAY) is None


def test_a_match_is_said_in_words() -> None:
    assert what(silence(match={"scope": ["a", "b-*"], "key": "denied"})) == "scope a or b-*, key denied"


@pytest.mark.parametrize(("ended", "expected"), [(None, None), (5, 5)])
def test_a_silence_stands_as_the_last_who_knows_says(ended: int | None, expected: int | None) -> None:
    asked = [silence(id="old", begins_ms=0), silence(ended_ms=ended), silence(id="new", begins_ms=10, ends_ms=20)]
    known = {"s": silence(matched_ms=3), "old": silence(id="old", ended_ms=7, ended_why="cleared")}
    stand = {one.id: one for one in merged(asked, known)}
    assert list(stand) == ["new", "old", "s"]
    assert (stand["old"].ended_why, stand["s"].ended_ms) == ("cleared", expected)
    assert stand["s"].matched_ms == (3 if ended is None else None)
