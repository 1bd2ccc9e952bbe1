"""The simulation as a command: what was typed becomes a plan; the plan becomes files or records."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from floodmark.operate.publish import publish
from producers.replay import ReplayOptions, RowSpan, exploded, rebased
from producers.replay_request import parse_speed
from producers.rows import MINUTE_MS
from producers.simulate.files import AUTH_CODES, LABELS, TRANSACTIONS, write
from producers.simulate.incidents import parse
from producers.simulate.profile import Profile
from producers.simulate.traffic import Traffic, TrafficPlan
from runtime.exits import Exit, Misused, fail
from runtime.terminal import clean_console
from runtime.typed_times import instant
from schemas.transaction import EARLIEST_MS, LATEST_MS
from schemas.words import word_of

START: Final = "2025-03-03T00:00"
"""Where files begin unless it is said otherwise: a Monday."""


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """What was typed."""

    seed: int
    days: float
    start: str | None
    rate: float
    trough: float
    dispersion: float
    scopes: str
    incidents: tuple[str, ...]
    random_incidents: int

    def plan(self, now_ms: int) -> TrafficPlan:
        """The plan of it; without a start it ends with the minute before `now_ms`.

        Raises:
            Misused: It makes no sense; the message says what would.
        """
        minutes = max(1, round(self.days * 1440))
        start_ms = now_ms // MINUTE_MS * MINUTE_MS - minutes * MINUTE_MS if self.start is None else _start(self.start)
        if not EARLIEST_MS <= start_ms < LATEST_MS - minutes * MINUTE_MS:
            raise Misused("the traffic must lie in the years 2000 to 2099", "--start")
        try:
            return TrafficPlan(
                seed=self.seed,
                start_ms=start_ms,
                minutes=minutes,
                profile=Profile(rate=self.rate, trough=self.trough, dispersion=self.dispersion),
                scopes=_scopes(self.scopes),
                incidents=tuple(parse(spec) for spec in self.incidents),
                random_incidents=self.random_incidents,
            )
        except ValueError as error:
            raise Misused(str(error)) from error


def run(asked: SimulateOptions, out: Path | None, speed: str, given: dict[str, Any], *, explode: bool) -> None:
    """Write files into `out`, or publish when there is none; ends the process when anything is wrong."""
    now_ms = int(time.time() * 1000)
    pace = parse_speed(speed)
    # Files are the same whenever they are written; what is published ends now.
    plan = (asked if out is None else replace(asked, start=asked.start or START)).plan(now_ms)
    try:
        if out is None:
            result = _publish(plan, pace, given, moved=asked.start is None, explode=explode)
            if not result:
                raise SystemExit(Exit.INTERRUPTED)
            return
        traffic = write(plan, out)
    except ValueError as error:
        raise Misused(str(error)) from error
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}", Exit.FAILED)
    console = clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"{plan.minutes:,} minutes, {len(traffic.incidents)} incidents and traps: "
        f"{TRANSACTIONS}, {AUTH_CODES} and {LABELS} in {out}"
    )


def _publish(plan: TrafficPlan, speed: float, given: dict[str, Any], *, moved: bool, explode: bool) -> bool:
    traffic = Traffic(plan)
    total, first_ms, last_ms = 0, -1, -1
    for row in traffic.rows():
        total += row.count if explode else 1
        first_ms = row.timestamp_ms if first_ms < 0 else first_ms
        last_ms = row.timestamp_ms

    span = RowSpan(total, first_ms, last_ms)

    def options(_before: object) -> tuple[ReplayOptions, RowSpan]:
        shift_ms = rebased(first_ms, last_ms, speed, int(time.time() * 1000)) if moved and total else 0
        return ReplayOptions(speed, shift_ms), span

    rows = exploded(traffic.rows()) if explode else traffic.rows()
    remedy = "Without --start and with --speed 1 they come as time goes by; or give a --topic-prefix of their own."
    return publish(rows, span, options, given, remedy=lambda _reached: remedy).complete


def _start(text: str) -> int:
    return int(instant(text, "--start").timestamp()) * 1000


def _scopes(text: str) -> dict[str, float]:
    """Scopes and their parts; raises `ValueError` when they are none."""
    found: dict[str, float] = {}
    for item in text.split(","):
        name, _, part = item.partition("=")
        try:
            scope, share = word_of(name.strip()), float(part or 1)
        except ValueError:
            scope, share = None, 0.0
        if scope is None:
            raise ValueError(f"{item!r} is no scope with its part; write shop-a=3,shop-b=1")
        found[scope] = share
    return found
