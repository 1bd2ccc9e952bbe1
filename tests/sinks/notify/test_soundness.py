"""What is read of the notifier's memory, as somebody else may have written it there."""

import json
from typing import Any

import pytest

from sinks.notify.notification import Account, HiddenWords, Notification, Scheduled, decoded, encoded
from sinks.notify.soundness import unsound
from tests.sinks.notify.desk_kit import T0, H, S, World

AGES = 10**18


def known() -> dict[str, Notification]:
    """One of each kind that there is, with what it owes: of incidents, of silences, by schedule, of a budget."""
    world = World()
    world.say("i")
    world.desk.look(T0 + 40 * S)
    worst = [HiddenWords("i", "shop", "denied", "info", 1.0, is_over=False)]
    told = [Account("s", "ana", "a release", "scope shop", T0, T0 + H, 1, 1, 1.0, worst, "time")]
    world.desk.report("s", "t", ["chat"], told, T0)
    world.desk.schedule(Scheduled("day", T0), "t", ["chat"], T0)
    world.desk.tell_budget(world.routing.teams["t"], "2026-01-05", 11, T0)
    world.desk.look(T0 + 41 * S)
    kinds = {next(iter(one.due.values())).kind: one for one in world.desk.notifications.values()}
    assert kinds.keys() == {"open", "unsilenced", "report", "budget"}
    return dict(kinds)


@pytest.mark.parametrize("kind", ["open", "unsilenced", "report", "budget"])
def test_what_we_write_is_sound(kind: str) -> None:
    one = known()[kind]
    assert unsound(decoded(encoded(one)), one.id) == ""


@pytest.mark.parametrize(
    ("kind", "way", "value", "fault"),
    [
        ("open", ["id"], "other", "its key is not its id"),
        ("open", ["began_ms"], -AGES, "a time has no date"),
        ("open", ["first_ms"], AGES, "a time has no date"),
        ("open", ["members", "i", "joined_ms"], AGES, "a time has no date"),
        ("open", ["due", "chat", "since_ms"], -1, "a time has no date"),
        ("unsilenced", ["report", 0, "begins_ms"], AGES, "a time has no date"),
        ("report", ["scheduled", "at_ms"], AGES, "a time has no date"),
        ("open", ["steps"], -5, "a count is below zero"),
        ("open", ["rank"], 99, "its rank is none"),
        ("open", ["members", "i", "alert", "incident_id"], "j", "an incident is under another name"),
        ("open", ["due", "chat", "channel"], "pager", "a message is under another channel"),
        ("open", ["due", "chat", "kind"], "report", "a message is about nothing"),
        ("report", ["due", "chat", "kind"], "open", "a message is about nothing"),
        ("open", ["members"], {}, "a message is about nothing"),
        ("unsilenced", ["report", 0, "ended_why"], "because", "a silence ended for no reason that there is"),
    ],
)
def test_what_nobody_of_us_writes_is_named(kind: str, way: list[Any], value: Any, fault: str) -> None:
    one = known()[kind]
    written = json.loads(encoded(one))
    place = written
    for part in way[:-1]:
        place = place[part]
    place[way[-1]] = value
    assert unsound(decoded(json.dumps(written).encode()), one.id) == fault


def test_one_that_is_about_nothing_and_not_over_is_none() -> None:
    assert unsound(Notification("n", "r", "t", (), T0), "n") == "it is about nothing"
