"""Who reads and writes what: the rights of each kind of process on a cluster that asks for them.

One login for each kind of process, with these rights and no others, is enough where the topics are there already.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from schemas.topics import Topics


class Resource(StrEnum):
    """What a right is on."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional id"


class Operation(StrEnum):
    """What may be done, by Kafka's names. Read and Write hold Describe."""

    READ = "Read"
    WRITE = "Write"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"


class Role(StrEnum):
    """A kind of process that logs in."""

    PRODUCER = "producer"
    WORKER = "worker"
    CLICKHOUSE = "sink clickhouse"
    WEBHOOK = "sink webhook"
    CONSOLE = "sink console"
    JSONL = "sink jsonl"
    NOTIFY = "sink notify"
    GATEWAY = "gateway"
    PEOPLE = "people"


WHO = {
    Role.PRODUCER: "`floodmark replay`, `floodmark simulate` and your own producers",
    Role.WORKER: "`floodmark worker`",
    Role.CLICKHOUSE: "`floodmark sink clickhouse`",
    Role.WEBHOOK: "`floodmark sink webhook`",
    Role.CONSOLE: "`floodmark sink console`",
    Role.JSONL: "`floodmark sink jsonl`",
    Role.NOTIFY: "`floodmark sink notify`",
    Role.GATEWAY: "`floodmark gateway`",
    Role.PEOPLE: "`floodmark doctor`, `topics check`, `ack`, `dlq`, `drill`, `keys`, `silences`, `top` and `tail`",
}
"""What each role runs."""
SINKS = ("clickhouse", "webhook", "console", "jsonl", "notify")
"""The sinks, by name."""
ACK = "`floodmark ack`"
DLQ = "`floodmark dlq`"
DRILL = "`floodmark drill`"
KEYS = "`floodmark keys`"
LOOKS = "`floodmark top` and `tail`"
SILENCES = "`floodmark silences`"


@dataclass(frozen=True, slots=True)
class Right:
    """One operation on one topic or consumer group, or on all transactional ids that begin alike.

    Args:
        resource: On what.
        name: Its name, or how the names begin.
        operation: What may be done.
        only_for: What does not work without it while all else does; empty: the process cannot work.
        is_prefix: Whether all names that begin so are meant, a prefixed rule of Kafka's.
    """

    resource: Resource
    name: str
    operation: Operation
    only_for: str = ""
    is_prefix: bool = False

    @property
    def on(self) -> str:
        """`alerts`; `floodmark-gateway-*` where all are meant that begin so."""
        return f"{self.name}*" if self.is_prefix else self.name

    def __str__(self) -> str:
        """`Read on topic alerts`."""
        return f"{self.operation} on {self.resource} {self.on}"


def rights(topics: Topics, role: Role) -> tuple[Right, ...]:
    """All rights that a role needs, by topic in the order of the topics, then the groups."""
    of = {
        Role.PRODUCER: _producer,
        Role.WORKER: _worker,
        Role.CLICKHOUSE: lambda t: _clickhouse(t, role),
        Role.WEBHOOK: lambda t: _sink(t, role, (t.alerts,)),
        Role.CONSOLE: lambda t: _sink(t, role, (t.alerts,)),
        Role.JSONL: lambda t: _sink(t, role, (t.minutes, t.alerts)),
        Role.NOTIFY: lambda t: of_notifier(t, t.sink_group("notify")),
        Role.GATEWAY: _gateway,
        Role.PEOPLE: _people,
    }
    return tuple(of[role](topics))


def vital(topics: Topics, role: Role) -> list[Right]:
    """The rights without which a role cannot work at all."""
    return [right for right in rights(topics, role) if not right.only_for]


def of_command(topics: Topics, command: str) -> list[Right]:
    """The rights that a command of the role people needs: `ACK`, `DLQ`, `DRILL`, `KEYS`, `LOOKS` or `SILENCES`."""
    reads = {
        ACK: topics.alerts,
        DLQ: topics.dead_letters,
        DRILL: topics.receipts,
        KEYS: topics.api_keys,
        LOOKS: topics.alerts,
        SILENCES: topics.silences,
    }[command]
    more = (right for right in rights(topics, Role.PEOPLE) if command in right.only_for)
    return [Right(Resource.TOPIC, reads, Operation.READ), *more]


