"""Which dates are special: public holidays of a country, and days of pay.

Holidays come from the package `holidays`, for YEARS whatever the date is today; where it knows fewer years of a
country, the others have none. They count for the version of a rule set: an edition of the package that knows other
dates makes another version.
"""

import warnings
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Literal

YEARS: Final = range(2000, 2101)
"""The years for which special days are known."""
MOVES: Final = ("next", "previous", "never")
"""Where a pay day goes that is no working day."""
PAY_DAY: Final = "pay day"

Moves = Literal["next", "previous", "never"]


def special_days(country: str, subdivision: str, pay_days: Iterable[int], moves: Moves) -> dict[int, str]:
    """Ordinal of a date to its name; a holiday that is a pay day as well has both names.

    Args:
        country: ISO 3166-1 code of two letters; empty: none.
        subdivision: As the package `holidays` calls it; empty: what all of the country has.
        pay_days: Days of the month from 1; below 0 from the end of the month. A day that a month lacks is its last.
        moves: Where a pay day on a weekend (of the country) or holiday goes.

    Raises:
        LookupError: when the country, or the subdivision of it, is not known.
    """
    public, weekend = _holidays(country, subdivision) if country else ({}, {5, 6})
    days = dict(public)
    for ordinal in _pay_days(pay_days, moves, lambda o: o not in public and (o - 1) % 7 not in weekend):
        days[ordinal] = f"{public[ordinal]}, {PAY_DAY}" if ordinal in public else PAY_DAY
    return days


def _holidays(country: str, subdivision: str) -> tuple[Mapping[int, str], set[int]]:
    """Public holidays in English where the package has that, never in the language of this machine; the weekend."""
    import holidays  # here, for it is slow and few rule files need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of years that it does not know
        try:
            which = holidays.country_holidays(country, subdiv=subdivision or None)
            languages = which.supported_languages
            language = next((english for english in ("en_US", "en") if english in languages), which.default_language)
            known = holidays.country_holidays(country, subdiv=subdivision or None, years=YEARS, language=language)
        except NotImplementedError as exc:
            raise LookupError(str(exc)) from exc
    return {day.toordinal(): name for day, name in known.items() if day.year in YEARS}, known.weekend


def _pay_days(days: Iterable[int], moves: Moves, is_working: Callable[[int], bool]) -> Iterator[int]:
    step = {"next": 1, "previous": -1, "never": 0}[moves]
    for day in days:
        for year in YEARS:
            for month in range(1, 13):
                last = monthrange(year, month)[1]
                at = date(year, month, min(day, last) if day > 0 else max(1, last + 1 + day)).toordinal()
                while step and not is_working(at):
                    at += step
                yield at
