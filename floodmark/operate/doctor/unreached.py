"""Which pages of the last day have reached nobody, as the notifier's receipts tell."""

import time
from collections.abc import Iterable, Iterator
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka import client
from runtime.kafka.cluster import Cluster
from runtime.kafka.unreadable import PassingOver
from schemas.codec import NOT_DECODED
from schemas.instants import instant_of_ms
from schemas.shown import shown
from schemas.topics import Topics
from sinks.notify.notification import CALLS
from sinks.notify.receipts import DeliveryReceipt, receipt_of

CHECK: Final = "pages to nobody"
NOT_THERE: Final = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
)
DAY_MS: Final = 24 * 3_600_000
TAIL: Final = 20_000
"""How many of the last receipts are looked through, at the most."""
BATCH: Final = 1_000
ANSWER_WITHIN_S: Final = 5.0
NAMED: Final = 3
"""How many pages are named, the last ones."""
WORD: Final = 120
"""How many characters of a word of others are shown."""


def unreached(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """The pages of the last day that have reached nobody; nothing where there was none, nor anything else to tell."""
    now_ms = int(time.time() * 1000)
    try:
        receipts = _of_the_last_day(cluster, topics, now_ms)
    except KafkaException as error:
        if error.args[0].code() in NOT_THERE:
            return  # Whoever looks at the topics says so.
        found = f"cannot be looked up: {error.args[0].str()}"
        yield CheckFinding(CHECK, "warn", found, f"Let this login read the topic {topics.receipts}.")
        return
    if receipts:
        yield judge_unreached(receipts, now_ms)


def judge_unreached(receipts: Iterable[DeliveryReceipt], now_ms: int) -> CheckFinding:
    """What these receipts, in their order, say of pages that have reached nobody in the last day.

    A page has reached somebody after all when a later call of its conversation was taken.
    """
    lost: dict[str, DeliveryReceipt] = {}
    why: dict[str, DeliveryReceipt] = {}
    late = 0
    for each in receipts:
        if each.drill or not now_ms - DAY_MS <= each.at_ms:
            continue
        if each.what == "unreached":
            lost[each.notification] = each
        elif each.what == "refused":
            why[each.notification] = each
        elif each.what == "delivered" and each.kind in CALLS and lost.pop(each.notification, None) is not None:
            late += 1
    afterwards = f"{late:,} that were told afterwards" if late else ""
    if lost:
        last = [*lost.values()][-NAMED:]
        named = "; ".join(_named(each, why.get(each.notification)) for each in last)
        more = f" (the last {NAMED} are named)" if len(lost) > NAMED else ""
        found = f"{len(lost):,} in the last day{more}: {named}" + (f"; and {afterwards}" if late else "")
        advice = (
            "Tell these people now. Mend the channel that refuses (`floodmark dlq list` says why), then `floodmark dlq "
            "replay` tells it as it is by then; `floodmark drill` shows that it works. Give the last route of the "
            "routing file a channel that all else falls to."
        )
        return CheckFinding(CHECK, "fail", found, advice)
    if late:
        advice = "They were late: `floodmark query notifier_delivery` says which channel refuses or is slow."
        return CheckFinding(CHECK, "warn", f"none in the last day, but for {afterwards}", advice)
    return CheckFinding(CHECK, "ok", "none in the last day")


def _named(page: DeliveryReceipt, refused: DeliveryReceipt | None) -> str:
    about = ", ".join(map(_word, page.incidents[:NAMED])) or _word(page.notification)
    more = f" and {len(page.incidents) - NAMED:,} more" if len(page.incidents) > NAMED else ""
    because = "" if refused is None else f": {_word(refused.detail)}"
    where = f"{_word(page.channel)} was the last channel"
    return f"{about}{more} at {instant_of_ms(page.at_ms)}, for {_word(page.team)}, {where}{because}"


def _word(text: str) -> str:
    safe = shown(text, keep="")
    return safe if len(safe) <= WORD else f"{safe[: WORD - 1]}…"


def _of_the_last_day(cluster: Cluster, topics: Topics, now_ms: int) -> list[DeliveryReceipt]:
    """In the order of the topic, `TAIL` at most; what is none is left out."""
    settings = {"enable.partition.eof": True, "isolation.level": "read_committed"}
    consumer = client.onlooker(cluster, topics.helper_group("doctor"), settings)
    passing = PassingOver(cluster, consumer)
    found: list[DeliveryReceipt] = []
    try:
        partition = TopicPartition(topics.receipts, 0, now_ms - DAY_MS)
        low, high = consumer.get_watermark_offsets(TopicPartition(topics.receipts, 0), timeout=ANSWER_WITHIN_S)
        (since,) = consumer.offsets_for_times([partition], timeout=ANSWER_WITHIN_S)
        if since.error is not None:
            raise KafkaException(since.error)
        if since.offset < 0 or low >= high:
            return []
        consumer.assign([TopicPartition(topics.receipts, 0, max(since.offset, high - TAIL))])
        while messages := consumer.consume(BATCH, ANSWER_WITHIN_S):
            for message in messages:
                error = message.error()
                if error is None:
                    found += _read(message.value())
                elif error.code() == KafkaError._PARTITION_EOF:
                    return found
                else:
                    passing.batch(message)
            if len(found) >= TAIL:
                return found
        return found
    finally:
        consumer.close()


def _read(value: bytes | None) -> list[DeliveryReceipt]:
    try:
        return [] if value is None else [receipt_of(value)]
    except NOT_DECODED:
        return []
