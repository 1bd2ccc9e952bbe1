"""Columns that were made a moment ago: after a restart all viewers ask for the same day at once."""

from collections import OrderedDict
from typing import Final

import msgspec

from floodmark.gateway.columns import series_columns
from floodmark.gateway.state.minutes import Minutes

MAX_KEPT: Final = 32
"""Answers that are kept; a day of ten series is half a megabyte."""
_encode: Final = msgspec.json.Encoder().encode


class KeptColumns:
    """The series of a scope as JSON, made anew as soon as any record of minutes has come.

    Args:
        minutes: The judged minutes.
    """

    def __init__(self, minutes: Minutes) -> None:
        self._minutes = minutes
        self._records = -1
        self._kept: OrderedDict[tuple[str, int, int], msgspec.Raw] = OrderedDict()

    def of(self, scope: str, first: int, last: int) -> msgspec.Raw:
        """A JSON list of `SeriesColumns`: those with a record between the two minutes, both included."""
        if self._minutes.records != self._records:
            self._records = self._minutes.records
            self._kept.clear()
        made = self._kept.get((scope, first, last))
        if made is None:
            made = msgspec.Raw(self._made(scope, first, last))
            self._kept[scope, first, last] = made
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return made

    def _made(self, scope: str, first: int, last: int) -> bytes:
        columns = (
            series_columns(each.dimension, each.key, each.between(first, last), first, last)
            for each in self._minutes.of_scope(scope)
        )
        return _encode([each for each in columns if any(word is not None for word in each.verdict)])
