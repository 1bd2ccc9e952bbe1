"""What a channel has refused for good, as a dead letter."""

import json

import pytest
from msgspec.structs import replace

from schemas.alert import envelope
from schemas.codec import decode_alert, decode_event
from sinks.notify.dead_letters import letter, stands_for
from sinks.notify.notification import Due, Kind, Notification, NotificationMember
from sinks.protocol import Partition
from tests.sinks.notify.desk_kit import World
from tests.sinks.notify.routing.kit import alert

DUE = Due("chat", "t", "open", 0, 1)


def notification(*names: str, **fields: bool) -> Notification:
    members = {
        name: NotificationMember(alert(severity=name).model_copy(update={"incident_id": name}), 0, place=(0, offset))
        for offset, name in enumerate(names, start=7)
    }
    return Notification("n", "r", "t", (), 0, members, **fields)


def test_a_letter_is_of_the_alert_that_the_message_names_first_and_of_its_place() -> None:
    made = letter(notification("warning", "critical", "info"), DUE, "alerts", "Chat answered 400")
    assert made is not None
    record, why = made
    assert (record.partition, record.offset, record.key) == (Partition("alerts", 0), 8, b"critical")
    assert json.loads(record.value or b"")["data"]["incident_id"] == "critical"
    assert why == "chat refused to tell t (open) of critical and 2 more: Chat answered 400"


def test_a_drill_leaves_no_letter() -> None:
    assert letter(notification("critical", drill=True), DUE, "alerts", "no") is None


@pytest.mark.parametrize("team", ["payments", "", "t" * 900])
@pytest.mark.parametrize("kind", ["budget", "report", "unsilenced", "silenced"])
def test_what_is_about_no_incident_has_a_stand_in_that_nobody_but_the_notifier_takes_for_anything(
    kind: Kind, team: str
) -> None:
    owed = Due("chat", team, kind, 1_000, 1)
    made = letter(Notification("n", "r", team, (), 0), owed, "alerts", "Chat answered 400")
    assert made is not None
    record, why = made
    assert why == f"chat refused to tell {team} ({kind}): Chat answered 400"
    event = decode_event(record.value or b"")
    assert stands_for(event) == "n"
    assert decode_alert(record.value or b"") is None
    assert World().desk.hear(event.data, 0, event.drill) == set()


def test_letters_of_two_messages_about_no_incident_have_two_places_and_so_has_one_that_is_refused_again() -> None:
    def place(name: str, number: int = 1) -> tuple[Partition, int]:
        made = letter(Notification(name, "r", "t", (), 0), replace(DUE, kind="budget", number=number), "alerts", "no")
        assert made is not None
        assert 0 <= made[0].offset < 2**63
        return made[0].partition, made[0].offset

    assert place("n") == place("n")
    assert len({place("n"), place("m"), place("n", 2)}) == 3


def test_an_alert_of_an_incident_or_of_a_drill_that_goes_on_stands_for_nothing() -> None:
    assert stands_for(envelope(alert().model_copy(update={"state": "resolved"}))) == ""
    assert stands_for(envelope(alert(), "t")) == ""


def test_what_is_about_no_incident_is_owed_again_where_it_was_refused_and_nothing_else_is() -> None:
    world = World()
    name = world.desk.tell_budget(world.desk.routing.teams["t"], "2026-01-05", 11, world.now)
    owed = world.desk.notifications[name].due
    due, *others = owed.values()
    assert world.desk.owe_again(name, world.now) == set()
    world.desk.undelivered(name, due.number, due.channel, world.now, refused=True)
    assert [*owed.values()] == others
    assert world.desk.owe_again(name, world.now) == {name}
    assert (owed[due.channel].kind, owed[due.channel].number > due.number) == ("budget", True)
    assert world.desk.owe_again("nothing of that name", world.now) == set()
