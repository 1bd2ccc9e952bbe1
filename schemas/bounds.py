"""What instants and whole numbers of a record may be, so that all who read it can work with them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

MAX_WHOLE: Final = 2**64 - 1
"""The largest whole number that every reader has a place for."""

ROOM: Final = timedelta(days=366)
LAST_MS: Final = 253_402_214_400_000
"""Epoch milliseconds of 31 December 9999: what is later has no date."""


def _dated(at: datetime) -> datetime:
    try:
        utc = at.astimezone(UTC)
        _ = utc - ROOM, utc + ROOM
    except OverflowError as error:
        raise ValueError("must be an instant of the years 2 to 9998") from error
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_dated)]
"""An aware instant, in whatever zone, with a year on either side: readers look around it, by clocks of their own."""
Whole = Annotated[int, Field(ge=0, le=MAX_WHOLE)]
"""A whole number. JSON has numbers of thousands of digits, and a thousand such records have no place in one state."""
