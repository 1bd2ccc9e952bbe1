"""Several causes at once: each pages once, and what follows from one of them does not."""

from dataclasses import replace

import pytest

from tests.processors.domain.traffic import NOON, RULES, Told, fired, story

TOGETHER = replace(RULES, apart=0)


def leads(steps: list[Told]) -> list[tuple[str, int]]:
    """What leads each incident, and when it fired."""
    return [(each.lead, each.at) for each in steps if each.step == "firing"]


@pytest.mark.parametrize(
    ("first", "second", "lead"),
    [
        ({"failed": 20.0}, {"denied": 5.0}, "status|denied"),
        ({"denied": 5.0}, {"failed": 20.0}, "status|failed"),
        ({"failed": 20.0}, {"all": 0.2}, "volume|total"),
        ({"all": 0.4}, {"denied": 6.0}, "status|denied"),
        ({"failed": 20.0}, {"denied": 0.0}, "status|denied"),
    ],
)
def test_a_second_cause_pages_on_its_own_within_minutes(
    first: dict[str, float], second: dict[str, float], lead: str
) -> None:
    steps = story(lambda i: (first if 5 <= i < 60 else {}) | (second if 25 <= i < 50 else {}), 90)
    (_, at), (other, later) = leads(steps)
    assert at <= 8
    assert (other, 25 <= later <= 31) == (lead, True)


def test_each_of_two_causes_is_over_by_itself() -> None:
    steps = story(lambda i: {"denied": 5 if 5 <= i < 75 else 1, "failed": 20 if 25 <= i < 40 else 1}, 110)
    over = {each.lead: each.at for each in steps if each.step == "resolved"}
    assert 42 <= over["status|failed"] <= 52
    assert 75 <= over["status|denied"] <= 92
    members = {each.lead: each.incident.members for each in steps if each.step == "resolved"}
    assert members["status|failed"] == ("status|failed",)
    assert "status|failed" not in members["status|denied"]


def test_rules_that_do_not_say_how_far_apart_causes_are_keep_them_together() -> None:
    change = {"denied": 5.0, "failed": 20.0}
    steps = story(lambda i: {k: f for k, f in change.items() if 5 + 20 * (k == "failed") <= i < 60}, 90, rules=TOGETHER)
    assert leads(steps) == [("status|denied", 6)]


def test_shares_that_rise_because_others_fall_are_no_second_cause() -> None:
    """Half of the approvals are gone: more of what is left is denied, and not more than ever."""
    steps = story(lambda i: {"failed": 20 if 5 <= i < 60 else 1, "approved": 0.45 if 25 <= i < 60 else 1}, 90)
    assert [lead for lead, _ in leads(steps)] == ["status|failed", "volume|total"]


def test_what_a_rise_takes_from_others_is_no_silence_of_theirs() -> None:
    """Failures grow until all fail: that approvals stop coming is the same cause."""
    grown = {"failed": 150.0, "approved": 0.0, "denied": 0.0}

    def change(i: int) -> dict[str, float]:
        return {} if i < 5 else {"failed": 40.0, "approved": 0.7} if i < 20 else grown if i < 50 else {}

    assert leads(story(change, 80)) == [("status|failed", 6)]


def test_what_joined_an_incident_and_comes_back_while_that_is_open_is_no_other_cause() -> None:
    """Two begin together; one is over, and begins again half an hour later while the other goes on."""
    steps = story(
        lambda i: {"denied": 8 if 5 <= i < 80 else 1, "failed": 20 if 7 <= i < 15 or 45 <= i < 60 else 1}, 110
    )
    assert [lead for lead, _ in leads(steps)] == ["status|denied"]


def test_a_second_cause_that_comes_and_goes_pages_once() -> None:
    steps = story(
        lambda i: {"denied": 8 if 5 <= i < 95 else 1, "failed": 20 if 25 <= i < 35 or 55 <= i < 65 else 1}, 120
    )
    assert [lead for lead, _ in leads(steps)] == ["status|denied", "status|failed"]
    assert steps[-1].incident.members[-1] == "status|failed", "it belongs to what goes on"


def test_the_second_cause_is_named_by_the_minute_in_which_it_began() -> None:
    steps = story(lambda i: {"denied": 5 if 5 <= i < 60 else 1, "failed": 20 if 25 <= i < 50 else 1}, 90)
    second = [each.incident for each in steps if each.step == "firing"][1]
    assert second.since - NOON == 25
    assert len({each.incident.id for each in steps}) == 2


def test_what_begins_too_soon_to_be_told_apart_joins_however_little_is_asked_for() -> None:
    """Three minutes say no level that another could be held against."""
    soon = replace(RULES, apart=1)
    steps = story(lambda i: {"failed": 30 if 5 <= i < 40 else 1, "denied": 6 if 8 <= i < 40 else 1}, 70, rules=soon)
    assert len(fired(steps)) == 1
