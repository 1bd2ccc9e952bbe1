"""The parts of the bench, by name, with the limits that the issue sets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.bench.live.bench import Bench
from tests.bench.live.checks import Part
from tests.bench.live.cost import Limits, cost
from tests.bench.live.growth import growth
from tests.bench.live.judging import judging
from tests.bench.live.lag import lag_and_memory
from tests.bench.live.latency import latency
from tests.bench.live.restart import restart
from tests.bench.live.two_workers import two_workers


@dataclass(frozen=True, slots=True)
class Run:
    """One run, which may show more than one thing.

    Args:
        names: Of the parts that it fills.
        measure: Is given the bench and an empty part for each name; measures, and fills them.
    """

    names: tuple[str, ...]
    measure: Callable[..., None]


def _cost_1(bench: Bench, part: Part) -> None:
    cost(bench, part, rate=200, scopes=1, limits=Limits(cpu_ms=(0.15, 0.05), records=(0.2, 0.05)))


def _cost_1000(bench: Bench, part: Part) -> None:
    limits = Limits(cpu_ms=(0.08, 0.03), records=(0.5, 0.2), bytes=(200, 80))
    cost(bench, part, rate=5_000, scopes=1_000, limits=limits)


def _recovery_1000(bench: Bench, part: Part) -> None:
    restart(bench, part, scopes=1_000, must_s=15, aim_s=5)


def _recovery_10000(bench: Bench, part: Part) -> None:
    restart(bench, part, scopes=10_000, must_s=90, aim_s=30)


RUNS: Final = (
    Run(("cost-1",), _cost_1),
    Run(("cost-1000",), _cost_1000),
    Run(("lag-10000", "memory-10000"), lag_and_memory),
    Run(("latency",), latency),
    Run(("judging",), judging),
    Run(("two-workers",), two_workers),
    Run(("recovery-1000",), _recovery_1000),
    Run(("recovery-10000",), _recovery_10000),
    Run(("changelog-size",), growth),
)
NAMES: Final = tuple(name for run in RUNS for name in run.names)
