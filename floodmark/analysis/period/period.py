"""Which stretch of time a report is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

Length = Literal["day", "week", "month"]
EARLIEST: Final = date(1970, 1, 8)
"""Before it there would be no period before."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of whole days in UTC: `[first, end)`.

    Args:
        length: What it is: a day, a week from Monday, or a calendar month.
        first: Its first day.
        end: The day after its last.
    """

    length: Length
    first: date
    end: date

    @property
    def name(self) -> str:
        """As people name it."""
        if self.length == "day":
            return f"{self.first:%A, %d %B %Y}"
        if self.length == "week":
            return f"the week of {self.first:%d %B %Y}"
        return f"{self.first:%B %Y}"

    @property
    def before(self) -> "Period":
        """The one before; for a day, the same day of the week before: days of the week differ."""
        if self.length == "day":
            return Period("day", self.first - timedelta(days=7), self.end - timedelta(days=7))
        return around(self.first - timedelta(days=1), self.length)

    @property
    def bounds(self) -> dict[str, str]:
        """The parameters `from` and `to` of the library's queries."""
        return {"from": _instant(self.first), "to": _instant(self.end)}


def around(day: date, length: Length) -> Period:
    """The day, week or month with this day in it."""
    if length == "day":
        return Period("day", day, day + timedelta(days=1))
    if length == "week":
        monday = day - timedelta(days=day.weekday())
        return Period("week", monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return Period("month", first, (first + timedelta(days=32)).replace(day=1))


def _instant(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
