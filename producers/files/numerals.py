"""Numbers as programs of many countries write them: which sign stands before the decimals, and which groups thousands.

`1.000` is one or a thousand. Where a column holds other cells that only one reading explains (`1.000.000`, `10,50`),
it is read that way; where none does, nobody may guess.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Sign = Literal[".", ","]
SIGNS: Final[tuple[Sign, Sign]] = (".", ",")

_SPACED: Final = re.compile("[0-9]{1,3}(?:[ '\u2019\u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]*)?")
_SPACES: Final = re.compile("[ '\u2019\u00a0\u2009\u202f]")
_FORMS: Final = {
    sign: re.compile(rf"([0-9]+|[1-9][0-9]{{0,2}}(?:\{other}[0-9]{{3}})+)(?:\{sign}([0-9]*))?")
    for sign, other in zip(SIGNS, reversed(SIGNS), strict=True)
}


class DoubtError(ValueError):
    """A cell is two different numbers; the message is the rest of a sentence that begins with its value."""


class Numeral(NamedTuple):
    """A number that is not negative: its digits before the decimals, and its decimals."""

    digits: str
    fraction: str

    @property
    def value(self) -> str:
        """The number as we write it."""
        rest = self.fraction.rstrip("0")
        return f"{self.digits}.{rest}" if rest else self.digits


def readings(text: str) -> dict[Sign, Numeral]:
    """What a cell says by the sign that stands before decimals; none when it is no number.

    Spaces and apostrophes group thousands wherever they stand.
    """
    cell = text.strip()
    if _SPACED.fullmatch(cell):
        cell = _SPACES.sub("", cell)
    return {sign: numeral for sign in SIGNS if (numeral := _read(cell, sign)) is not None}


def number(text: str, decimal: Sign | None) -> Numeral | None:
    """What a cell says; `decimal` decides where it is two numbers. None when it is none.

    Raises:
        DoubtError: It is two numbers, and nothing decides.
    """
    found = readings(text)
    if not ambiguous(found):
        return next(iter(found.values()), None)
    if decimal is None:
        both = " or ".join(f"{numeral.value} (--decimal {sign})" for sign, numeral in found.items())
        raise DoubtError(f"may be {both}, and no other cell of its column shows which; say it with that option")
    return found[decimal]


def ambiguous(found: dict[Sign, Numeral]) -> bool:
    """Whether the readings of a cell are different numbers."""
    return len(found) > 1 and len({numeral.value for numeral in found.values()}) > 1


def _read(cell: str, sign: Sign) -> Numeral | None:
    found = _FORMS[sign].fullmatch(cell)
    if found is None:
        return None
    digits = found[1] if found[1].isdigit() else re.sub("[.,]", "", found[1])
    return Numeral(digits, found[2] or "")


@dataclass(slots=True)
class _Sure:
    """Cells that are numbers only with this sign before their decimals.

    Args:
        example: The first of them.
        fixed: Whether all that have decimals have three.
        fractions: Whether any has decimals.
    """

    example: str = ""
    fixed: bool = True
    fractions: bool = False


class NumeralColumn:
    """What the cells of a column, seen one by one, say of the way in which it is written."""

    def __init__(self) -> None:
        self._sure: dict[Sign, _Sure] = {}
        self._trimmed: dict[Sign, bool] = dict.fromkeys(SIGNS, True)
        self._doubtful: set[Sign] = set()

    def see(self, text: str) -> None:
        """Look at one cell."""
        found = readings(text)
        if len(found) == 1:
            ((sign, numeral),) = found.items()
            sure = self._sure.setdefault(sign, _Sure(text.strip()))
            if numeral.fraction:
                sure.fractions = True
                sure.fixed = sure.fixed and len(numeral.fraction) == 3
                self._see_fraction(sign, numeral.fraction)
        elif ambiguous(found):
            for sign, numeral in found.items():
                if numeral.fraction:
                    self._doubtful.add(sign)
                    self._see_fraction(sign, numeral.fraction)

    def decimal(self) -> tuple[Sign, str] | None:
        """The sign before decimals, and a cell that shows it; None when nothing does, or cells contradict each other.

        Decimals of a column are all of one length, or written without zeros at their end, as programs do: `150.000`
        beside `10.00` is neither, so it is not known what it is.
        """
        if len(self._sure) != 1:
            return None
        ((sign, sure),) = self._sure.items()
        if sign in self._doubtful and not (sure.fractions and (sure.fixed or self._trimmed[sign])):
            return None
        return sign, sure.example

    def _see_fraction(self, sign: Sign, fraction: str) -> None:
        self._trimmed[sign] = self._trimmed[sign] and (fraction == "0" or not fraction.endswith("0"))
