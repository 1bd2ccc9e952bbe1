"""The name of one series of a scope: what it is counted by, and which key of that."""

from typing import Final, NamedTuple

from processors.domain.window import TOTAL, VOLUME

_BETWEEN: Final = "|"
"""No word has one: see schemas.words."""


class SeriesKey(NamedTuple):
    """A series of a scope: `status` and `denied`, `auth_code` and `51`, `volume` and `total`."""

    dimension: str
    key: str

    @property
    def name(self) -> str:
        """As one word, `status|denied`: so it is stored, and so alerts name the members of an incident."""
        return f"{self.dimension}{_BETWEEN}{self.key}"

    @property
    def words(self) -> str:
        """As sentences name it: `status denied`."""
        return f"{self.dimension} {self.key}"

    @classmethod
    def of(cls, name: str) -> "SeriesKey":
        """The series of that name."""
        dimension, _, key = name.partition(_BETWEEN)
        return cls(dimension, key)


VOLUME_SERIES: Final = SeriesKey(VOLUME, TOTAL)
"""All transactions of a scope, whatever their status: one more series, known to rules and alerts only."""
