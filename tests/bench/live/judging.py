"""How many series-minutes a worker judges in a second of CPU time, out of a backlog on the stream."""

import time
from typing import Final

from tests.bench.live.backlog import Backlog, publish
from tests.bench.live.bench import Bench
from tests.bench.live.checks import Check, Part
from tests.bench.live.errand import ErrandProcess
from tests.bench.live.site import PARTITIONS, Site
from tests.bench.live.traffic import SERIES, CountedRows
from tests.bench.live.watched import Use, Watched
from tests.pipeline import wire

SCOPES: Final = 1_000
START_MS: Final = 1_752_300_000_000
PUBLISH_S: Final = 300.0
JUDGE_S: Final = 600.0


def judging(bench: Bench, part: Part) -> None:
    """Rows that were counted before: a warm first quarter, then the rest, which appears at one instant.

    Measured is the worker's CPU time from that instant to the last judged minute; the counting of the rows is in it.
    """
    minutes = bench.options.judging_minutes
    warm = CountedRows(START_MS, max(minutes // 4, 1), SCOPES)
    rest = CountedRows(warm.end_ms, minutes - warm.minutes, SCOPES, seed=2)
    with bench.site(part.name) as site:
        worker = site.worker().reading()
        _publish(site, warm)
        _close(site, warm)
        _judge(site, worker, warm.series_minutes)
        _publish(site, rest)
        before = worker.use()
        _close(site, rest)
        after = _judge(site, worker, warm.series_minutes + rest.series_minutes)
        cpu_s = after.cpu_s - before.cpu_s
        part.figures |= {
            "series-minutes": rest.series_minutes,
            "series": SCOPES * SERIES,
            "cpu_s": round(cpu_s, 2),
            "seconds": round(after.at - before.at, 2),
            "worker_rss_mb": round(after.rss_mb, 1),
        }
        part.checks.append(
            Check(
                "series-minutes judged",
                "1/CPU s",
                rest.series_minutes / cpu_s,
                must=12_000,
                aim=50_000,
                at_least=True,
            )
        )


def _publish(site: Site, rows: CountedRows) -> None:
    backlog = Backlog(site.address, site.topics.transactions, PARTITIONS, rows)
    with ErrandProcess[Backlog, int](publish, backlog) as publisher:
        publisher.result(PUBLISH_S)


def _close(site: Site, rows: CountedRows) -> None:
    """Say that nothing older than the end of the rows comes any more, so that their last minute closes."""
    wire.punctuate(site.address, site.topics.transactions, rows.end_ms, PARTITIONS)


def _judge(site: Site, worker: Watched, records: int) -> Use:
    """Wait until so many records are on the minutes topic; what the worker has used by then."""
    deadline = time.monotonic() + JUDGE_S
    while (found := sum(site.offsets.ends(site.topics.minutes).values())) < records:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {records} series-minutes were judged in {JUDGE_S:.0f} s")
        worker.check()
        time.sleep(0.1)
    return worker.use()
