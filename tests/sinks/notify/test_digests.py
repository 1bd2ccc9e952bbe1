"""What is not urgent, once a day as one message."""

from datetime import UTC, datetime

import pytest

from sinks.notify.routing.model import Team
from sinks.notify.routing.spans import TimeOfDay
from tests.sinks.notify.desk_kit import T0, H, M, World
from tests.sinks.notify.routing.kit import routed

ROUTES = """
    [[team]]
    name = "t"

    [[channel]]
    name = "chat"
    kind = "console"

    [[route]]
    name = "small"
    team = "t"
    channels = ["chat"]
    wait = "30s"
    repeat = "4h"
    digest = "daily 14:00"
"""
"""The world begins at noon."""


def named(world: World, kind: str = "digest") -> list[set[str]]:
    """The incidents of each notification that was told as that, the last one last."""
    found = sorted(world.desk.notifications.values(), key=lambda n: n.first_ms or 0)
    return [set(n.members) for n in found if n.is_digest and n.first_ms is not None and kind == "digest"]


def test_all_of_a_day_is_one_message_and_what_is_still_open_is_in_the_next_one_too() -> None:
    world = World(ROUTES)
    for name in ("gone", "open", "withdrawn"):
        world.say(name)
    world.say("gone", state="resolved")
    world.say("withdrawn", state="withdrawn")
    assert world.until(2 * H - M, step=M) == []
    assert world.until(25 * H, step=M) == [(2 * 3600, "chat", "t", "digest")]
    world.say("new", scope="s2")
    assert world.until(27 * H, step=M) == [(26 * 3600, "chat", "t", "digest")]
    assert named(world)[-1] == {"open", "new"}
    for name in ("open", "new"):
        world.say(name, state="resolved")
    assert world.until(51 * H, step=M) == [(50 * 3600, "chat", "t", "digest")]
    assert world.until(99 * H, step=10 * M) == []
    assert world.desk.notifications == {}


def test_what_is_urgent_is_told_at_once_and_leaves_the_digest() -> None:
    world = World(ROUTES)
    world.say("a")
    world.say("b")
    world.until(H, step=M)
    world.say("b", severity="critical")
    assert world.until(H + 5 * M, step=M) == [(3660, "chat", "t", "open")]
    world.say("b", severity="warning")
    assert world.until(2 * H + M, step=M) == [(2 * 3600, "chat", "t", "digest")]
    assert named(world) == [{"a"}]
    world.say("b", state="resolved")
    assert [each[3] for each in world.until(3 * H, step=M)] == ["resolved"]


def test_a_digest_in_quiet_hours_waits_for_their_end() -> None:
    world = World(ROUTES.replace('name = "t"', 'name = "t"\n    quiet = ["13:00-15:30"]', 1))
    world.say()
    assert world.until(5 * H, step=M) == [(3 * 3600 + 1800, "chat", "t", "digest")]


def test_its_time_survives_a_crash_and_a_long_absence() -> None:
    world = World(ROUTES)
    world.say()
    world.until(H, step=M)
    world.crash()
    world.now = T0 + 3 * H
    assert world.until(3 * H + M, step=M) == [(3 * 3600 + 60, "chat", "t", "digest")]
    world.crash()
    assert world.until(25 * H, step=M) == []


def test_what_a_silence_hides_is_in_no_digest() -> None:
    world = World(ROUTES, hush=lambda alert, _now, _route: "s1" if alert.scope == "shop" else "")
    world.say(scope="shop")
    assert world.until(3 * H, step=M) == []


def test_a_route_that_has_no_digest_any_more_tells_what_was_collected() -> None:
    world = World(ROUTES)
    world.say()
    world.until(H, step=M)
    world.desk.routing = routed(ROUTES.replace('    digest = "daily 14:00"\n', "")).routing
    assert [each[3] for each in world.until(H + 2 * M, step=M)] == ["digest"]


BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "minute", "zone", "now", "expected"),
    [
        (range(7), 540, "UTC", "2026-01-07T08:59", "2026-01-07T09:00"),
        (range(7), 540, "UTC", "2026-01-07T09:00", "2026-01-08T09:00"),
        (range(7), 540, "America/Sao_Paulo", "2026-01-07T11:59", "2026-01-07T12:00"),
        (range(7), 30, "Pacific/Kiritimati", "2026-01-07T12:00", "2026-01-08T10:30"),
        (range(5), 540, "UTC", "2026-01-09T10:00", "2026-01-12T09:00"),
        ([0], 540, "UTC", "2026-01-05T09:00", "2026-01-12T09:00"),
        # The night in which clocks go forward: at nine by the new time; 02:30 is not there, and comes an hour later.
        (range(7), 540, BERLIN, "2026-03-28T08:00", "2026-03-29T07:00"),
        (range(7), 150, BERLIN, "2026-03-28T12:00", "2026-03-29T01:30"),
        (range(7), 150, BERLIN, "2026-03-29T01:30", "2026-03-30T00:30"),
        # The night in which they go back: 02:30 is there twice, and comes once.
        (range(7), 150, BERLIN, "2026-10-24T12:00", "2026-10-25T00:30"),
        (range(7), 150, BERLIN, "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_the_next_time_of_the_day(days: list[int], minute: int, zone: str, now: str, expected: str) -> None:
    time = TimeOfDay(frozenset(days), minute)
    assert time.after(at(now), zone) == at(expected)
    assert time.latest(at(expected), zone) == at(expected)
    assert time.latest(at(now), zone) <= at(now) < time.after(at(now), zone)


@pytest.mark.parametrize("text", ["09:00", "daily", "daily 24:00", "day 09:00", "mon-fri", "mon-xyz 09:00", 9])
def test_what_is_no_time_of_the_day_says_so(text: object) -> None:
    with pytest.raises(ValueError, match="must be a time of the day with its days before it"):
        Team.model_validate({"name": "t", "silences": {"digest": text, "channels": ["chat"]}})
