"""Comparison baselines: what is expected, how far is far, which runs are incidents, and what they cost."""

from collections.abc import Mapping, Sequence
from math import exp, fsum, isclose, lgamma, log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.analysis.checkout.comparison import ComparisonSettings, DayComparison, Slot, compare, together
from floodmark.analysis.checkout.overdispersed import Overdispersed
from floodmark.analysis.checkout.runs import CheckoutIncident, incidents, share_of_expected
from tests.processors.domain.build import PROPERTY

NAMES = ("yesterday", "same_day_last_week", "avg_last_week", "avg_last_month")
EVEN = (100.0, 100.0, 100.0, 100.0)
CALM = ComparisonSettings(dispersion=0.001)


def slots(seen: Sequence[int | None], baselines: Sequence[Sequence[float]] | None = None, start: int = 0) -> list[Slot]:
    """Slots one after the other; without baselines each was always 100."""
    rows = baselines or [EVEN] * len(seen)
    return [
        Slot(start + n, count, dict(zip(NAMES, row, strict=False)))
        for n, (count, row) in enumerate(zip(seen, rows, strict=True))
    ]


def found(seen: Sequence[int | None], settings: ComparisonSettings | None = None) -> tuple[CheckoutIncident, ...]:
    return incidents(compare(slots(seen), settings), settings)


def numbers(of: Sequence[object]) -> list[int]:
    return [slot.slot.at for slot in of]  # type: ignore[attr-defined]


def expected_of(row: Sequence[float], other: Mapping[str, float] | None = None) -> float:
    """Expected value of one slot among five whose baselines all agree on 100."""
    first = Slot(0, 100, other or dict(zip(NAMES, row, strict=False)))
    one = compare([first, *slots([100] * 5, start=1)]).slots[0]
    assert one.expected is not None
    return one.expected.count.mean


def chances(count: Overdispersed, up_to: int) -> list[float]:
    """Probability of 0, 1, 2 …, by the definition of the negative binomial."""
    size = count.mean**2 / count.extra
    miss = count.mean / (size + count.mean)
    return [
        exp(lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log1p(-miss) + k * log(miss)) for k in range(up_to)
    ]


@PROPERTY
@given(st.floats(0.5, 300), st.floats(0.01, 2), st.integers(0, 400))
def test_tails_are_the_sums_of_the_probabilities(mean: float, dispersion: float, seen: int) -> None:
    count = Overdispersed(mean, dispersion * mean * mean)
    each = chances(count, seen + 1)
    assert isclose(exp(count.log_at_most(seen)), fsum(each), rel_tol=1e-8, abs_tol=1e-12)
    assert isclose(exp(count.log_at_least(seen)), 1 - fsum(each[:-1]), rel_tol=1e-6, abs_tol=1e-9)


def test_far_tails_keep_their_digits() -> None:
    count = Overdispersed(10_000.0, 100.0)
    assert count.log_at_most(0) == pytest.approx(-1e6 * log1p(0.01), rel=1e-6)
    assert count.log_at_least(20_000) < -3_000
    assert count.log_at_most(1_000_000) == 0.0


def test_of_a_rate_that_is_sure_the_tails_are_those_of_poisson() -> None:
    count = Overdispersed(3.0, 1e-15)
    assert count.log_at_most(0) == pytest.approx(-3.0, rel=1e-6)
    assert count.std == pytest.approx(3**0.5)


@PROPERTY
@given(st.floats(0.5, 500), st.floats(0.01, 1), st.floats(0.01, 0.99))
def test_a_quantile_is_the_lowest_count_that_reaches_the_share(mean: float, dispersion: float, share: float) -> None:
    count = Overdispersed(mean, dispersion * mean * mean)
    at = count.quantile(share)
    assert count.log_at_most(at) >= log(share)
    assert at == 0 or count.log_at_most(at - 1) < log(share)


def test_what_all_baselines_say_is_expected() -> None:
    assert expected_of(EVEN) == 100


def test_one_spoilt_baseline_does_not_move_the_expected_value() -> None:
    assert expected_of((0, 100, 100, 100)) == 100
    assert expected_of((100, 900, 100, 100)) == 100


def test_a_single_day_that_stands_alone_is_doubted_and_left_out() -> None:
    rows = [(0.0, 100.0, 100.0, 90.0), *[EVEN] * 5]
    one = compare(slots([100] * 6, rows), CALM).slots[0]
    assert one.doubted == "yesterday"
    assert one.expected is not None
    assert one.expected.count.mean == 100


def test_two_single_days_that_agree_are_not_doubted_but_the_spread_grows() -> None:
    rows = [(0.0, 0.0, 100.0, 100.0), *[EVEN] * 5]
    closed, usual, *_ = compare(slots([0] + [100] * 5, rows), CALM).slots
    assert closed.doubted is None
    assert closed.expected is not None
    assert usual.expected is not None
    assert closed.expected.count.mean == 50
    assert closed.expected.count.std > 5 * usual.expected.count.std
    assert closed.log_below > log(CALM.suspect)


