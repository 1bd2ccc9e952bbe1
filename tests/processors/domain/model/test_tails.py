"""The tails against sums of the exact probabilities, and at the ends of what they are asked."""

import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import comb, erfc, exp, factorial, inf, isnan, lgamma, log, log10, prod, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.model import tails
from processors.domain.model.tails import counts_at_least, counts_at_most, share_at_least, share_at_most
from tests.processors.domain.build import PROPERTY

Pmf = Callable[[int], Fraction]


def strength(probability: Fraction) -> float:
    """-log10, also of a fraction too small for a float."""
    return log10(probability.denominator) - log10(probability.numerator)


def poisson(mean: int) -> Pmf:
    """But for the factor e^-mean, which no fraction is."""
    return lambda k: Fraction(mean**k, factorial(k))


def negative_binomial(size: int, q: Fraction) -> Pmf:
    """Mean size * q / (1 - q), variance mean / (1 - q)."""
    return lambda k: comb(k + size - 1, k) * q**k * (1 - q) ** size


def total(terms: Iterable[Fraction]) -> Fraction:
    return sum(terms, start=Fraction(0))


def rising(a: Fraction, k: int) -> Fraction:
    return prod((a + i for i in range(k)), start=Fraction(1))


def beta_binomial(n: int, share: Fraction, precision: int) -> Pmf:
    a, b = share * precision, (1 - share) * precision
    return lambda k: comb(n, k) * rising(a, k) * rising(b, n - k) / rising(a + b, n)


def binomial(n: int, share: Fraction) -> Pmf:
    return lambda k: comb(n, k) * share**k * (1 - share) ** (n - k)


# --- against the sums ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [1, 7, 40])
def test_poisson_tails_are_the_sums_of_their_terms(mean: int) -> None:
    pmf, e = poisson(mean), mean / log(10)
    for x in range(mean):
        assert counts_at_most(x, mean, mean) == pytest.approx(strength(total(map(pmf, range(x + 1)))) + e, abs=1e-5)
    for x in range(mean + 1, 4 * mean + 9):
        beyond = total(map(pmf, range(x, x + 6 * mean + 40)))
        assert counts_at_least(x, mean, mean) == pytest.approx(strength(beyond) + e, abs=1e-5)


@pytest.mark.parametrize(("size", "q"), [(1, Fraction(9, 10)), (4, Fraction(3, 4)), (30, Fraction(1, 2))])
def test_negative_binomial_tails_are_the_sums_of_their_terms(size: int, q: Fraction) -> None:
    pmf = negative_binomial(size, q)
    mean = float(size * q / (1 - q))
    variance = mean / float(1 - q)
    below = Fraction(0)
    for x in range(int(5 * mean)):
        at_least, below = 1 - below, below + pmf(x)
        if x < mean:
            assert counts_at_most(x, mean, variance) == pytest.approx(strength(below), abs=1e-5)
        if x > mean:
            assert counts_at_least(x, mean, variance) == pytest.approx(strength(at_least), abs=1e-5)


@pytest.mark.parametrize("n", [1, 12, 90])
@pytest.mark.parametrize(("share", "precision"), [(Fraction(1, 20), 400), (Fraction(1, 2), 8), (Fraction(19, 20), 60)])
def test_beta_binomial_tails_are_the_sums_of_their_terms(n: int, share: Fraction, precision: int) -> None:
    terms = list(map(beta_binomial(n, share, precision), range(n + 1)))
    assert sum(terms) == 1
    for x in range(n + 1):
        at_least, at_most = total(terms[x:]), total(terms[: x + 1])
        if x > n * share:
            assert share_at_least(x, n, float(share), precision) == pytest.approx(strength(at_least), abs=1e-5)
        if x < n * share:
            assert share_at_most(x, n, float(share), precision) == pytest.approx(strength(at_most), abs=1e-5)


def test_with_much_knowledge_the_share_tail_is_the_binomial_one() -> None:
    for x in range(6, 60):
        exact = strength(total(map(binomial(100, Fraction(1, 20)), range(x, 101))))
        assert share_at_least(x, 100, 0.05, 1e9) == pytest.approx(exact, abs=1e-4)


