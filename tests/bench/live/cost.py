"""What a transaction costs while it comes live: CPU time, records between the stages, bytes on the broker's disk."""

import time
from dataclasses import dataclass
from typing import Final

from processors.judge_stage import PATIENCE
from tests.bench.live.bench import Bench
from tests.bench.live.checks import Check, Part
from tests.bench.live.flowing import flowing
from tests.bench.live.sampling import stored_lag
from tests.bench.live.segments import bytes_on_disk, keep_all
from tests.bench.live.site import Site
from tests.bench.live.watched import Use, Watched

SPARE_S: Final = 30.0
BEHIND_S: Final = {"count": 3.0, "judge": 2.0 + PATIENCE}
"""Two seconds, and one for what is stored about once a second; what a judge has only heard is stored more rarely."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Must and aim of each figure; bytes are measured everywhere and checked where there is a limit."""

    cpu_ms: tuple[float, float]
    records: tuple[float, float]
    bytes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All meters at one time."""

    use: Use
    transactions: int
    records: dict[str, int]
    behind: dict[str, int]
    bytes: dict[str, int]


def cost(bench: Bench, part: Part, rate: int, scopes: int, limits: Limits) -> None:
    """Measure live traffic of one worker and add the figures to the part.

    Every figure is a difference between two readings of all meters, over the transactions that were appended to
    the source topic between them. A worker that falls behind would look cheap that way, so both stages must keep up.
    """
    options = bench.options
    with bench.site(part.name) as site:
        keep_all(bench.address, site.written)
        worker = site.worker().reading()
        seconds = options.warm_s + options.cost_s + SPARE_S
        with flowing(site, rate=rate, scopes=scopes, seconds=seconds) as generator:
            time.sleep(options.warm_s)
            before = _read(bench, site, worker)
            time.sleep(options.cost_s)
            after = _read(bench, site, worker)
            sent = generator.stop()
        part.figures["load"] = sent.as_json()
        part.figures["nothing was taken away meanwhile"] = not any(
            start for topic in site.written for start in site.offsets.starts(topic).values()
        )
        _add(part, site, before, after, limits, short=options.short)


def _read(bench: Bench, site: Site, worker: Watched) -> Reading:
    return Reading(
        worker.use(),
        sum(site.offsets.ends(site.topics.transactions).values()),
        site.offsets.appended(site.written),
        _behind(site, worker),
        {topic: bytes_on_disk(bench.data, topic) for topic in site.written} if bench.data else {},
    )


def _behind(site: Site, worker: Watched) -> dict[str, int]:
    """How far the stored position of each stage is behind the end of its topic; by its commits when it tells none."""
    metrics, behind = worker.metrics(), dict[str, int]()
    for stage, topic in (("count", site.topics.transactions), ("judge", site.topics.partials)):
        stored = stored_lag(metrics, stage, site.offsets.ends(topic))
        behind[topic] = site.offsets.behind(topic) if stored is None else stored
    return behind


def _add(part: Part, site: Site, before: Reading, after: Reading, limits: Limits, *, short: bool) -> None:
    count = after.transactions - before.transactions
    if count <= 0:
        part.failure = "no transactions arrived"
        return
    records = {topic: (n - before.records[topic]) / count for topic, n in after.records.items()}
    written = {topic: (n - before.bytes[topic]) / count for topic, n in after.bytes.items()}
    between = sum(records[topic] for topic in site.between)
    source = site.topics.transactions
    counted = count - (after.behind[source] - before.behind[source])
    part.figures |= {
        "transactions": count,
        "transactions that were counted meanwhile": counted,
        "seconds": round(after.use.at - before.use.at, 1),
        "records a transaction": _short_names(site, records),
        "bytes a transaction": _short_names(site, written),
        "worker_rss_mb": round(after.use.rss_mb, 1),
    }
    if not short:
        part.checks += _keeps_up(site, before, after)
        cpu_ms = (after.use.cpu_s - before.use.cpu_s) * 1000 / count
        part.checks.append(Check("CPU time of the worker", "ms/tx", cpu_ms, *limits.cpu_ms))
    part.checks.append(Check("records in partials and changelogs", "1/tx", between, *limits.records))
    if limits.bytes is not None and not short:
        total = sum(written.values()) if written else None
        part.checks.append(Check("bytes that the worker writes", "B/tx", total, *limits.bytes))


def _keeps_up(site: Site, before: Reading, after: Reading) -> list[Check]:
    """How far each stage is behind at the end, in seconds of what came meanwhile."""
    seconds = after.use.at - before.use.at
    came = {
        site.topics.transactions: after.transactions - before.transactions,
        site.topics.partials: after.records[site.topics.partials] - before.records[site.topics.partials],
    }
    stages = zip(BEHIND_S.items(), came.items(), strict=True)
    return [
        Check(f"{stage} stage is behind at the end", "s", after.behind[topic] / max(number, 1) * seconds, limit_s)
        for (stage, limit_s), (topic, number) in stages
    ]


def _short_names(site: Site, figures: dict[str, float]) -> dict[str, float]:
    return {topic.removeprefix(site.topics.prefix): round(figure, 5) for topic, figure in figures.items()}
