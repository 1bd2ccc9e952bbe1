"""Where to begin to read minutes, so that a day of them is read and not the years before it.

Minutes lie in a partition nearly in their order: late data and scopes that wait come some minutes later. So the place
of a minute is found by halving, all partitions at once; an hour more is read than is needed.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaError, TopicPartition

from floodmark.gateway.state.minutes import AHEAD, DAY
from processors.domain.window import MINUTE_MS
from runtime.kafka.listing import Slot
from schemas.codec import NOT_DECODED

TAIL: Final = 500
"""How many of the last records of a partition are looked at for the newest minute."""
NEAR: Final = 5_000
"""A place is known well enough within so many records."""
MARGIN: Final = 60
"""Minutes that are read beyond those that are needed."""
LOOK_S: Final = 5.0
"""How long an answer is waited for; what is not found in that time is read from its beginning."""


class _When(msgspec.Struct, frozen=True):
    minute: int


_when: Final = msgspec.json.Decoder(_When).decode


def beginnings(consumer: Consumer, slots: Iterable[Slot], now_ms: int) -> dict[Slot, int]:
    """Where to begin in each partition; the consumer is left without an assignment.

    Args:
        consumer: With ends told (`enable.partition.eof`), assigned to nothing.
        slots: Partitions of the minutes topic.
        now_ms: The present: what lies further ahead was written by nobody who judges.

    Raises:
        KafkaException: The broker does not answer.
    """
    bounds = {slot: consumer.get_watermark_offsets(TopicPartition(*slot), timeout=LOOK_S) for slot in slots}
    latest = now_ms // MINUTE_MS + AHEAD
    tails = {slot: max(low, end - TAIL) for slot, (low, end) in bounds.items() if end > low}
    newest = max(
        (
            minute
            for minutes in _minutes_from(consumer, tails, whole=True).values()
            for minute in minutes
            if minute <= latest
        ),
        default=None,
    )
    lows = {slot: low for slot, (low, _) in bounds.items()}
    if newest is not None:
        wanted = newest - DAY - MARGIN
        highs = {slot: end for slot, (_, end) in bounds.items()}
        while asked := {s: (lows[s] + highs[s]) // 2 for s in lows if highs[s] - lows[s] > NEAR}:
            found = _minutes_from(consumer, asked, whole=False)
            if not found:
                break
            for slot, middle in asked.items():
                # What says nothing of its minute says nothing of what lies before it.
                if found.get(slot) and found[slot][0] < wanted:
                    lows[slot] = middle
                else:
                    highs[slot] = middle
    consumer.unassign()
    return lows


def _minutes_from(consumer: Consumer, starts: Mapping[Slot, int], *, whole: bool) -> dict[Slot, list[int]]:
    """The minutes of the records from there on: of all of them, or of the first one that is there."""
    found: dict[Slot, list[int]] = {}
    open_ = set(starts)
    consumer.assign([TopicPartition(*slot, offset) for slot, offset in starts.items()])
    until = time.monotonic() + LOOK_S
    while open_ and time.monotonic() < until:
        for message in consumer.consume(1_000 if whole else len(open_), 0.05):
            slot = (message.topic(), message.partition())
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    open_.discard(slot)
                continue
            if slot not in open_:
                continue
            try:
                found.setdefault(slot, []).append(_when(message.value() or b"").minute // MINUTE_MS)
            except NOT_DECODED:
                continue
            if not whole:
                open_.discard(slot)
    return found
