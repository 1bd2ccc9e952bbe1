"""A live stream that falls silent, whole or in part, is called blind, once, and never an outage."""

import time

import pytest

from tests.pipeline.conftest import Install
from tests.pipeline.installation import FEW_PARTITIONS, Installation
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
EACH = 60
"""Transactions of one moment on one partition."""
LIVE_MS = 30_000
"""For how long transactions come before they do not: until the broker's time is known, and then their rate."""
SILENCE_S = 300.0
"""A minute of silence is asked for; the rest is patience."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def burst(made: Installation, partitions: int = FEW_PARTITIONS) -> int:
    """Publish transactions of this moment to the first partitions; when."""
    at = now_ms()
    made.publish([b'{"timestamp":%d,"status":"approved"}' % at] * EACH * partitions, partitions)
    return at


def told(made: Installation) -> list[tuple[str, str, str]]:
    """(dimension, key, state) of each alert, in order, those told twice once."""
    said = {(a["incident_id"], a["revision"]): (a["dimension"], a["key"], a["state"]) for a in made.alerts()}
    return list(said.values())


def test_silence_of_all_and_silence_of_one_partition_are_told_apart_and_neither_is_an_outage(install: Install) -> None:
    whole, part = install(FLOODMARK_IDLE_AFTER_S="1"), install(FLOODMARK_IDLE_AFTER_S="1")
    whole.worker().ready()
    part.worker().ready()
    end = now_ms() + LIVE_MS
    until(lambda: min(burst(whole), burst(part)) >= end, "transactions are published", every_s=0.5)

    until(lambda: burst(part, FEW_PARTITIONS - 1) and told(whole) and told(part), "both are told", SILENCE_S, every_s=2)
    assert told(whole) == [("stream", "silent", "firing")]
    assert told(part) == [("stream", "source_silent", "firing")]
    (alert,) = part.last_alerts().values()
    assert (alert["severity"], alert["scope"]) == ("critical", "all")
    assert f"partition {FEW_PARTITIONS - 1} " in alert["summary"]
    assert "producers of that partition" in alert["recommendation"]

    until(lambda: burst(whole) and burst(part) and len(told(whole)) > 1, "silence is over", every_s=2)
    until(lambda: burst(whole) and burst(part) and len(told(part)) > 1, "that of one partition is over", every_s=2)
    assert told(whole)[1:] == [("stream", "silent", "resolved")]
    assert told(part)[1:] == [("stream", "source_silent", "resolved")]
    assert whole.dead() == part.dead() == []
