"""Hours and days are what their minutes come to, whatever is repeated, revised or overtaken."""

import random
from collections import defaultdict
from typing import Any

import pytest

from sinks.clickhouse.migrations import migrations
from sinks.clickhouse.roll_up import HOURS, MAX_SCOPES, TouchedHours, touched
from sinks.clickhouse.rows import MinuteRow
from sinks.protocol import Record
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import AT_MS, minute_at

SERIES = "scope, dimension, key"
FACTS = "minutes, count, total, amount, expected, least, most, toUnixTimestamp(most_at), score, critical, revised"


def recount(records: list[Record], seconds: int) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The roll-up of `records`, in plain Python: of each minute the highest version, then a sum for each stretch."""
    import msgspec

    latest: dict[tuple[Any, ...], MinuteRow] = {}
    for record in records:
        row = msgspec.json.decode(record.value or b"", type=MinuteRow)
        key = (row.scope, row.dimension, row.key, row.minute)
        if key not in latest or row.version > latest[key].version:
            latest[key] = row
    parts = defaultdict(list)
    for row in latest.values():
        parts[(row.minute // 1000 // seconds * seconds, row.scope, row.dimension, row.key)].append(row)
    return {key: facts(sorted(rows, key=lambda row: row.minute)) for key, rows in parts.items()}


def facts(rows: list[MinuteRow]) -> tuple[Any, ...]:
    most = max(row.count for row in rows)
    return (
        len(rows),
        sum(row.count for row in rows),
        sum(row.total for row in rows),
        sum(row.amount for row in rows),
        pytest.approx(sum(row.expected or 0 for row in rows)),
        min(row.count for row in rows),
        most,
        next(row.minute // 1000 for row in rows if row.count == most),
        max(row.score for row in rows),
        sum(row.verdict == "critical" for row in rows),
        sum(row.revision > 1 for row in rows),
    )


def stored(store: OnStore, view: str, start: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = store.rows(f"SELECT toUnixTimestamp(toDateTime({start}, 'UTC')), {SERIES}, {FACTS} FROM DB.{view}")
    return {row[:4]: row[4:] for row in rows}


def feed(seed: int, minutes: int = 130) -> list[Record]:
    """Two scopes, two keys, some minutes missing, some revised (twice), in an order of its own."""
    rng = random.Random(seed)
    found = []
    for minute in range(minutes):
        for scope in ("a", "it's"):
            for key in ("denied", "failed"):
                for revision in range(1, rng.choice([1, 2, 2, 2, 3, 4])):
                    found.append(
                        minute_at(
                            minute,
                            scope=scope,
                            key=key,
                            count=rng.randrange(50),
                            total=100,
                            amount=rng.randrange(10_000),
                            expected=rng.choice([None, 20.5]),
                            score=float(rng.randrange(100)),
                            verdict=rng.choice(["normal", "critical", "warning"]),
                            revision=revision,
                            version=1_752_000_000_000_000 + 10 * minute + revision,
                        )
                    )
    rng.shuffle(found)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_a_roll_up_is_what_its_minutes_come_to_at_every_moment(store: OnStore, seed: int) -> None:
    """Merges run whenever they like, and are stopped and forced here; after each batch the hours are right."""
    records = feed(seed)
    rng = random.Random(seed)
    at = 0
    while at < len(records):
        step = rng.randrange(1, 120)
        again = max(0, at - rng.randrange(3) * 20)
        store.write(*records[again : at + step])
        at += step
        assert stored(store, "hours", "hour") == recount(records[:at], 3600)
        if rng.random() < 0.3:
            table = rng.choice(["minute_versions", "minute_revisions", "hour_versions"])
            store.client.command(f"OPTIMIZE TABLE {store.database}.{table} FINAL")
            assert stored(store, "hours", "hour") == recount(records[:at], 3600)
    assert stored(store, "days", "toDateTime(day)") == recount(records, 86_400)


def test_an_hour_that_was_added_up_too_early_does_not_win(store: OnStore) -> None:
    """Two sinks write one hour: the slower one has seen less, and comes last."""
    early = minute_at(0, count=1, version=5)
    store.write(early)
    less = store.rows("SELECT * FROM DB.hour_versions FINAL")[0]
    store.write(minute_at(1, count=2, version=6))
    names = [row[0] for row in store.rows("DESCRIBE TABLE DB.hour_versions")]
    store.client.insert("hour_versions", [less], column_names=names, database=store.database)
    assert store.rows("SELECT minutes, count FROM DB.hours") == [(2, 3)]


def test_minutes_that_are_kept_no_longer_leave_their_hours_as_they_were(store: OnStore) -> None:
    store.write(*(minute_at(m, count=10, version=1_752_000_000_000_000 + m) for m in range(20)))
    store.client.command(f"TRUNCATE TABLE {store.database}.minute_revisions")
    store.write(minute_at(3, count=0, version=1_752_000_000_000_100, revision=2))
    assert store.rows("SELECT sum(minutes), sum(count) FROM DB.hours") == [(20, 200)]


def test_parts_name_each_hour_of_each_scope_and_are_bounded() -> None:
    rows = [
        MinuteRow(AT_MS + hour * 3_600_000, f"s{scope}", "status", "denied", 1, 1, 1.0, "normal")
        for hour in range(250)
        for scope in (hour % 7, 450 + hour)
    ]
    parts = list(touched(rows))
    covered = {(hour, scope) for part in parts for hour in part.hours for scope in part.scopes}
    assert {(row.minute // 3_600_000 * 3600, row.scope) for row in rows} <= covered
    assert all(len(part.scopes) <= MAX_SCOPES and len(part.hours) <= 200 for part in parts)
    assert list(touched([])) == []


def test_a_scope_is_a_value_and_never_text_of_the_statement(store: OnStore) -> None:
    odd = "x'] OR 1=1 --\\"
    store.write(minute_at(0, scope=odd, count=3), minute_at(0, scope="b", count=4))
    store.connection.roll_up(TouchedHours((AT_MS // 3_600_000 * 3600,), (odd,)))
    assert store.rows("SELECT scope, count FROM DB.hours ORDER BY count") == [(odd, 3), ("b", 4)]


def test_the_migration_fills_hours_with_the_same_statement() -> None:
    (step,) = (step for step in migrations() if step.name == "hours")
    (filling,) = (statement for statement in step.statements if statement.startswith("INSERT"))
    where = "toYYYYMMDD(minute) = {day of minute_revisions}"
    ours = HOURS.replace(
        "toStartOfHour(minute) IN {hours:Array(DateTime('UTC'))} AND scope IN {scopes:Array(String)}", where
    )
    assert filling.split() == f"INSERT INTO {{database}}.hour_versions {ours}".split()
