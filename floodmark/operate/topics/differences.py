"""What differs between the topics that are needed and those that are there, and what to do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from runtime.kafka.topics import TopicState
from schemas.topics import Topics, TopicSpec

FOR_EVER: Final = -1
"""A retention of so many milliseconds or bytes is none."""


class DifferenceKind(StrEnum):
    """What is wrong with a topic."""

    MISSING = "missing"
    HIDDEN = "hidden"
    PARTITIONS = "partitions"
    COPIES = "copies"
    SETTING = "setting"
    REMARK = "remark"
    """Nothing is lost by it."""


@dataclass(frozen=True, slots=True)
class TopicDifference:
    """One thing that is not as it should be.

    Args:
        topic: Which topic.
        kind: What is wrong.
        found: How it is and should be, for people.
        remedy: What to do.
    """

    topic: str
    kind: DifferenceKind
    found: str
    remedy: str

    @property
    def is_fault(self) -> bool:
        """Whether Floodmark cannot work so, or would lose something."""
        return self.kind is not DifferenceKind.REMARK


@dataclass(frozen=True, slots=True)
class There:
    """The topics of a cluster.

    Args:
        topics: By name.
        settings: Of each topic, as far as the cluster tells them.
        hidden: Names of which our login may not know whether they are there.
        judges: How many judges there are; None: not known, or there are none yet.
    """

    topics: Mapping[str, TopicState]
    settings: Mapping[str, Mapping[str, str]]
    hidden: frozenset[str] = frozenset()
    judges: int | None = None


def differences(
    topics: Topics, specs: tuple[TopicSpec, ...], there: There, copies: int = 1
) -> Iterator[TopicDifference]:
    """Compare. Settings of a topic that are not known are not judged.

    Args:
        topics: The names.
        specs: What is needed.
        there: What is there.
        copies: How many copies of each partition there must be.
    """
    for spec in specs:
        if spec.name in there.hidden:
            remedy = f"Give our login the right Describe on topic {spec.name}, or look with one that has it."
            yield TopicDifference(spec.name, DifferenceKind.HIDDEN, "our login may not see whether it is there", remedy)
        elif spec.name not in there.topics:
            yield TopicDifference(spec.name, DifferenceKind.MISSING, "is not there", command_that_makes(spec, copies))
    yield from _too_few(topics, there)
    yield from _unused(topics, specs, there)
    for spec in specs:
        yield from _fewer_than_asked(topics, spec, there)
        if (state := there.topics.get(spec.name)) is not None:
            settings = there.settings.get(spec.name, {})
            yield from _copies(spec, state, settings, copies)
            yield from _settings(spec, settings)


def command_that_makes(spec: TopicSpec, copies: int) -> str:
    """Kafka's own command that makes a topic as it should be."""
    config = "".join(f" --config {name}={value}" for name, value in spec.config.items())
    return (
        f"floodmark topics create, or kafka-topics --create --topic {spec.name} --partitions {spec.partitions} "
        f"--replication-factor {copies}{config}"
    )


def _too_few(topics: Topics, there: There) -> Iterator[TopicDifference]:
    """Topics of the workers that must follow another one.

    Where partitions of transactions were added, the judges stay as many as they were.
    """
    pairs = ((topics.changelog("counts"), topics.transactions), (topics.partials, topics.changelog("judgements")))
    for topic, by in pairs:
        if topic in there.topics and by in there.topics:
            has, needs = there.topics[topic].partitions, there.topics[by].partitions
            if topic == topics.partials and there.judges is not None:
                needs = there.judges
            if has < needs:
                yield TopicDifference(
                    topic,
                    DifferenceKind.PARTITIONS,
                    f"has {has} partitions, {by} needs {needs}",
                    "Start a worker anew: it adds what is missing. Nothing is to be deleted. Or: "
                    f"kafka-topics --alter --topic {topic} --partitions {needs}",
                )


