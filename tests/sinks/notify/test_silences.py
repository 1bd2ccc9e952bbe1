"""What somebody has decided not to be told of."""

import sys
from types import FrameType
from typing import Any

import pytest

from schemas.codec import NOT_DECODED
from sinks.notify.routing.matching import Match
from sinks.notify.silences import KEPT_MS, MAX_MS, Hidden, Silence, Silences, decoded, encoded
from tests.sinks.notify.routing.kit import WEDNESDAY, alert

T0 = int(WEDNESDAY.timestamp() * 1000)
M = 60_000
H = 60 * M


HIDDEN = Hidden("shop-1", "denied", "warning", 1.0, is_over=False)


def silence(**fields: Any) -> Silence:
    usual = {"author": "ana", "reason": "a release", "match": {"scope": "shop-*"}, "begins_ms": T0, "ends_ms": T0 + H}
    return Silence(**({"id": "s"} | usual | fields))


def incident(name: str = "i", state: str = "firing", **fields: Any) -> Any:
    return alert(**({"scope": "shop-1"} | fields)).model_copy(update={"incident_id": name, "state": state})


def test_it_hides_what_it_matches_while_it_is_on() -> None:
    silences = Silences([silence()])
    assert silences.hushed_by(incident(), T0 - 1) == ""
    assert silences.hushed_by(incident(), T0) == "s"
    assert silences.hushed_by(incident(), T0 + H - 1) == "s"
    assert silences.hushed_by(incident(), T0 + H) == ""
    assert silences.hushed_by(incident(scope="kiosk"), T0) == ""


@pytest.mark.parametrize(
    ("accepts", "fields"),
    [
        ({"accepts": "warning"}, {"severity": "critical"}),
        ({"accepts_lost": 500}, {"severity": "warning", "loss": 501}),
    ],
)
def test_what_is_worse_than_it_accepts_breaks_it_for_all(accepts: dict[str, Any], fields: dict[str, Any]) -> None:
    silences = Silences([silence(**accepts)])
    assert silences.hushed_by(incident("a", severity="warning", loss=500), T0) == "s"
    assert silences.hushed_by(incident("b", **fields), T0 + M) == ""
    (broken,) = silences.silences.values()
    assert (broken.ended_why, broken.ended_by, broken.ended_ms) == ("tripwire", "b", T0 + M)
    assert silences.hushed_by(incident("a", severity="warning"), T0 + 2 * M) == ""


def test_where_one_is_broken_another_one_may_hide_it_still() -> None:
    silences = Silences([silence(id="a", accepts="warning"), silence(id="b")])
    assert silences.hushed_by(incident(severity="critical"), T0) == "b"


def test_it_ends_by_time_and_says_what_it_hid() -> None:
    silences = Silences([silence()])
    silences.hushed_by(incident("a", severity="critical", loss=10), T0)
    silences.hushed_by(incident("a", severity="warning", loss=30), T0 + M)
    silences.hear(incident("a", "resolved", loss=31))
    assert silences.look(T0 + H - 1) == []
    (ended,) = silences.look(T0 + H)
    assert ended.ended_why == "time"
    assert ended.hidden == {"a": Hidden("shop-1", "denied", "critical", 31.0, is_over=True, dimension="status")}
    assert silences.look(T0 + 2 * H) == []


def test_until_cleared_ends_when_all_it_hid_is_over_and_not_before_it_hid_anything() -> None:
    silences = Silences([silence(until_cleared=True)])
    assert silences.look(T0 + M) == []
    silences.hushed_by(incident("a"), T0 + M)
    silences.hushed_by(incident("b"), T0 + M)
    silences.hear(incident("a", "resolved"))
    assert silences.look(T0 + 2 * M) == []
    silences.hear(incident("b", "resolved"))
    assert [each.ended_why for each in silences.look(T0 + 3 * M)] == ["cleared"]


def test_one_that_matches_nothing_for_long_ends_itself() -> None:
    silences = Silences([silence(idle_ms=10 * M)])
    silences.hushed_by(incident(), T0 + 5 * M)
    assert silences.look(T0 + 15 * M - 1) == []
    assert [each.ended_why for each in silences.look(T0 + 15 * M)] == ["idle"]


def test_somebody_may_end_it_and_what_it_hid_stays_known() -> None:
    silences = Silences([silence()])
    silences.hushed_by(incident("a"), T0)
    silences.ask(silence(ended_ms=T0 + M, ended_by="bob"))
    (ended,) = silences.silences.values()
    assert (ended.ended_why, ended.ended_by, ended.ended_ms, list(ended.hidden)) == ("expired", "bob", T0 + M, ["a"])
    silences.ask(silence(ended_ms=T0 + 2 * M, ended_by="eve"))
    assert (ended.ended_by, silences.hushed_by(incident("a"), T0 + M)) == ("bob", "")


