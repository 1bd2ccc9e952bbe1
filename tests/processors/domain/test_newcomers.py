"""Keys that come for the first time in a scope that is known, and scopes that begin with something wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from processors.domain.model import ScopeModel
from processors.domain.rules import Finding, KeySilence, Member, Series, ShareTail
from tests.processors.domain.build import M0

RISE = ShareTail("rise", failures=("denied",))
SILENCE = KeySilence("silence")
DAY = 1440
"""Counts of a minute, and how often it comes."""


def after(*minutes: tuple[Mapping[str, int], int]) -> tuple[ScopeModel, int]:
    """A model that has heard these minutes, and the last of them."""
    model, minute = ScopeModel(), M0 - 1
    for counts, times in minutes:
        for _ in range(times):
            minute += 1
            model.hear(minute, {"status": counts}, ())
    return model, minute


def series(model: ScopeModel, minute: int, key: str, member: Member | None = None) -> Series:
    count, total = model.shares["status"][key].counts[-1], model.totals["status"][-1]
    return Series("status", key, count, total, None, (), minute, model, member)


def risen(key: str, *minutes: tuple[Mapping[str, int], int]) -> Finding | None:
    model, minute = after(*minutes)
    return RISE.judge(series(model, minute, key))


def missed(key: str, *minutes: tuple[Mapping[str, int], int]) -> Finding | None:
    model, minute = after(*minutes)
    return SILENCE.judge(series(model, minute, key))


# --- a key that is new -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "new"), [(20, 8), (20, 12), (120, 48), (200, 80)])
def test_a_key_never_seen_before_with_four_tenths_of_the_traffic_is_found_in_its_third_minute(
    rate: int, new: int
) -> None:
    found = risen("blocked", ({"approved": rate}, 300), ({"approved": rate - new, "blocked": new}, 3))
    assert found is not None
    assert (found.window, found.observed) == (3, 3 * new)
    assert found.because == f"{3 * new} of {3 * rate} transactions in 3 minutes; it is new in this scope"


def test_a_key_never_seen_before_that_takes_little_is_nothing_to_be_called_for() -> None:
    for known in (2, 30, 45):
        assert risen("partly", ({"approved": 200}, 600), ({"approved": 194, "partly": 6}, known)) is None


def test_a_newcomer_that_is_found_goes_on_until_it_is_nearly_gone() -> None:
    """It opens beyond 5 %, and is over below a quarter of what it opened with at the limit, 2.75 %."""
    member = Member(M0 + 600, M0 + 601, M0 + 605, 9.0, 0.0, plain=False, rules=("rise",))
    for count, goes_on in ((8, True), (6, True), (5, False)):
        model, minute = after(({"approved": 200}, 600), ({"approved": 120, "new": 80}, 6), ({"new": count}, 0))
        for _ in range(8):
            minute += 1
            model.hear(minute, {"status": {"approved": 200 - count, "new": count}}, ())
        assert (RISE.judge(series(model, minute, "new", member)) is not None) is goes_on


def test_a_newcomer_that_is_known_for_hours_is_still_new_in_a_scope_that_is_known_for_days() -> None:
    """3 % for four hours, then 4.5 %: nothing. Half of all: found, and still called new."""
    usual: Mapping[str, int] = {"approved": 194, "partly": 6}
    days = ({"approved": 200}, 4 * DAY)
    assert risen("partly", days, (usual, 240), ({"approved": 191, "partly": 9}, 45)) is None
    found = risen("partly", days, (usual, 240), ({"approved": 100, "partly": 100}, 3))
    assert found is not None
    assert found.because.endswith("new in this scope")


# --- what does not come any more -------------------------------------------------------------------------------------


def test_a_key_of_today_that_does_not_come_any_more_is_not_missed() -> None:
    new: Mapping[str, int] = {"approved": 180, "partly": 20}
    assert missed("partly", ({"approved": 200}, 2 * DAY), (new, 300), ({"approved": 200}, 30)) is None


def test_a_key_of_two_days_that_does_not_come_any_more_is_missed() -> None:
    new: Mapping[str, int] = {"approved": 180, "partly": 20}
    assert missed("partly", ({"approved": 200}, DAY), (new, 2 * DAY), ({"approved": 200}, 30)) is not None


def test_hours_of_yesterday_are_no_habit() -> None:
    """A tenth of all from ten to three, and the same time of the next day without it."""
    new: Mapping[str, int] = {"approved": 180, "partly": 20}
    for later in (0, 45, 120):
        gone = ({"approved": 200}, DAY - 300 + later)
        assert missed("partly", ({"approved": 200}, 2 * DAY), (new, 300), gone) is None


# --- a scope that is new ---------------------------------------------------------------------------------------------


def test_of_a_new_scope_only_what_is_wrong_anywhere_is_found() -> None:
    found = risen("denied", ({"approved": 5, "denied": 95}, 4))
    assert found is not None
    assert found.because == "285 of 300 transactions in 3 minutes; this scope is new, and so much is wrong anywhere"
    assert risen("denied", ({"approved": 55, "denied": 45}, 29)) is None
    assert risen("settled", ({"approved": 5, "settled": 95}, 4)) is None


def test_what_was_wrong_from_the_first_minute_on_and_is_over_is_not_missed_on_the_first_day() -> None:
    """The transactions are all there, and are approved now. Where they are gone with the key it is missed."""
    begin = ({"approved": 150, "denied": 50}, 240)
    assert missed("denied", begin, ({"approved": 200, "denied": 0}, 20)) is None
    assert missed("denied", begin, ({"approved": 150, "denied": 0}, 20)) is not None


# --- scopes in which a little is many --------------------------------------------------------------------------------


def test_three_tenths_more_of_five_thousand_a_minute_are_found_and_of_a_hundred_are_not() -> None:
    for rate, window, is_found in ((5_000, 3, True), (100, 45, False)):
        usual: Mapping[str, int] = {"approved": rate * 94 // 100, "denied": rate * 6 // 100}
        more: Mapping[str, int] = {"approved": rate * 922 // 1000, "denied": rate * 78 // 1000}
        assert (risen("denied", (usual, 2 * DAY), (more, window)) is not None) is is_found


def test_how_many_are_of_interest_is_a_setting() -> None:
    usual: Mapping[str, int] = {"approved": 4_700, "denied": 300}
    model, minute = after((usual, 2 * DAY), ({"approved": 4_610, "denied": 390}, 3))
    assert ShareTail("rise", large=120.0).judge(series(model, minute, "denied")) is None


@pytest.mark.parametrize("setting", ["newcomer", "anywhere"])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_that_must_be_exceeded_lies_between_nothing_and_all(setting: str, share: float) -> None:
    changes: dict[str, Any] = {setting: share}
    problem = replace(RISE, **changes).problem()
    assert problem == (setting, f"must be a share above 0 and below 1; it is {share}")


def test_a_key_that_comes_in_one_minute_alone_is_no_new_one() -> None:
    one: Mapping[str, int] = {"approved": 20, "batch": 180}
    assert risen("batch", ({"approved": 200}, 300), (one, 1), ({"approved": 200, "batch": 0}, 1)) is None
    assert risen("batch", ({"approved": 200}, 300), ({"approved": 199, "batch": 1}, 20), (one, 1)) is None
