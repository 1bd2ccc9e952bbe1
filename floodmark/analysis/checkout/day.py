"""A day of hourly sales, compared: what every form of the report is made from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from floodmark.analysis.checkout.checkout_file import Checkout
from floodmark.analysis.checkout.comparison import ComparedHour, DayComparison, compare
from floodmark.analysis.checkout.runs import CheckoutIncident, incidents, share_of_expected

Role = Literal["incident", "edge", "rebound", "in line", "not judged"]

LABELS: Final = {
    "yesterday": "yesterday",
    "same_day_last_week": "same day last week",
    "avg_last_week": "average of last week",
    "avg_last_month": "average of last month",
}
"""The baselines as people call them."""

NOUNS: Final = {"outage": "Outage", "drop": "Trough", "rise": "Surge"}
"""Kinds of incident as people call them."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, what it should have been, and what was out of line.

    Args:
        checkout: What was read.
        comparison: Each hour beside its expected value.
        incidents: In the order of time.
        roles: What each hour is, by the number of its slot.
        elsewhere: Seen in all other judged hours, as a share of what was expected; None when there are none.
    """

    checkout: Checkout
    comparison: DayComparison
    incidents: tuple[CheckoutIncident, ...]
    roles: dict[int, Role]
    elsewhere: float | None

    @property
    def hours(self) -> tuple[ComparedHour, ...]:
        """The hours in the order of time."""
        return self.comparison.slots


def day_of(checkout: Checkout) -> Day:
    """The day that was read, compared with its baselines."""
    comparison = compare(checkout.hours)
    found = incidents(comparison)
    roles: dict[int, Role] = {
        hour.slot.at: "not judged" if hour.deviation is None else "in line" for hour in comparison.slots
    }
    for incident in found:
        roles |= dict.fromkeys(_places(incident.rebound.slots if incident.rebound else ()), "rebound")
    for incident in found:
        roles |= dict.fromkeys(_places((*incident.before, *incident.after)), "edge")
        roles |= dict.fromkeys(_places(incident.slots), "incident")
    rest = (hour for hour in comparison.slots if roles[hour.slot.at] == "in line")
    return Day(checkout, comparison, found, roles, share_of_expected(rest))


def numbers(hours: Iterable[ComparedHour]) -> list[int]:
    """The hours, 0 to 23, as clocks show them."""
    return [hour.slot.name for hour in hours]


def _places(hours: Iterable[ComparedHour]) -> list[int]:
    return [hour.slot.at for hour in hours]
