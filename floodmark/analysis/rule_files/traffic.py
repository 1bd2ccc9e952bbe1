"""The rows of a test case: made traffic, the same every time."""

from collections.abc import Iterator
from math import floor

import numpy as np

from processors.offline import OfflineRow
from processors.rules import Case, CaseStretch

MINUTE_MS = 60_000


def rows_of(case: Case) -> Iterator[OfflineRow]:
    """The rows in event-time order: of each minute one for each status and auth code that occurs in it.

    When nothing comes at the end, the last minute says so with a count of 0: otherwise it would not be judged.
    """
    # The old generator, because numpy promises that its numbers stay the same from release to release.
    draw = None if case.seed is None else np.random.RandomState(case.seed)
    at = int(case.start.timestamp() * 1000)
    is_empty = True
    for stretch in case.stretches:
        for minute in range(stretch.minutes):
            is_empty = True
            for status, code, count in _counts(stretch, minute, draw):
                if count:
                    is_empty = False
                    yield OfflineRow(at, status, code, count, "all", 0)
            at += MINUTE_MS
    if is_empty:
        key = next(iter(case.status or case.auth_code))
        status, code = (key, None) if case.status else (None, key)
        yield OfflineRow(at - MINUTE_MS, status, code, 0, "all", 0)


def _counts(
    stretch: CaseStretch, minute: int, draw: np.random.RandomState | None
) -> Iterator[tuple[str | None, str | None, int]]:
    if stretch.missing:
        return
    for status, rate in stretch.status.items():
        yield status, None, _count(rate * stretch.volume, minute, draw)
    for code, rate in stretch.auth_code.items():
        yield None, code, _count(rate * stretch.volume, minute, draw)


def _count(rate: float, minute: int, draw: np.random.RandomState | None) -> int:
    """The count of minute number `minute` of a stretch; without noise the sum is never a whole one off."""
    return floor((minute + 1) * rate) - floor(minute * rate) if draw is None else int(draw.poisson(rate))
