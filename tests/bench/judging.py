"""What judging costs: `make bench-detect`, the default rules, no Kafka.

Time is this process's CPU time, so that a busy machine says nearly the same as an idle one. Traffic is seasonal, and
the first day only teaches: from then on every rule has something to compare with.
"""

import argparse
import gc
import json
import pickle
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.memory import JudgedScope
from processors.domain.judging.judge import MinuteCounts, judge, relive
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.snapshot import pack, unpack
from processors.domain.judging.timeline import Timeline
from processors.domain.judging.timeline_parts import Parts
from processors.domain.window import Dimensions, TimePolicy, end_ms
from processors.stages.records import alert_of, verdict_record
from schemas.codec import alert_record
from tests.processors.domain.traffic import DAY, FIRST, HOUR, RULES, known, traffic

KEYS = 10
"""Series of a scope: six statuses and four codes."""
MAX_MS = 1.0
FLAT = 1.5
"""How much more a series may cost among many than alone; time and memory."""
POLICY = TimePolicy()

console = Console(highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all; 0 when a minute costs less than the limit and the cost of a series does not grow."""
    options = _options(arguments)
    _as_the_worker()
    minutes = [traffic(FIRST + i) for i in range(DAY + options.minutes)]
    singly, at_once = _singly(minutes), _at_once(minutes)
    silent = _silent()
    crowds = [_alone(partial(_crowd, minutes, series // KEYS, options.rounds)) for series in options.series]
    kept = _kept(minutes)
    result = {"ms_a_minute_live": singly, "ms_a_minute_at_once": at_once, "ms_a_silent_minute": silent}
    result |= {"kept": kept, "series": crowds}
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n")
    console.print(f"one scope, {KEYS} series, {options.minutes:,} minutes of seasonal traffic, CPU time of a minute:")
    console.print(f"  live, each minute by itself: {singly:.2f} ms (median); all in one go: {at_once:.2f} ms (mean)")
    console.print(f"  silent, with an open incident, its rows and words among them: {silent:.2f} ms (median)")
    console.print(
        f"  of a series: {kept['judged_us']:.1f} µs to judge a minute, {kept['relived_us']:.1f} to relive it;"
        f" {kept['bytes']:,.0f} bytes packed, in {kept['pack_us']:.1f} µs, and back in {kept['unpack_us']:.1f}"
    )
    _show(crowds)
    first, last = _reference(crowds), crowds[-1]
    is_flat = all(last[name] <= FLAT * first[name] for name in ("us_a_minute", "kib"))
    return 0 if max(singly, at_once) <= MAX_MS and is_flat else 1


def _as_the_worker() -> None:
    """The garbage collector as the worker has it."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def _alone(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do it in a new process, whose memory holds nothing that was freed and can be taken again."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_as_the_worker) as pool:
        return pool.submit(work).result()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.judging")
    parser.add_argument("--minutes", type=int, default=5_000)
    parser.add_argument("--series", type=int, nargs="+", default=[10, 1_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3, help="minutes that the largest number of series is judged for")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    return parser.parse_args(arguments)


def _partial(minute: int, scopes: list[str], counts: Dimensions, offset: int) -> Partial:
    held = [PartialMinute(minute, scope, offset, counts) for scope in scopes]
    return Partial(0, 1, 0, offset, end_ms(minute), minutes=held)


def _taught(minutes: list[Dimensions]) -> PartitionJudge:
    judge = PartitionJudge(RULES, POLICY)
    for i in range(DAY):
        judge.apply(i, _partial(FIRST + i, ["all"], minutes[i], i))
    return judge


def _singly(minutes: list[Dimensions]) -> float:
    """As in the stream: a minute closes, is judged, and an older one settles; the median in ms."""
    judge, took = _taught(minutes), []
    for i in range(DAY, len(minutes)):
        told = _partial(FIRST + i, ["all"], minutes[i], i)
        began = time.process_time_ns()
        judge.apply(i, told)
        took.append(time.process_time_ns() - began)
    return median(took) / 1e6


def _at_once(minutes: list[Dimensions]) -> float:
    """As in `detect` and in catching up: many minutes close together; the mean in ms."""
    judge = _taught(minutes)
    held = [PartialMinute(FIRST + i, "all", i, minutes[i]) for i in range(DAY, len(minutes))]
    told = Partial(0, 1, 0, len(minutes), end_ms(FIRST + len(minutes) - 1), minutes=held)
    began = time.process_time_ns()
    judge.apply(len(minutes), told)
    return (time.process_time_ns() - began) / len(held) / 1e6


def _silent() -> float:
    """Nothing comes any more and an incident is open, for half a day; with rows and words, the median in ms."""
    begins = DAY + 12 * HOUR
    judge, took = _taught([traffic(FIRST + i) for i in range(begins)]), []
    for i in range(DAY, begins):
        judge.apply(i, _partial(FIRST + i, ["all"], traffic(FIRST + i), i))
    for i in range(begins, begins + 12 * HOUR):
        told = _partial(FIRST + i, [], {}, i)
        began = time.process_time_ns()
        for output in judge.apply(i, told).outcomes:
            _ = [verdict_record(row, RULES.version, i) for row in output.verdicts]
            _ = [alert_record(alert_of(said, RULES, i)) for said in output.statements]
        if judge.timelines["all"].state.stated:
            took.append(time.process_time_ns() - began)
    return median(took) / 1e6


def _kept(minutes: list[Dimensions]) -> dict[str, float]:
    """What a series costs in the hands of the judge alone: judged, relived, packed, and read back; medians."""
    memory = known(FIRST + DAY)
    again, took = memory.copy(), {name: list[int]() for name in ("judged", "relived", "pack", "unpack")}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time_ns()
        done = work()
        took[name].append(time.process_time_ns() - began)
        return done

    for minute, counts in enumerate(minutes[DAY:], start=FIRST + DAY):
        held = MinuteCounts(counts)
        if timed("judged", partial(judge, JudgedScope(RULES, memory, "all"), minute, held)).is_quiet:
            timed("relived", partial(relive, JudgedScope(RULES, again, "all"), minute, held))
        else:
            judge(JudgedScope(RULES, again, "all"), minute, held)
    raw = b""
    for _ in range(200):
        raw = timed("pack", partial(pack, memory))
        timed("unpack", partial(unpack, raw))
    return {f"{name}_us": median(each) / 1e3 / KEYS for name, each in took.items()} | {"bytes": len(raw) / KEYS}


def _crowd(minutes: list[Dimensions], scopes: int, rounds: int) -> dict[str, Any]:
    """So many scopes that each know a day, live: time of a series and minute, and memory of a series.

    Few scopes are judged for more minutes, and what is measured is the median minute.
    """
    (timeline,) = _taught(minutes).timelines.values()
    frozen = pickle.dumps((timeline.state, {m: timeline.parts.packed(m) for m in timeline.kept_minutes()}))
    names = [f"merchant-{i}" for i in range(scopes)]
    gc.collect()
    before = psutil.Process().memory_info().rss
    timelines: dict[str, Timeline] = {}
    for name in names:
        state, parts = pickle.loads(frozen)  # made above: each scope has objects of its own
        timelines[name] = Timeline(RULES, POLICY, name, state, Parts(parts))
    judge = PartitionJudge(RULES, POLICY, timelines=timelines)
    took: list[float] = []
    for i in range(DAY, min(len(minutes), DAY + max(rounds, min(1_000, 2_000 // scopes)))):
        told = _partial(FIRST + i, names, minutes[i], i)
        began = time.process_time_ns()
        judge.apply(i, told)
        took.append((time.process_time_ns() - began) / 1e3 / scopes / KEYS)
    gc.collect()
    used = psutil.Process().memory_info().rss - before
    # The first minute wakes every timeline: it judges what is not settled once more, as after a start.
    return {"series": scopes * KEYS, "us_a_minute": median(took[1:]), "kib": used / 1024 / scopes / KEYS}


def _reference(crowds: list[dict[str, Any]]) -> dict[str, Any]:
    """What the others are compared with: the memory of a single scope is lost in that of the process."""
    return next((crowd for crowd in crowds if crowd["series"] > KEYS), crowds[0])


def _show(crowds: list[dict[str, Any]]) -> None:
    first = _reference(crowds)
    table = Table("series", "µs a series and minute", "ratio", "KiB a series", "ratio")
    for crowd in crowds:
        time_ratio, memory_ratio = (crowd[name] / first[name] for name in ("us_a_minute", "kib"))
        kib = (f"{crowd['kib']:.1f}", f"{memory_ratio:.2f}") if crowd["series"] > KEYS else ("", "")
        table.add_row(f"{crowd['series']:,}", f"{crowd['us_a_minute']:.1f}", f"{time_ratio:.2f}", *kib)
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
