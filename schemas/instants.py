"""Instants as people read them, in one way everywhere: `2025-07-12 18:07 UTC`.

What is left over of a minute is dropped. Where a program reads, they are ISO 8601, and not from here.
"""

from datetime import UTC, datetime, tzinfo


def instant(at: datetime, zone: tzinfo = UTC) -> str:
    """An aware instant to the minute, on the clock of a zone, which is named."""
    return local_instant(at.astimezone(zone))


def local_instant(at: datetime) -> str:
    """An aware instant to the minute, on its own clock, which is named."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def to_the_second(at: datetime) -> str:
    """An aware instant in UTC, where seconds tell one thing from the next."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def instant_of(text: str) -> str:
    """An instant in ISO 8601 (without a zone it is UTC) to the minute, in UTC; a text that is none stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC))


def instant_of_ms(at_ms: int) -> str:
    """Epoch milliseconds, to the minute, in UTC."""
    return instant(datetime.fromtimestamp(at_ms / 1000, UTC))