def _unused(topics: Topics, specs: tuple[TopicSpec, ...], there: There) -> Iterator[TopicDifference]:
    """Partitions that somebody has added where nobody writes: where keys go hangs on how many there were at first."""
    asked = {spec.name: spec.partitions for spec in specs}
    used = {spec.name: 1 for spec in specs if spec.partitions == 1 and not spec.internal}
    if topics.transactions in there.topics:
        counts, sources = topics.changelog("counts"), there.topics[topics.transactions].partitions
        used[counts] = max(sources, asked.get(counts, 1))
    if there.judges is not None:
        used |= dict.fromkeys((topics.partials, topics.changelog("judgements")), there.judges)
    for topic in (topics.transactions, topics.minutes):  # all of theirs are used
        used.pop(topic, None)
    for topic, needed in used.items():
        if topic in there.topics and (has := there.topics[topic].partitions) > needed:
            which = "the first is" if needed == 1 else f"the first {needed} are"
            yield TopicDifference(
                topic,
                DifferenceKind.REMARK,
                f"has {has} partitions, of which only {which} used",
                "Leave it so: nothing is lost by it, keys go where they went, and Kafka takes no partition away.",
            )


def _fewer_than_asked(topics: Topics, spec: TopicSpec, there: There) -> Iterator[TopicDifference]:
    """Transactions with fewer partitions than somebody wants: what follows them is compared with them."""
    has = there.topics[spec.name].partitions if spec.name in there.topics else spec.partitions
    if spec.name == topics.transactions and has < spec.partitions:
        found = f"has {has} partitions, should have {spec.partitions}"
        remedy = (
            f"kafka-topics --alter --topic {spec.name} --partitions {spec.partitions}; workers follow by themselves."
        )
        yield TopicDifference(spec.name, DifferenceKind.PARTITIONS, found, remedy)


def _copies(spec: TopicSpec, state: TopicState, settings: Mapping[str, str], copies: int) -> Iterator[TopicDifference]:
    if state.replication < copies:
        found = f"has {state.replication} copies of each partition, should have {copies}"
        yield TopicDifference(spec.name, DifferenceKind.COPIES, found, "kafka-reassign-partitions adds copies.")
    least = int(settings.get("min.insync.replicas", "1"))
    if least > state.replication > 0:
        found = f"min.insync.replicas is {least}, more than its {state.replication} copies: nothing can be written"
        yield TopicDifference(
            spec.name, DifferenceKind.SETTING, found, _set(spec, "min.insync.replicas", str(state.replication))
        )


def _settings(spec: TopicSpec, settings: Mapping[str, str]) -> Iterator[TopicDifference]:
    for name, value in spec.config.items():
        if (is_set := settings.get(name)) is None or is_set == value or name in spec.least:
            continue
        # Others may keep what they like for longer or shorter; how a topic is cleaned up decides what is lost.
        if name == "cleanup.policy" or spec.internal:
            kind = DifferenceKind.SETTING if name == "cleanup.policy" else DifferenceKind.REMARK
            yield TopicDifference(spec.name, kind, f"{name} is {is_set}, should be {value}", _set(spec, name, value))
    for name, least in spec.least.items():
        if (is_set := settings.get(name)) is not None and FOR_EVER != int(is_set) < least:
            value = spec.config.get(name, str(least))
            found = f"{name} is {is_set}, should be {least} at least"
            yield TopicDifference(spec.name, DifferenceKind.SETTING, found, _set(spec, name, value))
    if spec.config.get("cleanup.policy") == "delete" and int(settings.get("retention.bytes", FOR_EVER)) != FOR_EVER:
        found = f"retention.bytes is {settings['retention.bytes']}: what is not read before may be deleted sooner"
        yield TopicDifference(spec.name, DifferenceKind.REMARK, found, _set(spec, "retention.bytes", str(FOR_EVER)))


def _set(spec: TopicSpec, name: str, value: str) -> str:
    return f"kafka-configs --alter --topic {spec.name} --add-config {name}={value}"