def test_of_two_baselines_neither_is_doubted() -> None:
    one = compare(slots([100], [(0.0, 100.0)])).slots[0]
    assert one.doubted is None


def test_averages_are_brought_to_the_level_of_single_days() -> None:
    rows = [(100.0, 100.0, 50.0, 80.0)] * 6
    comparison = compare(slots([100] * 6, rows))
    assert comparison.levels == {"avg_last_week": 2.0, "avg_last_month": 1.25}
    assert comparison.slots[0].levelled == dict.fromkeys(NAMES, 100.0)


def test_an_outage_of_an_earlier_day_does_not_move_the_level() -> None:
    rows = [*[(0.0, 100.0, 50.0, 50.0)] * 2, *[(100.0, 100.0, 50.0, 50.0)] * 4]
    assert compare(slots([100] * 6, rows)).levels["avg_last_week"] == 2.0


def test_without_single_days_averages_stay_as_they_are() -> None:
    given_ = [Slot(n, 30, {"avg_last_week": 30.0}) for n in range(4)]
    comparison = compare(given_)
    assert (comparison.levels, comparison.learned_from) == ({}, 0)
    assert comparison.dispersion == ComparisonSettings().dispersion


def test_single_days_of_nothing_but_zeros_give_no_level() -> None:
    assert compare(slots([1] * 3, [(0.0, 0.0, 2.0, 2.0)] * 3)).levels == {}


def test_a_single_day_alone_has_the_spread_of_a_day() -> None:
    one = compare([Slot(0, 100, {"yesterday": 100.0})]).slots[0]
    four = compare(slots([100])).slots[0]
    assert one.expected is not None
    assert four.expected is not None
    assert one.expected.count.extra > four.expected.count.extra + 100


def test_the_dispersion_is_learned_from_how_earlier_days_differ() -> None:
    rng = np.random.default_rng(7)

    def learned(shape: float) -> DayComparison:
        rate = 400 * rng.gamma(1 / shape, shape, (60, 2))
        rows = [(float(a), float(b), 400.0, 400.0) for a, b in rng.poisson(rate)]
        return compare(slots([400] * 60, rows), ComparisonSettings(dispersion_weight=0))

    calm, wild = learned(0.001), learned(0.1)
    assert calm.dispersion < 0.01
    assert 0.05 < wild.dispersion < 0.2
    assert wild.learned_from == 120


def test_slots_come_in_the_order_of_time_whatever_the_order_given() -> None:
    seen = [100, 100, 0, 100]
    assert compare(slots(seen)[::-1]) == compare(slots(seen))


def test_slots_without_count_or_without_baselines_are_not_judged() -> None:
    unknown, alone = compare([Slot(0, None, {"yesterday": 5.0}), Slot(1, 0, {})]).slots
    assert (unknown.deviation, unknown.log_below, unknown.log_above) == (None, 0.0, 0.0)
    assert unknown.expected is not None
    assert (alone.deviation, alone.expected, alone.log_below, alone.log_above) == (None, None, 0.0, 0.0)
    assert share_of_expected([unknown, alone]) is None


def test_a_sum_takes_the_slots_to_be_high_or_low_together() -> None:
    compared = compare(slots([100, 100])).slots
    total = together(compared)
    one = compared[0].expected
    assert one is not None
    assert total.mean == 200
    assert total.extra == pytest.approx(4 * one.count.extra)


def test_quiet_hours_stay_quiet() -> None:
    night = [(0.0, 1.0, 0.4, 0.3), (1.0, 0.0, 0.5, 0.6), (2.0, 1.0, 1.2, 0.9), (0.0, 0.0, 0.0, 0.0)]
    for seen in ([0, 0, 0, 0], [2, 0, 3, 1], [1, 2, 4, 2], [0, 0, 0, 6]):
        assert incidents(compare(slots(seen, night))) == ()


def test_what_is_small_is_no_incident_even_when_it_is_improbable() -> None:
    seen, rows = [9, 3, 3], [(0.2,) * 4, (3.0,) * 4, (3.0,) * 4]
    comparison = compare(slots(seen, rows))
    assert comparison.slots[0].log_above < log(1e-4)
    assert incidents(comparison) == ()
    (incident,) = incidents(comparison, ComparisonSettings(least_gap=5))
    assert (incident.kind, incident.seen) == ("rise", 9)


def test_an_outage_that_begins_and_ends_within_a_slot_has_these_as_its_edges() -> None:
    (incident,) = found([100, 100, 60, 0, 0, 0, 55, 95, 100], CALM)
    assert incident.kind == "outage"
    assert (numbers(incident.before), numbers(incident.slots), numbers(incident.after)) == ([2], [3, 4, 5], [6])


def test_next_to_nothing_beside_nothing_is_a_drop_and_no_outage() -> None:
    (incident,) = found([100, 100, 0, 4, 100])
    assert (incident.kind, numbers(incident.slots), incident.seen) == ("drop", [2, 3], 4)


