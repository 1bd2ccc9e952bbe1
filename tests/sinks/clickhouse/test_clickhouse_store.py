"""What the destination ClickHouse stores, and what the views show of it."""

import json
import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.action import Action
from schemas.codec import action_record
from schemas.dead_letter import DeadLetter
from sinks.clickhouse.rows import receipt_row
from sinks.clickhouse.tables import ALERTS, DEAD, LATE, MINUTES, RECEIPTS, TRANSACTIONS, Table
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from sinks.protocol import Partition, Record, UnreadableRecord
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import AT, AT_MS, alert_at, minute_at

MINUTE_COLUMNS = "minute scope dimension key count total share expected low high mean std z score verdict revision"
ALERT_COLUMNS = (
    "incident_id state severity scope dimension key since last_seen observed expected z share rules score revision"
)


def test_the_view_minutes_has_the_public_columns_first(store: OnStore) -> None:
    store.connection.migrate()
    found = [row[0] for row in store.rows("DESCRIBE TABLE DB.minutes")]
    assert " ".join(found).startswith(MINUTE_COLUMNS + " ")


def test_the_view_alerts_has_the_public_columns_first(store: OnStore) -> None:
    store.connection.migrate()
    found = [row[0] for row in store.rows("DESCRIBE TABLE DB.alerts")]
    assert " ".join(found).startswith(ALERT_COLUMNS + " ")


def test_instants_are_datetimes_in_utc(store: OnStore) -> None:
    store.connection.migrate()
    types = {
        (view, row[0]): row[1] for view in ("minutes", "alerts") for row in store.rows(f"DESCRIBE TABLE DB.{view}")
    }
    for name in (("minutes", "minute"), ("alerts", "since"), ("alerts", "last_seen")):
        assert types[name] == "DateTime('UTC')"


@pytest.mark.parametrize("table", [MINUTES, ALERTS, LATE, DEAD, RECEIPTS, TRANSACTIONS], ids=lambda table: table.name)
def test_the_columns_that_are_written_are_those_of_the_table(store: OnStore, table: Table[Any]) -> None:
    store.connection.migrate()
    found = [(row[0], row[1]) for row in store.rows(f"DESCRIBE TABLE DB.{table.name}")]
    assert found == list(zip(table.names, table.types, strict=True))


def test_a_minute_is_stored_as_it_is(store: OnStore) -> None:
    store.write(minute_at(0))
    row = store.rows(f"SELECT {MINUTE_COLUMNS.replace(' ', ', ')}, terms, rules, offsets, version FROM DB.minutes")
    assert row == [
        (
            AT.replace(tzinfo=None),
            "all",
            "status",
            "reversed",
            5,
            118,
            5 / 118,
            1.1667,
            0.0,
            4.7,
            1.1667,
            1.1769,
            3.2572,
            72.5,
            "critical",
            1,
            {"zscore": 72.5},
            ["zscore"],
            {"0": 12, "1": 9},
            7,
        )
    ]


def test_what_is_not_known_is_null(store: OnStore) -> None:
    store.write(minute_at(0, share=None, expected=None, low=None, high=None, mean=None, std=None, z=None))
    assert store.rows("SELECT share, expected, low, high, mean, std, z FROM DB.minutes") == [(None,) * 7]


def test_an_alert_is_stored_as_it_is(store: OnStore) -> None:
    store.write(alert_at(1, attribution=[{"key": "merchant", "share": 0.5}], estimated_loss={"BRL": 12.5}))
    assert store.rows(f"SELECT {ALERT_COLUMNS.replace(' ', ', ')}, attribution, estimated_loss FROM DB.alerts") == [
        (
            "incident-1",
            "firing",
            "critical",
            "all",
            "status",
            "reversed",
            AT.replace(tzinfo=None),
            AT.replace(tzinfo=None),
            5,
            1.1667,
            3.2572,
            0.0422,
            ["zscore"],
            72.5,
            1,
            '[{"key":"merchant","share":0.5}]',
            {"BRL": 12.5},
        )
    ]


def test_who_is_on_an_incident_is_stored_and_null_while_nobody_is(store: OnStore) -> None:
    columns = "state, acknowledged_by, acknowledged_at, acknowledged_severity, acknowledged_note, acknowledged_until"
    store.write(alert_at(1))
    assert store.rows(f"SELECT {columns} FROM DB.alerts") == [("firing", None, None, None, "", None)]
    store.write(
        alert_at(
            1,
            state="acknowledged",
            revision=2,
            acknowledged_by="ann",
            acknowledged_at=AT,
            acknowledged_severity="warning",
            acknowledged_note="with the acquirer",
            acknowledged_until=AT + timedelta(hours=4),
        )
    )
    until = (AT + timedelta(hours=4)).replace(tzinfo=None)
    assert store.rows(f"SELECT {columns} FROM DB.alerts") == [
        ("acknowledged", "ann", AT.replace(tzinfo=None), "warning", "with the acquirer", until)
    ]
    assert store.rows("SELECT acknowledged_by, acknowledged_until FROM DB.incidents") == [("ann", until)]
    assert store.rows("SELECT event, acknowledged_until FROM DB.incident_events ORDER BY revision") == [
        ("firing", None),
        ("acknowledged", until),
    ]
    now = "SELECT acknowledged_by, acknowledged_until FROM DB.incidents_as_of(known = '2106-01-01 00:00:00')"
    assert store.rows(now) == [("ann", until)]


