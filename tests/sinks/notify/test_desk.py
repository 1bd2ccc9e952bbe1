"""Who is told of what, and when."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.notify.desk import KEPT_MS, Desk
from sinks.notify.notification import CALLS, decoded, encoded
from tests.sinks.notify.desk_kit import ROUTES, T0, H, M, S, World, owing, until
from tests.sinks.notify.routing.kit import routed


def test_an_incident_is_told_after_the_wait_and_its_end_to_all_who_were_told() -> None:
    world = World()
    world.say()
    assert world.until(M) == [(30, "chat", "t", "open")]
    world.say(state="resolved")
    assert world.until(2 * M) == [(70, "chat", "t", "resolved")]
    assert world.until(5 * H) == []


def test_what_is_withdrawn_after_its_end_was_told_is_corrected() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    world.until(2 * M)
    world.say(state="withdrawn")
    assert world.until(3 * M) == [(130, "chat", "t", "corrected")]
    assert world.until(4 * M) == []


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


def test_who_was_called_before_the_group_forgot_where_it_was_hears_of_the_end() -> None:
    world = World()
    world.say()
    world.until(M)
    world.say(state="resolved")
    assert world.desk.leave_the_past() == set()
    assert [each[3] for each in world.until(2 * M)] == ["resolved"]
