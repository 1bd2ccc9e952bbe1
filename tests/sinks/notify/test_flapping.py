"""What begins and ends again and again."""

from typing import Any

import pytest

from sinks.notify.notification import CALLS
from tests.sinks.notify.desk_kit import T0, H, M, World

ROUTES = """
    [[team]]
    name = "t"

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
    wait = "0s"
    flapping = { after = 3, within = "1h", quiet = "30m" }
"""


def kinds(told: list[tuple[int, str, str, str]]) -> list[str]:
    return [kind for _, _, _, kind in told]


def flap(world: World, times: int, *, every: int = 10 * M, first: int = 0, **fields: Any) -> list[str]:
    """What is told while an incident begins and ends so often; it is open for a part of the time."""
    found: list[str] = []
    for number in range(first, first + times):
        began = world.now
        world.say(f"i{number}", **fields)
        found += kinds(world.until(world.now + 2 * M - T0))
        world.say(f"i{number}", state="resolved", **fields)
        found += kinds(world.until(began + every - T0))
    return found


def test_the_third_time_within_an_hour_is_told_as_flapping_and_what_follows_is_not_told() -> None:
    world = World(ROUTES)
    assert flap(world, 2) == ["open", "resolved", "open", "resolved"]
    assert flap(world, 7, first=2) == ["flapping"]
    assert kinds(world.until(world.now + 21 * M - T0)) == []
    assert kinds(world.until(world.now + 3 * M - T0)) == ["resolved"]
    assert kinds(world.until(world.now + 5 * H - T0)) == []


def test_a_crash_in_the_middle_changes_nothing() -> None:
    world = World(ROUTES)
    flap(world, 4)
    world.crash()
    assert flap(world, 3, first=4) == []
    world.crash()
    assert kinds(world.until(world.now + H - T0)) == ["resolved"]


def test_what_is_slow_or_goes_on_at_the_same_time_does_not_flap() -> None:
    world = World(ROUTES)
    assert set(flap(world, 6, every=35 * M)) == {"open", "resolved"}
    for name in ("a", "b", "c", "d"):
        world.say(name, scope="s2")
        assert kinds(world.until(world.now + M - T0)) in (["open"], ["more"])


def test_other_series_are_told_as_ever_while_one_flaps() -> None:
    world = World(ROUTES)
    flap(world, 5)
    world.say("other", key="failed")
    assert set(kinds(world.until(world.now + M - T0))) <= {"open", "more"}
    assert "chat" in {each[1] for each in world.told[-1:]}


def test_what_gets_worse_than_it_was_told_to_be_calls_at_once_however_it_flaps() -> None:
    world = World(ROUTES)
    assert flap(world, 5, severity="warning")[-1] == "flapping"
    world.say("i5", severity="warning")
    assert kinds(world.until(world.now + M - T0)) == []
    world.say("i5", severity="critical")
    assert kinds(world.until(world.now + M - T0)) == ["rise"]
    world.say("i5", severity="critical", state="resolved")
    world.until(world.now + M - T0)
    assert flap(world, 2, first=6, severity="critical") == []


def test_what_was_told_to_flap_and_then_stays_is_told_to_be_there() -> None:
    world = World(ROUTES)
    flap(world, 4)
    world.say("i4")
    assert kinds(world.until(world.now + 29 * M - T0)) == []
    assert kinds(world.until(world.now + 2 * M - T0)) == ["flapping"]
    world.say("i4", state="resolved")
    assert kinds(world.until(world.now + 31 * M - T0)) == ["resolved"]


def test_after_it_has_been_quiet_it_is_counted_anew() -> None:
    world = World(ROUTES)
    flap(world, 5)
    assert kinds(world.until(world.now + 35 * M - T0)) == ["resolved"]
    assert flap(world, 3, first=5) == ["open", "resolved", "open", "resolved", "flapping"]


def test_nobody_on_what_flaps_is_escalated_and_repeated_and_somebody_on_it_ends_that() -> None:
    text = ROUTES + '    repeat = "1h"\n    escalate = [{ after = "45m", channels = ["pager"] }]\n'
    world = World(text)
    told = flap(world, 10)
    assert told == ["open", "resolved", "open", "resolved", "flapping", "escalation"]
    assert flap(world, 8, first=10) == ["repeat"]
    world.say("i17", state="resolved", acknowledged_by="ana", acknowledged_severity="warning")
    assert flap(world, 12, first=18) == []


def test_a_silence_that_is_made_while_it_flaps_holds_all_but_the_end() -> None:
    silent = {"on": False}
    text = ROUTES + '    repeat = "1h"\n'
    world = World(text, hush=lambda _alert, _now, _route: "s1" if silent["on"] else "")
    flap(world, 4)
    silent["on"] = True
    assert flap(world, 12, first=4) == ["resolved"]


@pytest.mark.parametrize("setting", ["{ after = 0 }", '{ after = 4, within = "10m" }'])
def test_a_route_may_call_each_time(setting: str) -> None:
    world = World(ROUTES.replace('{ after = 3, within = "1h", quiet = "30m" }', setting))
    told = flap(world, 5)
    assert sum(kind in CALLS for kind in told) == 5
    assert "flapping" not in told
