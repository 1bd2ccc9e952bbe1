"""The AsyncAPI 3 document: which topics there are, what lies in them, and who writes and reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pydantic.json_schema import models_json_schema

from schemas.action import Action
from schemas.alert import CloudEvent
from schemas.messages import BINDING, Json, dead_letter_headers, messages
from schemas.minute import Minute
from schemas.topics import Topics, TopicSpec
from schemas.transaction import Punctuation, Transaction

VERSION: Final = "1.2.0"
"""Version of the contracts: the first number grows when a reader of the old ones would break."""
PARTITIONS: Final = 6
"""Partitions of the transactions topic in the document; an installation may choose another number."""
TABLES: Final = ("counts", "judgements")
SINKS: Final = ("clickhouse", "webhook", "console", "jsonl", "notify")
ABOUT: Final = (
    "Transactions in, judged minutes and alerts out. Every record of an output topic is an upsert by its "
    "key, so a repeat is harmless and delivery at least once is enough."
)


@dataclass(frozen=True, slots=True)
class DocumentedTopic:
    """One topic as the document shows it.

    Args:
        name: The channel's name in the document.
        topic: The topic's full name.
        about: What lies in it.
        messages: Names of its messages.
    """

    name: str
    topic: str
    about: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelOperation:
    """One application that writes to or reads from one channel.

    Args:
        by: Who: producers, processors, sinks, or a command: ack, dlq, drill, gateway, keys, silences.
        action: `send` writes, `receive` reads, as seen from `by`.
        channel: Name of the channel.
        summary: One sentence.
        groups: Consumer groups, for `receive`; none where no offsets are committed.
    """

    by: str
    action: Literal["send", "receive"]
    channel: str
    summary: str
    groups: tuple[str, ...] = ()


def document(topics: Topics | None = None) -> Json:
    """The AsyncAPI 3.0.0 document of one installation; without `topics`, of one without a prefix."""
    topics = topics or Topics()
    specs = {spec.name: spec for spec in topics.specs(PARTITIONS)}
    channels = {channel.name: channel for channel in _channels(topics)}
    models = [(model, "validation") for model in (Transaction, Punctuation, Minute, CloudEvent, Action)]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:floodmark:topics",
        "info": {
            "title": "Floodmark topics",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {name: _channel(c, specs[c.topic]) for name, c in channels.items()},
        "operations": {
            f"{o.by}_{o.action}_{o.channel}": _operation(o, channels[o.channel].messages) for o in _operations(topics)
        },
        "components": {
            "schemas": {**schemas["$defs"], "DeadLetterHeaders": dead_letter_headers()},
            "messages": messages(),
        },
    }


def _channels(topics: Topics) -> Iterator[DocumentedTopic]:
    read = ("transaction", "punctuation")
    yield DocumentedTopic(
        "transactions", topics.transactions, "What producers publish, keyed or not, compressed or not.", read
    )
    yield DocumentedTopic(
        "deadLetters", topics.dead_letters, "Records that could not be read, and why.", ("deadLetter",)
    )
    yield DocumentedTopic("late", topics.late, "Records too late for their minute, and why.", ("deadLetter",))
    yield DocumentedTopic("partials", topics.partials, "Between the stages of the processors: internal.", ("partial",))
    yield DocumentedTopic("minutes", topics.minutes, "One record for each judged series and minute.", ("minute",))
    yield DocumentedTopic("alerts", topics.alerts, "The lifecycle of incidents.", ("alertEvent",))
    yield DocumentedTopic("commands", topics.commands, "What people did about incidents: the audit log.", ("action",))
    yield DocumentedTopic("posts", topics.posts, "Idempotency keys of posts, and their answers: internal.", ("claim",))
    yield DocumentedTopic("apiKeys", topics.api_keys, "API keys of the gateways, hashed: internal.", ("apiKey",))
    yield DocumentedTopic(
        "notifications", topics.notifications, "What people were told and are owed: internal.", ("notification",)
    )
    yield DocumentedTopic("silences", topics.silences, "What people do not want to be told of.", ("silence",))
    yield DocumentedTopic("receipts", topics.receipts, "What became of each message to people.", ("receipt",))
    for table in TABLES:
        about = f"What the processors remember of {table}: internal."
        yield DocumentedTopic(f"{table}Changelog", topics.changelog(table), about, ("fact",))


def _operations(topics: Topics) -> Iterator[ChannelOperation]:
    worker = (topics.worker_group,)
    clickhouse, webhook, console, jsonl, notify = (topics.sink_group(sink) for sink in SINKS)
    yield ChannelOperation("producers", "send", "transactions", "Publish transactions.")
    yield ChannelOperation("processors", "receive", "transactions", "Count them by minute.", worker)
    yield ChannelOperation("processors", "send", "deadLetters", "Set aside what cannot be read.")
    yield ChannelOperation("processors", "send", "late", "Set aside what came too late.")
    yield ChannelOperation("processors", "send", "partials", "Pass counts on to the judge.")
    yield ChannelOperation("processors", "receive", "partials", "Judge closed minutes.", worker)
    yield ChannelOperation("processors", "send", "minutes", "Say what each minute was.")
    yield ChannelOperation("processors", "send", "alerts", "Say what broke, and when it is over.")
    for table in TABLES:
        yield ChannelOperation("processors", "send", f"{table}Changelog", "Store state.")
        yield ChannelOperation("processors", "receive", f"{table}Changelog", "Recover state.")
    yield ChannelOperation("sinks", "receive", "minutes", "Write minutes down.", (clickhouse, jsonl))
    yield ChannelOperation(
        "sinks",
        "receive",
        "alerts",
        "Write alerts down, and tell people.",
        (clickhouse, webhook, console, jsonl, notify),
    )
    yield ChannelOperation("sinks", "send", "notifications", "Remember what people were told and are owed.")
    yield ChannelOperation("sinks", "receive", "notifications", "Go on where the notifier before has ended.")
    yield ChannelOperation("sinks", "receive", "silences", "Know what not to tell.")
    yield ChannelOperation("sinks", "send", "receipts", "Say what became of a message.")
    yield ChannelOperation("silences", "send", "silences", "Make and end silences.")
    yield ChannelOperation("silences", "receive", "silences", "List silences.")
    yield ChannelOperation("silences", "receive", "notifications", "Say what silences have hidden.")
    yield ChannelOperation("sinks", "receive", "commands", "Write down what people did.", (clickhouse,))
    yield ChannelOperation("sinks", "receive", "late", "Write late records down.", (clickhouse,))
    yield ChannelOperation("sinks", "receive", "deadLetters", "Write down where they lie, and why.", (clickhouse,))
    yield ChannelOperation("sinks", "receive", "receipts", "Write down what became of each message.", (clickhouse,))
    yield ChannelOperation("sinks", "send", "deadLetters", "Set aside what can never be written.")
    yield ChannelOperation("ack", "receive", "alerts", "Find the incident.")
    yield ChannelOperation("ack", "send", "commands", "Note who did what.")
    yield ChannelOperation("ack", "send", "partials", "Tell the judge that somebody is on an incident.")
    yield ChannelOperation("gateway", "receive", "minutes", "Show minutes.")
    yield ChannelOperation("gateway", "receive", "alerts", "Show incidents.")
    yield ChannelOperation("gateway", "receive", "commands", "Show what people did.")
    yield ChannelOperation("gateway", "receive", "receipts", "Show who was told of an incident.")
    yield ChannelOperation(
        "gateway", "receive", "judgementsChangelog", "Judge what is posted by the judge's own memory."
    )
    yield ChannelOperation("gateway", "send", "transactions", "Publish what is posted.")
    yield ChannelOperation("gateway", "send", "posts", "Note which idempotency keys are taken.")
    yield ChannelOperation("gateway", "receive", "posts", "Count a post that is repeated once.")
    yield ChannelOperation("gateway", "receive", "apiKeys", "Know whose requests to answer.")
    yield ChannelOperation("drill", "send", "alerts", "Begin and end a drill.")
    yield ChannelOperation("drill", "receive", "receipts", "Say how long each channel took.")
    yield ChannelOperation("keys", "receive", "apiKeys", "List API keys.")
    yield ChannelOperation("keys", "send", "apiKeys", "Create and revoke API keys.")
    yield ChannelOperation("gateway", "send", "commands", "Note who did what.")
    yield ChannelOperation("gateway", "send", "partials", "Tell the judge whether somebody is on an incident.")
    yield ChannelOperation("dlq", "receive", "deadLetters", "List dead letters.")
    yield ChannelOperation("dlq", "send", "transactions", "Publish dead letters again.")


def _server() -> Json:
    broker = {"default": "127.0.0.1:9092", "description": "One of the bootstrap servers."}
    return {"host": "{broker}", "protocol": "kafka", "variables": {"broker": broker}}


def _channel(channel: DocumentedTopic, spec: TopicSpec) -> Json:
    policy = spec.config.get("cleanup.policy", "delete").split(",")
    retention = spec.config.get("retention.ms")
    kept = {} if retention is None else {"retention.ms": int(retention)}
    binding = {
        "topic": spec.name,
        "partitions": spec.partitions,
        "topicConfiguration": {"cleanup.policy": policy, **kept},
        "bindingVersion": BINDING,
    }
    return {
        "address": spec.name,
        "description": channel.about,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
        "bindings": {"kafka": binding},
        # The bindings know a few settings only; these are all of them.
        "x-topic-config": dict(spec.config),
    }


def _operation(operation: ChannelOperation, names: tuple[str, ...]) -> Json:
    channel = f"#/channels/{operation.channel}"
    group = {"groupId": {"type": "string", "enum": list(operation.groups)}, "bindingVersion": BINDING}
    return {
        "action": operation.action,
        "channel": {"$ref": channel},
        "summary": operation.summary,
        "tags": [{"name": operation.by}],
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
        **({"bindings": {"kafka": group}} if operation.groups else {}),
    }
