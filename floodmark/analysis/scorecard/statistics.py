"""The numbers of the card that are not counts."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rank correlation, -1 to 1: Pearson's correlation of the ranks, equal values sharing their mean rank.

    Returns:
        None when there are fewer than three pairs, or all values of one side are equal.

    Raises:
        ValueError: the sides differ in length.
    """
    pairs = list(zip(ranks(first), ranks(second), strict=True))
    if len(pairs) < 3:
        return None
    middle = (len(pairs) + 1) / 2
    across = sum((a - middle) * (b - middle) for a, b in pairs)
    along, aside = (sum((pair[i] - middle) ** 2 for pair in pairs) for i in (0, 1))
    return across / sqrt(along * aside) if along and aside else None


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 1 on; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    begin = 0
    while begin < len(order):
        end = begin
        while end + 1 < len(order) and values[order[end + 1]] == values[order[begin]]:
            end += 1
        for place in order[begin : end + 1]:
            found[place] = (begin + end) / 2 + 1
        begin = end + 1
    return found


def part(true: int, of: int) -> float | None:
    """`true` of `of`, 0 to 1; None when there is none to be asked."""
    return true / of if of else None


def f1(found: int, missed: int, false: int) -> float | None:
    """2 P R / (P + R), with P = found / (found + false) and R = found / (found + missed); None where nothing was."""
    return 2 * found / (2 * found + missed + false) if found + missed + false else None


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean, and the standard deviation of a sample (n - 1); None for that of a single value."""
    return fmean(values), stdev(values) if len(values) > 1 else None