def test_a_batch_written_again_changes_nothing(store: OnStore) -> None:
    records = [*(minute_at(n) for n in range(50)), *(alert_at(n) for n in range(5))]
    for _ in range(3):
        assert store.write(*records) == 55
    assert store.rows("SELECT count(), sum(count) FROM DB.minutes") == [(50, 250)]
    assert store.rows("SELECT count() FROM DB.alerts") == [(5,)]


def test_the_highest_version_of_a_minute_is_shown_whatever_the_order(store: OnStore) -> None:
    order = [3, 1, 4, 1, 5, 9, 2, 6]
    random.Random(1).shuffle(order)
    for version in order:
        store.write(minute_at(0, version=version, count=version * 10, revision=version))
    store.write(minute_at(0, version=2**63 + 5, count=77), minute_at(0, version=8, count=80))
    assert store.rows("SELECT count, version FROM DB.minutes") == [(77, 2**63 + 5)]


def test_of_one_version_of_an_alert_the_highest_revision_is_shown_whatever_the_order(store: OnStore) -> None:
    steps = [(5, 3, "updated"), (5, 4, "resolved"), (5, 2, "updated"), (4, 9, "firing"), (5, 1, "firing")]
    for version, revision, state in steps:
        store.write(alert_at(1, version=version, revision=revision, state=state))
    assert store.rows("SELECT state, version, revision FROM DB.alerts") == [("resolved", 5, 4)]


def test_the_view_stays_right_after_the_store_has_merged(store: OnStore) -> None:
    for version in (2, 3, 1):
        store.write(minute_at(0, version=version, count=version))
    store.client.command(f"OPTIMIZE TABLE {store.database}.minute_versions FINAL")
    store.write(minute_at(0, version=2, count=2))
    assert store.rows("SELECT count FROM DB.minutes") == [(3,)]


def test_minutes_of_many_months_fit_in_one_batch(store: OnStore) -> None:
    store.write(*(minute_at(n, minute=n * 86_400_000 * 31) for n in range(110)))
    assert store.rows("SELECT count() FROM DB.minutes") == [(110,)]


def test_late_records_are_stored_once_with_their_reason(store: OnStore) -> None:
    letter = DeadLetter(topic="transactions", partition=3, offset=41, reason="late", detail="20 min")
    value = b'{"timestamp":1752343620000,"status":"denied","count":3}'
    record = Record(Partition("transactions.late", 0), 0, letter.key, value, letter.headers())
    store.write(record)
    store.write(record)
    assert store.rows("SELECT toUnixTimestamp64Milli(timestamp), status, auth_code, count, reason FROM DB.late") == [
        (AT_MS, "denied", None, 3, "late")
    ]


