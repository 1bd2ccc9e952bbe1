"""Alerts before the minute ends: for rules whose answer can only get worse while more is counted."""

from collections.abc import Iterator, Sequence

from processors.domain.rules import Rule, Series
from processors.domain.series_key import SeriesKey
from processors.domain.window import Dimensions


def early_series(rules: Sequence[Rule], counts: Dimensions) -> Iterator[SeriesKey]:
    """Each series in which one of these rules finds something in what a minute holds so far."""
    for dimension, keys in counts.items():
        total = sum(count for count, _ in keys.values())
        for key, (count, _) in keys.items():
            series = Series(dimension, key, count, total, None)
            if any(rule.watches(dimension, key) and rule.judge(series) for rule in rules):
                yield SeriesKey(dimension, key)
