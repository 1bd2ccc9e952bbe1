"""What would have to go, so that a team is called no more often than its budget says."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floodmark.operate.notify.budget import advice, budget_of, first_instant, pages_of
from floodmark.operate.notify.spending import Caller, Page, PagedIncident, remedy, spenders
from sinks.notify.routing.model import Team
from tests.sinks.notify.routing.kit import routed

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def incident(rules: str, scope: str = "shop", opinion: str = "") -> PagedIncident:
    return PagedIncident(scope, frozenset(rules.split()), opinion)


def page(*incidents: PagedIncident, at: datetime = MONDAY) -> Page:
    return Page(at, incidents)


def rule(name: str) -> Caller:
    return Caller("rule", name)


def test_each_rule_and_scope_is_counted_once_for_a_page() -> None:
    pages = [page(incident("a b"), incident("a", "kiosk")), page(incident("a"))]
    assert spenders(pages) == [
        (rule("a"), 2),
        (Caller("scope", "shop"), 2),
        (rule("b"), 1),
        (Caller("scope", "kiosk"), 1),
    ]


def test_within_the_budget_nothing_has_to_go() -> None:
    assert remedy([page(incident("a"))], 1) is None


def test_of_as_few_the_one_goes_that_takes_the_fewest_with_it() -> None:
    pages = [page(incident("a"))] * 3 + [page(incident("b"))] * 2 + [page(incident("c", "kiosk"))] * 4
    found = remedy(pages, 7)
    assert found is not None
    assert (found.callers, found.pages, found.left) == ((rule("b"),), 2, 7)


def test_what_people_called_false_goes_before_what_they_called_right() -> None:
    right, wrong = (
        [page(incident("a", opinion="true_positive"))] * 2,
        [page(incident("b", opinion="false_positive"))] * 4,
    )
    found = remedy(right + wrong, 4)
    assert found is not None
    assert (found.callers, found.useful, found.useless) == ((rule("b"),), 0, 4)


def test_an_incident_that_two_rules_find_goes_with_both_and_a_page_with_all_of_its_incidents() -> None:
    two = [page(incident("a b", f"s{n}")) for n in range(4)]
    found = remedy(two, 0)
    assert found is not None
    assert (found.callers, found.left) == ((rule("a"), rule("b")), 0)
    together = [page(incident("a", "x"), incident("b", "y"))] * 2
    found = remedy(together, 0)
    assert found is not None
    assert len(found.callers) == 2


def test_of_incidents_that_nobody_knows_any_more_nothing_can_be_said() -> None:
    assert remedy([page(PagedIncident("", frozenset()))] * 2 + [page()], 1) is None


def test_where_more_than_three_have_to_go_they_go_one_by_one() -> None:
    pages = [page(incident(f"r{n}", f"s{n}")) for n in range(6)]
    found = remedy(pages, 1)
    assert found is not None
    assert (len(found.callers), found.left) == (5, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(["a", "b", "a b", "c"]), st.sampled_from(["x", "y"])), min_size=1, max_size=2
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 4),
)
def test_no_fewer_would_do(content: list[list[tuple[str, str]]], budget: int) -> None:
    pages = [page(*(incident(rules, scope) for rules, scope in each)) for each in content]
    found = remedy(pages, budget)
    callers = [caller for caller, _ in spenders(pages)]

    def left(gone: Any) -> int:
        return sum(not each.is_gone_without(frozenset(gone)) for each in pages)

    if found is None:
        assert len(pages) <= budget
        return
    assert left(found.callers) == found.left <= budget
    assert all(left(gone) > budget for gone in combinations(callers, len(found.callers) - 1))


def row(at: datetime, notification: str = "n", **fields: Any) -> dict[str, Any]:
    made = {"scope": "shop", "rules": ["a"], "opinion": "", "team": "t", "owed_at": "2026-01-05T00:00:00.000Z"}
    return {"at": at.isoformat(), "notification": notification, **made, **fields}


def test_rows_of_one_call_are_one_page() -> None:
    found = pages_of([row(MONDAY), row(MONDAY, scope="kiosk"), row(MONDAY, "m"), row(MONDAY, team="u")])
    assert {team: [len(each.incidents) for each in pages] for team, pages in found.items()} == {"t": [1, 2], "u": [1]}


def test_pages_are_counted_by_the_weeks_of_the_team() -> None:
    team = Team(name="t", budget=1, time_zone="America/Sao_Paulo")
    now = MONDAY + timedelta(days=2)
    at = [
        MONDAY + timedelta(hours=2),
        MONDAY + timedelta(hours=4),
        now,
        MONDAY - 21 * timedelta(days=1),
        MONDAY - 40 * timedelta(days=1),
    ]
    found = budget_of(team, [page(incident("a"), at=each) for each in at], now)
    assert found.week.isoformat() == "2026-01-05T00:00:00-03:00"
    assert found.weeks == (2, 1, 0, 0, 1)
    assert found.is_over
    assert found.spenders[0] == (rule("a"), 2)
    assert advice(found) == (
        "t was called 2 times since 2026-01-05, its budget is 1. Without rule a it would be 0: 2 go, 0 that people "
        "found right and 0 that they called false among them."
    )
    assert not budget_of(Team(name="t"), [page(incident("a"), at=now)] * 9, now).is_over


def test_the_first_instant_is_before_four_weeks_wherever_the_clocks_are_changed() -> None:
    text = """
        [[team]]
        name = "t"
        time_zone = "{zone}"

        [[route]]
        name = "r"
        team = "t"
    """
    now = datetime(2026, 4, 1, tzinfo=UTC)
    for zone in ("Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"):
        routing = routed(text.format(zone=zone)).routing
        first = first_instant(routing, now)
        team = routing.teams["t"]
        assert first <= datetime.fromisoformat("2026-03-02T00:00:00").replace(tzinfo=team.local(first).tzinfo)


@pytest.mark.parametrize("opinions", [["false_positive", ""], ["false_positive", "true_positive"], []])
def test_a_page_is_useless_only_where_all_of_it_was_called_false(opinions: list[str]) -> None:
    assert not page(*(incident("a", opinion=each) for each in opinions)).is_useless