def test_counts_that_are_hardly_over_dispersed_are_poisson_and_it_does_not_jump_there() -> None:
    for x in (0, 20, 80, 200):
        for tail in (counts_at_least, counts_at_most):
            assert tail(x, 50.0, 50.0 * 1.000101) == pytest.approx(tail(x, 50.0, 40.0), abs=0.02)


# --- what one knows of any tail --------------------------------------------------------------------------------------


def test_what_is_no_more_than_expected_has_no_strength_at_all() -> None:
    for mean in (0.0, 1.0, 99.5, 1e9):
        assert counts_at_least(int(mean), mean, 2 * mean) == 0
        assert counts_at_most(int(mean) + 1, mean, 2 * mean) == 0
    assert share_at_least(5, 100, 0.05, 400) == 0
    assert share_at_most(5, 100, 0.05, 400) == 0
    assert share_at_least(0, 0, 0.05, 400) == 0


def test_what_cannot_be_has_endless_strength() -> None:
    assert counts_at_least(1, 0.0, 0.0) == inf
    assert share_at_least(101, 100, 0.05, 400) == inf
    assert share_at_least(1, 100, 0.0, 400) == inf
    assert share_at_most(-1, 100, 0.05, 400) == inf


def test_what_is_certain_has_no_strength() -> None:
    assert share_at_least(1, 1, 0.999999, 400) == pytest.approx(0, abs=1e-5)


@PROPERTY
@given(st.integers(0, 400), st.floats(0.01, 300), st.floats(0.5, 40))
def test_more_is_never_weaker_evidence_of_a_rise_nor_stronger_of_a_fall(x: int, mean: float, dispersion: float) -> None:
    for tail, sign in ((counts_at_least, 1), (counts_at_most, -1)):
        assert sign * (tail(x + 1, mean, mean * dispersion) - tail(x, mean, mean * dispersion)) >= -1e-6


@PROPERTY
@given(st.integers(1, 5_000), st.data(), st.floats(0.001, 0.95), st.floats(5, 1e6))
def test_a_larger_share_is_never_weaker_evidence(n: int, data: st.DataObject, share: float, precision: float) -> None:
    x = data.draw(st.integers(0, n - 1))
    assert share_at_least(x + 1, n, share, precision) >= share_at_least(x, n, share, precision) - 1e-6
    assert share_at_most(x + 1, n, share, precision) <= share_at_most(x, n, share, precision) + 1e-6


@PROPERTY
@given(st.integers(1, 3_000), st.data(), st.floats(0.01, 0.9))
def test_who_knows_less_is_less_sure(n: int, data: st.DataObject, share: float) -> None:
    """Where it matters: from a strength of 1 on."""
    x = data.draw(st.integers(0, n))
    sure = share_at_least(x, n, share, 2_000)
    if sure > 1:
        assert share_at_least(x, n, share, 200) <= sure + 1e-6


# --- large counts ----------------------------------------------------------------------------------------------------


def normal(sigmas: float) -> float:
    return -log10(erfc(sigmas / sqrt(2)) / 2)