def test_what_people_did_is_stored_once_beside_what_the_judge_said(store: OnStore) -> None:
    done = Action(
        action_id="a1",
        incident_id="i1",
        action="feedback",
        by="ann",
        at=AT,
        source="http 10.0.0.3",
        note="a test",
        verdict="false_positive",
        scope="all",
        severity="warning",
        revision=2,
    )
    key, value = action_record(done)
    record = Record(Partition("commands", 0), 0, key, value, ())
    store.write(record)
    store.write(record)
    columns = "incident_id, source, event, toUnixTimestamp(at), actor, note, summary, scope, severity, revision"
    assert store.rows(f"SELECT {columns} FROM DB.incident_events WHERE incident_id = 'i1'") == [
        ("i1", "http 10.0.0.3", "feedback", AT_MS // 1000, "ann", "a test", "false_positive", "all", "warning", 2)
    ]
    columns = "id, toUnixTimestamp64Milli(at), actor, via, address, login, action, target, detail, opinion, revision"
    audited = ("a1", AT_MS, "ann", "http", "10.0.0.3", "", "feedback", "i1", "a test", "false_positive", 2)
    assert store.rows(f"SELECT {columns} FROM DB.audit") == [audited]


def test_whom_somebody_has_put_on_an_incident_and_until_when_is_stored(store: OnStore) -> None:
    ends = AT + timedelta(hours=1)
    given = Action(action_id="a1", incident_id="i1", action="assign", by="ann", at=AT, assignee="bob", until=ends)
    taken = Action(action_id="a2", incident_id="i1", action="acknowledge", by="eve", at=AT + timedelta(seconds=1))
    store.write(*(Record(Partition("commands", 0), 0, None, action_record(each)[1]) for each in (given, taken)))
    wanted = [("ann", "bob", ends.replace(tzinfo=None)), ("eve", "", None)]
    assert store.rows("SELECT actor, assignee, acknowledged_until FROM DB.incident_events ORDER BY at") == wanted
    assert store.rows("SELECT actor, assignee, until FROM DB.audit ORDER BY at") == wanted


def test_an_action_that_is_sent_again_is_in_the_audit_once_as_it_was_first(store: OnStore) -> None:
    """A retry over HTTP keeps the id and has an instant of its own; a crash brings the first one again."""
    first = Action(action_id="a1", incident_id="i1", action="comment", by="ann", at=AT, note="one")
    again = first.model_copy(update={"at": AT + timedelta(seconds=7), "note": "two"})
    other = first.model_copy(update={"action_id": "a2", "note": "beside it"})
    for said_ms, action in ((AT_MS + 9000, again), (AT_MS, first), (AT_MS, first), (AT_MS, other)):
        store.write(Record(Partition("commands", 0), 0, None, action_record(action)[1], timestamp_ms=said_ms))
    wanted = [("a1", "one", AT_MS), ("a2", "beside it", AT_MS)]
    asked = "SELECT id, detail, toUnixTimestamp64Milli(at) FROM DB.audit ORDER BY id"
    assert store.rows(asked) == wanted
    store.client.command(f"OPTIMIZE TABLE {store.database}.audit_records FINAL")
    assert store.rows(asked) == wanted


TAKEN = DeliveryReceipt(
    notification="n1",
    number=3,
    channel="pager",
    team="payments",
    route="all",
    kind="open",
    what="delivered",
    incidents=["i1", "i2"],
    severity="critical",
    owed_ms=AT_MS + 65_000,
    at_ms=AT_MS + 67_250,
    event_ms=AT_MS,
    took_ms=250,
    detail="202\x1b[31m accepted",
)


def receipt_at(offset: int, receipt: DeliveryReceipt = TAKEN, **changes: Any) -> Record:
    value = receipt_bytes(msgspec.structs.replace(receipt, **changes))
    return Record(Partition("receipts", 0), offset, b"n1", value, timestamp_ms=AT_MS + 68_000)


def test_a_receipt_is_stored_as_it_is_once_and_says_how_long_the_page_took(store: OnStore) -> None:
    late = {"what": "overdue", "at_ms": AT_MS + 66_000}
    ended = {"number": 4, "kind": "resolved", "at_ms": AT_MS + 600_000}
    assert store.write(receipt_at(0, **late), receipt_at(1), receipt_at(1), receipt_at(2, **ended)) == 4
    columns = "number, channel, team, route, kind, outcome, incidents, severity, took_ms, detail"
    same = ("pager", "payments", "all")
    assert store.rows(f"SELECT {columns}, seconds_owed, seconds_to_page FROM DB.notifications ORDER BY at") == [
        (3, *same, "open", "overdue", ["i1", "i2"], "critical", 250, "202\\x1b[31m accepted", 1.0, None),
        (3, *same, "open", "delivered", ["i1", "i2"], "critical", 250, "202\\x1b[31m accepted", 2.25, 7.25),
        (4, *same, "resolved", "delivered", ["i1", "i2"], "critical", 250, "202\\x1b[31m accepted", 535.0, None),
    ]
    times = "toUnixTimestamp64Milli(at), toUnixTimestamp64Milli(owed_at), toUnixTimestamp64Milli(event_at)"
    assert (AT_MS + 67_250, AT_MS + 65_000, AT_MS) in store.rows(f"SELECT {times} FROM DB.notifications")


def test_a_receipt_of_a_drill_is_in_a_view_of_its_own(store: OnStore) -> None:
    store.write(receipt_at(0), receipt_at(1, notification="d", drill=True))
    assert store.rows("SELECT notification, seconds_to_page FROM DB.notifications") == [("n1", 7.25)]
    assert store.rows("SELECT notification, seconds_to_page FROM DB.drills") == [("d", 7.25)]


def test_a_receipt_of_a_notifier_of_before_is_of_no_drill(store: OnStore) -> None:
    said = json.loads(receipt_bytes(TAKEN))
    del said["drill"]
    store.write(Record(Partition("receipts", 0), 0, b"n1", json.dumps(said).encode()))
    assert store.rows("SELECT notification FROM DB.notifications") == [("n1",)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"at_ms": 2**32 * 1000}, "at_ms is outside of 1970 to 2106"),
        ({"event_ms": 2**32 * 1000}, "event_ms is outside of 1970 to 2106"),
        ({"event_ms": -1}, r"not a receipt: .*event_ms"),
        ({"number": 2**32}, r"not a receipt: .*number"),
        ({"took_ms": -1}, r"not a receipt: .*took_ms"),
    ],
)
def test_a_receipt_that_has_no_place_in_the_table_is_put_aside(changes: dict[str, int], told: str) -> None:
    with pytest.raises(UnreadableRecord, match=told):
        receipt_row(receipt_at(0, **changes))


def test_what_is_no_receipt_is_put_aside() -> None:
    with pytest.raises(UnreadableRecord, match="not a receipt"):
        receipt_row(Record(Partition("receipts", 0), 0, b"n1", b"{}"))
