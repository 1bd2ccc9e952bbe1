"""Exact tail probabilities for small counts, as *strengths*: -log10 of the probability, so that 6 is one in a million.

Log-gamma gives the first term, a recurrence the rest; the sums stop when a term no longer matters (1e-6 of the sum).
Where neighbouring terms hardly differ, because the counts are large, the sum takes strides and stays as short.
"""

from collections.abc import Callable
from math import inf, lgamma, log, sqrt
from typing import Final

EXACTLY: Final = 1e9
"""The worth of a share that is a limit, known and not estimated, in trials."""
_LN10: Final = log(10.0)
_SMALL: Final = 1e-6
_TERMS: Final = 4_000
"""A sum converges within tens to hundreds of terms; this is only a bound."""
_STRIDES: Final = 100
"""How many strides go into the distance over which the terms change; with so many, the error is some 1e-5."""
_PLAIN: Final = 1.0001
"""Variance over mean up to which counts are taken for Poisson."""


def counts_at_least(x: int, mean: float, variance: float) -> float:
    """Strength of `x` or more where `mean` is expected: negative binomial; Poisson when not over-dispersed."""
    if x <= mean:
        return 0.0
    if mean <= 0:
        return inf
    if variance <= mean * _PLAIN:
        return _strength(_poisson_log(x, mean), _sum(lambda i: mean / (x + i + 1), inf, sqrt(mean)))
    size, q = mean * mean / (variance - mean), (variance - mean) / variance
    total = _sum(lambda i: q * (x + i + size) / (x + i + 1), inf, sqrt(variance))
    return _strength(_negative_binomial_log(x, mean, variance), total)


def counts_at_most(x: int, mean: float, variance: float) -> float:
    """Strength of `x` or less where `mean` is expected; distributions as in `counts_at_least`."""
    if x >= mean:
        return 0.0
    if variance <= mean * _PLAIN:
        return _strength(_poisson_log(x, mean), _sum(lambda i: (x - i) / mean, x, sqrt(mean)))
    size, q = mean * mean / (variance - mean), (variance - mean) / variance
    total = _sum(lambda i: (x - i) / (q * (x - i - 1 + size)), x, sqrt(variance))
    return _strength(_negative_binomial_log(x, mean, variance), total)


def share_at_least(x: int, n: int, share: float, precision: float) -> float:
    """Strength of `x` or more of `n`, where `share` of them is expected: beta-binomial.

    `precision` is the sum of the beta distribution's two parameters, the number of trials that the knowledge of the
    share is worth: the larger it is, the closer this is to the binomial tail.
    """
    if x <= n * share:
        return 0.0
    if x > n or share <= 0:
        return inf
    a, b = share * precision, (1 - share) * precision
    first = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + lgamma(x + a) + lgamma(n - x + b)
    first += lgamma(precision) - lgamma(n + precision) - lgamma(a) - lgamma(b)
    spread = sqrt(n * share * (1 - share) * (precision + n) / (precision + 1))

    def ratio(i: float) -> float:
        k = x + i
        return (n - k) * (k + a) / ((k + 1) * (n - k - 1 + b))

    return _strength(first, _sum(ratio, n - x, spread))


def share_at_most(x: int, n: int, share: float, precision: float) -> float:
    """Strength of `x` or less of `n`; see `share_at_least`."""
    return share_at_least(n - x, n, 1 - share, precision)


def _strength(ln_first: float, total: float) -> float:
    return max(0.0, -(ln_first + log(total)) / _LN10)


def _sum(ratio: Callable[[float], float], further: float, spread: float) -> float:
    """Sum of a first term of 1 and `further` others. `ratio(i)`: term i + 1 over term i; `spread`: how far they matter.

    A stride of several terms is the geometric mean of its ratios, taken from its middle, and the trapezoid under it;
    with a stride of 1 both are exact.
    """
    if further <= 0:
        return 1.0
    slope = -log(ratio(0))
    stride = max(1, int(min(spread, 1 / slope if slope > 0 else inf) / _STRIDES))
    term = total = 1.0
    i: float = 0
    for _ in range(_TERMS):
        step = min(stride, further - i)
        after = term * ratio(i + (step - 1) / 2) ** step
        total += after + (step - 1) * (term + after) / 2
        i, term = i + step, after
        if i >= further or term * stride < total * _SMALL:
            break
    return total


def _poisson_log(x: int, mean: float) -> float:
    return x * log(mean) - mean - lgamma(x + 1)


def _negative_binomial_log(x: int, mean: float, variance: float) -> float:
    size, excess = mean * mean / (variance - mean), variance - mean
    return lgamma(x + size) - lgamma(size) - lgamma(x + 1) + size * log(mean / variance) + x * log(excess / variance)
