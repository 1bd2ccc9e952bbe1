"""How large the changelogs are that live traffic has filled for long, and how much is written to them.

In time-lapse, with nothing left out: on a day of made state, event time goes `FASTER` times as fast as the wall clock,
and everything that a worker and the broker do by the wall clock does so too: it gathers and stores so much more often,
and the changelogs' own times and the cleaner's are so much shorter. So many more minutes of event time pass than a
changelog keeps of its past.
"""

import time
from dataclasses import asdict
from statistics import median
from typing import Final

from processors.domain.window import TimePolicy
from processors.rules.load import load
from processors.settings import WorkerSettings
from schemas.topics import STATE_CONFIG
from tests.bench.live.bench import Bench
from tests.bench.live.changelogs import Size, size
from tests.bench.live.checks import Check, Part
from tests.bench.live.day import live_day
from tests.bench.live.flowing import flowing
from tests.bench.live.segments import bytes_on_disk, cleaner_every, configure, keep_all
from tests.bench.live.site import Site
from tests.bench.live.stored import store
from tests.bench.live.traffic import A_MINUTE, MINUTE_MS, SERIES
from tests.bench.live.watched import Watched

FASTER: Final = 20
SCOPES: Final = 100
WARM_S: Final = 15.0
WRITTEN_S: Final = 45.0
"""Over so long it is measured what is written, with nothing cleaned yet."""
EVERY_S: Final = 5.0
SPARE_S: Final = 60.0
CLEANER_MS: Final = 15_000
"""How often Kafka looks for what is to be cleaned, by default."""
TIMES: Final = ("segment.ms", "max.compaction.lag.ms", "delete.retention.ms")
CLEANED: Final = {
    "cleanup.policy": "compact",
    **STATE_CONFIG,
    **{name: str(int(STATE_CONFIG[name]) // FASTER) for name in TIMES},
}


def growth(bench: Bench, part: Part) -> None:
    """Measure what is written to the changelogs, then let them be cleaned, and measure what lies in them."""
    seconds = WARM_S + WRITTEN_S + bench.options.growth_s + SPARE_S
    with bench.site(part.name) as site:
        keep_all(bench.address, site.changelogs)
        end_minute = int(time.time() - seconds * FASTER) // 60
        day = live_day(end_minute, SCOPES, load(), policy=TimePolicy(), now_ms=int(time.time() * 1000))
        store(site, day)
        usual = WorkerSettings()
        worker = site.worker(
            FLOODMARK_CHECKPOINT_S=str(usual.checkpoint_s / FASTER), FLOODMARK_LINGER_S=str(usual.linger_s / FASTER)
        ).reading()
        rate, start_ms = A_MINUTE * SCOPES * FASTER // 60, end_minute * MINUTE_MS
        with flowing(site, rate=rate, scopes=SCOPES, seconds=seconds, faster=FASTER, start_ms=start_ms) as generator:
            time.sleep(WARM_S)
            _written(bench, part, site)
            configure(bench.address, site.changelogs, CLEANED)
            with cleaner_every(bench.address, CLEANER_MS // FASTER):
                found = _samples(bench, site, worker)
            part.figures["load"] = generator.stop().as_json()
        part.figures["partials that are not judged yet"] = site.offsets.behind(site.topics.partials)
    part.figures |= {"event time is faster, times": FASTER, "settings": {name: CLEANED[name] for name in TIMES}}
    _add(part, found)


def _written(bench: Bench, part: Part, site: Site) -> None:
    """Bytes on the disk, compressed, for each series and minute that was judged meanwhile."""
    if bench.data is None:
        time.sleep(WRITTEN_S)
        return
    judged, written = _judged(site), {topic: bytes_on_disk(bench.data, topic) for topic in site.changelogs}
    time.sleep(WRITTEN_S)
    judged = _judged(site) - judged
    more = {topic: (bytes_on_disk(bench.data, topic) - before) / max(judged, 1) for topic, before in written.items()}
    part.figures |= {
        "series-minutes judged while that was measured": judged,
        "bytes written a series-minute": {t.removeprefix(site.topics.prefix): round(n, 1) for t, n in more.items()},
    }
    bench.say(
        f"  {sum(more.values()):,.0f} bytes are written to the changelogs for each series and minute (aim: 1,024)"
    )


def _judged(site: Site) -> int:
    return sum(site.offsets.ends(site.topics.minutes).values())


def _samples(bench: Bench, site: Site, worker: Watched) -> list[tuple[float, Size]]:
    """Seconds, and what lies there, again and again."""
    if bench.data is None:
        return []
    began, found = time.monotonic(), list[tuple[float, Size]]()
    while (elapsed := time.monotonic() - began) < bench.options.growth_s:
        worker.check()
        found.append((elapsed, size(bench.address, bench.data, site.changelogs, site.offsets, with_state=True)))
        time.sleep(max(EVERY_S - (time.monotonic() - began - elapsed), 0))
    return found


def _add(part: Part, found: list[tuple[float, Size]]) -> None:
    """The last half counts: by then nothing is left of what lay there before it was cleaned."""
    last = [(lies, lies.needed) for _, lies in found[len(found) // 2 :] if lies.needed]
    part.figures |= {
        "bytes of state a series": round(median(needed for _, needed in last) / SCOPES / SERIES) if last else None,
        "bytes on disk / bytes of state": _spread([lies.on_disk / needed for lies, needed in last]),
        "neither compressed": _spread(alike := [lies.read / needed for lies, needed in last]),
        "bytes of last values / bytes of state": _spread([lies.last / needed for lies, needed in last]),
        "samples": [{"at_s": round(at, 1), **asdict(lies)} for at, lies in found],
    }
    # Of a topic and a state that are measured alike: the disk holds a third of the bytes, but so it would of the state.
    ratio = median(alike) if alike else None
    part.checks.append(Check("changelogs / state in them, neither compressed", "ratio", ratio, 5, 2))


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"least": round(min(values), 2), "median": round(median(values), 2), "most": round(max(values), 2)}
