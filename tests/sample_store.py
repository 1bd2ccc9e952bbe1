"""A store of its own with the sample in it, judged as the worker judges and written by the sink; and the same in lists.

A second scope has half of the sample's first six hours. The same six hours of a week before have two thirds of them.
Some minutes are revised, one incident is acknowledged, some records are dead letters. Whoever tests what the store
answers counts `minutes` and `statements` anew.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import msgspec

from processors.offline import OfflineRow, judge_rows
from processors.rules import load
from processors.stages.records import alert_of, verdict_record
from schemas.action import Action, ActionKind, Opinion
from schemas.alert import Alert
from schemas.codec import action_record, alert_record
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.rows import MinuteRow
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from sinks.protocol import Partition, Record
from tests.paths import ROOT
from tests.sinks.conftest import StoreProcess

FILES = ROOT / "producers/sample"
WEEK_MS = 7 * 86_400_000
EVENING = datetime(2025, 3, 4, tzinfo=UTC)
"""The end of the first six hours."""
REVISED = 40
"""So many minutes get a late transaction more."""


@dataclass
class Sample:
    """What was written, and where.

    Args:
        minutes: The last revision of each minute.
        revisions: Every one, with the time at which it was said, epoch milliseconds.
        statements: What was said of incidents, in order.
        actions: What people did.
        letters: The dead letters.
        receipts: What became of messages to people.
        records: All of it, as records.
    """

    minutes: dict[tuple[str, str, str, int], MinuteRow] = field(default_factory=dict)
    revisions: list[tuple[int, MinuteRow]] = field(default_factory=list)
    statements: list[Alert] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    receipts: list[DeliveryReceipt] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def of(self, dimension: str = "status", scope: str = "all") -> list[MinuteRow]:
        """The last revision of each minute of a dimension of a scope, in order of time and key."""
        found = [m for m in self.minutes.values() if (m.scope, m.dimension) == (scope, dimension)]
        return sorted(found, key=lambda m: (m.minute, m.key))

    @property
    def incidents(self) -> dict[str, Alert]:
        """What was last said of each incident."""
        return {alert.incident_id: alert for alert in self.statements}

    def minute(self, row: MinuteRow, after_ms: int = 0) -> None:
        """Say a minute, so long after it was closed."""
        said_ms = row.minute + 65_000 + after_ms
        self.minutes[(row.scope, row.dimension, row.key, row.minute)] = row
        self.revisions.append((said_ms, row))
        self._add("minutes", msgspec.json.encode(row), said_ms)

    def say(self, alert: Alert) -> None:
        """Say something of an incident."""
        self.statements.append(alert)
        self._add("alerts", alert_record(alert)[1], int(alert.timestamp.timestamp() * 1000) + 65_000)

    def act(self, action: Action) -> None:
        """Do something about an incident."""
        self.actions.append(action)
        self._add("commands", action_record(action)[1], int(action.at.timestamp() * 1000))

    def letter(self, letter: DeadLetter) -> None:
        """Put a record aside."""
        self.letters.append(letter)
        at_ms = int(datetime(2025, 3, 4, tzinfo=UTC).timestamp() * 1000) + letter.offset
        self._add("transactions.dlq", b"{", at_ms, letter.headers())

    def receipt(self, receipt: DeliveryReceipt) -> None:
        """Note what became of a message."""
        self.receipts.append(receipt)
        self._add("receipts", receipt_bytes(receipt), receipt.at_ms)

    def _add(self, topic: str, value: bytes, at_ms: int, headers: Any = ()) -> None:
        self.records.append(Record(Partition(topic, 0), len(self.records), None, value, headers, -1, at_ms))

    def fill(self, process: StoreProcess) -> Any:
        """Write all of it into the database `floodmark` of a store, and return a client for it."""
        sink = ClickHouse(Topics(), Connection(lambda: process.dsn("floodmark")))
        entries = [entry for record in self.records if (entry := sink.read(record)) is not None]
        for at in range(0, len(entries), 20_000):
            sink.write(entries[at : at + 20_000])
        sink.close()
        return clickhouse_connect.get_client(dsn=process.dsn("floodmark"), autogenerate_session_id=False)


BEFORE_NOON = datetime(2025, 3, 4, 11, tzinfo=UTC)
AT_NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


def what_people_did() -> list[Action]:
    """Five actions about one incident, of two people."""
    by = ("ann", "ann", "ann", "bob", "bob")
    kinds: tuple[ActionKind, ...] = ("acknowledge", "comment", "feedback", "unacknowledge", "comment")
    return [
        Action(
            action_id=f"a{number}",
            incident_id="i",
            action=kind,
            by=who,
            at=AT_NOON + timedelta(seconds=number),
            source="http 10.0.0.3 key:ops" if who == "ann" else "command bastion",
            note="=1+1" if kind == "comment" else "",
            verdict="true_positive" if kind == "feedback" else None,
            until=AT_NOON + timedelta(hours=1) if kind == "acknowledge" else None,
            scope="all",
        )
        for number, (who, kind) in enumerate(zip(by, kinds, strict=True))
    ]


def sample() -> Sample:
    """The sample, judged."""
    made = Sample()
    rules = load()
    version = 1_741_000_000_000_000
    for finding in judge_rows(rows(), rules):
        for revised in finding.verdicts:
            version += 1
            value = verdict_record(revised, rules.version, version)[1]
            made.minute(msgspec.json.decode(value, type=MinuteRow))
        for statement in finding.statements:
            version += 1
            made.say(alert_of(statement, rules, version))
    for row in [m for m in made.minutes.values() if m.scope == "all" and m.minute < EVENING.timestamp() * 1000]:
        version += 1
        made.minute(
            msgspec.structs.replace(row, minute=row.minute - WEEK_MS, count=row.count * 2 // 3, version=version)
        )
    of_failed = [m for m in made.of() if m.key == "failed"]
    for late in of_failed[100 : 100 + REVISED]:
        version += 1
        again = {"count": late.count + 1, "total": late.total + 1, "revision": 2, "version": version}
        made.minute(msgspec.structs.replace(late, **again), 900_000)
    acknowledged = next(alert for alert in reversed(made.statements) if alert.state == "resolved")
    version += 1
    said = {"revision": acknowledged.revision + 1, "version": version, "acknowledged_by": "ann"}
    at = first_said(made, acknowledged.incident_id) + timedelta(seconds=240)
    made.say(acknowledged.model_copy(update={**said, "acknowledged_at": at, "acknowledged_severity": "warning"}))
    for action in [*what_people_think(list(made.incidents)), *what_people_did()]:
        made.act(action)
    for number, reason in enumerate(("json", "json", "missing", "too_old", "json")):
        made.letter(DeadLetter(topic="transactions", partition=0, offset=number, reason=reason, field="timestamp"))
    for receipt in what_became_of_messages(made):
        made.receipt(receipt)
    return made


def what_people_think(incidents: Sequence[str]) -> list[Action]:
    """Two words on one incident, of which the last one counts, and one on another."""
    verdicts: tuple[tuple[str, Opinion, str], ...] = (
        (incidents[0], "true_positive", ""),
        (incidents[0], "false_positive", "a release"),
        (incidents[1], "missed", ""),
    )
    return [
        Action(
            action_id=f"f{number}",
            incident_id=incident,
            action="feedback",
            by="ann",
            at=BEFORE_NOON + timedelta(seconds=number),
            source="http 10.0.0.3 key:ops",
            note=note,
            verdict=verdict,
            scope="all",
        )
        for number, (incident, verdict, note) in enumerate(verdicts)
    ]


def what_became_of_messages(made: Sample) -> Iterator[DeliveryReceipt]:
    """Each incident at its first word in a chat, after some seconds; at a pager the first ones late, one never.

    A drill was taken by both.
    """
    for number, incident in enumerate(made.incidents):
        alert = next(alert for alert in made.statements if alert.incident_id == incident)
        owed_ms = int(first_said(made, incident).timestamp() * 1000)
        told = DeliveryReceipt(
            notification=f"n{number}",
            number=1,
            channel="chat",
            team="payments",
            route="all",
            kind="open",
            what="delivered",
            incidents=[incident],
            severity=alert.severity,
            owed_ms=owed_ms,
            at_ms=owed_ms + 2_000 + 250 * number,
            event_ms=int(alert.since.timestamp() * 1000),
            took_ms=120,
            detail="200",
        )
        yield told
        paged = msgspec.structs.replace(told, number=2, channel="pager")
        if number < 2:
            late = {"what": "overdue", "at_ms": owed_ms + 300_000, "detail": "no answer"}
            yield msgspec.structs.replace(paged, **late)
            paged = msgspec.structs.replace(paged, at_ms=owed_ms + 400_000)
        yield msgspec.structs.replace(paged, what="refused", detail="401") if number == 2 else paged
        if number == 3:
            yield msgspec.structs.replace(told, number=3, kind="resolved", at_ms=owed_ms + 900_000)
    # Of this incident people said something, and the store knows nothing else.
    yield msgspec.structs.replace(told, notification="gone", team="platform", incidents=["i"])
    for channel in ("chat", "pager"):
        yield msgspec.structs.replace(told, notification="d", channel=channel, incidents=["drill"], drill=True)


def first_said(made: Sample, incident_id: str) -> datetime:
    """When an incident was first told of."""
    first = next(alert for alert in made.statements if alert.incident_id == incident_id)
    return first.timestamp + timedelta(seconds=65)


def rows() -> Iterator[OfflineRow]:
    """The rows of the sample in order of time, and half of each status of the evening for a second scope."""
    own = [
        row
        for name in ("transactions.csv", "transactions_auth_codes.csv")
        for row in csv.DictReader((FILES / name).read_text().splitlines())
    ]
    found = []
    for row in own:
        at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
        ms, count = int(at.timestamp() * 1000), int(row["count"])
        amount = int(row.get("amount") or 0)
        found.append(OfflineRow(ms, row.get("status"), row.get("auth_code"), count, "all", amount))
        if row.get("status") and count > 1 and at < EVENING:
            found.append(OfflineRow(ms, row["status"], None, count // 2, "kiosk", amount // 2))
    return iter(sorted(found, key=lambda row: row.timestamp_ms))


@dataclass(frozen=True)
class Filled:
    """A store with the sample in it: its process, a client, and what was written."""

    process: StoreProcess
    client: Any
    sample: Sample

    @property
    def dsn(self) -> str:
        """For clickhouse-connect."""
        return self.process.dsn("floodmark")


@contextmanager
def filled_in(folder: Path) -> Iterator[Filled]:
    """The sample, judged and stored, for the length of the block; the store lies in the folder."""
    process = StoreProcess(folder)
    process.start()
    made = sample()
    client = made.fill(process)
    yield Filled(process, client, made)
    client.close()
    process.stop()
