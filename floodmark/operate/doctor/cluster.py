"""Checks of the Kafka cluster: does it answer, are the topics right, is anybody at work."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka.cluster import Cluster
from schemas.topics import Topics, TopicSpec

if TYPE_CHECKING:
    from runtime.kafka.offsets import Offsets

LONG_LAG: Final = 100_000
SETTLED_S: Final = 5.0
"""A broker that has just started does not know at once who keeps a group's offsets."""


def broker_answers(cluster: Cluster) -> CheckFinding:
    """Whether a broker answers, and how quickly."""
    from runtime.kafka.errors import BrokerRefused
    from runtime.kafka.waiting import answers

    begun = time.monotonic()
    try:
        there = answers(cluster, 5.0)
    except BrokerRefused as error:
        return CheckFinding("broker", "fail", str(error), "Nothing else can be looked at until then.", unreachable=True)
    if there:
        return CheckFinding("broker", "ok", f"{cluster} answers in {1000 * (time.monotonic() - begun):.0f} ms")
    advice = "Check the address and that it runs; `floodmark up` prints the address of the one that it starts."
    return CheckFinding("broker", "fail", f"nothing answers at {cluster}", advice, unreachable=True)


def topics_there(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """Whether every topic is there, with partitions and settings that work together."""
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.topic_settings import topic_settings
    from runtime.kafka.topics import describe

    try:
        found = describe(cluster)
        there = found.get(topics.transactions)
        specs = topics.specs(there.partitions if there else 1)
        settings = topic_settings(cluster, [spec.name for spec in specs if spec.name in found])
    except BrokerError as error:
        yield CheckFinding("topics", "fail", str(error), "Try again.", unreachable=True)
        return
    yield from judge_topics(specs, {name: state.partitions for name, state in found.items()}, settings)


def judge_topics(
    specs: tuple[TopicSpec, ...], partitions: Mapping[str, int], settings: Mapping[str, Mapping[str, str]]
) -> Iterator[CheckFinding]:
    """Compare what is wanted with what is there. Settings of a topic that are not known are not judged."""
    missing = [spec.name for spec in specs if spec.name not in partitions]
    if missing:
        advice = "They are made when `floodmark up` or `floodmark worker` starts; check --topic-prefix."
        yield CheckFinding("topics", "fail", f"missing: {', '.join(missing)}", advice)
    wrong = 0
    for topic, there, needed, needs in _too_few(specs, partitions):
        wrong += 1
        found = f"{topic} has {there} partitions, {needs} needs {needed}"
        yield CheckFinding(
            "topics", "fail", found, "Start a worker anew: it adds what is missing. Nothing is to be deleted."
        )
    for spec in specs:
        known = settings.get(spec.name, {})
        for name, value in spec.config.items():
            if name in known and known[name] != value:
                wrong += 1
                found = f"{spec.name}: {name} is {known[name]}, should be {value}"
                advice = f"kafka-configs --alter --topic {spec.name} --add-config {name}={value}"
                yield CheckFinding("topics", "warn", found, advice)
    if not missing and not wrong:
        counted = max((spec.partitions for spec in specs), default=0)
        yield CheckFinding("topics", "ok", f"{len(specs)} topics, {counted} partitions for transactions")


def _too_few(specs: tuple[TopicSpec, ...], partitions: Mapping[str, int]) -> Iterator[tuple[str, int, int, str]]:
    """Topics of the workers that must follow another one: name, partitions, how many are needed, and by which one.

    Where partitions of transactions were added, the judges stay as many as they were.
    """
    names = [spec.name for spec in specs]
    of = {name.rpartition("floodmark-")[2]: name for name in names}
    transactions = next((n for n in names if n.endswith("transactions")), "")
    partials = next((n for n in names if n.endswith("partials")), "")
    pairs = ((of.get("counts-changelog", ""), transactions), (partials, of.get("judgements-changelog", "")))
    for topic, by in pairs:
        if topic in partitions and by in partitions and partitions[topic] < partitions[by]:
            yield topic, partitions[topic], partitions[by], by


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
    told = "the broker does not tell how many run" if alive is None else f"{alive} running"
    found = f"{told}, {behind:,} records behind"
    if alive == 0:
        return CheckFinding(name, "fail" if behind else "warn", found, f"Start one: `{command}`, or `floodmark up`.")
    if behind > LONG_LAG:
        return CheckFinding(name, "warn", found, "Look whether it shrinks; if not, start more, or look at the logs.")
    return CheckFinding(name, "ok", found)