def test_edges_are_suspect_but_not_sure() -> None:
    (incident,) = found([100, 100, 75, 0, 0, 72, 95, 100], CALM)
    assert (numbers(incident.before), numbers(incident.slots), numbers(incident.after)) == ([2], [3, 4], [5])
    assert (incident.gross, incident.returned, incident.net) == (200, 0, 200)
    assert incident.edges == 53
    assert incident.expected.low < 200 < incident.expected.high
    assert incident.rebound is None


def test_a_drop_that_is_sure_only_as_a_whole_is_one() -> None:
    rows = [(10.0,) * 4] * 8
    assert incidents(compare(slots([10, 10, 3, 3, 10, 10, 10, 10], rows))) == ()
    (incident,) = incidents(compare(slots([10, 10, 2, 3, 2, 3, 10, 10], rows)))
    assert (incident.kind, numbers(incident.slots), incident.before, incident.after) == ("drop", [2, 3, 4, 5], (), ())
    assert min(slot.log_below for slot in incident.slots) > log(1e-4) >= incident.log_tail


def test_an_incident_at_the_end_is_told() -> None:
    (incident,) = found([100, 100, 100, 0])
    assert numbers(incident.slots) == [3]


def test_a_gap_in_what_is_known_ends_a_run() -> None:
    first, second = incidents(compare([s for s in slots([100, 0, 0, 0, 100]) if s.at != 2]))
    assert (numbers(first.slots), numbers(second.slots)) == ([1], [3])
    first, second = found([100, 0, None, 0, 100])
    assert (numbers(first.slots), numbers(second.slots)) == ([1], [3])


def test_what_comes_back_after_a_drop_is_a_rebound_and_no_rise() -> None:
    (incident,) = found([100, 100, 10, 5, 290, 130, 100, 100])
    assert incident.kind == "drop"
    assert incident.rebound is not None
    assert numbers(incident.rebound.slots) == [4, 5]
    assert incident.rebound.extra == 220
    assert incident.rebound.log_tail < log(0.01)
    assert (incident.gross, incident.returned, incident.net) == (185, 185, 0)


def test_a_rebound_smaller_than_the_loss_leaves_a_net_loss() -> None:
    (incident,) = found([100, 100, 0, 0, 150, 100])
    assert (incident.gross, incident.returned, incident.net) == (200, 50, 150)


def test_a_rebound_lasts_a_few_slots_at_most() -> None:
    (incident,) = found([100, 0, 140, 140, 140, 140, 100])
    assert incident.rebound is not None
    assert numbers(incident.rebound.slots) == [2, 3, 4]


@pytest.mark.parametrize("after", [104, 100, 80])
def test_an_ordinary_slot_after_a_drop_is_no_rebound(after: int) -> None:
    (incident,) = found([100, 100, 0, after, 100])
    assert incident.rebound is None


def test_less_than_on_one_of_the_earlier_days_is_no_rebound() -> None:
    rows = [EVEN, EVEN, EVEN, (170.0, 100.0, 100.0, 100.0), EVEN]
    (incident,) = incidents(compare(slots([100, 100, 0, 150, 100], rows)))
    assert incident.rebound is None


def test_nothing_rebounds_across_what_is_not_known() -> None:
    for seen in ([100, 0, None, 160, 100], [100, 0, 160, 100]):
        given_ = [s for s in slots(seen) if len(seen) == 5 or s.at != 2]
        given_ = given_ if len(seen) == 5 else [*given_[:2], *slots([160, 100], start=3)]
        (incident,) = incidents(compare(given_))
        assert incident.rebound is None


def test_a_surge_of_some_slots_is_a_rise_without_loss_to_come_back() -> None:
    (incident,) = found([100, 100, 100, 310, 320, 100, 100, 100])
    assert (incident.kind, numbers(incident.slots)) == ("rise", [3, 4])
    assert (incident.gross, incident.returned) == (430, 0)


def test_a_day_that_is_busy_from_end_to_end_is_no_incident() -> None:
    assert found([300] * 8) == ()
    assert compare(slots([300] * 8)).slots[0].log_above < log(1e-4)
    (incident,) = found([200] * 6 + [900])
    assert (numbers(incident.slots), incident.expected.count.mean, incident.gross) == ([6], 200, 700)


def test_a_day_that_is_low_from_end_to_end_is_one() -> None:
    (incident,) = found([20] * 8)
    assert (incident.kind, len(incident.slots)) == ("drop", 8)


def test_drops_and_rises_come_in_the_order_of_time() -> None:
    kinds = [incident.kind for incident in found([100, 400, 100, 0, 100, 100])]
    assert kinds == ["rise", "outage"]


@pytest.mark.story
def test_ordinary_days_are_quiet() -> None:
    rng = np.random.default_rng(11)
    usual = 5 + 40 * np.sin(np.linspace(0, np.pi, 24))
    quiet = 0
    for _ in range(40):
        days = rng.poisson(usual * rng.gamma(50, 0.02, (31, 24)))
        rows = [
            (float(days[29][h]), float(days[23][h]), float(days[23:30, h].mean()), float(days[:30, h].mean()))
            for h in range(24)
        ]
        quiet += not incidents(compare(slots([int(v) for v in days[30]], rows)))
    assert quiet >= 39
