"""A critical incident hides the warnings of its scope, and nothing else."""

from dataclasses import replace

from tests.processors.domain.desk import SMALL, Desk, status

RULES = replace(SMALL, inhibit=True)
"""`failed` above 5 is critical; `denied` from 10 % of its minute on is a warning; over after 2 quiet minutes."""
QUIET = {"approved": 90, "failed": 0, "denied": 1}
WARNING = {"approved": 80, "failed": 0, "denied": 20}
CRITICAL = {"approved": 80, "failed": 9, "denied": 1}
BOTH = {"approved": 80, "failed": 9, "denied": 20}


def told(
    *minutes: dict[str, int], scopes: tuple[str, ...] = ("all",), rules: object = RULES
) -> list[tuple[str, str, bool]]:
    """(key, state, whether it is hidden) of all that is said of these minutes."""
    desk = Desk(RULES if rules is RULES else SMALL)
    for number, counts in enumerate(minutes):
        for scope in scopes:
            desk.minute(number, status(**counts), scope=scope)
        desk.until(number + 1)
    return [(s.stated.incident.key, s.stated.state, bool(s.stated.incident.inhibited_by)) for s in desk.statements]


def test_a_warning_that_opens_beside_a_critical_incident_is_hidden() -> None:
    assert told(QUIET, CRITICAL, BOTH) == [
        ("failed", "firing", False),
        ("denied", "firing", True),
        ("failed", "updated", False),
    ]


def test_the_one_that_hides_is_named() -> None:
    desk = Desk(RULES)
    desk.minutes({0: status(**QUIET), 1: status(**BOTH)}, upto=2)
    ids = {s.stated.incident.key: s.stated.incident for s in desk.statements}
    assert ids["denied"].inhibited_by == ids["failed"].id
    assert ids["failed"].inhibited_by == ""


def test_a_warning_that_was_there_first_is_told_to_be_hidden() -> None:
    assert told(QUIET, WARNING, BOTH)[-2:] == [("denied", "updated", True), ("failed", "firing", False)]


def test_a_warning_that_adds_nothing_in_that_minute_is_told_all_the_same() -> None:
    assert told(QUIET, WARNING, CRITICAL)[1:] == [("failed", "firing", False), ("denied", "updated", True)]


def test_a_warning_that_outlives_the_critical_one_is_shown_again() -> None:
    said = told(QUIET, BOTH, WARNING, WARNING, WARNING)
    assert ("failed", "resolved", False) in said
    assert [each for each in said if each[0] == "denied"][-1] == ("denied", "updated", False)


def test_a_warning_that_ends_with_it_is_not_shown_again() -> None:
    said = told(QUIET, BOTH, QUIET, QUIET, QUIET)
    assert [(key, state) for key, state, hidden in said if key == "denied" and not hidden] == []


def test_another_scope_is_not_hidden() -> None:
    desk = Desk(RULES)
    desk.minute(0, status(**CRITICAL), scope="one")
    desk.minute(0, status(**WARNING), scope="two")
    desk.until(1)
    assert {s.stated.incident.scope: s.stated.incident.inhibited_by for s in desk.statements} == {"one": "", "two": ""}


def test_without_the_setting_nothing_is_hidden() -> None:
    assert not any(hidden for _, _, hidden in told(QUIET, BOTH, WARNING, rules=SMALL))
