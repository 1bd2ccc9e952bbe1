"""Checks of the Kafka cluster: does it answer, are the topics right, is anybody at work."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from floodmark.operate.doctor.finding import CheckFinding
from floodmark.operate.topics.differences import DifferenceKind, There, differences
from runtime.kafka.cluster import Cluster
from schemas.topics import Topics, TopicSpec

if TYPE_CHECKING:
    from runtime.kafka.offsets import Offsets

LONG_LAG: Final = 100_000
SETTLED_S: Final = 5.0
"""A broker that has just started does not know at once who keeps a group's offsets."""


def broker_answers(cluster: Cluster, within_s: float) -> CheckFinding:
    """Whether a broker answers within so many seconds, and how quickly."""
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.waiting import answers

    begun = time.monotonic()
    try:
        there = answers(cluster, within_s)
    except BrokerError as error:
        return CheckFinding("broker", "fail", str(error), "Nothing else can be looked at until then.", unreachable=True)
    if there:
        return CheckFinding("broker", "ok", f"{cluster} answers in {1000 * (time.monotonic() - begun):.0f} ms")
    advice = "Check the address and that it runs; `floodmark up` prints the address of the one that it starts."
    return CheckFinding("broker", "fail", f"nothing answers at {cluster}", advice, unreachable=True)


def topics_there(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """Whether every topic is there, with partitions and settings that work together."""
    from floodmark.operate.topics.looking import look
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.topics import planned

    try:
        specs = planned(cluster, topics, 1)
        there = look(cluster, topics, specs)
    except BrokerError as error:
        yield CheckFinding("topics", "fail", str(error), "Try again.", unreachable=True)
        return
    yield from judge_topics(topics, specs, there)


def judge_topics(topics: Topics, specs: tuple[TopicSpec, ...], there: There) -> Iterator[CheckFinding]:
    """Compare what is wanted with what is there. Settings of a topic that are not known are not judged."""
    found = list(differences(topics, specs, there))
    missing = [each.topic for each in found if each.kind is DifferenceKind.MISSING]
    hidden = [each.topic for each in found if each.kind is DifferenceKind.HIDDEN]
    if missing:
        advice = "They are made when `floodmark up` or `floodmark worker` starts, or by `floodmark topics create`; "
        yield CheckFinding("topics", "fail", f"missing: {', '.join(missing)}", f"{advice}check --topic-prefix.")
    if hidden:
        advice = "Look with a login that has the right Describe on them."
        yield CheckFinding(
            "topics", "warn", f"our login may not see whether they are there: {', '.join(hidden)}", advice
        )
    for each in found:
        if each.kind is DifferenceKind.PARTITIONS:
            yield CheckFinding("topics", "fail", f"{each.topic} {each.found}", each.remedy)
        elif each.kind not in (DifferenceKind.MISSING, DifferenceKind.HIDDEN):
            yield CheckFinding("topics", "warn", f"{each.topic}: {each.found}", each.remedy)
    if not found:
        counted = max((spec.partitions for spec in specs), default=0)
        yield CheckFinding("topics", "ok", f"{len(specs)} topics, {counted} partitions for transactions")


def groups(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """Whether workers and the store's sink are at work, and how far behind."""
    from floodmark.operate.doctor.membership import members
    from runtime.kafka.offsets import Offsets, OffsetsError

    offsets = Offsets(cluster)
    work = (
        ("workers", topics.worker_group, (topics.transactions, topics.partials), "floodmark worker"),
        ("store's sink", topics.sink_group("clickhouse"), (topics.minutes, topics.alerts), "floodmark sink clickhouse"),
    )
    for name, group, read, command in work:
        try:
            behind = _behind(offsets, group, read)
        except OffsetsError as error:
            yield CheckFinding(name, "warn", str(error), "See to the topics first, or try again.")
            continue
        yield judge_group(name, members(cluster, group), behind, command)


def _behind(offsets: "Offsets", group: str, read: tuple[str, ...]) -> int:
    """Records that the group has not committed; asked again for a while (see `SETTLED_S`)."""
    from runtime.kafka.offsets import OffsetsError, lag

    ends = offsets.ends(read)
    until = time.monotonic() + SETTLED_S
    while True:
        try:
            return lag(ends, offsets.committed(group, ends))
        except OffsetsError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def judge_group(name: str, alive: int | None, behind: int, command: str) -> CheckFinding:
    """How a consumer group fares: `alive` members (None: the broker cannot tell), `behind` records."""
    running = "the broker does not tell how many run" if alive is None else f"{alive} running"
    found = f"{running}, {behind:,} records behind"
    if alive == 0:
        return CheckFinding(name, "fail" if behind else "warn", found, f"Start one: `{command}`, or `floodmark up`.")
    if behind > LONG_LAG:
        return CheckFinding(name, "warn", found, "Look whether it shrinks; if not, start more, or look at the logs.")
    return CheckFinding(name, "ok", found)
