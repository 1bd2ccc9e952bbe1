"""What instants and whole numbers of a record may be, so that all who read it can work with them."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

MAX_WHOLE: Final = 2**64 - 1
"""The largest whole number that every reader has a place for."""

LAST_MS: Final = 253_402_214_400_000
"""Epoch milliseconds of 31 December 9999: what is later has no date."""


def _in_utc(at: datetime) -> datetime:
    try:
        at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be an instant that UTC has a date for: from the year 1 to the year 9999") from error
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An aware instant, in whatever zone; none that its offset leads beyond the ends of the calendar."""
Whole = Annotated[int, Field(ge=0, le=MAX_WHOLE)]
"""A whole number. JSON has numbers of thousands of digits, and a thousand such records have no place in one state."""
