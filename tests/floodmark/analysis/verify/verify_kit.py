"""An evening with five times the denials in the middle, judged as the worker judges, and stored by the sink."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from floodmark.cli import app
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.versions import version_of
from processors.domain.window import Dimensions, TimePolicy, end_ms
from processors.rules import load
from processors.stages.records import alert_of, verdict_record
from schemas.codec import alert_record
from schemas.topics import Topics
from sinks.protocol import Partition, Record
from tests.processors.domain.traffic import FIRST, traffic
from tests.sinks.clickhouse_kit import OnStore

START = FIRST + 20 * 60
QUIET = 180
LAST = QUIET + 25
SOURCES = 2


@dataclass(frozen=True)
class Recorded:
    """A store with what the judge said, and the incident in it."""

    store: OnStore
    incident_id: str

    def change(self, statement: str) -> None:
        """Change what is stored behind everybody's back; `DB.` is the database."""
        self.store.client.command(statement.replace("DB.", f"{self.store.database}."), settings={"mutations_sync": 1})

    def verify(self, *words: str | Path) -> Result:
        return run(self.incident_id, "--dsn", self.store.dsn, *words)

    def receipt(self, *words: str | Path) -> dict[str, Any]:
        return dict(json.loads(self.verify("--json", *words).stdout))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, words)], env={"COLUMNS": "200", "FLOODMARK_RULES": None})


def held(minute: int) -> Dimensions:
    """What the minute holds."""
    change = {"denied": 5.0} if QUIET <= minute - START < QUIET + 8 else {}
    return traffic(minute, change)


def split(counts: Dimensions, source: int) -> Dimensions:
    """The part of the counts that lies in one source partition, each with an amount."""
    return {
        dimension: {
            key: [part, part * 1000]
            for key, (count, _) in keys.items()
            if (part := count // SOURCES + (source < count % SOURCES))
        }
        for dimension, keys in counts.items()
    }


def partials(first: int, last: int, counts: Callable[[int], Dimensions] = held) -> list[Partial]:
    """What the source partitions say of the minutes, in the order of time; the offset tells the minute."""
    return [
        Partial(
            source,
            SOURCES,
            1,
            minute,
            end_ms(minute),
            minutes=[PartialMinute(minute, "all", minute, split(counts(minute), source))],
        )
        for minute in range(first, last + 1)
        for source in range(SOURCES)
    ]


def live(first: int, last: int, silent: range) -> list[Partial]:
    """The same as it is heard live, a few seconds late, with many records; the last source says nothing for a while."""
    made: list[Partial] = []
    heard = first
    for partial in partials(first, last):
        minute = partial.offset
        now_ms = end_ms(minute) + 5_000
        if partial.source == SOURCES - 1:
            if minute in silent:
                made.append(Partial(partial.source, SOURCES, 1, heard * 1000, end_ms(heard), idle=True, now_ms=now_ms))
                continue
            heard = minute
        made.append(replace(partial, offset=minute * 1000, now_ms=now_ms))
    return made


def records(
    told: Sequence[Partial], rules: str = "default", first_offset: int = 0, policy: TimePolicy | None = None
) -> tuple[list[Record], list[str]]:
    """The records that the judge publishes of this input, and the ids of the incidents in the order of opening."""
    topics, loaded = Topics(), load(Path(rules))
    judge = PartitionJudge(loaded, policy or TimePolicy(), epoch=1, position=first_offset - 1, speaks=True)
    made: list[tuple[str, tuple[bytes, bytes]]] = []
    ids: dict[str, None] = {}
    for offset, partial in enumerate(told, start=first_offset):
        version = version_of(judge.epoch, offset)
        for outcome in judge.apply(offset, partial).outcomes:
            made += [(topics.minutes, verdict_record(v, loaded.version, version)) for v in outcome.verdicts]
            for statement in outcome.statements:
                ids[statement.stated.incident.id] = None
                made.append((topics.alerts, alert_record(alert_of(statement, loaded, version))))
    return [Record(Partition(topic, 0), i, key, value) for i, (topic, (key, value)) in enumerate(made)], list(ids)


def record(
    store: OnStore,
    told: Sequence[Partial] | None = None,
    rules: str = "default",
    policy: TimePolicy | None = None,
) -> Recorded:
    """Judge, and write what comes of it with the sink, the alerts one by one; the incident is the last one."""
    made, ids = records(partials(START, START + LAST) if told is None else told, rules, policy=policy)
    alerts = [each for each in made if each.partition.topic == Topics().alerts]
    store.write(*(each for each in made if each.partition.topic == Topics().minutes))
    for alert in alerts:
        store.write(alert)
    return Recorded(store, ids[-1])


def at(minute: int) -> str:
    """The minute as ClickHouse takes it."""
    return f"toDateTime({minute * 60}, 'UTC')"
