"""Fills a store with days of minutes, asks every panel, writes: `make bench-store ARGS="--days 90 --series 100"`.

Prints for each panel and range the median and the 95th percentile, warm, and the CPU time of the store, which others on
the machine disturb less; the store's greatest memory; and what the sink writes a second, beside a bare insert of the
same blocks. Exits with 1 when one of the bounds is broken.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import clickhouse_connect
import psutil

from floodmark.local.store.locate import endpoint
from sinks.clickhouse.connection import Connection
from tests.bench.store.asking import Asked, panels, questions
from tests.bench.store.filling import fill, settle
from tests.bench.store.writing import paces
from tests.sinks.conftest import StoreProcess

MAX_S: Final = 1.0
"""Seconds that the 95th percentile of each panel may take, warm, on two cores."""
MAX_MB: Final = 4096
LEAST_ROWS: Final = 50_000
"""Rows a second that the sink writes at least."""


def main() -> int:
    """Fill, ask, write, print."""
    given = options_of()
    folder = given.data_dir or Path(tempfile.mkdtemp(prefix="bench-store-"))
    folder.mkdir(parents=True, exist_ok=True)
    process = StoreProcess(folder)
    process.start()
    try:
        return measure(process, given)
    finally:
        process.stop()
        if given.data_dir is None:
            shutil.rmtree(folder)


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="make bench-store")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=20, help="how often each panel is asked, warm")
    parser.add_argument("--batches", type=int, default=10, help="batches that the sink writes")
    parser.add_argument("--data-dir", type=Path, help="keep the store there, and fill it only once")
    parser.add_argument("--only", choices=("panels", "sink"), help="a part of it")
    return parser.parse_args(arguments)


def measure(process: StoreProcess, given: argparse.Namespace) -> int:
    """Fill, ask and write on a store that runs; 1 when one of the bounds is broken, else 0."""
    dsn = process.dsn("floodmark")
    connection = Connection(lambda: dsn)
    connection.migrate()
    connection.close()
    client = clickhouse_connect.get_client(dsn=dsn, autogenerate_session_id=False)
    there = endpoint(process.data_dir)
    assert there is not None
    store = psutil.Process(there.pid)
    broken = []
    if given.only != "sink":
        _fill(client, given)
        broken += [each for each in _ask(client, store, given) if each.p95 > MAX_S]
    slow = False
    if given.only != "panels":
        ours, bare = paces(client, dsn, store, given.batches)
        print(f"sink:        {ours.line}; load {_load()}")
        print(f"bare insert: {bare.line}; ours is {ours.per_second / bare.per_second:.2f} of its pace")
        slow = ours.per_second < LEAST_ROWS
    client.close()
    most = _most_mb(there.pid)
    print(f"the store had {most:,} MB at most (bound: {MAX_MB:,}); {len(broken)} panels over {MAX_S:.0f} s (p95)")
    return int(bool(broken) or slow or most > MAX_MB)


def _fill(client: Any, given: argparse.Namespace) -> None:
    there = client.query("SELECT count() FROM floodmark.minute_versions").first_row[0]
    started = time.perf_counter()
    if there == 0:
        there = fill(client, given.days, given.series)
        settle(client)
    print(f"{there:,} minute rows, filled in {time.perf_counter() - started:.0f} s")


def _ask(client: Any, store: psutil.Process, given: argparse.Namespace) -> list[Asked]:
    print(" range  median     p95     CPU  of a panel, ms")
    asked = list(panels(client, store, given.days, given.rounds))
    for each in sorted(asked, key=lambda each: -each.p95):
        print(each.line)
    print(" range  median     p95     CPU  of a question of the library, ms")
    for each in questions(client, store, given.days, 2):
        print(each.line)
    worst = max(asked, key=lambda each: each.p95)
    print(f"{len(asked)} panels and ranges; the slowest has a p95 of {worst.p95 * 1000:.0f} ms; load {_load()}")
    return asked


def _load() -> str:
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def _most_mb(pid: int) -> int:
    """The greatest resident memory of a process so far, in MB, as Linux notes it."""
    (line,) = (each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) >> 10


if __name__ == "__main__":
    raise SystemExit(main())
