"""What a channel has refused for good, as a dead letter."""

import json

from sinks.notify.letters import letter
from sinks.notify.notification import Due, Member, Notification
from sinks.protocol import Partition
from tests.sinks.notify.routing.kit import alert

DUE = Due("chat", "t", "open", 0, 1)


def notification(*names: str, **fields: bool) -> Notification:
    members = {
        name: Member(alert(severity=name).model_copy(update={"incident_id": name}), 0, place=(0, offset))
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


def test_a_drill_and_what_is_about_no_incident_leave_no_letter() -> None:
    assert letter(notification("critical", drill=True), DUE, "alerts", "no") is None
    assert letter(notification(), DUE, "alerts", "no") is None
