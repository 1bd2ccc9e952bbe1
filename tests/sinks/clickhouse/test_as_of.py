"""What the store says of an instant is what had been published by then."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from sinks.protocol import Record
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import AT, AT_MS, alert_at, minute_at


def instant(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}.{ms % 1000:03}"


def as_of(store: OnStore, at_ms: int) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = store.rows(
        "SELECT toUnixTimestamp(minute), key, count, share, verdict, revision, version "
        f"FROM DB.minutes_as_of(known = '{instant(at_ms)}')"
    )
    return {row[:2]: row[2:] for row in rows}


def published(records: list[Record], at_ms: int) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The same from the records: of each minute the highest version among those that were written by then."""
    import msgspec

    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in records:
        said = msgspec.json.decode(record.value or b"")
        key = (said["minute"] // 1000, said["key"])
        if record.timestamp_ms <= at_ms and (key not in latest or said["version"] > latest[key]["version"]):
            latest[key] = said
    columns = ("count", "share", "verdict", "revision", "version")
    return {key: tuple(said[name] for name in columns) for key, said in latest.items()}


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_as_of_answers_are_what_was_published_at_that_time(store: OnStore, seed: int) -> None:
    rng = random.Random(seed)
    records = []
    for minute in range(40):
        for key in ("denied", "failed"):
            at_ms = AT_MS + 60_000 * (minute + 1) + rng.randrange(5_000)
            for revision in range(1, rng.randrange(2, 5)):
                shared = {
                    "key": key,
                    "count": rng.randrange(50),
                    "share": rng.choice([None, 0.25]),
                    "verdict": rng.choice(["normal", "critical"]),
                    "revision": revision,
                    "version": 1_752_000_000_000_000 + 10 * minute + revision,
                }
                records.append(minute_at(minute, known_ms=at_ms, **shared))
                if rng.random() < 0.3:  # The judge died and said it again.
                    records.append(minute_at(minute, known_ms=at_ms + 45_000, **shared))
                at_ms += rng.randrange(600_000)
    written = list(records)
    rng.shuffle(written)
    for at in range(0, len(written), 60):
        store.write(*written[at : at + 60])
    store.client.command(f"OPTIMIZE TABLE {store.database}.minute_revisions FINAL")
    moments = [AT_MS, *(AT_MS + rng.randrange(4_000_000) for _ in range(8)), AT_MS + 10**10]
    for moment in [*moments, *(rng.choice(records).timestamp_ms - edge for edge in (0, 1) for _ in range(3))]:
        assert as_of(store, moment) == published(records, moment)
    latest = store.rows("SELECT toUnixTimestamp(minute), key, count, share, verdict, revision, version FROM DB.minutes")
    assert {row[:2]: row[2:] for row in latest} == as_of(store, AT_MS + 10**10)


def test_what_was_stored_before_times_were_kept_is_known_since_ever(store: OnStore) -> None:
    store.write(minute_at(0))
    assert len(as_of(store, 0)) == 1


def test_an_incident_is_as_it_was_last_said_to_be(store: OnStore) -> None:
    store.write(
        alert_at(0, known_ms=AT_MS + 60_000, incident_id="i", severity="warning", revision=1, version=1),
        alert_at(1, known_ms=AT_MS + 120_000, incident_id="i", state="updated", revision=2, version=2),
        alert_at(2, known_ms=AT_MS + 300_000, incident_id="i", state="resolved", revision=3, version=3),
    )
    said = [
        store.rows(f"SELECT state, severity FROM DB.incidents_as_of(known = '{instant(AT_MS + after)}')")
        for after in (0, 60_000, 119_999, 120_000, 300_000)
    ]
    assert said == [
        [],
        [("firing", "warning")],
        [("firing", "warning")],
        [("updated", "critical")],
        [("resolved", "critical")],
    ]


def test_an_incident_is_one_row_with_its_instants_its_peak_and_its_loss(store: OnStore) -> None:
    loss = {"transactions": 30.0, "amount": 900.0}
    acknowledged = {"acknowledged_by": "ann", "acknowledged_at": datetime.fromtimestamp(AT_MS / 1000 + 185, UTC)}
    minute = lambda n: datetime.fromtimestamp(AT_MS / 1000 + 60 * n, UTC)  # noqa: E731
    store.write(
        alert_at(0, known_ms=AT_MS + 125_000, incident_id="i", timestamp=minute(1), last_seen=minute(1), observed=9,
                 score=60.0, severity="warning", version=1),
        alert_at(1, known_ms=AT_MS + 190_000, incident_id="i", state="acknowledged", timestamp=minute(2), observed=40,
                 last_seen=minute(2), score=90.0, version=2, revision=2, **acknowledged),
        alert_at(2, known_ms=AT_MS + 700_000, incident_id="i", state="resolved", timestamp=minute(10), observed=3,
                 last_seen=minute(7), score=70.0, severity="warning", version=3, revision=3,
                 estimated_loss={**loss, "net_transactions": 20.0, "net_amount": 600.0}, **acknowledged),
        alert_at(3, known_ms=AT_MS, incident_id="open", version=4, estimated_loss=loss),
    )  # fmt: skip
    columns = (
        "state, peak_severity, peak_score, peak_observed, toUnixTimestamp(opened_at), seconds_to_open, "
        "seconds_to_acknowledge, seconds_to_resolve, seconds_of_evidence, loss_transactions, net_loss_transactions, "
        "loss_amount, net_loss_amount, statements, acknowledged_by"
    )
    at = AT_MS // 1000
    assert store.rows(f"SELECT {columns} FROM DB.incidents ORDER BY incident_id") == [
        ("resolved", "critical", 90.0, 40, at + 120, 120, 60, 660, 480, 30.0, 20.0, 900.0, 600.0, 3, "ann"),
        ("firing", "critical", 72.5, 5, at + 60, 60, None, None, 60, 30.0, 30.0, 900.0, 900.0, 1, None),
    ]
    assert store.rows("SELECT event, actor FROM DB.incident_events WHERE incident_id = 'i' ORDER BY revision") == [
        ("firing", ""),
        ("acknowledged", "ann"),
        ("resolved", "ann"),
    ]
    assert AT.tzinfo is UTC


def test_who_was_on_an_incident_and_left_it_was_on_it_all_the_same(store: OnStore) -> None:
    on_it = {"acknowledged_by": "ann", "acknowledged_at": datetime.fromtimestamp(AT_MS / 1000 + 185, UTC)}
    later = {"acknowledged_by": "bob", "acknowledged_at": datetime.fromtimestamp(AT_MS / 1000 + 400, UTC)}
    words: list[dict[str, Any]] = [{}, {"state": "acknowledged", **on_it}, {}, {"state": "acknowledged", **later}, {}]
    for revision, more in enumerate(words, 1):
        store.write(
            alert_at(revision, known_ms=AT_MS + 125_000, incident_id="i", version=revision, revision=revision, **more)
        )
        if revision >= 2:
            columns = "seconds_to_acknowledge, acknowledged_by"
            assert store.rows(f"SELECT {columns} FROM DB.incidents") == [(60, more.get("acknowledged_by"))]
