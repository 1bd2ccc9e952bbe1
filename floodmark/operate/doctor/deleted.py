"""Whether records were deleted before they were read, as the last alerts tell."""

from collections.abc import Iterator, Sequence
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition
from pydantic import ValidationError

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka import client
from runtime.kafka.cluster import Cluster
from schemas.alert import Alert
from schemas.codec import decode_alert
from schemas.instants import instant
from schemas.topics import Topics

TAIL: Final = 1000
"""How many of the last alerts are looked through."""
ANSWER_WITHIN_S: Final = 5.0
CHECK: Final = "deleted records"


def deleted(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """What was deleted unread; see `TAIL`."""
    consumer = client.onlooker(cluster, topics.helper_group("doctor"), {"enable.partition.eof": True})
    try:
        yield judge_deleted([*last_alerts(consumer, topics.alerts)])
    except KafkaException as error:
        yield CheckFinding(CHECK, "warn", f"cannot be looked up: {error.args[0].str()}", "See to the topics first.")
    finally:
        consumer.close()


def judge_deleted(alerts: Sequence[Alert]) -> CheckFinding:
    """What these alerts, in their order, say of records that were deleted unread."""
    last = {alert.incident_id: alert for alert in alerts if (alert.dimension, alert.key) == ("stream", "gone")}
    if not last:
        return CheckFinding(CHECK, "ok", "none that were not read before, as far as the last alerts tell")
    newest = max(last.values(), key=lambda alert: alert.since)
    times = "once" if len(last) == 1 else f"{len(last)} times"
    words = newest.summary.partition(": ")[2]
    found = f"{times} lately, the last at {instant(newest.since)}: {words}"
    advice = (
        "Keep records for longer (retention.ms, retention.bytes of the topic), or run more workers. Minutes in which "
        "records may be missing are `unknown`."
    )
    return CheckFinding(CHECK, "warn", found, advice)


def last_alerts(consumer: Consumer, topic: str) -> Iterator[Alert]:
    """The last alerts, in the order of the topic; what is none of ours is left out."""
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=ANSWER_WITHIN_S)
    if low >= high:
        return
    consumer.assign([TopicPartition(topic, 0, max(low, high - TAIL))])
    while (message := consumer.poll(ANSWER_WITHIN_S)) is not None and message.error() is None:
        try:
            alert = decode_alert(message.value() or b"")
        except ValidationError:
            continue
        if alert is not None:
            yield alert
