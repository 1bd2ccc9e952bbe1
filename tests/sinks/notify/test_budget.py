"""How pages are counted, and who is told of them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from floodmark.queries.library import query
from sinks.notify.budget import Budgets, decoded, encoded, week_of
from sinks.notify.channels.plain import text_of
from sinks.notify.channels.slack.payload import message
from sinks.notify.channels.webhook.payload import event
from sinks.notify.content import Content
from sinks.notify.desk import Desk
from sinks.notify.message import content
from sinks.notify.notification import CALLS, Due, Kind, Notification
from sinks.notify.notification import decoded as notification_of
from sinks.notify.notification import encoded as bytes_of
from sinks.notify.routing.model import Team
from tests.sinks.notify.routing.kit import routed

S = 1_000
SUNDAY = int(datetime(2026, 1, 11, 23, 30, tzinfo=UTC).timestamp() * S)
TEAM = Team(name="t", budget=2)


def call(since_ms: int, kind: Kind = "open", channel: str = "chat", team: str = "t") -> Due:
    return Due(channel, team, kind, since_ms, 1)


def conversation(**fields: Any) -> Notification:
    return Notification(**{"id": "n", "route": "r", "team": "t", "group": (), "began_ms": 0} | fields)


def test_a_page_counts_once_however_many_channels_take_it_and_however_often_it_is_read() -> None:
    budgets, one = Budgets(), conversation()
    for channel in ("chat", "pager", "mail"):
        budgets.taken(one, call(100, channel=channel), TEAM, SUNDAY)
    assert budgets.spent["t"].pages == 1
    # Whoever takes over knows what was counted.
    again, known = Budgets([decoded(encoded(budgets.spent["t"]))]), notification_of(bytes_of(one))
    again.taken(known, call(100, channel="sms"), TEAM, SUNDAY)
    assert again.spent["t"].pages == 1
    again.taken(known, call(200, "repeat"), TEAM, SUNDAY)
    again.taken(known, call(100, channel="late"), TEAM, SUNDAY)
    assert again.spent["t"].pages == 2
    assert again.changed == {"t"}


def test_pages_count_again_when_a_clock_that_was_ahead_is_set_right() -> None:
    budgets, one = Budgets(), conversation()
    budgets.taken(one, call(900), TEAM, SUNDAY)
    assert one.latest_ms == 900
    one.cut_to(100)
    budgets.taken(one, call(101), TEAM, SUNDAY)
    assert budgets.spent["t"].pages == 2


@pytest.mark.parametrize("kind", ["acknowledged", "resolved", "passed", "corrected", "budget"])
def test_what_calls_nobody_is_no_page(kind: Kind) -> None:
    budgets = Budgets()
    budgets.taken(conversation(), call(100, kind), TEAM, SUNDAY)
    assert not budgets.spent


def test_a_drill_is_no_page() -> None:
    budgets = Budgets()
    budgets.taken(conversation(drill=True), call(100), TEAM, SUNDAY)
    assert not budgets.spent


def test_a_team_is_told_with_the_first_page_beyond_its_budget_and_not_again_this_week() -> None:
    budgets, one = Budgets(), conversation()
    told = [budgets.taken(one, call(at), TEAM, SUNDAY) for at in (1, 2, 3, 4)]
    assert [spent and spent.pages for spent in told] == [None, None, 3, None]
    # A notifier that begins anew does not tell it again either.
    again = Budgets(budgets.spent.values())
    assert again.taken(one, call(5), TEAM, SUNDAY) is None
    # Half an hour later it is Monday.
    assert again.taken(one, call(6), TEAM, SUNDAY + 3_600 * S) is None
    assert (again.spent["t"].week, again.spent["t"].pages, again.spent["t"].is_told) == ("2026-01-12", 1, False)
    assert [again.taken(one, call(at), TEAM, SUNDAY + 3_700 * S) is not None for at in (7, 8, 9)] == [
        False,
        True,
        False,
    ]


def test_each_team_has_its_own_weeks_and_one_without_a_budget_is_told_of_none() -> None:
    at = datetime(2026, 1, 12, 2, tzinfo=UTC)
    assert week_of(TEAM, at).isoformat() == "2026-01-12T00:00:00+00:00"
    brazil = Team(name="t", time_zone="America/Sao_Paulo")
    assert week_of(brazil, at).isoformat() == "2026-01-05T00:00:00-03:00"
    # Over a change of the clocks a week still begins at midnight.
    berlin = Team(name="t", time_zone="Europe/Berlin")
    assert week_of(berlin, datetime(2026, 3, 30, 10, tzinfo=UTC)).isoformat() == "2026-03-30T00:00:00+02:00"
    assert week_of(berlin, datetime(2026, 3, 29, 21, tzinfo=UTC)).isoformat() == "2026-03-23T00:00:00+01:00"
    budgets = Budgets()
    assert all(budgets.taken(conversation(), call(n), brazil, SUNDAY) is None for n in range(50))


def test_the_query_of_pages_counts_what_calls_people() -> None:
    (listed,) = re.findall(r"n\.kind IN \(([^)]*)\)", query("pages").sql)
    assert set(re.findall(r"'(\w+)'", listed)) == CALLS


ROUTES = """
    [[team]]
    name = "t"
    budget = 2

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "console"

    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]
    escalate = [{ after = "15m", channels = ["pager"] }]
