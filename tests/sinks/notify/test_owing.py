"""What is owed to channels, and who is told when one of them does not take it."""

from sinks.notify.notification import Notification
from tests.sinks.notify.desk_kit import T0, H, M, World, owing

ALONE = """
    [[team]]
    name = "t"

    [[team]]
    name = "ops"

    [[channel]]
    name = "pager"
    kind = "console"

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "mail"
    kind = "console"

    [[route]]
    name = "critical"
    match = { severity = "critical" }
    team = "t"
    channels = ["pager"]
    repeat = "1h"

    [[route]]
    name = "warnings"
    match = { severity = "warning" }
    team = "t"
    channels = ["chat"]

    [[route]]
    name = "rest"
    team = "ops"
    channels = ["mail"]
"""
"""A route without steps; the team has another channel, and the last route another team."""


def called(text: str = ALONE) -> tuple[World, Notification]:
    """A critical incident of which the first call is owed."""
    world = World(text)
    world.say(severity="critical")
    world.now = T0 + M
    world.desk.look(world.now)
    (notification,) = world.desk.notifications.values()
    return world, notification


def fail(world: World, notification: Notification, channel: str, *, refused: bool = True) -> None:
    assert world.desk.undelivered(
        notification.id, notification.due[channel].number, channel, world.now, refused=refused
    )


def take(world: World, notification: Notification, channel: str) -> None:
    assert world.desk.delivered(notification.id, notification.due[channel].number, channel)


def test_a_page_that_does_not_get_through_is_told_to_the_next_step_and_stays_owed() -> None:
    world = World()
    world.say()
    world.desk.look(T0 + M)
    (notification,) = world.desk.notifications.values()
    number = notification.due["chat"].number
    assert world.desk.undelivered(notification.id, number, "chat", T0 + 6 * M, refused=False)
    assert owing(world) == [("chat", "open"), ("pager", "escalation")]
    assert notification.channels == {"chat": "t", "pager": "bosses"}
    assert not world.desk.undelivered(notification.id, number, "chat", T0 + 7 * M, refused=False)


def test_a_page_that_is_refused_is_owed_no_longer_and_told_to_the_next_step() -> None:
    world = World()
    world.say()
    world.desk.look(T0 + M)
    (notification,) = world.desk.notifications.values()
    assert world.desk.undelivered(notification.id, notification.due["chat"].number, "chat", T0 + M, refused=True)
    assert owing(world) == [("pager", "escalation")]


def test_a_call_that_follows_one_that_was_not_taken_has_a_time_of_its_own() -> None:
    world = World()
    world.say()
    world.desk.look(T0 + M)
    (notification,) = world.desk.notifications.values()
    first = notification.due["chat"]
    world.desk.undelivered(notification.id, first.number, "chat", T0 + 6 * M, refused=False)
    world.say(severity="critical")
    world.desk.look(T0 + 7 * M)
    due = notification.due["chat"]
    assert (due.kind, due.since_ms, due.is_overdue) == ("open", T0 + 7 * M, False)


def test_a_step_that_was_never_taken_is_told_as_passed_when_it_is_over() -> None:
    world = World()
    world.say()
    world.until(M)
    world.now = T0 + 16 * M
    world.desk.look(world.now)
    assert owing(world) == [("pager", "escalation")]
    world.say(state="resolved")
    world.desk.look(world.now)
    assert owing(world) == [("pager", "passed"), ("chat", "resolved")]


def test_what_was_on_its_way_when_it_was_over_is_told_to_be_over() -> None:
    world = World()
    world.say()
    world.desk.look(T0 + M)
    (notification,) = world.desk.notifications.values()
    number = notification.due["chat"].number
    world.say(state="resolved")
    world.desk.look(T0 + 2 * M)
    assert owing(world) == [("chat", "passed")]
    assert world.desk.delivered(notification.id, number, "chat", "thread-1")
    assert owing(world) == [("chat", "resolved")]
    assert notification.handles == {"chat": "thread-1"}
    assert not world.desk.delivered("none", 1, "chat")


def test_a_refused_call_without_a_step_goes_to_the_teams_other_channels_then_to_the_last_route() -> None:
    world, notification = called()
    fail(world, notification, "pager")
    assert (owing(world), notification.channels["chat"]) == ([("chat", "escalation")], "t")
    fail(world, notification, "chat")
    assert (owing(world), notification.channels["mail"]) == ([("mail", "escalation")], "ops")
    take(world, notification, "mail")
    assert (owing(world), notification.nobody_ms) == ([], None)
    world.say(severity="critical", state="resolved")
    assert {each[1:] for each in world.until(2 * M)} == {
        ("pager", "t", "resolved"),
        ("chat", "t", "resolved"),
        ("mail", "ops", "resolved"),
    }