def of_sink(read: Iterable[str], dead_letters: str, group: str) -> list[Right]:
    """The rights of a sink that reads these topics as that consumer group."""
    return [
        *(Right(Resource.TOPIC, topic, Operation.READ) for topic in read),
        Right(Resource.TOPIC, dead_letters, Operation.WRITE),
        Right(Resource.GROUP, group, Operation.READ),
    ]


def of_notifier(topics: Topics, group: str) -> list[Right]:
    """The rights of the notifier that reads alerts as that consumer group."""
    return [
        *of_sink((topics.alerts,), topics.dead_letters, group),
        Right(Resource.TOPIC, topics.notifications, Operation.READ),
        Right(Resource.TOPIC, topics.notifications, Operation.WRITE),
        Right(Resource.TOPIC, topics.silences, Operation.READ),
        Right(Resource.TOPIC, topics.receipts, Operation.WRITE),
        Right(Resource.TRANSACTIONAL_ID, group, Operation.WRITE),
    ]


def who(topics: Topics, topic: str, operation: Operation) -> tuple[Role, ...]:
    """The roles that read or write a topic; people, who look at all of them, only where nobody else does."""

    def does(role: Role) -> bool:
        # What is read for a part of the work only is looked at; what is written has been written.
        return any(
            (r.resource, r.name, r.operation) == (Resource.TOPIC, topic, operation)
            and (not r.only_for or operation is Operation.WRITE)
            for r in rights(topics, role)
        )

    others = tuple(role for role in Role if role is not Role.PEOPLE and does(role))
    return others or ((Role.PEOPLE,) if does(Role.PEOPLE) else ())


def _producer(topics: Topics) -> Iterator[Right]:
    warning = "to be told of rows that come too late or came before, and to go on with a replay that was cut off"
    yield Right(Resource.TOPIC, topics.transactions, Operation.WRITE)
    yield Right(Resource.TOPIC, topics.transactions, Operation.READ, warning)
    yield Right(Resource.GROUP, topics.helper_group("replayed"), Operation.READ, warning)


def _worker(topics: Topics) -> Iterator[Right]:
    clock = "to find out that this machine's clock is wrong"
    yield Right(Resource.TOPIC, topics.transactions, Operation.READ)
    yield Right(Resource.TOPIC, topics.dead_letters, Operation.WRITE)
    yield Right(Resource.TOPIC, topics.late, Operation.WRITE)
    for topic in (topics.partials, topics.changelog("counts"), topics.changelog("judgements")):
        yield Right(Resource.TOPIC, topic, Operation.READ)
        yield Right(Resource.TOPIC, topic, Operation.WRITE)
    yield Right(Resource.TOPIC, topics.partials, Operation.DESCRIBE_CONFIGS, clock)
    yield Right(Resource.TOPIC, topics.minutes, Operation.WRITE)
    yield Right(Resource.TOPIC, topics.alerts, Operation.WRITE)
    yield Right(Resource.GROUP, topics.worker_group, Operation.READ)


def _sink(topics: Topics, role: Role, read: tuple[str, ...]) -> Iterable[Right]:
    return of_sink(read, topics.dead_letters, topics.sink_group(role.removeprefix("sink ")))


