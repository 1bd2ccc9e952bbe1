"""Whether the clock of this machine agrees with the broker's."""

import time
from collections.abc import Callable
from typing import Final

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka.clock import BrokerClock
from runtime.kafka.cluster import Cluster
from runtime.kafka.ends import EndsClient, TopicEnds
from runtime.kafka.errors import BrokerError
from schemas.topics import Topics

WITHIN_S: Final = 5.0
"""A worker writes something every three seconds."""
LOOK_S: Final = 0.25
ADVICE: Final = (
    "Set it, by NTP, here and on the machines of the workers: live records are refused as of the future else."
)


def clock(cluster: Cluster, topics: Topics) -> CheckFinding:
    """Compare the two clocks by what workers write just now."""
    from runtime.kafka.topics import describe

    try:
        found = describe(cluster).get(topics.partials)
    except BrokerError as error:
        return CheckFinding("clock", "warn", str(error), "Try again.", unreachable=True)
    if found is None:
        return CheckFinding("clock", "ok", f"cannot be compared with the broker's: there is no topic {topics.partials}")
    return judge_clock(TopicEnds(cluster, topics.partials, found.partitions))


def judge_clock(
    broker: EndsClient,
    now_s: Callable[[], float] = time.monotonic,
    wall_s: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> CheckFinding:
    """How far the clock is off, once the broker has given its time to a record."""
    compared, began = BrokerClock(), now_s()
    while compared.ahead_s is None and now_s() - began < WITHIN_S:
        asked_s = now_s()
        newest_ms = broker.newest_ms()
        if newest_ms is None:
            return CheckFinding("clock", "ok", "cannot be compared with the broker's: workers have written nothing yet")
        compared.take_answer(newest_ms, asked_s, now_s(), int(1000 * wall_s()))
        pause(LOOK_S)
    if compared.ahead_s is None:
        return CheckFinding(
            "clock", "ok", f"cannot be compared with the broker's: no worker wrote for {WITHIN_S:.0f} s"
        )
    if remark := compared.remark():
        return CheckFinding("clock", "fail", remark.partition(";")[0].removeprefix("clock_skew: "), ADVICE)
    return CheckFinding("clock", "ok", "agrees with the broker's")
