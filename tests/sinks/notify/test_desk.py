"""Who is told of what, and when."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import Alert
from schemas.topics import STATE_BYTES
from sinks.notify.desk import KEPT_MS, MAX_MEMBERS, Desk
from sinks.notify.notification import CALLS, decoded, encoded
from sinks.notify.notifier import MAX_ID
from sinks.notify.routing.cases import CaseAlert, RoutingCase, told
from tests.sinks.notify.desk_kit import ROUTES, T0, H, M, S, World, owing
from tests.sinks.notify.routing.kit import alert as made
from tests.sinks.notify.routing.kit import routed


def test_an_incident_is_told_after_the_wait_and_its_end_to_all_who_were_told() -> None:
    world = World()
    world.say()
    assert world.until(M) == [(30, "chat", "t", "open")]
    world.say(state="resolved")
    assert world.until(2 * M) == [(70, "chat", "t", "resolved")]
    assert world.until(5 * H) == []


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


def test_nobody_on_it_is_escalated_and_then_repeated_until_somebody_is() -> None:
    world = World()
    world.say()
    world.until(M)
    assert world.until(5 * H + M) == [
        (930, "pager", "bosses", "escalation"),
        (3630, "chat", "t", "escalation"),
        (3630 + 4 * 3600, "chat", "t", "repeat"),
    ]
    world.say(acknowledged_by="ana", acknowledged_severity="warning")
    assert [each[1:] for each in world.until(6 * H)] == [
        ("chat", "t", "acknowledged"),
        ("pager", "bosses", "acknowledged"),
    ]
    assert world.until(9 * H + 59 * M) == []


def test_who_is_on_it_is_called_when_it_gets_worse_than_it_was_then() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(acknowledged_by="ana", acknowledged_severity="warning")
    world.until(2 * M)
    world.say(severity="critical", acknowledged_by="ana", acknowledged_severity="warning")
    assert [each[1:] for each in world.until(3 * M)] == [("chat", "t", "rise"), ("pager", "t", "open")]


ANA: dict[str, Any] = {"acknowledged_by": "ana", "acknowledged_severity": "warning"}


def until(at: int) -> datetime:
    """The instant so long after the beginning."""
    return datetime.fromtimestamp((T0 + at) / 1000, UTC)


def test_when_the_time_is_over_all_who_were_told_hear_of_it_and_escalation_goes_on_from_then() -> None:
    world = World()
    world.say()
    world.until(20 * M)
    world.say(**ANA, acknowledged_until=until(3 * H))
    assert [each[3] for each in world.until(3 * H - 10 * S)] == ["acknowledged", "acknowledged"]
    assert world.until(10 * H) == [
        (3 * 3600, "chat", "t", "handed_back"),
        (3 * 3600, "pager", "bosses", "handed_back"),
        (4 * 3600, "chat", "t", "escalation"),
        (8 * 3600, "chat", "t", "repeat"),
    ]
    world.say()
    assert world.until(11 * H) == [], "that it is released is no news to people"


def test_who_gives_it_back_hands_it_to_everybody_at_once() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(**ANA)
    world.until(2 * M)
    world.say()
    assert world.until(20 * M) == [(130, "chat", "t", "handed_back"), (130 + 900, "pager", "bosses", "escalation")]


def test_what_gets_worse_than_it_was_acknowledged_is_escalated_anew_from_then() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(**ANA)
    world.until(2 * H)
    world.say(severity="critical", **ANA)
    told = world.until(3 * H + M)
    assert [each for each in told if each[3] != "open"] == [
        (7210, "chat", "t", "rise"),
        (7210 + 900, "pager", "bosses", "escalation"),
        (7210 + 3600, "chat", "t", "escalation"),
    ]


def test_another_who_takes_over_is_told_and_another_end_is_not() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(**ANA)
    world.until(2 * M)
    world.say(**ANA, acknowledged_until=until(4 * H))
    assert world.until(3 * M) == []
    world.say(**ANA | {"acknowledged_by": "bob"})
    assert world.until(5 * H) == [(190, "chat", "t", "acknowledged")]


def test_the_channel_by_which_it_was_said_is_not_told_again() -> None:
    world = World()
    world.say(severity="critical")
    world.until(20 * M)
    world.say(severity="critical", **ANA | {"acknowledged_severity": "critical", "acknowledged_channel": "pager"})
    assert [each[1:] for each in world.until(21 * M)] == [("chat", "t", "acknowledged")]


def test_a_notification_that_was_stored_before_there_were_names_is_not_told_again() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(**ANA)
    world.until(2 * M)
    (notification,) = world.desk.notifications.values()
    stored = msgspec.json.decode(encoded(notification))
    del stored["taken_by"], stored["alone_ms"]
    world.desk = Desk(world.routing, [decoded(msgspec.json.encode(stored))])
    assert world.until(3 * M) == []


def test_in_quiet_hours_only_what_is_urgent_is_told_and_the_rest_in_the_morning() -> None:
    world = World()
    world.until(10 * H + M, step=M)
    world.say("small")
    world.say("brief")
    assert world.until(11 * H, step=M) == []
    world.say("brief", state="resolved")
    assert world.until(19 * H - M, step=M) == []
    assert world.until(19 * H + M, step=M) == [(19 * 3600, "chat", "t", "open")]
    world.say("large", severity="critical", scope="s2")
    assert [each[1:] for each in world.until(20 * H, step=M)][:2] == [("chat", "t", "rise"), ("pager", "t", "open")]


def test_what_came_and_went_in_quiet_hours_is_told_as_passed() -> None:
    world = World()
    world.until(10 * H + M, step=M)
    world.say()
    world.until(11 * H, step=M)
    world.say(state="resolved")
    assert world.until(20 * H, step=M) == [(19 * 3600, "chat", "t", "passed")]


def test_what_another_incident_hides_is_told_when_that_is_over() -> None:
    world = World()
    world.say("hidden", inhibited_by="other")
    assert world.until(H) == []
    world.say("hidden")
    assert world.until(H + M) == [(3610, "chat", "t", "open")]
    world.say("another", inhibited_by="other", scope="s2")
    world.say("another", inhibited_by="other", scope="s2", state="resolved")
    world.say("hidden", state="resolved")
    assert world.until(2 * H) == [(3670, "chat", "t", "resolved")]


def test_what_a_silence_hides_is_told_at_once_when_it_ends_and_its_end_is_told_in_any_case() -> None:
    silent = {"until": T0 + H}
    world = World(hush=lambda alert, now, _route: "s1" if now < silent["until"] and alert.scope == "shop" else "")
    world.say("a", scope="shop")
    assert world.until(H - 10 * S) == []
    assert world.until(H + M) == [(3600, "chat", "t", "open")]
    silent["until"] = T0 + 3 * H
    assert world.until(2 * H) == []
    world.say("a", scope="shop", state="resolved")
    assert [each[1:] for each in world.until(2 * H + M)] == [("chat", "t", "resolved")]


def test_what_came_and_went_under_a_silence_is_told_to_nobody() -> None:
    world = World(hush=lambda _alert, _now, _route: "s1")
    world.say()
    world.until(H)
    world.say(state="resolved")
    assert world.until(2 * H) == []


def test_what_was_told_and_is_withdrawn_is_corrected_and_what_was_not_told_is_not() -> None:
    world = World()
    world.say("a")
    world.until(M)
    world.say("b")
    world.say("b", state="withdrawn")
    world.say("a", state="withdrawn")
    assert world.until(2 * M) == [(70, "chat", "t", "corrected")]
    world.say("c")
    world.say("c", state="withdrawn")
    assert world.until(H) == []


def test_what_is_withdrawn_after_its_end_was_told_is_corrected() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    world.until(2 * M)
    world.say(state="withdrawn")
    assert world.until(3 * M) == [(130, "chat", "t", "corrected")]
    assert world.until(4 * M) == []


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


def test_what_was_held_up_by_a_channel_is_told_as_it_is_by_then() -> None:
    world = World()
    world.say()
    world.desk.look(T0 + M)
    (notification,) = world.desk.notifications.values()
    assert [(due.kind, due.since_ms) for due in notification.due.values()] == [("open", T0 + M)]
    world.say(state="resolved")
    world.desk.look(T0 + 2 * M)
    assert [(due.kind, due.since_ms) for due in notification.due.values()] == [("passed", T0 + M)]


def test_what_is_over_is_forgotten_after_a_day() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    world.until(2 * M)
    world.until(2 * M + KEPT_MS, step=H)
    assert world.desk.notifications == {}
    assert world.say("i", state="amended").incident_id == "i"


@pytest.mark.parametrize("rank", ["info", "warning", "critical"])
def test_no_incident_is_told_before_somebody_could_be_told_of_it(rank: str) -> None:
    world = World(ROUTES.replace('channels = ["chat"]\n    wait', "channels = []\n    wait").split("    escalate")[0])
    world.say(severity=rank)
    assert [each[1] for each in world.until(H)] == (["pager"] if rank == "critical" else [])


NAMES = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), NAMES, st.sampled_from(["info", "warning", "critical"])),
        st.tuples(st.just("end"), NAMES, st.just("")),
        st.tuples(st.just("ack"), NAMES, st.just("")),
        st.tuples(st.just("briefly"), NAMES, st.just("")),
        st.tuples(st.just("wait"), st.sampled_from([1, 40, 700, 20_000]), st.just("")),
    ),
    max_size=12,
)


def lived(steps: list[Any], *, crashes: bool) -> list[tuple[int, str, str, str]]:
    """All that is told; with crashes what is known is stored and read again after each step."""
    world = World()
    severities: dict[str, str] = {}
    for what, name, severity in steps:
        if what == "wait":
            world.until(world.now - T0 + name * S, step=30 * S if name < 5_000 else 10 * M)
        elif what == "say":
            severities[name] = severity
            world.say(name, severity=severity)
        elif name in severities:
            state: dict[str, Any] = {"acknowledged_by": "x", "acknowledged_severity": "info"}
            if what == "end":
                state = {"state": "resolved"}
            elif what == "briefly":
                state["acknowledged_until"] = until(world.now - T0 + 20 * M)
            world.say(name, severity=severities[name], **state)
            if what == "end":
                del severities[name]
        if crashes:
            stored = [encoded(notification) for notification in world.desk.notifications.values()]
            world.desk = Desk(world.routing, map(decoded, stored))
    for name, severity in severities.items():
        world.say(name, severity=severity, state="resolved")
    world.until(world.now - T0 + 24 * H, step=H)
    return world.told


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS)
def test_a_crash_after_any_step_changes_nothing_of_what_is_told(steps: list[Any]) -> None:
    assert lived(steps, crashes=True) == lived(steps, crashes=False)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS)
def test_who_was_called_hears_of_the_end_and_nothing_is_told_after_it(steps: list[Any]) -> None:
    told = lived(steps, crashes=False)
    for channel in {each[1] for each in told}:
        kinds = [kind for _, where, _, kind in told if where == channel]
        assert kinds[-1] in ("resolved", "passed")
        assert kinds.count("resolved") <= sum(kind in CALLS for kind in kinds)


def test_what_was_over_before_anybody_was_there_is_forgotten_and_what_is_open_stays() -> None:
    world = World()
    for name in ("past", "open"):
        world.say(name)
    world.say("past", state="resolved")
    assert len(world.desk.leave_the_past()) == 1
    world.until(M)
    world.say("open", state="resolved")
    assert [each[3] for each in world.until(2 * M)] == ["resolved"]
    (notification,) = world.desk.notifications.values()
    assert list(notification.members) == ["open"]
    assert world.desk.leave_the_past() == {notification.id}
    assert world.desk.notifications == {}


def test_a_route_that_has_left_the_file_calls_nobody_and_those_it_called_hear_of_the_end() -> None:
    world = World()
    world.say("a")
    world.until(M)
    world.desk.routing = routed(ROUTES.replace('name = "all"', 'name = "other"')).routing
    world.say("a", severity="warning")
    assert world.until(20 * M) == [(90, "chat", "t", "open"), (990, "pager", "bosses", "escalation")]
    world.say("a", state="resolved")
    assert sorted(world.until(21 * M)) == [
        (1210, "chat", "t", "resolved"),
        (1210, "chat", "t", "resolved"),
        (1210, "pager", "bosses", "resolved"),
    ]


def test_what_is_owed_to_a_channel_that_has_left_the_file_is_owed_to_those_that_its_route_has_now() -> None:
    world = World()
    world.say(severity="critical")
    world.desk.look(T0 + M)
    assert sorted(owing(world)) == [("chat", "open"), ("pager", "open")]
    without = ROUTES.replace('channels = ["pager"]\n    go_on', 'channels = ["chat"]\n    go_on').replace(
        '"pager"', '"chat2"'
    )
    world.desk.routing = routed(without).routing
    assert len(world.desk.look(T0 + M)) == 1
    assert owing(world) == [("chat", "open"), ("chat", "open")]
    world.say(severity="critical", state="resolved")
    world.desk.look(T0 + 2 * M)
    world.desk.routing = routed(without.replace('"chat"', '"talk"')).routing
    world.desk.look(T0 + 3 * M)
    assert owing(world) == []


ALERTS = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(["info", "warning", "critical"]),
        "scope": st.sampled_from(["shop-7", "kiosk", "bank"]),
        "dimension": st.sampled_from(["status", "stream", "volume"]),
        "loss": st.sampled_from([0, 99, 100]),
    }
)


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


def test_what_joins_after_the_end_has_all_its_time_before_others_are_called() -> None:
    world = World()
    world.say("a", acknowledged_by="x", acknowledged_severity="critical")
    world.until(2 * H)
    world.say("a", state="resolved")
    world.until(2 * H + M)
    world.say("b")
    assert [each[3] for each in world.until(2 * H + 10 * M)] == ["open"]
    assert [each[3] for each in world.until(2 * H + 17 * M)] == ["escalation"]


def test_a_clock_that_was_wrong_keeps_nobody_waiting_for_its_time() -> None:
    world = World()
    world.now += H
    world.say("a")
    world.desk.look(world.now)
    for desk in (world.desk, Desk(world.routing, map(decoded, map(encoded, world.desk.notifications.values())))):
        world.desk, world.now, world.told = desk, T0, []
        assert world.until(M) == [(40, "chat", "t", "open")]
        assert world.until(20 * M) == [(940, "pager", "bosses", "escalation")]


def test_a_clock_that_leaps_ahead_takes_each_step_once() -> None:
    world = World()
    world.say("a")
    world.until(M)
    world.now += 2 * H
    assert [each[1:] for each in world.until(2 * H + 10 * M)] == [
        ("pager", "bosses", "escalation"),
        ("chat", "t", "escalation"),
    ]


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_the_morning_comes_on_time_where_the_clock_is_changed_in_the_night(day: str) -> None:
    world = World(ROUTES.replace('name = "t"', 'name = "t"\n    time_zone = "America/New_York"'))
    night = datetime.fromisoformat(f"{day}T00:30").replace(tzinfo=ZoneInfo("America/New_York"))
    world.now = int(night.timestamp() * 1000)
    world.say()
    world.until(world.now - T0 + 9 * H, step=5 * M)
    first = datetime.fromtimestamp(T0 / 1000 + world.told[0][0], ZoneInfo("America/New_York"))
    assert (f"{first:%H:%M}", world.told[0][3]) == ("07:00", "open")


def test_who_was_called_before_the_group_forgot_where_it_was_hears_of_the_end() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    assert world.desk.leave_the_past() == set()
    assert [each[3] for each in world.until(2 * M)] == ["resolved"]


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
