"""How long and how much: the full form, and the short form of the test suite."""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes of all parts.

    Args:
        warm_s: Live traffic before a cost is measured.
        cost_s: Live traffic over which it is measured.
        lag_minutes: Of the run over 10 000 scopes.
        latency_minutes: Minutes of event time whose alerts are waited for.
        judging_minutes: Minutes of event time that are judged from a backlog.
        backlog: Transactions that one worker, and then two, read.
        settle_minutes: Live traffic over a made state before anything is measured, or its worker is killed.
        growth_s: How long changelogs are written and cleaned in time-lapse.
        short: Only counts are checked, never times.
    """

    warm_s: float = 20.0
    cost_s: float = 120.0
    lag_minutes: float = 10.0
    latency_minutes: int = 40
    judging_minutes: int = 120
    backlog: int = 3_000_000
    settle_minutes: float = 3.0
    growth_s: float = 240.0
    short: bool = False


SHORT = Options(warm_s=3.0, cost_s=6.0, settle_minutes=1.0, growth_s=60.0, short=True)
"""For the test suite: seconds, not minutes."""
SHORT_PARTS = ("cost-1", "cost-1000")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    parts: tuple[str, ...]
    options: Options
    out: Path


def read(arguments: list[str] | None, parts: tuple[str, ...]) -> Wanted:
    """Read the command line; exits with 2 when it cannot be read."""
    full = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench.live")
    parser.add_argument("--only", nargs="+", choices=parts, metavar="NAME", help=f"some of: {', '.join(parts)}")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes; only counts are checked")
    parser.add_argument("--warm-seconds", type=float, default=full.warm_s, help="live traffic before a cost")
    parser.add_argument("--cost-seconds", type=float, default=full.cost_s, help="live traffic of each cost")
    parser.add_argument("--lag-minutes", type=float, default=full.lag_minutes, help="length of lag and memory")
    parser.add_argument("--latency-minutes", type=int, default=full.latency_minutes, help="event time of latency")
    parser.add_argument("--judging-minutes", type=int, default=full.judging_minutes, help="event time of judging")
    parser.add_argument("--backlog", type=int, default=full.backlog, help="transactions of two-workers")
    parser.add_argument("--settle-minutes", type=float, default=full.settle_minutes, help="live on a made state first")
    parser.add_argument("--growth-seconds", type=float, default=full.growth_s, help="length of changelog-size")
    parser.add_argument("--out", type=Path, default=Path("bench-results/live.json"))
    given = parser.parse_args(arguments)
    options = Options(
        warm_s=given.warm_seconds,
        cost_s=given.cost_seconds,
        lag_minutes=given.lag_minutes,
        latency_minutes=given.latency_minutes,
        judging_minutes=given.judging_minutes,
        backlog=given.backlog,
        settle_minutes=given.settle_minutes,
        growth_s=given.growth_seconds,
    )
    default = SHORT_PARTS if given.short else parts
    return Wanted(tuple(given.only or default), SHORT if given.short else options, given.out)
