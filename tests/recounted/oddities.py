"""Records as they come on a bad day, in any order and some of them twice, and the facts that they come to.

Minutes are revised, all statuses of one together; of some it is not known when they were said. There are verdicts of
every kind, amounts past 2^63, scopes of which one is the beginning of another, days without anything, a scope without
transactions. Incidents go on over midnight, two at a time, are withdrawn, end and go on again, are left by who was on
them, and hide one another. Drills are among all of it.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.action import Action
from schemas.alert import Alert
from schemas.codec import action_record, alert_record
from schemas.dead_letter import DeadLetter
from sinks.clickhouse.rows import MinuteRow
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from sinks.protocol import Partition, Record
from tests.recounted.facts import DAY, RANKS, Deed, Facts, Letter, MinuteFact, Word
from tests.recounted.of_sample import deed, minute_fact, word
from tests.sinks.sink_kit import alert

MIDNIGHT: Final = int(datetime(2025, 3, 30, tzinfo=UTC).timestamp())
"""A Sunday, on which clocks of Europe are put forward: 23 hours there, and 24 here."""
STRETCHES: Final = (
    (MIDNIGHT - 8 * DAY - 4_000, 90),
    (MIDNIGHT - 7 * DAY, 30),
    (MIDNIGHT - 5_340, 190),
    (MIDNIGHT + 9 * 3600, 25),
)
"""Where there are minutes: from when on, epoch seconds, and how many."""
SERIES: Final = {
    "status": ("approved", "denied", "failed", "reversed", "backend_reversed", "processing"),
    "auth_code": ("00", "51", "59", "N7"),
}
SCOPES: Final = ("all", "a", "a shop", "never")
VERDICTS: Final = ("normal", "normal", "normal", "warming_up", "info", "warning", "critical", "no_data", "unknown")
STATES: Final = ("updated", "updated", "acknowledged", "resolved", "withdrawn")
RULES: Final = ("share_rise", "volume_drop", "code_rise")
VERSION: Final = 1_743_000_000_000_000


def instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@dataclass
class Oddities:
    """What is written, and what that comes to."""

    rng: random.Random
    records: list[Record] = field(default_factory=list)
    said: list[MinuteFact] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    receipts: list[DeliveryReceipt] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    version: int = VERSION

    @property
    def facts(self) -> Facts:
        return Facts(self.said, self.words, self.deeds, self.receipts, self.letters)

    def put(self, topic: str, value: bytes, at_ms: int, headers: Any = (), *, twice: bool = True) -> bool:
        """Write a record; now and then it is written again later, and the first time counts."""
        again = twice and self.rng.random() < 0.1
        for late_ms in (0, 50_000) if again else (0,):
            place = Partition(topic, self.rng.randrange(3))
            self.records.append(Record(place, len(self.records), None, value, headers, -1, at_ms + late_ms))
        return again

    def next(self) -> int:
        self.version += self.rng.randrange(1, 50)
        return self.version

    # --- minutes ---

    def minutes(self) -> None:
        for begin, many in STRETCHES:
            for n in range(many):
                for scope in SCOPES:
                    for dimension, keys in SERIES.items():
                        if self.rng.random() < 0.93:
                            self.minute(begin + 60 * n - (begin + 60 * n) % 60, scope, dimension, keys)

    def minute(self, at: int, scope: str, dimension: str, keys: tuple[str, ...]) -> None:
        known_ms = -1 if self.rng.random() < 0.02 else 1000 * (at + 60) + self.rng.randrange(9_000)
        for revision in range(1, self.rng.choice((2, 2, 2, 2, 3, 4))):
            counts = {key: 0 if scope == "never" else self.rng.choice((0, 1, 3, 5, 40)) for key in keys}
            for key, count in counts.items():
                self.say(self.row(at, (scope, dimension, key), count, sum(counts.values()), revision), known_ms)
            known_ms = max(known_ms, 0) + self.rng.randrange(1, 4_000_000)

    def row(self, at: int, series: tuple[str, str, str], count: int, total: int, revision: int) -> MinuteRow:
        rng = self.rng
        expected = rng.choice((None, round(rng.uniform(0, 40), 3)))
        verdict = rng.choice(VERDICTS)
        odd = verdict in RANKS
        return MinuteRow(
            at * 1000, series[0], series[1], series[2],  # type: ignore[arg-type]
            count, total, count / total if total else None, verdict,  # type: ignore[arg-type]
            amount=count * rng.choice((0, 1_250, 2**63)),
            expected=expected,
            low=None if expected is None else expected / 2,
            high=None if expected is None else expected * 2,
            z=rng.choice((None, rng.uniform(-5, 5))),
            score=rng.choice((0.0, 50.0, round(rng.uniform(1, 99), 2))) if odd else 0.0,
            rules=rng.sample(RULES, rng.randrange(1, 3)) if odd else [],
            revision=revision,
            version=self.next(),
        )  # fmt: skip

    def say(self, row: MinuteRow, known_ms: int) -> None:
        self.put("minutes", msgspec.json.encode(row), known_ms, twice=known_ms >= 0)
        self.said.append(minute_fact(row, max(known_ms, 0)))

    # --- incidents ---

    def incidents(self) -> None:
        for n in range(40):
            begin, many = self.rng.choice(STRETCHES)
            since = begin - begin % 60 + 60 * self.rng.randrange(many)
            scope, dimension = self.rng.choice(SCOPES[:3]), self.rng.choice(tuple(SERIES))
            first = alert(
                incident_id=f"i{n:02}", scope=scope, dimension=dimension, key=self.rng.choice(SERIES[dimension]),
                since=instant(since), inhibited_by=self.rng.choice(("", "", "i00")), runbook="docs/x.md",
                attribution=[],
            )  # fmt: skip
            self.history(first, since)
        drill = alert(
            incident_id="drill", since=instant(MIDNIGHT), last_seen=instant(MIDNIGHT), state="firing", version=9
        )
        self.put("alerts", alert_record(drill, "payments")[1], 1000 * MIDNIGHT)

    def history(self, first: Alert, since: int) -> None:
        rng = self.rng
        at, seen, known = since + 60 * rng.randrange(4), since, {}
        for revision in range(1, rng.randrange(2, 8)):
            state = "firing" if revision == 1 else rng.choice(STATES)
            if state == "acknowledged":
                known = {
                    "acknowledged_by": rng.choice(("ann", "bob")),
                    "acknowledged_at": instant(at + rng.randrange(300)),
                    "acknowledged_until": rng.choice((None, instant(at + 3600))),
                }
            elif rng.random() < 0.2:
                known = {}
            loss = {"transactions": float(rng.randrange(900)), "amount": float(rng.randrange(10**6))}
            net = (
                {"net_transactions": loss["transactions"] - 5, "net_amount": loss["amount"] / 3}
                if rng.random() < 0.5
                else {}
            )
            seen = max(seen, at - 60 * rng.randrange(3))
            said = first.model_copy(
                update={
                    "state": state, "severity": rng.choice(RANKS), "revision": revision, "version": self.next(),
                    # What is taken back is said of the minute that opened it.
                    "timestamp": first.since if state == "withdrawn" else instant(at), "last_seen": instant(seen),
                    "observed": rng.randrange(90), "expected": rng.choice((None, 11.25)),
                    "score": round(rng.uniform(1, 99), 1),
                    "rules": rng.sample(RULES, rng.randrange(1, 3)), "summary": f"{first.key} {revision}",
                    "estimated_loss": rng.choice(({}, {**loss, **net})), **known,
                }
            )  # fmt: skip
            known_ms = -1 if rng.random() < 0.05 else 1000 * (at + 65)
            self.put("alerts", alert_record(said)[1], known_ms, twice=known_ms >= 0)
            self.words.append(word(said, max(known_ms, 0)))
            at += 60 * rng.choice((0, 1, 7, 45, 200))

    # --- people ---

    def people(self) -> None:
        for n in range(60):
            kind = self.rng.choice(("acknowledge", "assign", "comment", "feedback", "feedback", "resolve"))
            action = Action(
                action_id=f"d{n:02}", incident_id=f"i{self.rng.randrange(44):02}", action=kind, by="ann",
                at=instant(MIDNIGHT - 7200 + self.rng.randrange(20_000)) + timedelta(milliseconds=n),
                source=self.rng.choice(("http 10.0.0.3 key:ops", "command bastion", "slack T1/U2")),
                verdict=self.rng.choice(("true_positive", "false_positive", "missed")) if kind == "feedback" else None,
                note=self.rng.choice(("", f"n{n}")), scope="all", severity="warning",
                assignee="bob" if kind == "assign" else "",
                until=instant(MIDNIGHT + 3600) if kind in ("acknowledge", "assign") else None,
            )  # fmt: skip
            self.put("commands", action_record(action)[1], int(action.at.timestamp() * 1000) + 20)
            self.deeds.append(deed(action))
        for n in range(150):
            owed_ms = 1000 * (MIDNIGHT - 7200 + self.rng.randrange(20_000))
            receipt = DeliveryReceipt(
                notification=f"n{n // 3}", number=1 + n % 2, channel=self.rng.choice(("chat", "pager", "mail")),
                team=self.rng.choice(("payments", "platform")), route="all",
                kind=self.rng.choice(("open", "open", "rise", "resolved", "repeat")),
                what=self.rng.choice(("delivered", "delivered", "refused", "overdue")),
                incidents=[f"i{self.rng.randrange(44):02}"], severity="critical", owed_ms=owed_ms,
                at_ms=owed_ms + self.rng.randrange(400_000), event_ms=owed_ms - self.rng.randrange(90_000), took_ms=n,
                detail="", drill=self.rng.random() < 0.3,
            )  # fmt: skip
            self.put("receipts", receipt_bytes(receipt), receipt.at_ms)
            self.receipts.append(receipt)
        for n in range(30):
            letter = DeadLetter(
                topic="transactions",
                partition=0,
                offset=n,
                reason=self.rng.choice(("json", "missing")),
                field=self.rng.choice(("", "timestamp")),
                sink=self.rng.choice(("", "clickhouse")),
            )
            at_ms = 1000 * MIDNIGHT + self.rng.randrange(10**7)
            self.put("transactions.dlq", b"{" * n, at_ms, letter.headers(), twice=False)
            self.letters.append(Letter(letter.reason, letter.field, letter.sink, n, at_ms))


def oddities(seed: int) -> Oddities:
    """A bad day; another one for each seed."""
    made = Oddities(random.Random(seed))
    made.minutes()
    made.incidents()
    made.people()
    made.rng.shuffle(made.records)
    return made