def test_a_call_that_all_have_refused_has_reached_nobody_until_somebody_takes_one() -> None:
    world, notification = called()
    for channel in ("pager", "chat", "mail"):
        assert notification.nobody_ms is None
        fail(world, notification, channel)
    assert (owing(world), notification.nobody_ms) == ([], T0 + M)
    world.crash()
    (notification,) = world.desk.notifications.values()
    assert (notification.nobody_ms, set(notification.refused)) == (T0 + M, {"pager", "chat", "mail"})
    assert [each[1:] for each in world.until(2 * H)] == [("pager", "t", "repeat")]
    assert (notification.nobody_ms, set(notification.refused)) == (None, {"chat", "mail"})


def test_a_call_that_another_channel_has_taken_or_may_take_is_told_to_no_other() -> None:
    both = ALONE.replace('channels = ["pager"]', 'channels = ["pager", "mail"]')
    world, notification = called(both)
    fail(world, notification, "pager")
    assert owing(world) == [("mail", "open")]
    take(world, notification, "mail")
    assert (owing(world), notification.nobody_ms) == ([], None)
    world, notification = called(both)
    take(world, notification, "pager")
    fail(world, notification, "mail")
    assert (owing(world), notification.nobody_ms) == ([], None)
    world, notification = called(both)
    fail(world, notification, "pager")
    fail(world, notification, "mail")
    assert owing(world) == [("chat", "escalation")]


def test_a_call_that_is_not_taken_in_time_goes_to_the_last_resort_too_and_stays_owed() -> None:
    world, notification = called()
    fail(world, notification, "pager", refused=False)
    assert owing(world) == [("pager", "open"), ("chat", "escalation")]
    fail(world, notification, "chat")
    fail(world, notification, "mail")
    assert (owing(world), notification.nobody_ms) == ([("pager", "open")], T0 + M)
    take(world, notification, "pager")
    assert (owing(world), notification.nobody_ms) == ([], None)


def test_what_is_refused_after_its_time_is_owed_no_longer_and_told_to_no_further_one() -> None:
    world, notification = called()
    fail(world, notification, "pager", refused=False)
    take(world, notification, "chat")
    fail(world, notification, "pager")
    assert (owing(world), set(notification.refused)) == ([], {"pager"})


def test_what_is_refused_and_calls_nobody_is_told_to_no_other() -> None:
    world, notification = called()
    take(world, notification, "pager")
    world.say(severity="critical", state="resolved")
    world.desk.look(world.now)
    fail(world, notification, "pager")
    assert (owing(world), notification.nobody_ms) == ([], None)


def test_a_step_that_names_the_channel_alone_that_has_refused_is_no_step() -> None:
    steps = 'escalate = [{ after = "5m", channels = ["pager"] }, { after = "10m", channels = ["mail"], team = "ops" }]'
    world, notification = called(ALONE.replace('repeat = "1h"', steps))
    fail(world, notification, "pager")
    assert (owing(world), notification.steps) == ([("mail", "escalation")], 2)


def test_what_was_refused_is_told_again_as_it_is_by_then() -> None:
    world, notification = called()
    fail(world, notification, "pager")
    take(world, notification, "chat")
    assert world.desk.tell_again("i", world.now) == {notification.id}
    assert owing(world) == [("pager", "open")]
    fail(world, notification, "pager")
    world.say(severity="critical", state="resolved")
    world.until(2 * M)
    assert world.desk.tell_again("i", world.now) == set()
    world, notification = called()
    fail(world, notification, "pager")
    take(world, notification, "chat")
    world.say(severity="critical", state="resolved")
    assert world.desk.tell_again("i", world.now) == {notification.id}
    assert owing(world) == [("pager", "passed")]
    assert world.desk.tell_again("another", world.now) == set()


def test_a_drill_that_a_channel_refuses_is_passed_on_to_nobody() -> None:
    world = World(ALONE)
    alert = world.say("other", severity="info", state="resolved").model_copy(
        update={"incident_id": "d", "state": "firing", "severity": "critical"}
    )
    world.desk.hear(alert, world.now, "t")
    world.desk.look(world.now)
    (notification,) = world.desk.notifications.values()
    assert owing(world) == [("pager", "open"), ("chat", "open")]
    fail(world, notification, "pager")
    fail(world, notification, "chat")
    assert (owing(world), notification.nobody_ms) == ([], None)
