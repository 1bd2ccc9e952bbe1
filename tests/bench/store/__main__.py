"""Fills a store with days of minutes and asks every panel: `make bench-store ARGS="--days 90 --series 100"`.

Prints what each panel takes, warm; the 95th percentile of all; the store's memory; and the rows a second that the sink
writes beside it.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import clickhouse_connect
import psutil

from floodmark.local.store.locate import endpoint
from grafana.generate import BOARDS
from schemas.codec import minute_record
from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.migrations import DAY, migrations
from sinks.protocol import Partition, Record
from tests.deploy.grafana_macros import View
from tests.sinks.conftest import StoreProcess
from tests.sinks.sink_kit import minute

START_S = 1_760_572_800
KEYS = ("approved", "denied", "failed", "reversed", "backend_reversed")
CHOSEN = {"scope": "s0", "status": "denied", "code": "51", "objective": "0.9"}
ROUNDS = 5
MAX_S = 1.0
"""Seconds that the 95th percentile may take, warm, on two cores."""
MAX_MB = 4096


def fill(client: Any, days: int, series: int) -> int:
    """Minutes of `series` series, a tenth of them auth codes, day by day; returns how many rows."""
    keys = ", ".join(f"'{key}'" for key in KEYS)
    for day in range(days):
        client.command(
            f"""INSERT INTO floodmark.minute_versions (minute, scope, dimension, key, count, total, share, expected, low, high,
                mean, std, z, score, verdict, revision, amount, version, known_at)
            SELECT toDateTime({START_S + 86_400 * day} + 60 * (number % 1440), 'UTC') AS minute,
                concat('s', toString(intDiv(intDiv(number, 1440), 5))) AS scope,
                if(intDiv(number, 14400) % 10 = 0, 'auth_code', 'status') AS dimension,
                if(dimension = 'status', [{keys}][intDiv(number, 1440) % 5 + 1],
                    ['00', '51', '59', '05', '91'][intDiv(number, 1440) % 5 + 1]) AS key,
                100 + cityHash64(number, {day}) % 20 AS count, 550, count / 550, 110, 90, 130, 110, 10, (count - 110) / 10,
                if(cityHash64(number, {day}) % 500 = 0, 60, 1) AS score, if(score > 50, 'warning', 'normal'), 1, 5000,
                {START_S * 1_000_000 + day * 10_000_000} + number, toDateTime64(minute, 3, 'UTC') + 65
            FROM numbers({1440 * series})"""
        )
    (hours,) = (s for m in migrations() if m.name == "hours" for s in m.statements if s.startswith("INSERT"))
    for day in range(days):
        number = time.strftime("%Y%m%d", time.gmtime(START_S + 86_400 * day))
        client.command(DAY.sub(number, hours.replace("{database}", "floodmark")))
    client.command(
        f"""INSERT INTO floodmark.alert_versions (incident_id, state, severity, scope, dimension, key, since, last_seen,
            timestamp, observed, expected, rules, score, revision, version, rank, summary, attribution)
        SELECT toString(intDiv(number, 5)), if(number % 5 = 4, 'resolved', 'updated'), 'warning',
            concat('s', toString(intDiv(number, 5) % 20)), 'status', 'denied',
            toDateTime({START_S} + 1800 * intDiv(number, 5) , 'UTC'), since + 600, since + 60 * (number % 5 + 1), 30, 11.5,
            ['share_rise'], 60, number % 5 + 1, number, number, 'too many', '[]'
        FROM numbers({days * 48 * 5})"""
    )
    return days * 1440 * series


def panels(client: Any, view: View, named: str) -> list[float]:
    """The warm seconds of each panel in a range, printed."""
    found = []
    for board in BOARDS:
        for panel in board.panels:
            if isinstance(panel.query, str):
                sql = view.expand(panel.query)
                client.query(sql)
                times = []
                for _ in range(ROUNDS):
                    started = time.perf_counter()
                    client.query(sql)
                    times.append(time.perf_counter() - started)
                found += times
                if max(times) > MAX_S / 2:
                    print(
                        f"{named}: {board.name}: {panel.title}: {statistics.median(times):.3f} s, at most {max(times):.3f} s"
                    )
    return found


def rate(process: StoreProcess, rows: int, batch: int = 40_000) -> float:
    """Rows a second that the sink reads and writes, one batch after the other."""
    sink = ClickHouse(Topics(), Connection(lambda: process.dsn("floodmark")))
    first_ms = (START_S + 200 * 86_400) * 1000
    records = []
    for number in range(rows):
        at_ms = first_ms + 60_000 * (number // 100)
        key, value = minute_record(minute(minute=at_ms, scope=f"s{number % 20}", key=KEYS[number % 5], version=number))
        records.append(Record(Partition("minutes", 0), number, key, value, timestamp_ms=at_ms + 65_000))
    started = time.perf_counter()
    for at in range(0, rows, batch):
        entries = [entry for record in records[at : at + batch] if (entry := sink.read(record)) is not None]
        sink.write(entries)
    seconds = time.perf_counter() - started
    sink.close()
    return rows / seconds


def main() -> None:
    """Fill, ask, write, print; exits with 1 when a bound is broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--rows", type=int, default=200_000, help="rows that the sink writes")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-store-"))
    process = StoreProcess(folder)
    process.start()
    try:
        connection = Connection(lambda: process.dsn("floodmark"))
        connection.migrate()
        connection.close()
        client = clickhouse_connect.get_client(dsn=process.dsn("floodmark"), autogenerate_session_id=False)
        there = endpoint(folder)
        assert there is not None
        memory = psutil.Process(there.pid).memory_info
        started = time.perf_counter()
        rows = fill(client, given.days, given.series)
        print(f"{rows:,} minute rows in {time.perf_counter() - started:.0f} s; {memory().rss >> 20:,} MB")
        last = START_S + 86_400 * given.days
        times = panels(client, View(last - 86_400, last, 60, CHOSEN), "a day")
        times += panels(client, View(START_S, last, 3600 * max(1, given.days // 30), CHOSEN), f"{given.days} days")
        p95 = statistics.quantiles(times, n=20)[-1]
        print(
            f"panels, warm: median {statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, at most {max(times):.2f} s"
        )
        print(f"sink: {rate(process, given.rows):,.0f} rows/s; the store has {memory().rss >> 20:,} MB")
        client.close()
        raise SystemExit(p95 > MAX_S or memory().rss >> 20 > MAX_MB)
    finally:
        process.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
