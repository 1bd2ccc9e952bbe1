"""Instants: of epoch milliseconds, and as people read them, in one way everywhere: `2025-07-12 18:07 UTC`.

What is left over of a minute is dropped. Where a program reads, they are ISO 8601, and not from here. What has a head
or a sentence beside it that names zone or day may leave those out, and nothing else: no other module puts an instant
into words by itself.
"""

from datetime import UTC, datetime, tzinfo


def from_ms(instant_ms: float) -> datetime:
    """The instant of epoch milliseconds, in UTC.

    Raises:
        OverflowError, ValueError: It lies outside the years 1 to 9999.
    """
    return datetime.fromtimestamp(instant_ms / 1000, UTC)


def instant(at: datetime, zone: tzinfo = UTC) -> str:
    """An aware instant to the minute, on the clock of a zone, which is named."""
    return local_instant(at.astimezone(zone))


def local_instant(at: datetime) -> str:
    """An aware instant to the minute, on its own clock, which is named."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def to_the_second(at: datetime) -> str:
    """An aware instant in UTC, where seconds tell one thing from the next."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def stretch(first: datetime, last: datetime) -> str:
    """Two aware instants, in UTC: `2025-07-12 18:07 to 18:31 UTC`; a second day is named where it is another one."""
    until = clock(last) if first.astimezone(UTC).date() == last.astimezone(UTC).date() else in_column(last)
    return f"{in_column(first)} to {until} UTC"


def stretch_of_ms(first_ms: int, last_ms: int) -> str:
    """The same of epoch milliseconds."""
    return stretch(from_ms(first_ms), from_ms(last_ms))


def in_column(at: datetime) -> str:
    """`2025-07-12 18:07`: an aware instant in UTC, where the head of its column names the zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def clock(at: datetime) -> str:
    """`18:07`: an aware instant in UTC, where its day and the zone are named beside it."""
    return f"{at.astimezone(UTC):%H:%M}"


def clock_to_the_second(at: datetime) -> str:
    """`18:07:31`: the same, where seconds tell one thing from the next."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def without_year(at: datetime) -> str:
    """`07-12 18:07`: an aware instant in UTC, in a terminal that has no room for more."""
    return in_column(at).partition("-")[2]


def instant_of(text: str) -> str:
    """An instant in ISO 8601 (without a zone it is UTC) to the minute, in UTC; a text that is none stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC))


def instant_of_ms(instant_ms: int) -> str:
    """Epoch milliseconds, to the minute, in UTC."""
    return instant(from_ms(instant_ms))
