"""How the files of one command are written where they do not say so themselves."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from producers.files.numerals import SIGNS, Sign


class ConventionError(ValueError):
    """There is no such convention; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What people say of their files.

    Args:
        decimal: The sign before decimals, the other one groups thousands; None: each column is looked at.
        zone: Of times that name none; None: UTC.
    """

    decimal: Sign | None = None
    zone: tzinfo | None = None

    @classmethod
    def of(cls, decimal: str | None, zone: str | None) -> "Conventions":
        """What was typed; raises `ConventionError`."""
        return cls(_sign(decimal), _zone(zone))

    @property
    def named(self) -> dict[str, str]:
        """What is said, by its name; what is as it would be without a word is not in it."""
        options = {"decimal": self.decimal, "time_zone": self.zone}
        return {name: str(value) for name, value in options.items() if value is not None and str(value) != "UTC"}


AS_FOUND: Final = Conventions()
"""Nothing is known beyond what the files show."""


def _sign(text: str | None) -> Sign | None:
    if text is None:
        return None
    found = next((sign for sign in SIGNS if sign == text.strip()), None)
    if found is None:
        raise ConventionError(f"must be . or , (the other one groups thousands); it is {text!r}")
    return found


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConventionError(f"must be a time zone such as America/Sao_Paulo, or UTC; it is {name!r}") from None
