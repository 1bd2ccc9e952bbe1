"""A live stream that falls silent is called blind, once, and never an outage; history that ends is neither."""

import time

import pytest

from tests.pipeline.conftest import Install
from tests.pipeline.installation import PARTITIONS, Installation
from tests.pipeline.wire import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
BURST = 60
LIVE_MS = 12_000
"""For how long transactions come before nothing comes: long enough for the watch to know their rate."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def burst(made: Installation) -> int:
    """Publish transactions of this moment to every partition; when."""
    at = now_ms()
    made.publish(
        [b'{"timestamp":%d,"status":"%s"}' % (at, b"denied" if i % 15 == 0 else b"approved") for i in range(BURST)]
    )
    return at


def goes_on(made: Installation, for_ms: int) -> None:
    """Transactions come for so long."""
    end = now_ms() + for_ms
    until(lambda: burst(made) >= end, "transactions are published")


def told(made: Installation) -> list[tuple[str, str, str]]:
    """(dimension, key, state) of each alert, in order, those told twice once."""
    said = {(a["incident_id"], a["revision"]): (a["dimension"], a["key"], a["state"]) for a in made.alerts()}
    return list(said.values())


def test_silence_of_everything_is_blindness_until_somebody_speaks_again(install: Install) -> None:
    made = install(FLOODMARK_IDLE_AFTER_S="1")
    made.worker().ready()
    goes_on(made, LIVE_MS)
    until(lambda: told(made) == [("stream", "silent", "firing")], "the silence is told", within_s=120)
    alert = made.alerts()[0]
    assert (alert["severity"], alert["scope"]) == ("critical", "all")
    assert "Ask the producers" in alert["recommendation"]
    until(lambda: burst(made) > 0 and len(told(made)) > 1, "the end of the silence is told")
    assert told(made)[1:] == [("stream", "silent", "resolved")]
    assert made.dead() == []


def test_one_partition_that_falls_silent_makes_the_minutes_unknown(install: Install) -> None:
    made = install(FLOODMARK_IDLE_AFTER_S="1")
    made.worker().ready()
    goes_on(made, LIVE_MS)
    others = PARTITIONS - 1

    def without_the_last() -> bool:
        at = now_ms()
        made.publish([b'{"timestamp":%d,"status":"approved"}' % at] * BURST, partitions=others)
        return bool(told(made))

    until(without_the_last, "the silence is told", within_s=120)
    assert told(made) == [("stream", "source_silent", "firing")]
    (alert,) = made.last_alerts().values()
    assert f"partition {others}" in alert["summary"]

    def unknown() -> bool:
        without_the_last()
        return any(record["verdict"] == "unknown" for record in made.minutes().values())

    until(unknown, "a minute is judged as unknown", within_s=130)
    assert {dimension for dimension, _, _ in told(made)} == {"stream"}
