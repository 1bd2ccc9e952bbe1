"""Which alerts a route is for."""

import sys
from datetime import UTC, datetime
from fnmatch import translate
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.notify.routing.matching import Match
from tests.sinks.notify.routing.kit import WEDNESDAY, WHOLE, alert, routed


def mismatch(match: Match, at: datetime = WEDNESDAY, *, is_workday: bool = True, **fields: object) -> str:
    return match.mismatch(alert(at, **fields), at, is_workday=is_workday)


@pytest.mark.parametrize(
    ("match", "fields"),
    [
        (Match(), {}),
        (Match(severity="warning"), {"severity": "critical"}),
        (Match(severity=("info", "warning")), {"severity": "warning"}),
        (Match.model_validate({"scope": "shop-*"}), {"scope": "SHOP-1"}),
        (Match.model_validate({"scope": ["kiosk", "shop-?"]}), {"scope": "shop-1"}),
        (Match.model_validate({"rule": "refund*"}), {"rules": ("falls", "refund_rise")}),
        (Match(loss=100, amount=5), {"loss": 100, "amount": 5}),
        (Match.model_validate({"hours": ["wed 11:00-13:00"]}), {}),
        (Match(day="workday"), {}),
    ],
)
def test_it_matches_where_all_that_it_names_is_so(match: Match, fields: dict[str, object]) -> None:
    assert mismatch(match, **fields) == ""


@pytest.mark.parametrize(
    ("match", "fields", "why_not"),
    [
        (Match(severity="critical"), {"severity": "warning"}, "severity is warning, less than critical"),
        (Match(severity=("info",)), {"severity": "critical"}, "severity is critical, not info"),
        (Match.model_validate({"scope": "shop-*"}), {"scope": "ashop-1"}, "scope is ashop-1, not shop-*"),
        (Match.model_validate({"key": ["51", "05"]}), {"key": "5"}, "key is 5, not 51 or 05"),
        (Match.model_validate({"rule": "refund*"}), {"rules": ()}, "rule is none, not refund*"),
        (Match.model_validate({"dimension": "volume"}), {}, "dimension is status, not volume"),
        (Match(loss=100), {"loss": 99}, "loss is 99, less than 100"),
        (Match(amount=100), {}, "amount is 0, less than 100"),
        (
            Match.model_validate({"hours": ["thu 11:00-13:00"]}),
            {},
            "it is Wed 12:00 for the team, outside the hours",
        ),
        (Match(day="day_off"), {}, "2026-01-07 is a workday for the team"),
    ],
)
def test_it_says_what_speaks_against_it(match: Match, fields: dict[str, object], why_not: str) -> None:
    assert mismatch(match, **fields) == why_not


@given(st.text(min_size=1, max_size=20))
def test_a_word_of_another_one_is_no_pattern(word: str) -> None:
    """What stands in an alert is compared, never run: brackets and stars of a scope mean nothing."""
    assert mismatch(Match.model_validate({"scope": "shop"}), scope=f"{word}[shop]*") != ""


def test_the_first_route_that_matches_is_taken_and_one_that_goes_on_lets_others_look() -> None:
    routing = routed(WHOLE).routing

    def names(**fields: object) -> list[str]:
        return [route.name for route in routing.routes_of(alert(**fields), WEDNESDAY)]

    assert names(severity="critical", scope="shop-7", loss=100) == ["shops in trouble"]
    assert names(severity="critical", scope="shop-7", loss=99) == ["the rest"]
    assert names(dimension="stream", key="silent") == ["blind", "the rest"]


def test_holidays_and_hours_are_those_of_the_team() -> None:
    team = routed(WHOLE).routing.teams["payments"]

    def instant(*fields: int) -> datetime:
        return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type]

    # Tiradentes, 21 April; in UTC it is the 22nd already.
    assert not team.works_on(team.local(instant(2026, 4, 22, 2)))
    assert team.works_on(team.local(instant(2026, 4, 22, 3)))
    # 22:00 in São Paulo is 01:00 UTC.
    assert not team.is_quiet(instant(2026, 4, 22, 0, 59))
    assert team.is_quiet(instant(2026, 4, 22, 1, 0))
    assert team.is_quiet(instant(2026, 4, 22, 9, 59))
    assert not team.is_quiet(instant(2026, 4, 22, 10, 0))


def test_a_critical_alert_wakes_unless_the_route_says_otherwise() -> None:
    route = routed(WHOLE).routing.route[-1]
    assert route.wakes(alert(severity="critical"))
    assert not route.wakes(alert(severity="warning"))
    assert not route.model_copy(update={"urgent": False}).wakes(alert(severity="critical"))
    assert route.model_copy(update={"urgent": True}).wakes(alert(severity="info"))


def test_what_is_grouped_by_is_what_incidents_have_in_common() -> None:
    by_scope, by_nothing = routed(WHOLE).routing.route[1:]
    assert by_scope.group_of(alert(scope="shop-7")) == ("shop-7",)
    assert by_nothing.group_of(alert(scope="shop-7")) == ()


def test_of_however_many_routes_patterns_are_made_once() -> None:
    matches = [Match(scope=f"shop-{number}-*") for number in range(5_000)]
    made: list[FrameType] = []

    def called(frame: FrameType, event: str, _value: object) -> None:
        if event == "call" and frame.f_code is translate.__code__:
            made.append(frame)

    def found() -> list[int]:
        one = alert(scope="shop-77-x")
        return [place for place, match in enumerate(matches) if not match.words_mismatch(one)]

    assert found() == [77]
    sys.setprofile(called)
    try:
        assert found() == [77]
    finally:
        sys.setprofile(None)
    assert made == []


def test_what_was_asked_before_is_equal_to_what_was_not() -> None:
    asked = Match(scope="shop-*")
    asked.words_mismatch(alert(scope="shop-1"))
    assert asked == Match(scope="shop-*")
    assert not asked.is_open
