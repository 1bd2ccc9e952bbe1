"""How soon a worker that was killed judges again when there is a day of live state."""

import time
from typing import Final

from processors.domain.window import TimePolicy
from processors.rules.load import load
from tests.bench.live.aside import Aside
from tests.bench.live.backlog import Backlog, publish
from tests.bench.live.bench import Bench
from tests.bench.live.changelogs import size
from tests.bench.live.checks import Check, Part
from tests.bench.live.day import live_day
from tests.bench.live.flowing import flowing
from tests.bench.live.recovery import recovery
from tests.bench.live.site import PARTITIONS, Site
from tests.bench.live.stored import store
from tests.bench.live.traffic import A_MINUTE, MINUTE_MS, SERIES, CountedRows

SPARE_S: Final = 60.0
PUBLISH_S: Final = 300.0
ROWS_A_SECOND: Final = 20_000
"""What a busy machine publishes at least; see `_bridge`."""
LONGER: Final = 3
"""The wait for all scopes may take so many times the limit of the first one."""


def restart(bench: Bench, part: Part, scopes: int, must_s: float, aim_s: float) -> None:
    """Make a day of state, let a worker live on it for some minutes, kill it, start another one and time that."""
    rate = A_MINUTE * scopes // 60
    with bench.site(part.name) as site:
        _make(bench, part, site, scopes)
        worker = site.worker()
        with flowing(site, rate=rate, scopes=scopes, seconds=bench.options.settle_minutes * 60 + SPARE_S) as generator:
            time.sleep(bench.options.settle_minutes * 60)
            part.figures["before"] = {
                "worker_rss_mb": round(worker.use().rss_mb, 1),
                "partials that are not judged yet": site.offsets.behind(site.topics.partials),
                "minutes records": sum(site.offsets.ends(site.topics.minutes).values()),
            }
            worker.kill()
            part.figures["before"]["load"] = generator.stop().as_json()
        data = bench.data
        found = recovery(
            site,
            rate=rate,
            scopes=scopes,
            within_s=LONGER * must_s,
            weigh=(lambda: size(bench.address, data, site.changelogs, site.offsets)) if data else None,
        )
    part.figures |= found.as_json() | {"series": scopes * SERIES}
    if found.changelogs is not None:
        part.figures["changelogs"]["mb_on_disk"] = round(found.changelogs.on_disk / 1e6, 1)
    part.figures["rss_kib_a_series"] = round(found.rss_mb * 1e6 / 1024 / scopes / SERIES, 2)
    part.checks.append(Check("start to the first judged minute", "s", found.first_s or LONGER * must_s, must_s, aim_s))
    part.figures["first judged minute of all scopes, s"] = found.all_scopes_s


def _make(bench: Bench, part: Part, site: Site, scopes: int) -> None:
    """Store a day of state that ends now, and bridge the time that this takes; returns when a minute begins."""
    end_minute = int(time.time() * 1000) // MINUTE_MS
    began = time.monotonic()
    day = live_day(end_minute, scopes, load(), policy=TimePolicy(), now_ms=end_minute * MINUTE_MS + MINUTE_MS)
    judged_s = time.monotonic() - began
    stored = store(site, day)
    part.figures["made state"] = {
        "minutes judged until": end_minute,
        "judging_s": round(judged_s, 1),
        "storing_s": round(time.monotonic() - began - judged_s, 1),
        "mb": round(stored / 1e6, 1),
        "kib_a_series": round(stored / 1024 / scopes / SERIES, 2),
    }
    bench.say(f"  {stored / 1e6:,.0f} MB of state were made in {time.monotonic() - began:.0f} s")
    _bridge(site, end_minute, scopes)


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
    with Aside[Backlog, int](publish, backlog) as publisher:
        publisher.result(PUBLISH_S)
    time.sleep(max(rows.end_ms / 1000 - time.time(), 0))
