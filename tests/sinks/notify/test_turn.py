"""What people are told of a notification when it is looked at."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from sinks.notify.desk import Desk
from sinks.notify.notification import decoded, encoded
from tests.sinks.notify.desk_kit import ROUTES, T0, H, M, S, World, until


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


def test_what_joins_after_the_end_has_all_its_time_before_others_are_called() -> None:
    world = World()
    world.say("a", acknowledged_by="x", acknowledged_severity="critical")
    world.until(2 * H)
    world.say("a", state="resolved")
    world.until(2 * H + M)
    world.say("b")
    assert [each[3] for each in world.until(2 * H + 10 * M)] == ["open"]
    assert [each[3] for each in world.until(2 * H + 17 * M)] == ["escalation"]


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_the_morning_comes_on_time_where_the_clock_is_changed_in_the_night(day: str) -> None:
    world = World(ROUTES.replace('name = "t"', 'name = "t"\n    time_zone = "America/New_York"'))
    night = datetime.fromisoformat(f"{day}T00:30").replace(tzinfo=ZoneInfo("America/New_York"))
    world.now = int(night.timestamp() * 1000)
    world.say()
    world.until(world.now - T0 + 9 * H, step=5 * M)
    first = datetime.fromtimestamp(T0 / 1000 + world.told[0][0], ZoneInfo("America/New_York"))
    assert (f"{first:%H:%M}", world.told[0][3]) == ("07:00", "open")