def test_what_is_asked_twice_is_one_and_hides_on() -> None:
    silences = Silences()
    silences.ask(silence())
    silences.hushed_by(incident("a"), T0)
    silences.ask(silence())
    assert [list(each.hidden) for each in silences.silences.values()] == [["a"]]


def test_only_what_is_new_has_to_be_stored() -> None:
    silences = Silences()
    silences.ask(silence())
    assert silences.changed == {"s"}
    silences.changed.clear()
    silences.hushed_by(incident("a"), T0)
    assert silences.changed == {"s"}
    silences.changed.clear()
    silences.hushed_by(incident("a"), T0 + 1)
    silences.hear(incident("a"))
    assert silences.changed == set()
    silences.hear(incident("a", "resolved"))
    assert silences.changed == {"s"}


def test_what_it_hid_is_known_for_two_weeks_after_its_end() -> None:
    silences = Silences([silence()])
    silences.look(T0 + H)
    assert silences.forget(T0 + H + KEPT_MS) == set()
    assert silences.forget(T0 + H + KEPT_MS + 1) == {"s"}
    assert silences.silences == {}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"reason": " "}, "A silence has an author and a reason"),
        ({"author": ""}, "A silence has an author and a reason"),
        ({"ends_ms": T0}, "A silence ends after it begins"),
        ({"ends_ms": T0 + MAX_MS + 1}, "seven days later at most"),
        ({"match": {}}, "A silence has to say what it hides"),
        ({"match": {"scopes": "x"}}, "What it hides cannot be read"),
        ({"id": "s" * 65}, "The id of a silence has 64 characters"),
        ({"author": "a" * 101}, "An author has 100 characters"),
        ({"reason": "r" * 2_001}, "a reason 2,000"),
        ({"match": {"scope": ["*a" * 30_000]}}, "longer than 40,960 bytes"),
        ({"match": {"scope": [f"shop-{number}" for number in range(5_000)]}}, "longer than 40,960 bytes"),
        ({"begins_ms": 10**17, "ends_ms": 10**17 + H}, "before the year 10000"),
        ({"begins_ms": -1}, "begins after 1970"),
        ({"ended_ms": 10**17, "ended_why": "expired"}, "before the year 10000"),
        ({"ended_by": "x" * 4_200_000}, "larger than a silence becomes"),
        ({"hidden": dict.fromkeys(map(str, range(1_001)), HIDDEN)}, "larger than a silence becomes"),
    ],
)
def test_one_with_a_problem_says_so_and_hides_nothing(fields: dict[str, Any], problem: str) -> None:
    wrong = silence(**fields)
    assert problem in wrong.problem()
    assert Silences([wrong]).hushed_by(incident(), T0) == ""
    with pytest.raises(NOT_DECODED):
        decoded(encoded(wrong))


def test_one_without_an_id_is_none_where_it_is_read() -> None:
    with pytest.raises(NOT_DECODED):
        decoded(encoded(silence(id="")))


def test_the_words_of_an_alert_are_looked_at_once_for_all_silences() -> None:
    silences = Silences([silence(id=f"s{number}", match={"scope": f"shop-{number}"}) for number in range(50)])
    looks: list[FrameType] = []

    def called(frame: FrameType, event: str, _value: object) -> None:
        if event == "call" and frame.f_code is Match.words_mismatch.__code__:
            looks.append(frame)

    sys.setprofile(called)
    try:
        hushed = {silences.hushed_by(incident(scope="shop-7"), T0 + at) for at in range(100)}
    finally:
        sys.setprofile(None)
    assert hushed == {"s7"}
    assert 50 <= len(looks) <= 150


def test_one_that_is_made_later_is_about_words_that_were_looked_at_before() -> None:
    silences = Silences([silence(match={"scope": "shop-8"})])
    assert silences.hushed_by(incident(), T0) == ""
    silences.ask(silence(id="later"))
    assert silences.hushed_by(incident(), T0) == "later"


def test_the_longest_silence_can_be_made() -> None:
    assert silence(ends_ms=T0 + MAX_MS).problem() == ""


def test_what_is_stored_is_what_there_was() -> None:
    silences = Silences([silence(accepts="warning", idle_ms=M)])
    silences.hushed_by(incident(), T0)
    (made,) = silences.silences.values()
    assert decoded(encoded(made)) == made