"""


def test_the_word_goes_through_the_channels_that_are_told_first_once_a_week_and_is_forgotten_later() -> None:
    desk = Desk(routed(ROUTES).routing)
    name = desk.tell_budget(desk.routing.teams["t"], "2026-01-05", 3, SUNDAY)
    assert name == desk.tell_budget(desk.routing.teams["t"], "2026-01-05", 3, SUNDAY)
    one = desk.notifications[name]
    assert [(due.channel, due.kind) for due in one.due.values()] == [("chat", "budget")]
    assert desk.look(SUNDAY) == set()
    assert notification_of(bytes_of(one)) == one
    desk.delivered(name, one.due["chat"].number, "chat")
    assert not one.due
    assert desk.look(SUNDAY + 25 * 3_600 * S) == {name}
    assert not desk.notifications


def said(team: Team = TEAM) -> Content:
    one = conversation(route="(budget)", pages=1_203)
    return content(one, call(100, "budget"), team, SUNDAY, "https://fm.example/")


def test_the_word_says_how_many_in_the_teams_language() -> None:
    assert said().title == "t was called 1,203 times this week, its budget is 2"
    assert "floodmark notify budget" in said().words
    brazilian = Team(name="t", budget=2, language="pt")
    assert said(brazilian).title == "t foi chamado 1.203 vezes esta semana, o limite é 2"


def test_a_chat_says_it_without_buttons_and_an_endpoint_gets_it() -> None:
    blocks = message(said(), buttons=True)["blocks"]
    assert [block["type"] for block in blocks] == ["header", "section"]
    assert text_of(said(), 1_000) == said().words
    assert event(said())["type"] == "floodmark.notification.budget"


PAGER = """
    [[team]]
    name = "t"
    budget = 2

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "opsgenie"
    api_key_variable = "KEY"

    [[route]]
    name = "all"
    team = "t"
    channels = ["pager"]
"""


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("", ("pager",)),
        ('    escalate = [{ after = "5m", channels = ["chat"] }]', ("chat",)),
        (
            '    escalate = [{ after = "5m", channels = ["chat"], team = "t2" }]\n    [[team]]\n    name = "t2"',
            ("pager",),
        ),
        (
            '    [[report]]\n    kind = "day"\n    at = "daily 08:00"\n    team = "t"\n    channels = ["chat"]',
            ("chat",),
        ),
    ],
    ids=["nowhere", "by a step", "by a step of another team", "in reports"],
)
def test_a_team_that_is_first_told_by_pagers_is_told_where_it_reads_and_else_by_these(
    more: str, where: tuple[str, ...]
) -> None:
    assert routed(PAGER + more).routing.budget_channels("t") == where


def test_a_team_reads_it_where_its_list_of_silences_goes() -> None:
    listed = PAGER.replace("budget = 2", 'budget = 2\n    silences = { digest = "daily 09:00", channels = ["chat"] }')
    assert routed(listed).routing.budget_channels("t") == ("chat",)


def test_what_a_notifier_of_before_has_written_of_a_conversation_is_read() -> None:
    one = replace(conversation(), paged={}, pages=0)
    old = bytes_of(one).replace(b',"paged":{},"pages":0', b"")
    assert b"paged" not in old
    assert notification_of(old) == one
