"""Which conversation an incident belongs to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import Alert
from schemas.topics import STATE_BYTES
from sinks.notify.alert_event import MAX_ID
from sinks.notify.desk import Desk
from sinks.notify.joining import MAX_MEMBERS
from sinks.notify.notification import decoded, encoded
from sinks.notify.routing.cases import CaseAlert, RoutingCase, told
from tests.sinks.notify.desk_kit import ROUTES, H, M, S, World
from tests.sinks.notify.routing.kit import alert as made
from tests.sinks.notify.routing.kit import routed

ALERTS = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(["info", "warning", "critical"]),
        "scope": st.sampled_from(["shop-7", "kiosk", "bank"]),
        "dimension": st.sampled_from(["status", "stream", "volume"]),
        "loss": st.sampled_from([0, 99, 100]),
    }
)


def test_a_thousand_incidents_at_once_are_one_message_for_each_channel() -> None:
    world = World()
    for number in range(1_000):
        world.say(f"i{number}", severity="critical")
    assert world.until(5 * M) == [(30, "pager", "t", "open"), (30, "chat", "t", "open")]
    assert {len(n.members) for n in world.desk.notifications.values()} == {1_000}
    for number in range(1_000):
        world.say(f"i{number}", severity="critical", state="resolved")
    assert [each[1:] for each in world.until(6 * M)] == [("pager", "t", "resolved"), ("chat", "t", "resolved")]


def test_an_incident_that_gets_worse_calls_again_and_takes_the_routes_that_it_matches_now() -> None:
    world = World()
    world.say(severity="warning")
    world.until(M)
    world.say(severity="critical")
    assert world.until(2 * M) == [(70, "chat", "t", "rise"), (90, "pager", "t", "open")]
    world.say(severity="warning")
    assert world.until(3 * M) == []
    world.say(severity="critical")
    assert world.until(4 * M) == [(190, "chat", "t", "rise"), (190, "pager", "t", "rise")]


def test_what_begins_later_joins_what_is_open_or_begins_anew() -> None:
    world = World()
    world.say("a")
    world.until(M)
    world.say("b")
    assert world.until(2 * M) == [(90, "chat", "t", "more")]
    world.until(14 * M)
    world.say("c")
    assert world.until(15 * M) == [(870, "chat", "t", "open")]
    assert sorted(len(n.members) for n in world.desk.notifications.values()) == [1, 2]


def test_what_is_hidden_and_joins_what_was_told_is_not_told_as_passed() -> None:
    hush = {"on": False}
    world = World(hush=lambda _alert, _now, _route: "s1" if hush["on"] else "")
    world.say("a")
    world.until(M)
    world.say("a", state="resolved")
    world.until(2 * M)
    hush["on"] = True
    world.say("b")
    world.say("b", state="resolved")
    assert world.until(H) == []


@pytest.mark.parametrize("end", ["resolved", "withdrawn"])
def test_what_goes_on_after_its_end_was_told_calls_again(end: str) -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state=end)
    world.until(2 * M)
    world.say(state="firing")
    assert [each[1:] for each in world.until(3 * M)] == [("chat", "t", "open")]
    world.say(state="resolved")
    assert [each[1:] for each in world.until(4 * M)] == [("chat", "t", "resolved")]


@pytest.mark.parametrize("state", ["firing", "updated", "amended"])
def test_what_goes_on_after_its_end_was_told_calls_people_again(state: str) -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    world.until(2 * M)
    world.say(state=state)
    assert world.until(18 * M) == [(150, "chat", "t", "open"), (1050, "pager", "bosses", "escalation")]
    world.say(state="resolved")
    assert {each[3] for each in world.until(19 * M)} == {"resolved"}
    assert len(world.desk.notifications) == 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ALERTS, st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_a_case_and_an_explanation_say_is_what_the_desk_does(fields: dict[str, Any], at: datetime) -> None:
    routing = routed().routing
    case = RoutingCase(name="c", alert=CaseAlert(**fields), at=at, expect=())
    desk = Desk(routing)
    desk.hear(case.alert.alert(at), int(at.timestamp() * 1000))
    taken = {notification.route for notification in desk.notifications.values()}
    looks = list(routing.looks(case.alert.alert(at), at))
    assert taken == {look.route.name for look in looks if not look.why_not}
    desk.look(int(at.timestamp() * 1000) + 12 * H)
    desk.look(int(at.timestamp() * 1000) + 19 * H)
    told_of = {due.channel for n in desk.notifications.values() for due in n.due.values() if due.kind == "open"}
    assert told_of <= set(told(routing, case))


def test_what_waits_on_a_route_that_has_left_the_file_takes_those_that_there_are() -> None:
    world = World()
    world.say("a")
    world.desk.routing = routed(ROUTES.replace('name = "all"', 'name = "other"')).routing
    assert world.until(M) == [(40, "chat", "t", "open")]


@pytest.mark.parametrize("word", ["x" * 900_000, "\U0001f525" * 200_000, "\x00" * 100_000, '"\u202e\n' * 100_000])
def test_no_word_makes_a_notification_longer_than_a_record_may_be(word: str) -> None:
    world = World()
    texts = ("scope", "key", "summary", "recommendation", "runbook", "acknowledged_by", "acknowledged_note")
    texts += ("acknowledged_channel",)
    world.say(
        "x" * MAX_ID,
        **dict.fromkeys((*texts, "inhibited_by", "rule_set", "severity_because"), word),
        rules=(word,) * 100,
        attribution=[{"dimension": word, "key": word, "percent": float("nan"), word: word}] * 10,
        estimated_loss={word: 1.0, "transactions": 1.2345678901234567e300},
    )
    (notification,) = world.desk.notifications.values()
    assert decoded(encoded(notification)) == notification
    assert len(encoded(notification)) * MAX_MEMBERS < STATE_BYTES


class TestADrill:
    def begin(self, world: World, team: str = "t", name: str = "d") -> Alert:
        alert = made(datetime.fromtimestamp(world.now / 1000, UTC), severity="critical")
        alert = alert.model_copy(update={"incident_id": name})
        world.desk.hear(alert, world.now, team)
        return alert

    def end(self, world: World, alert: Alert) -> None:
        world.desk.hear(alert.model_copy(update={"revision": 2, "state": "resolved"}), world.now, "t")

    def test_a_drill_is_told_at_once_through_all_channels_of_its_team_and_its_end_as_well(self) -> None:
        world = World()
        alert = self.begin(world)
        assert world.until(10 * S) == [(10, "pager", "t", "open"), (10, "chat", "t", "open")]
        self.end(world, alert)
        assert world.until(20 * S) == [(20, "pager", "t", "resolved"), (20, "chat", "t", "resolved")]

    def test_a_team_that_is_told_by_an_escalation_alone_is_told_too(self) -> None:
        world = World()
        self.begin(world, "bosses")
        assert world.until(10 * S) == [(10, "pager", "bosses", "open")]

    def test_a_drill_of_a_team_that_is_not_there_is_nothing(self) -> None:
        world = World()
        self.begin(world, "nobody")
        assert not world.desk.notifications

    def test_no_silence_hides_a_drill_and_none_is_broken_or_counted_by_it(self) -> None:
        asked: list[str] = []

        def hush(alert: Alert, _now_ms: int, _route: str) -> str:
            asked.append(alert.incident_id)
            return "s"

        world = World(hush=hush)
        self.begin(world)
        assert {kind for *_, kind in world.until(10 * S)} == {"open"}
        assert not asked

    def test_a_drill_joins_no_incident_and_no_incident_joins_it(self) -> None:
        world = World()
        world.say("i")
        self.begin(world, name="d")
        self.begin(world, name="e")
        world.say("j")
        members = [[*each.members] for each in world.desk.notifications.values()]
        assert members == [["i", "j"], ["d"], ["e"]]
        assert [each.drill for each in world.desk.notifications.values()] == [False, True, True]

    def test_a_drill_that_nobody_ends_ends_by_itself_and_calls_nobody_again_meanwhile(self) -> None:
        world = World()
        self.begin(world)
        world.until(10 * S)
        assert world.until(H - M) == []
        assert {kind for *_, kind in world.until(H + 20 * S)} == {"resolved"}

    def test_a_drill_is_kept_as_it_is_and_one_of_before_is_none(self) -> None:
        world = World()
        self.begin(world)
        (one,) = world.desk.notifications.values()
        assert decoded(encoded(one)) == one
        assert decoded(encoded(one).replace(b',"drill":true', b"")).drill is False

    def test_a_team_that_has_left_the_file_is_told_of_its_end_no_more_through_channels_that_are_gone(self) -> None:
        world = World()
        alert = self.begin(world, "bosses")
        world.until(10 * S)
        world.desk.routing = routed(
            ROUTES.replace('name = "bosses"', 'name = "others"').replace('team = "bosses"', 'team = "others"')
        ).routing
        self.end(world, alert)
        assert world.until(20 * S) == [(20, "pager", "bosses", "resolved")]
