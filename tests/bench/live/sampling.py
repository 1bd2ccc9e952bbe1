"""A worker's meters, read once a second."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.bench.live.site import Site
from tests.bench.live.watched import Metrics, Use, Watched

EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """All meters at one time; None where the worker does not tell.

    Args:
        at: The wall clock, epoch seconds.
        use: CPU time and memory.
        stored_lag: Records from the stored position (by the worker's metric) to the ends of the source topic.
        committed_lag: The same from what its group has committed.
        event_lag_s: Wall clock less highest event time, of the partition that is furthest behind.
        longest_turn_s: The longest turn of its loop so far.
    """

    at: float
    use: Use
    stored_lag: int | None
    committed_lag: int | None
    event_lag_s: float | None
    longest_turn_s: float | None


class Sampler:
    """Reads the meters of one worker that has all partitions."""

    def __init__(self, site: Site, worker: Watched) -> None:
        self._site, self._worker = site, worker

    def each_second(self, seconds: float) -> list[Sample]:
        """One sample a second for so long.

        Raises:
            WorkerEnded: The worker ended meanwhile.
        """
        began = time.monotonic()
        samples: list[Sample] = []
        while (elapsed := time.monotonic() - began) < seconds or not samples:
            samples.append(self.sample())
            time.sleep(max(EVERY_S - (time.monotonic() - began - elapsed), 0))
        return samples

    def sample(self) -> Sample:
        """All meters now."""
        offsets, topic = self._site.offsets, self._site.topics.transactions
        metrics = self._worker.metrics()
        ends = offsets.ends(topic)
        lags = [value for _, value in metrics.get("floodmark_worker_event_lag_seconds", ())]
        turns = [value for _, value in metrics.get("floodmark_worker_longest_turn_seconds", ())]
        return Sample(
            at=time.time(),
            use=self._worker.use(),
            stored_lag=stored_lag(metrics, "count", ends),
            committed_lag=offsets.behind(topic),
            event_lag_s=max(lags, default=None),
            longest_turn_s=max(turns, default=None),
        )


def stored_lag(metrics: Metrics, stage: str, ends: Mapping[int, int]) -> int | None:
    """Records from the stored positions of a stage to these ends; None when the worker does not tell all of them."""
    stored = {
        int(labels["partition"]): int(value)
        for labels, value in metrics.get("floodmark_worker_stored_offset", ())
        if labels["stage"] == stage
    }
    return sum(max(end - stored[p] - 1, 0) for p, end in ends.items()) if {*stored} >= {*ends} else None


def present(values: "Iterable[float | None]") -> list[float]:
    """Those that are there."""
    return [value for value in values if value is not None]
