"""Kills that meet a worker in the moments that matter: around a checkpoint, and while it recovers."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any, Final

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from schemas.topics import Topics
from tests.chaos.cast import Actor, Cast

CHECKPOINT_S: Final = 1.0
"""How often a worker stores its state, unless settings say otherwise."""
JUST_BEFORE_S: Final = 0.06
PATIENCE_S: Final = 30.0
"""How long a moment is awaited; then the kill comes as it is."""
STAGES: Final = {"counts": "count", "judgements": "judge"}
"""The table of a changelog to the stage that writes it."""


def after_checkpoint(cast: Cast, topics: Topics, luck: float) -> str:
    """Kill whoever has just written a checkpoint: its position is stored and most likely not committed."""
    actor, where, _ = _writer(cast, topics, luck)
    return f"{_kill(actor)} right after its checkpoint of {where}"


def before_checkpoint(cast: Cast, topics: Topics, luck: float) -> str:
    """Kill whoever is about to write one: as much as can be is told and not stored."""
    actor, where, seen_at = _writer(cast, topics, luck)
    time.sleep(max(0.0, seen_at + CHECKPOINT_S - JUST_BEFORE_S - time.monotonic()))
    return f"{_kill(actor)} right before its next checkpoint of {where}"


def in_recovery(cast: Cast, actor: Actor, luck: float, session_s: float) -> str:
    """Kill a worker, and the one that takes its place while that reads its changelogs."""
    first, start = _kill(actor), actor.log.stat().st_size
    begun = _await(lambda: any(e.get("recovers") for e in _events(actor, start, "reading")), session_s + PATIENCE_S)
    time.sleep(luck * 0.1)
    left = sum(len(e["recovers"]) for e in _events(actor, start, "reading")) - len(
        list(_events(actor, start, "recovered"))
    )
    return f"{first}, {_kill(actor)} with {left} partitions to recover{'' if begun else ' (it never began)'}"


def twice(actor: Actor, luck: float) -> str:
    """Kill a worker, and the one that takes its place soon after it has started."""
    first, starts = _kill(actor), len(actor.started_at)
    _await(lambda: len(actor.started_at) > starts, PATIENCE_S)
    after_s = 0.3 + 1.2 * luck
    time.sleep(max(0.0, actor.started_at[-1] + after_s - time.monotonic()))
    return f"{first}, {_kill(actor)} {after_s:.1f} s after its start"


def _kill(actor: Actor) -> str:
    return f"kill -9 of {actor.name}{'' if actor.send(signal.SIGKILL) else ' (it was down)'}"


def _writer(cast: Cast, topics: Topics, luck: float) -> tuple[Actor, str, float]:
    """Who has just written a checkpoint, of what, and when that was seen."""
    workers = cast.named("worker")
    table = sorted(STAGES)[int(luck * len(STAGES))]
    partition = _next_checkpoint(cast.broker.address, topics.changelog(table))
    seen_at = time.monotonic()
    owners = [(at, actor) for actor in workers if (at := _recovered_at(actor, STAGES[table], partition))]
    actor = max(owners, key=lambda each: each[0])[1] if owners else workers[int(luck * len(workers))]
    return actor, f"{table} {partition}", seen_at


def _next_checkpoint(address: str, topic: str) -> int:
    """Wait until something is written to the topic; the partition; -1 when nothing is for long."""
    settings = {"bootstrap.servers": address, "group.id": "looks", "fetch.wait.max.ms": 10, "log_level": 0}
    with closing(Consumer(settings)) as consumer:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
                break
            except KafkaException:
                time.sleep(0.1)
        else:
            return -1
        consumer.assign([TopicPartition(topic, partition, OFFSET_END) for partition in partitions])
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None and _is_checkpoint(message):
                return int(message.partition())
    return -1


def _is_checkpoint(message: Message) -> bool:
    return message.error() is None and message.value() is not None


def _recovered_at(actor: Actor, stage: str, partition: int) -> str:
    """When it has taken over this partition last, as its log has it; empty when it never has."""
    return max((e["timestamp"] for e in _events(actor, 0, "recovered", stage=stage, partition=partition)), default="")


def _events(actor: Actor, start: int, event: str, **fields: Any) -> Iterator[Mapping[str, Any]]:
    """The lines of its log from `start` on that say this; a line that a kill has cut off is none."""
    with actor.log.open("rb") as file:
        file.seek(start)
        for line in file:
            if f'"event": "{event}"'.encode() in line:
                with suppress(ValueError):
                    said = json.loads(line)
                    if all(said.get(name) == value for name, value in fields.items()):
                        yield said


def _await(happened: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not (there := happened()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return there
