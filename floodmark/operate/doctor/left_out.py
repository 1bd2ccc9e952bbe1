"""Whether records were put aside or came too late, and why the last ones were."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from confluent_kafka import KafkaException, Message, TopicPartition
from pydantic import ValidationError

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka import client
from runtime.kafka.cluster import Cluster
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

TAIL: Final = 100
"""How many of the last dead letters are read for their reasons."""
ANSWER_WITHIN_S: Final = 5.0


def left_out(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """What was put aside, and what came too late."""
    consumer = client.onlooker(cluster, topics.helper_group("doctor"), {"enable.partition.eof": True})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topics.dead_letters, 0), timeout=ANSWER_WITHIN_S)
        first, after = consumer.get_watermark_offsets(TopicPartition(topics.late, 0), timeout=ANSWER_WITHIN_S)
        consumer.assign([TopicPartition(topics.dead_letters, 0, max(low, high - TAIL))])
        last: list[DeadLetter | None] = []
        while len(last) < min(TAIL, high - low):
            message = consumer.poll(ANSWER_WITHIN_S)
            if message is None or message.error() is not None:
                break
            last.append(_about(message))
    except KafkaException as error:
        yield CheckFinding(
            "dead letters", "warn", f"cannot be looked up: {error.args[0].str()}", "See to the topics first."
        )
        return
    finally:
        consumer.close()
    yield judge_letters(high - low, last)
    yield judge_late(after - first)


def judge_letters(count: int, last: Sequence[DeadLetter | None]) -> CheckFinding:
    """What so many dead letters mean, of which the last ones say this of themselves; None: not ours."""
    if count == 0:
        return CheckFinding("dead letters", "ok", "none: every record could be read")
    reasons = Counter(_reason(about) for about in last)
    counts = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common(3))
    letters = f"{count:,} dead letter{'' if count == 1 else 's'}, none of them counted"
    found = letters + (f"; of the last {len(last)}: {counts}" if counts else "")
    advice = "`floodmark dlq list` shows them; correct the producer, then `floodmark dlq replay` sends them again."
    return CheckFinding("dead letters", "warn", found, advice)


def judge_late(count: int) -> CheckFinding:
    """What so many late records mean."""
    if count == 0:
        return CheckFinding("late records", "ok", "none")
    advice = (
        "Their minutes were settled 15 minutes before. Look for producers that hold records back, or for a replay of "
        "old files: `floodmark replay --rebase now` moves those."
    )
    found = f"{count:,} record{'' if count == 1 else 's'} came too late to be counted"
    return CheckFinding("late records", "warn", found, advice)


def _reason(about: DeadLetter | None) -> str:
    if about is None:
        return "foreign"
    return f"{about.reason} ({about.field})" if about.field else about.reason


def _about(message: Message) -> DeadLetter | None:
    try:
        return DeadLetter.from_headers(message.headers())
    except ValidationError:
        return None