def _gateway(topics: Topics) -> Iterator[Right]:
    post, act = "to take in transactions", "to take in what people do about incidents"
    once = "to count a post with an Idempotency-Key once"
    for topic in (topics.minutes, topics.alerts, topics.commands, topics.receipts):
        yield Right(Resource.TOPIC, topic, Operation.READ)
    yield Right(Resource.TOPIC, topics.changelog("judgements"), Operation.READ, "to judge what is posted")
    yield Right(Resource.TOPIC, topics.transactions, Operation.WRITE, post)
    yield Right(Resource.TOPIC, topics.posts, Operation.READ, once)
    yield Right(Resource.TOPIC, topics.posts, Operation.WRITE, once)
    yield Right(Resource.TRANSACTIONAL_ID, topics.transactional_prefix, Operation.WRITE, once, is_prefix=True)
    yield Right(Resource.TOPIC, topics.api_keys, Operation.READ)
    yield Right(Resource.TOPIC, topics.commands, Operation.WRITE, act)
    yield Right(Resource.TOPIC, topics.partials, Operation.WRITE, act)
    quiet, answers = "to show silences, and take in those that people make", "what people answer in Slack and PagerDuty"
    yield Right(Resource.TOPIC, topics.silences, Operation.READ, quiet)
    yield Right(Resource.TOPIC, topics.silences, Operation.WRITE, quiet)
    yield Right(Resource.TOPIC, topics.notifications, Operation.READ, f"{quiet}, and {answers}")
    health = "to tell how workers and sinks are"
    for topic in (topics.dead_letters, topics.late):
        yield Right(Resource.TOPIC, topic, Operation.DESCRIBE, health)
    yield Right(Resource.GROUP, topics.helper_group("gateway"), Operation.READ)
    for group in (topics.worker_group, *(topics.sink_group(sink) for sink in SINKS)):
        yield Right(Resource.GROUP, group, Operation.DESCRIBE, health)


def _clickhouse(topics: Topics, role: Role) -> Iterator[Right]:
    read = (topics.minutes, topics.alerts, topics.commands, topics.late, topics.dead_letters, topics.receipts)
    yield from _sink(topics, role, read)
    kept = "to keep transactions as they came (`FLOODMARK_KEEP_TRANSACTIONS_DAYS`)"
    yield Right(Resource.TOPIC, topics.transactions, Operation.READ, kept)


def _people(topics: Topics) -> Iterator[Right]:
    for spec in topics.specs(1):
        yield Right(Resource.TOPIC, spec.name, Operation.DESCRIBE)
        yield Right(Resource.TOPIC, spec.name, Operation.DESCRIBE_CONFIGS)
    for role in Role:
        if role not in (Role.PRODUCER, Role.PEOPLE, Role.GATEWAY):
            (group,) = (right.name for right in rights(topics, role) if right.resource is Resource.GROUP)
            yield Right(Resource.GROUP, group, Operation.DESCRIBE)
    yield Right(Resource.TOPIC, topics.alerts, Operation.READ)
    yield Right(Resource.TOPIC, topics.dead_letters, Operation.READ)
    yield Right(Resource.TOPIC, topics.api_keys, Operation.READ)
    yield Right(Resource.GROUP, topics.helper_group("doctor"), Operation.READ)
    yield Right(Resource.TOPIC, topics.partials, Operation.WRITE, ACK)
    yield Right(Resource.TOPIC, topics.commands, Operation.WRITE, ACK)
    yield Right(Resource.TOPIC, topics.api_keys, Operation.WRITE, KEYS)
    yield Right(Resource.GROUP, topics.helper_group("ack"), Operation.READ, ACK)
    yield Right(Resource.GROUP, topics.helper_group("keys"), Operation.READ, KEYS)
    yield Right(Resource.GROUP, topics.helper_group("dlq-replay"), Operation.READ, DLQ)
    yield Right(Resource.TOPIC, topics.receipts, Operation.READ, DRILL)
    yield Right(Resource.GROUP, topics.helper_group("drill"), Operation.READ, DRILL)
    yield Right(Resource.TOPIC, topics.silences, Operation.READ, SILENCES)
    yield Right(Resource.TOPIC, topics.silences, Operation.WRITE, SILENCES)
    yield Right(Resource.TOPIC, topics.notifications, Operation.READ, SILENCES)
    yield Right(Resource.GROUP, topics.helper_group("silences"), Operation.READ, SILENCES)
    yield Right(Resource.TOPIC, topics.minutes, Operation.READ, LOOKS)
    yield Right(Resource.GROUP, topics.helper_group("view"), Operation.READ, LOOKS)
    again = "`floodmark dlq replay`"
    for topic in (topics.transactions, topics.alerts, topics.minutes, topics.late):
        only_for = f"{again} and {DRILL}" if topic == topics.alerts else again
        yield Right(Resource.TOPIC, topic, Operation.WRITE, only_for)
