"""A day of live state, made at speed: a few scopes are judged through it by the domain's own code, minute by minute.

Where a timeline packs its memory depends on its name (see `anchor_at`), in as many ways as there are minutes between
two anchors. One scope is judged through the day; near its end others go on from where it is, one for each way, and
every further scope holds what the one of its way holds: see `copies`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from processors.domain.counting.packed import pack
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.live_memory import anchor_at
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline, TimelineState
from processors.domain.judging.timeline_state import Anchor
from processors.domain.ruleset import RuleSet
from processors.domain.window import AUTH_CODE, STATUS, Dimensions, TimePolicy, minute_of
from tests.bench.live.site import PARTITIONS
from tests.bench.live.traffic import A_MINUTE, KINDS, MINUTE_MS, scope_name

MINUTES: Final = 1_440
EPOCH: Final = 0
"""Of the made parts: below that of what a worker adds (1), so that offsets may look as they do after a day."""
JUST_AFTER_MS: Final = 1_000
"""How far the watermark is past the end of the last minute."""
AMOUNT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Day:
    """What a day has led to.

    Args:
        end_minute: The first minute after it; all before it are judged.
        way_of: Name of a scope to the name of the scope that was judged in its place.
        judge: Has judged one scope of each way.
    """

    end_minute: int
    way_of: dict[str, str]
    judge: PartitionJudge

    @property
    def high_ms(self) -> int:
        """The highest event time of each source partition."""
        return self.end_minute * MINUTE_MS + JUST_AFTER_MS + self.judge.policy.lateness_ms


def name_of(number: int) -> str:
    """What the scope of that number is called."""
    return scope_name(number).decode()


def live_day(
    end_minute: int,
    scopes: int,
    rules: RuleSet,
    *,
    policy: TimePolicy,
    now_ms: int,
    minutes: int = MINUTES,
    named: Callable[[int], str] = name_of,
) -> Day:
    """Judge a day of the bench's traffic that comes by `PARTITIONS` sources, as live traffic does.

    Args:
        end_minute: The first minute after the day.
        scopes: How many scopes the state will have.
        rules: The rules to judge by.
        policy: Times.
        now_ms: What the count stage's clock says at the end of the day; it went as event time did.
        minutes: The length of the day.
        named: What the scopes are called.
    """
    first: dict[int, str] = {}
    way_of = {name: first.setdefault(anchor_at(name, policy.anchor_every), name) for name in map(named, range(scopes))}
    judge = PartitionJudge(rules, policy, epoch=1)
    traffic = _Traffic(end_minute, minutes, scopes, now_ms - end_minute * MINUTE_MS - JUST_AFTER_MS)
    alone = named(0)
    parting = _parting(alone, end_minute, policy)
    _hear(judge, traffic, [alone], range(end_minute - minutes, parting + 1))
    anchor = judge.timelines[alone].state.anchors[-1]
    for name in first.values():
        memory = anchor.memory.replace(alone.encode(), name.encode())
        state = TimelineState([Anchor(parting, memory)], settled_to=parting, judged_to=parting)
        judge.timelines[name] = Timeline(rules, policy, name, state)
        judge.timelines[name].watch = judge.watch
    _hear(judge, traffic, list(first.values()), range(parting + 1, end_minute))
    return Day(end_minute, way_of, judge)


@dataclass(frozen=True, slots=True)
class _Traffic:
    """What comes, and how far the clock is ahead of the watermark."""

    end_minute: int
    minutes: int
    scopes: int
    ahead_ms: int

    def offset(self, minute: int) -> int:
        """Of the last record of the minute in its source partition: all scopes together make so many."""
        return (minute - self.end_minute + self.minutes + 1) * A_MINUTE * self.scopes // PARTITIONS


def _parting(name: str, end_minute: int, policy: TimePolicy) -> int:
    """A minute in which the scope is anchored, so early that all anchors at the end are later ones."""
    latest = end_minute - minute_of(policy.revise_for_ms) - 2 * policy.anchor_every
    return latest - (latest - anchor_at(name, policy.anchor_every)) % policy.anchor_every


def _hear(judge: PartitionJudge, traffic: _Traffic, names: list[str], minutes: range) -> None:
    rng = np.random.default_rng(minutes.start)
    for minute in minutes:
        at, watermark_ms = traffic.offset(minute), (minute + 1) * MINUTE_MS + JUST_AFTER_MS
        for source, drawn in enumerate(_drawn(rng, len(names))):
            said = [
                PartialMinute(minute, name, at, pack(_counts(counts)))
                for name, counts in zip(names, drawn, strict=True)
                if any(counts)
            ]
            now_ms = watermark_ms + traffic.ahead_ms
            partial = Partial(source, PARTITIONS, EPOCH, at, watermark_ms, minutes=said, now_ms=now_ms)
            judge.apply(judge.position + 1, partial)


def _drawn(rng: np.random.Generator, scopes: int) -> list[Any]:
    """Of one minute: of each source and scope how many there are of each kind."""
    means = [A_MINUTE * weight / PARTITIONS for _, _, weight in KINDS]
    return list(rng.poisson(means, size=(PARTITIONS, scopes, len(KINDS))).tolist())


def _counts(counts: list[int]) -> Dimensions:
    held: Dimensions = {STATUS: {}, AUTH_CODE: {}}
    for (status, code, _), count in zip(KINDS, counts, strict=True):
        for dimension, key in ((STATUS, status.decode()), (AUTH_CODE, code.decode())):
            if count:
                cell = held[dimension].setdefault(key, [0, 0])
                cell[0] += count
                cell[1] += count * AMOUNT
    return held
