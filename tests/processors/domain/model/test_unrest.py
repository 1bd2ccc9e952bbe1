"""How low the volume goes by itself, and that an outage of a feed that comes in bulk is found all the same."""

from collections.abc import Callable

import pytest

from processors.domain.model import ScopeModel
from processors.domain.model.unrest import GRID, SPAN, noted, part_of, steady_from, usual_lows
from processors.domain.model.volume import VolumeModel
from processors.domain.rules import Finding, Series, VolumeDrop
from processors.domain.window import TOTAL, VOLUME

HOUR = 60
DROP = VolumeDrop("volume_drop")


def lows_of(
    totals: Callable[[int], int], halves: int = 12, barred: Callable[[int], bool] = lambda _: False
) -> tuple[float, ...]:
    lows = b""
    for half in range(halves):
        minutes = [totals(30 * half + m) for m in range(SPAN)]
        lows = noted(lows, minutes, [1.0] * SPAN, None, is_barred=barred(half))
    return usual_lows(lows)


def test_traffic_that_comes_all_the_time_does_not_fall_by_itself() -> None:
    assert lows_of(lambda m: 100 + m % 7) == (1.0,) * len(GRID)
    assert steady_from((1.0,) * len(GRID)) == 2
    assert part_of((1.0,) * len(GRID), 5) == 1.0


def test_what_comes_every_five_minutes_leaves_windows_of_less_with_nothing() -> None:
    lows = dict(zip(GRID, lows_of(lambda m: 500 * (m % 5 == 0)), strict=True))
    assert [lows[window] for window in (2, 3, 4)] == [0, 0, 0]
    assert lows[6] == pytest.approx(1 / 1.2, abs=0.01)
    assert lows[30] == 1
    assert part_of(tuple(lows.values()), 4) == 0
    assert part_of(tuple(lows.values()), 7) == pytest.approx(0.75 / 1.2, abs=0.01)


def test_what_comes_every_quarter_of_an_hour_is_steady_over_half_an_hour() -> None:
    assert steady_from(lows_of(lambda m: 1_500 * (m % 15 == 0))) in (16, 30)


def test_an_outage_is_not_usual_and_too_few_half_hours_say_nothing() -> None:
    assert lows_of(lambda m: 0 if 120 <= m < 160 else 100) == (1.0,) * len(GRID)
    assert lows_of(lambda m: 500 * (m % 5 == 0), halves=3) == (1.0,) * len(GRID)


@pytest.mark.parametrize(("calm", "lowest"), [(12, 1.0), (11, 0.0), (0, 0.0)])
def test_incidents_are_usual_only_where_there_is_little_else(calm: int, lowest: float) -> None:
    """A platform that is unstable for hours is no feed in bulk; but one in bulk was taken for an outage at first."""
    lows = lows_of(lambda m: 100 if m < 30 * calm + 90 or m % 5 == 0 else 0, 24, lambda half: half >= calm)
    assert lows[1] == lowest


def test_where_hardly_anything_is_expected_nothing_is_noted() -> None:
    assert noted(b"before", [0] * SPAN, [1.0] * SPAN, None) == b"before"
    assert noted(b"", [m % 2 for m in range(SPAN)], [1.0] * SPAN, 0.01) == b""


def test_a_minute_without_a_profile_has_all_of_them_held_against_their_number() -> None:
    shape = [0.0, *[5.0] * (SPAN - 1)]
    assert noted(b"", [100] * SPAN, shape, None) == noted(b"", [100] * SPAN, [1.0] * SPAN, None)


def test_nothing_that_is_shorter_than_the_first_length_is_known_better() -> None:
    assert part_of((0.5, *[1.0] * 10), 1) == 0.375


@pytest.mark.parametrize(("low", "limit"), [(0.99, 0.976), (0.97, 0.928), (0.9, 0.76), (0.8, 0.6), (0.4, 0.3)])
def test_where_falls_are_shallow_an_outage_need_not_be_much_lower(low: float, limit: float) -> None:
    assert part_of((low,) * len(GRID), 12) == pytest.approx(limit)


# --- a feed in bulk ---------------------------------------------------------------------------------------------------


def findings(every: int, broken: range, factor: float, last: int) -> list[tuple[int, Finding]]:
    """What is found in the last minutes of 26 hours of a feed that delivers once in `every` minutes."""
    model, found = ScopeModel(VolumeModel()), []
    for minute in range(26 * HOUR + last):
        held = 100 * every if minute % every == 0 else 0
        total = round(held * (factor if minute - 26 * HOUR in broken else 1))
        model.volume.hear(minute, total, barred=False)
        if minute >= 25 * HOUR:
            finding = DROP.judge(Series(VOLUME, TOTAL, total, total, None, (), minute, model))
            if finding is not None:
                found.append((minute - 26 * HOUR, finding))
    return found


@pytest.mark.parametrize("every", [5, 15])
def test_deliveries_are_no_outages(every: int) -> None:
    assert findings(every, range(0), 1.0, HOUR) == []


@pytest.mark.parametrize(("every", "factor", "within"), [(5, 0.0, 4), (5, 0.5, 12), (15, 0.0, 4), (15, 0.5, 18)])
def test_a_delivery_that_does_not_come_or_is_half_as_large_is_found_soon(
    every: int, factor: float, within: int
) -> None:
    (minute, finding), *_ = findings(every, range(60), factor, 40)
    assert minute <= within
    assert finding.observed < finding.expected * 0.7
