"""Lengths of time as people read them, in one way everywhere: in alerts, on pages, in terminals and in health.

`45 s`, `1 minute`, `14 minutes`, `23 h 58 min`, `24 h`, `3 d 4 h`; in cells of tables in one unit: `45 s`, `12 min`.
What is left over is dropped, so that nothing is called longer than it is.
"""

from typing import Final

HOUR_M: Final = 60
DAY_M: Final = 24 * HOUR_M


def seconds_long(seconds: float) -> str:
    """A length in seconds: below two minutes to the second, and then as `minutes_long` says it."""
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 120 else minutes_long(whole // 60)


def minutes_long(minutes: int) -> str:
    """A length in minutes: to the minute, from two days on to the hour."""
    if minutes < 2 * HOUR_M:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    if minutes < 2 * DAY_M:
        return _two(minutes // HOUR_M, "h", f"{minutes % HOUR_M:02} min", minutes % HOUR_M)
    hours = minutes % DAY_M // HOUR_M
    return _two(minutes // DAY_M, "d", f"{hours} h", hours)


def briefly(seconds: float) -> str:
    """A length in seconds in the largest unit of which there are two or more, for where there is little room."""
    whole = max(0, int(seconds))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def _two(large: int, unit: str, rest: str, left: int) -> str:
    return f"{large} {unit} {rest}" if left else f"{large} {unit}"
