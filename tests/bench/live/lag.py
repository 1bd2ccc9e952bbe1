"""How far a worker is behind live traffic over 10 000 scopes, and whether its memory grows with time."""

import time
from typing import Final

from tests.bench.ear import Ear
from tests.bench.live.bench import Bench
from tests.bench.live.checks import Check, Part, p50_p99, thirds
from tests.bench.live.flowing import flowing
from tests.bench.live.judged import Judged
from tests.bench.live.made import make_day
from tests.bench.live.sampling import Sample, Sampler, present
from tests.bench.live.site import Site
from tests.bench.live.traffic import MINUTE_MS

RATE: Final = 5_000
SCOPES: Final = 10_000
CHECKPOINT_S: Final = 1.0
"""The committed position moves about once a second, so a worker without any lag seems to be so far behind."""
CLOSES_AFTER_S: Final = 65.0
"""A minute is due so long after its start: its own length and the default lateness."""
JUDGED_WITHIN_S: Final = 2.0
MAY_GROW: Final = 1.2
MAY_GROW_S: Final = 0.5
SPARE_S: Final = 60.0


def lag_and_memory(bench: Bench, lag: Part, memory: Part) -> None:
    """One run of live traffic over a day of state, sampled once a second; fills both parts.

    A state that is still being learned grows, and would hide whether anything else does.
    """
    seconds, settle_s = bench.options.lag_minutes * 60, bench.options.settle_minutes * 60
    with bench.site(lag.name) as site:
        lag.figures["made state"] = make_day(bench, site, SCOPES)
        worker = site.worker().reading()
        judged = Judged()
        with (
            Ear(bench.address, site.topics.minutes, judged.hear),
            flowing(site, rate=RATE, scopes=SCOPES, seconds=settle_s + seconds + SPARE_S) as generator,
        ):
            time.sleep(settle_s)
            samples = Sampler(site, worker).each_second(seconds)
            sent = generator.stop()
        lag.figures["load"] = sent.as_json()
        _lag(lag, site, samples)
        _judged_lag(lag, judged, samples[0].at, samples[-1].at)
        _memory(memory, samples)


def _lag(part: Part, site: Site, samples: list[Sample]) -> None:
    """From the ends of the source topic to the stored position (or to the committed one), as seconds of traffic."""
    stored = present(sample.stored_lag for sample in samples)
    by_metric = len(stored) > len(samples) // 2
    behind = [n / RATE for n in (stored if by_metric else present(sample.committed_lag for sample in samples))]
    part.figures |= {
        "lag is measured to": "floodmark_worker_stored_offset"
        if by_metric
        else f"commits of {site.topics.worker_group}",
        "lag_s": p50_p99(behind),
        "lag_s by thirds": thirds(behind),
        "lag_s to the commits": p50_p99([n / RATE for n in present(s.committed_lag for s in samples)]),
        "floodmark_worker_event_lag_seconds": p50_p99(present(s.event_lag_s for s in samples)),
        "cpu_share of one core": round(
            (samples[-1].use.cpu_s - samples[0].use.cpu_s) / (samples[-1].use.at - samples[0].use.at), 3
        ),
    }
    beyond = p50_p99(behind).get("p99")
    part.checks += [
        Check(
            "lag beyond a checkpoint, p99",
            "s",
            None if beyond is None else max(beyond - CHECKPOINT_S, 0),
            2,
            1,
        ),
        Check("growth of the lag, last third over middle", "s", _growth(behind), 0),
        Check("longest turn", "s", max(present(s.longest_turn_s for s in samples), default=None), 0.2),
    ]


def _judged_lag(part: Part, judged: Judged, began: float, ended: float) -> None:
    """From when a minute is due to its first record on the minutes topic (and to its last, for information).

    Only whole minutes of the run count. One that was due and was not heard of has waited until the end at least.
    """
    first_ms = (int(began * 1000) // MINUTE_MS + 1) * MINUTE_MS
    due = {
        ms: ms / 1000 + CLOSES_AFTER_S
        for ms in range(first_ms, int(ended * 1000), MINUTE_MS)
        if ms / 1000 + CLOSES_AFTER_S + JUDGED_WITHIN_S < ended
    }
    heard = {ms: judged.minutes[ms] for ms in due if ms in judged.minutes}
    first = [(heard[ms].first if ms in heard else ended) - at for ms, at in due.items()]
    part.figures |= {
        "minutes that were due": len(due),
        "minutes that were heard of": len(heard),
        "minute due to first record, s": [round(s, 3) for s in first],
        "minute due to last record, s": [round(heard[ms].last - due[ms], 3) for ms in heard],
        "records of a minute": [one.records for one in heard.values()],
    }
    part.checks += [
        Check("minute due to its first record, longest", "s", max(first, default=None), JUDGED_WITHIN_S, 1),
        Check("growth of that wait, last third over middle", "s", _growth(first), 0),
    ]


def _growth(behind_s: list[float]) -> float | None:
    """By how many seconds the last third's median is above what the middle third's allows; 0 when it is not."""
    if (found := thirds(behind_s)) is None:
        return None
    _, middle, last = found
    return max(last - (MAY_GROW * max(middle, 0) + MAY_GROW_S), 0.0)


def _memory(part: Part, samples: list[Sample]) -> None:
    rss = [sample.use.rss_mb for sample in samples]
    found = thirds(rss)
    part.figures |= {"rss_mb by thirds": found, "rss_mb at most": max(rss)}
    part.checks += [
        Check("resident memory, most", "GB", max(rss) / 1000, 1.5, 0.6),
        Check("last third / middle third", "ratio", found and found[2] / found[1], 1.05),
    ]
