"""The topics, by name, with the partitions and the settings each one needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY_MS = 86_400_000
STATE_BYTES = 8 * 1024 * 1024
"""The largest record that the workers may write to a changelog; hardly any has a tenth of it."""
RECORD_BYTES = 1_048_588
"""What Kafka takes by default: the longest record that is read, 1 000 000 bytes, as a dead letter with its headers."""
ONLY = 0
"""The partition of a topic that has one. What somebody adds is not written to: where keys go would hang on it."""
STATE_CONFIG: Mapping[str, str] = {
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "600000",
    "min.cleanable.dirty.ratio": "0.3",
    "delete.retention.ms": "600000",
    "segment.ms": "600000",
    "segment.bytes": str(16 * 1024 * 1024),
    "max.message.bytes": str(STATE_BYTES),
}
"""How a changelog is kept. Workers of before need `min.compaction.lag.ms` to be a day, those of today nothing."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as it is to be created.

    Args:
        name: The topic's full name.
        partitions: How many partitions; 1 or more.
        config: Kafka topic settings beside the broker's defaults, as we make it.
        internal: Whether nobody but the workers reads and writes it: its settings are theirs, also where it exists.
        least: What settings that are numbers must come to, whoever makes it. -1 of a retention is no limit.
    """

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    least: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of all topics of one installation.

    Args:
        prefix: Put before every name, so that several installations (or tests) can share a broker.
    """

    prefix: str = ""

    @property
    def transactions(self) -> str:
        """What producers publish."""
        return f"{self.prefix}transactions"

    @property
    def dead_letters(self) -> str:
        """Records that could not be read, as raw bytes with the reason in headers."""
        return f"{self.prefix}transactions.dlq"

    @property
    def late(self) -> str:
        """Records that came after their minute could still be revised."""
        return f"{self.prefix}transactions.late"

    @property
    def partials(self) -> str:
        """From the count stage to the judge stage: internal."""
        return f"{self.prefix}partials"

    @property
    def minutes(self) -> str:
        """One record for each judged series and minute."""
        return f"{self.prefix}minutes"

    @property
    def alerts(self) -> str:
        """The lifecycle of incidents."""
        return f"{self.prefix}alerts"

    @property
    def commands(self) -> str:
        """What people did about incidents: the audit log."""
        return f"{self.prefix}commands"

    @property
    def posts(self) -> str:
        """Which idempotency keys are taken by posts to a gateway, and what was answered: internal."""
        return f"{self.prefix}posts"

    @property
    def api_keys(self) -> str:
        """The API keys of the gateways, hashed: internal."""
        return f"{self.prefix}api-keys"

    @property
    def notifications(self) -> str:
        """What people were told and are owed: internal."""
        return f"{self.prefix}notifications"

    @property
    def silences(self) -> str:
        """What people do not want to be told of, for a time."""
        return f"{self.prefix}silences"

    @property
    def receipts(self) -> str:
        """What became of each message to people."""
        return f"{self.prefix}receipts"

    @property
    def worker_group(self) -> str:
        """The consumer group (and Faust app id) of all workers."""
        return f"{self.prefix}floodmark"

    def changelog(self, table: str) -> str:
        """The changelog of one of the workers' tables, counts or judgements, as Faust names it: internal."""
        return f"{self.worker_group}-{table}-changelog"

    def helper_group(self, purpose: str) -> str:
        """The name that a command reads under, or keeps notes under; nobody joins it."""
        return f"{self.worker_group}-{purpose}"

    @property
    def transactional_prefix(self) -> str:
        """How the transactional ids of gateways begin; the name of each follows."""
        return f"{self.helper_group('gateway')}-"

    def sink_group(self, sink: str) -> str:
        """The consumer group of one kind of sink: clickhouse, webhook, console or jsonl."""
        return f"{self.prefix}floodmark-sink-{sink}"

    @property
    def memories(self) -> Mapping[str, str]:
        """What is in some topics and nowhere else, for people."""
        return {
            self.notifications: "what people were told and are owed",
            self.silences: "the silences that people have made",
            self.api_keys: "all API keys",
        }

    def specs(self, partitions: int) -> tuple[TopicSpec, ...]:
        """Every topic to create, for a transactions topic of `partitions` partitions.

        Minutes and alerts are upserts by key, so they are compacted; partials are only read forward, and carry the
        broker's time, by which workers look at their own clocks. Of the changelogs
        each key is written once and deleted when it is not needed any more, so they are compacted at once, in segments
        that are soon closed: their size follows the state, not the time.
        """
        deleted = {"cleanup.policy": "delete"}
        keep = {**deleted, "retention.ms": "-1"}
        week = {**deleted, "retention.ms": str(7 * DAY_MS)}
        compacted = {"cleanup.policy": "compact", "min.compaction.lag.ms": str(DAY_MS)}
        state = {"cleanup.policy": "compact", **STATE_CONFIG}
        record = {"max.message.bytes": RECORD_BYTES}
        # What nobody has read for a day, as everything is down, is lost; what people look at, they need longer.
        day, longer = {**record, "retention.ms": DAY_MS}, {**record, "retention.ms": 7 * DAY_MS}
        stated = {"max.message.bytes": STATE_BYTES}
        stamped = {**week, "message.timestamp.type": "LogAppendTime"}
        return (
            TopicSpec(self.transactions, partitions, keep, least=day),
            TopicSpec(self.dead_letters, 1, keep, least=longer),
            TopicSpec(self.late, 1, keep, least=longer),
            TopicSpec(self.partials, partitions, stamped, internal=True, least=day),
            TopicSpec(self.minutes, partitions, compacted, least=record),
            TopicSpec(self.alerts, 1, compacted, least=record),
            TopicSpec(self.commands, 1, keep, least=longer),
            TopicSpec(self.posts, 1, {**deleted, "retention.ms": str(DAY_MS)}, least=day),
            TopicSpec(self.api_keys, 1, {**compacted, "min.compaction.lag.ms": "0"}),
            TopicSpec(self.notifications, 1, state, least=stated),
            TopicSpec(self.silences, 1, {**compacted, "min.compaction.lag.ms": "0"}),
            TopicSpec(self.receipts, 1, keep, least=longer),
            TopicSpec(self.changelog("counts"), partitions, state, internal=True, least=stated),
            TopicSpec(self.changelog("judgements"), partitions, state, internal=True, least=stated),
        )
