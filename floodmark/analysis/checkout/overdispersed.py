"""Counts that scatter more than Poisson's: the negative binomial, by its mean and its extra variance."""

from dataclasses import dataclass
from math import exp, inf, lgamma, log, log1p, sqrt

_STEPS = 10_000
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Overdispersed:
    """A count with this mean whose variance is `mean + extra`: a Poisson count whose rate itself varies.

    Args:
        mean: Above 0.
        extra: Variance of the rate, above 0; near 0 it is Poisson's distribution.
    """

    mean: float
    extra: float

    @property
    def std(self) -> float:
        """Standard deviation of the count."""
        return sqrt(self.mean + self.extra)

    @property
    def _size(self) -> float:
        # Beyond 1e7 it is Poisson's distribution to all purposes, and only the work would grow.
        return min(self.mean * self.mean / self.extra, 1e7)

    def log_at_most(self, count: int) -> float:
        """Natural logarithm of the probability of `count` or less; `count` is at least 0."""
        size = self._size
        return _log_beta_share(size, count + 1, size / (size + self.mean))

    def log_at_least(self, count: int) -> float:
        """Natural logarithm of the probability of `count` or more; `count` is at least 0."""
        size = self._size
        return _log_beta_share(count, size, self.mean / (size + self.mean)) if count else 0.0

    def quantile(self, share: float) -> int:
        """The lowest count that is not passed with a probability of at least `share` (in (0, 1))."""
        target, high = log(share), 1
        while self.log_at_most(high) < target:
            high *= 2
        low = -1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.log_at_most(middle) < target else (low, middle)
        return high


def _log_beta_share(a: float, b: float, x: float) -> float:
    """Natural logarithm of the regularised incomplete beta function I_x(a, b).

    By its continued fraction, evaluated after Lentz; on the far side of the mean by the complement, where that is
    not small. So the far tails keep their digits instead of becoming 0.
    """
    if x < (a + 1) / (a + b + 2):
        return min(_log_fraction(a, b, x), 0.0)
    rest = exp(_log_fraction(b, a, 1 - x))
    return log1p(-rest) if rest < 1 else -inf


def _log_fraction(a: float, b: float, x: float) -> float:
    front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x) - log(a)
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    m, factor = 0, 0.0
    while abs(factor - 1) > 1e-14 and m < _STEPS:
        m += 1
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            factor = c * d
            value *= factor
    return front + log(value)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
