"""Traffic as the project's own judge sees it: the records of the minutes and alerts topics, without a broker."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_
from typing import Final

import msgspec
import numpy as np

from processors.domain.window import MINUTE_MS
from processors.offline import OfflineRow, judge_rows
from processors.rules.load import load
from processors.stages.records import alert_of, verdict_record
from schemas.alert import Alert

QUIET: Final = {
    "approved": 180.0,
    "denied": 12.0,
    "failed": 1.0,
    "reversed": 2.5,
    "backend_reversed": 0.5,
    "refunded": 2.0,
}
CODES: Final = {"00": 180.0, "51": 7.0, "59": 4.0, "05": 1.0}
TICKET: Final = 8_500
"""Minor units of a transaction."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is otherwise for a while.

    Args:
        first: Minute from which on, counted from the beginning.
        minutes: For how long.
        status: By what each of these is multiplied.
        codes: The same for auth codes.
    """

    first: int
    minutes: int
    status: Mapping[str, float]
    codes: Mapping[str, float]


DENIALS: Final = ({"denied": 6.0, "approved": 0.7}, {"51": 9.0, "00": 0.7})
"""Denials rise, and one code is behind it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the topics would hold: values of minutes, and alerts, in order."""

    minutes: list[bytes]
    alerts: list[Alert]

    def split(self, at_ms: int) -> "tuple[Judged, Judged]":
        """What was said of the minutes before this one, and of those from it on."""
        is_before = [msgspec.json.decode(raw)["minute"] < at_ms for raw in self.minutes]
        told = [each.timestamp.timestamp() * 1000 < at_ms for each in self.alerts]
        return (
            Judged(list(compress(self.minutes, is_before)), list(compress(self.alerts, told))),
            Judged(list(compress(self.minutes, map(not_, is_before))), list(compress(self.alerts, map(not_, told)))),
        )


def traffic(
    scopes: Mapping[str, Sequence[Trouble]],
    *,
    start_ms: int,
    minutes: int,
    seed: int = 1,
    more: Mapping[str, float] = {},
) -> Iterator[OfflineRow]:
    """Rows of every scope, minute by minute, with chance and a day's rise and fall.

    Args:
        scopes: What goes wrong in each.
        start_ms: The first minute, epoch milliseconds.
        minutes: How many.
        seed: Of chance.
        more: Further statuses, by their count a minute.
    """
    chance = np.random.default_rng(seed)
    for minute in range(minutes):
        at = start_ms + minute * MINUTE_MS
        level = 1 + 0.35 * math.sin(2 * math.pi * ((at // MINUTE_MS) % 1440 - 540) / 1440)
        for scope, troubles in scopes.items():
            now = [each for each in troubles if each.first <= minute < each.first + each.minutes]
            for series, is_code in ((QUIET | dict(more), False), (CODES, True)):
                for key, rate in series.items():
                    factors = [(each.codes if is_code else each.status).get(key, 1.0) for each in now]
                    count = int(chance.poisson(rate * level * math.prod(factors)))
                    if count:
                        status, code = (None, key) if is_code else (key, None)
                        yield OfflineRow(at, status, code, count, scope, 0 if is_code else count * TICKET)


def judged(rows: Iterator[OfflineRow]) -> Judged:
    """What the rules in use say of them; versions rise with what is said."""
    rules, found, version = load(), Judged([], []), 0
    for judgement in judge_rows(rows, rules):
        for verdict in judgement.verdicts:
            version += 1
            found.minutes.append(verdict_record(verdict, rules.version, version)[1])
        for statement in judgement.statements:
            version += 1
            found.alerts.append(alert_of(statement, rules, version))
    return found
