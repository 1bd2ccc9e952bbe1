"""A day of live state in the changelogs, made at speed."""

import time
from typing import Any, Final

from processors.domain.window import TimePolicy
from processors.rules.load import load
from tests.bench.live.backlog import Backlog, publish
from tests.bench.live.bench import Bench
from tests.bench.live.day import live_day
from tests.bench.live.errand import ErrandProcess
from tests.bench.live.site import PARTITIONS, Site
from tests.bench.live.stored import store
from tests.bench.live.traffic import MINUTE_MS, SERIES, CountedRows

PUBLISH_S: Final = 300.0
ROWS_A_SECOND: Final = 20_000
"""What a busy machine publishes at least; see `_bridge`."""


def make_day(bench: Bench, site: Site, scopes: int) -> dict[str, Any]:
    """Store a day of state that ends now, and bridge the time that this takes; returns when a minute begins.

    What it came to, for the result file.
    """
    end_minute = int(time.time() * 1000) // MINUTE_MS
    began = time.monotonic()
    day = live_day(end_minute, scopes, load(), policy=TimePolicy(), now_ms=end_minute * MINUTE_MS + MINUTE_MS)
    judged_s = time.monotonic() - began
    stored = store(site, day)
    figures = {
        "minutes judged until": end_minute,
        "judging_s": round(judged_s, 1),
        "storing_s": round(time.monotonic() - began - judged_s, 1),
        "mb": round(stored / 1e6, 1),
        "kib_a_series": round(stored / 1024 / scopes / SERIES, 2),
    }
    bench.say(f"  {stored / 1e6:,.0f} MB of state were made in {time.monotonic() - began:.0f} s")
    _bridge(site, end_minute, scopes)
    return figures


def _bridge(site: Site, end_minute: int, scopes: int) -> None:
    """Publish the whole minutes since the end of the day, as counts, and wait until the next one begins.

    Without them every scope would have been silent, and each would be told of.
    """
    now_s = time.time()
    minutes = int(now_s // 60) - end_minute + 1
    publishing_s = 5 + (minutes + 1) * scopes * SERIES / ROWS_A_SECOND
    minutes += (now_s % 60 + publishing_s) > 60
    rows = CountedRows(end_minute * MINUTE_MS, minutes, scopes)
    backlog = Backlog(site.address, site.topics.transactions, PARTITIONS, rows)
    with ErrandProcess[Backlog, int](publish, backlog) as publisher:
        publisher.result(PUBLISH_S)
    time.sleep(max(rows.end_ms / 1000 - time.time(), 0))
