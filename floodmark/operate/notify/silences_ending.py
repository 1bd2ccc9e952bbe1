"""Silences that end soon, for those who take over."""

from datetime import datetime, timedelta
from typing import Any

from floodmark.operate.notify.silences_there import Place
from sinks.notify.silences import Silence, what


def ending(given: dict[str, Any], at: datetime, within: timedelta) -> list[tuple[str, Silence]]:
    """What each hides, and the silence: those on at an instant that end within a length of time after it.

    The process ends with 3 when the broker does not answer.
    """
    at_ms, until_ms = (int(each.timestamp() * 1000) for each in (at, at + within))
    on = [
        one
        for one in Place(given).read()
        if one.begins_ms <= at_ms < one.ends_ms <= until_ms and (one.ended_ms is None or one.ended_ms > at_ms)
    ]
    return [(what(one), one) for one in sorted(on, key=lambda one: one.ends_ms)]
