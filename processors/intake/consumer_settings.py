"""How librdkafka is set to fetch: a backlog fast, a live stream at once, and nothing decided in our place."""

from collections.abc import Mapping
from typing import Any, Final

from processors.intake.lookout import QUEUED
from runtime.kafka.client import ANSWER_BYTES

BY_SIGHT: Final = {
    "queued.min.messages": QUEUED,
    "queued.max.messages.kbytes": 65_536,
    "fetch.max.bytes": ANSWER_BYTES,
    # Sets a lower bound to the one before.
    "message.max.bytes": ANSWER_BYTES,
}
"""Settings where what comes is looked at before it is unpacked: an answer is unpacked as a whole."""


def consumer_settings(wait_s: float, extra: Mapping[str, Any], *, looks: bool = False) -> dict[str, Any]:
    """Settings for reading a backlog fast and a live stream at once; for the first two see pitfall 18a.

    Args:
        wait_s: How long the broker gathers records before it answers.
        extra: More librdkafka settings, which overrule these.
        looks: Whether what comes is looked at before it is unpacked.
    """
    return {
        "fetch.queue.backoff.ms": 5,
        "queued.min.messages": 300_000,
        "queued.max.messages.kbytes": 131_072,
        **(BY_SIGHT if looks else {}),
        # The broker gathers what comes, so that a live stream is not fetched record by record.
        "fetch.wait.max.ms": max(10, int(wait_s * 1000)),
        "fetch.min.bytes": 65_536,
        "group.id": "floodmark-fetch-only",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        # Where to go on when there is nothing at the position is ours to say.
        "auto.offset.reset": "error",
        # Without it a damaged length ends the reading without a word.
        "check.crcs": True,
        "reconnect.backoff.max.ms": 1000,
        "log_level": 2,
        **extra,
    }
