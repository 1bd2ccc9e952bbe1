from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.topics import STATE_BYTES
from sinks.notify.joining import MAX_MEMBERS
from sinks.notify.notification import decoded, encoded
from tests.sinks.notify.desk_kit import S, World

WORD = "\x01" * 2_000
LARGEST = 2**64 - 1
TEXTS = (
    "summary",
    "recommendation",
    "runbook",
    "acknowledged_note",
    "acknowledged_channel",
    "inhibited_by",
    "rule_set",
    "acknowledged_by",
)
LATE = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)


@pytest.mark.parametrize("percent", [10**400, 10**30, -(10**400), float("nan")])
def test_whatever_percentage_somebody_writes_people_are_told(percent: float) -> None:
    world = World()
    world.say(attribution=[{"dimension": "auth_code", "key": "51", "percent": percent}])
    assert [(channel, why) for _, channel, _, why in world.until(40 * S)] == [("chat", "open")]


def test_the_largest_notification_that_others_can_cause_has_a_place_on_its_topic() -> None:
    world = World()
    words: dict[str, Any] = dict.fromkeys(TEXTS, WORD)
    numbers: dict[str, Any] = {"observed": LARGEST, "version": LARGEST, "expected": -1.234567890123456e-300}
    losses = dict.fromkeys(("transactions", "amount", "net_transactions"), 1.234567890123456e300)
    for number in range(MAX_MEMBERS):
        world.say(
            f"{number:0128d}",
            scope=WORD,
            key=WORD,
            rules=(WORD,) * 20,
            attribution=[{"dimension": WORD, "key": WORD, "percent": LARGEST}] * 4,
            damage={WORD: 1.0, "share": 0.12345678901234567},
            estimated_loss=losses,
            acknowledged_at=LATE,
            acknowledged_until=LATE,
            **words,
            **numbers,
        )
    sizes = [len(encoded(each)) for each in world.desk.notifications.values()]
    assert sum(len(each.members) for each in world.desk.notifications.values()) == MAX_MEMBERS
    assert max(sizes) < STATE_BYTES


def test_what_somebody_else_has_put_into_an_alert_of_the_journal_is_left_out_again() -> None:
    world = World()
    world.say()
    (known,) = world.desk.notifications.values()
    (member,) = known.members.values()
    member.alert = member.alert.model_copy(update={"summary": WORD, "terms": {WORD: 1.0}})
    (read,) = decoded(encoded(known)).members.values()
    assert read.alert.terms == {}
    assert len(read.alert.summary) < len(WORD)
