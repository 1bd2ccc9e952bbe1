"""Receipts as others may have written them: whoever reads the topic keeps them, and says when they are of."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from sinks.notify.receipts import receipt, receipt_bytes, receipt_of
from tests.sinks.notify.desk_kit import T0, S, World


def written(**alert: Any) -> Any:
    """A receipt of ours, as JSON."""
    world = World()
    world.say("i", **alert)
    world.desk.look(T0 + 40 * S)
    (told,) = world.desk.notifications.values()
    return json.loads(receipt_bytes(receipt(told, told.due["chat"], "delivered", T0 + 41 * S, 0.5, "200" * 1_000)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at_ms", 10**18),
        ("at_ms", -1),
        ("owed_ms", 10**30),
        ("event_ms", 10**18),
        ("took_ms", -1),
        ("number", 2**32),
        ("channel", "c" * 201),
        ("severity", "s" * 201),
        ("detail", "d" * 2_001),
        ("incidents", ["i"] * 10_001),
        ("incidents", ["i" * 201]),
    ],
)
def test_one_without_a_date_or_without_a_size_is_none(name: str, value: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        receipt_of(json.dumps(written() | {name: value}).encode())


def test_ours_are_read_whatever_a_target_has_said_and_whenever_the_incident_began() -> None:
    read = receipt_of(json.dumps(written(since=datetime(1, 1, 1, tzinfo=UTC))).encode())
    assert (read.event_ms, len(read.detail)) == (0, 2_000)