@pytest.mark.parametrize("mean", [10_000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("sigmas", [0.1, 1.0, 4.0])
def test_large_counts_are_as_the_bell_curve_has_it(mean: int, sigmas: float) -> None:
    """Within what the skew of the distribution makes: it falls with the square root of the count."""
    away = round(sigmas * sqrt(mean))
    near = 0.4 if mean == 10_000 else 0.04
    assert counts_at_least(mean + away, mean, mean) == pytest.approx(normal(sigmas), abs=near)
    assert counts_at_most(mean - away, mean, mean) == pytest.approx(normal(sigmas), abs=near)
    away = round(sigmas * sqrt(mean * 0.05 * 0.95))
    assert share_at_least(mean // 20 + away, mean, 0.05, 1_000.0 * mean) == pytest.approx(normal(sigmas), abs=near)


@pytest.mark.parametrize("mean", [3_000, 100_000, 1_000_000_000])
def test_how_sure_a_fall_is_with_an_uncertain_forecast_does_not_grow_with_the_traffic(mean: int) -> None:
    """The forecast may be wrong by 10 %: then 70 % of it is as strange for a thousand as for a thousand million."""
    variance = mean + (0.1 * mean) ** 2
    assert counts_at_most(mean * 7 // 10, mean, variance) == pytest.approx(3.3, abs=0.25)
    assert counts_at_least(mean * 14 // 10, mean, variance) == pytest.approx(4.0, abs=0.45)
    assert share_at_least(7 * mean, 100 * mean, 0.05, 1 / (0.1**2 * 0.05)) == pytest.approx(4.0, abs=0.25)


def test_a_sum_in_strides_is_the_sum_of_all_its_terms() -> None:
    """A negative binomial whose terms are taken ten at a time."""
    mean, variance, x = 20_000.0, 1_010_000.0, 17_000
    size, q = mean * mean / (variance - mean), (variance - mean) / variance
    terms = (
        exp(lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log(1 - q) + k * log(q)) for k in range(x + 1)
    )
    assert counts_at_most(x, mean, variance) == pytest.approx(-log10(sum(terms)), abs=1e-4)


TAILS: dict[str, Callable[[int, int], float]] = {
    "poisson, more": lambda x, n: counts_at_least(x, n / 2, n / 2),
    "poisson, less": lambda x, n: counts_at_most(x, n / 2, n / 2),
    "negative binomial, more": lambda x, n: counts_at_least(x, n / 2, n / 2 + (n / 5) ** 2),
    "negative binomial, less": lambda x, n: counts_at_most(x, n / 2, n / 2 + (n / 5) ** 2),
    "much over-dispersed, more": lambda x, n: counts_at_least(x, n / 2, 1e300),
    "much over-dispersed, less": lambda x, n: counts_at_most(x, n / 2, 1e300),
    "share, more": lambda x, n: share_at_least(x, n, 0.05, 5_000),
    "share, less": lambda x, n: share_at_most(x, n, 0.95, 5_000),
    "share, hardly known": lambda x, n: share_at_least(x, n, 0.0001, 3_000),
    "share, well known": lambda x, n: share_at_least(x, n, 0.05, 1e12),
}


@pytest.mark.parametrize("tail", TAILS)
@PROPERTY
@given(data=st.data())
def test_any_counts_have_a_strength(tail: str, data: st.DataObject) -> None:
    n = data.draw(st.one_of(st.integers(1, 50), st.integers(1, 10**12)))
    x = data.draw(st.one_of(st.integers(0, n), st.sampled_from([0, n, n // 2, n // 20])))
    found = TAILS[tail](x, n)
    assert not isnan(found)
    assert found >= 0


@pytest.mark.parametrize("tail", TAILS)
def test_no_counts_take_more_than_so_many_terms(tail: str) -> None:
    """Each term calls a function, and little else does."""
    called = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal called
        called += event == "call"

    for n in (10**9, 10**12):
        for x in (0, n // 20, n // 19, n // 3, n // 2 - 1, n // 2 + 1, n):
            called, before = 0, sys.getprofile()
            sys.setprofile(profile)
            TAILS[tail](x, n)
            sys.setprofile(before)
            assert called <= tails._TERMS + 10, (x, n)


def test_deep_tails_are_numbers() -> None:
    assert counts_at_least(1_000, 1.0, 1.0) == pytest.approx(2567.6 + 0.4, abs=0.5)
    assert counts_at_most(0, 5_000.0, 5_000.0) == pytest.approx(5_000 / log(10))
    assert share_at_least(1_000, 1_000, 0.01, 1e9) == pytest.approx(2_000, abs=0.5)
    assert share_at_most(0, 10**6, 0.5, 1e10) == pytest.approx(301_030, abs=25)
    assert counts_at_least(10**9, 1e-300, 1e-300) > 1e11
