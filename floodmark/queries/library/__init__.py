"""Questions that are asked again and again, each in a file of its own: what is asked, with what, and what comes back.

A file begins with comments, which are its declaration:

    -- Which part of the transactions failed?                  the question
    -- param from DateTime('UTC') = 2000-01-01 00:00:00 : …    name, ClickHouse type, default, what it is
    -- param limit UInt32 [1..] = 20 : …                       and what it may be: at least 1
    -- param objective Float64 (0..1) = 0.9 : …                above 0 and below 1
    -- param severity String [critical|warning] = warning : …  one of two words
    -- column hour DateTime('UTC')                             name and type of each column, in order

Parameters are ClickHouse's own (`{from:DateTime('UTC')}`): a value never becomes text of the query. Views are named
without a database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from types import MappingProxyType
from typing import Final

PARAMETER: Final = re.compile(
    r"-- param (?P<name>\w+) (?P<type>\S.*?)( (?P<within>[\[(][^\])]*[\])]))? = (?P<default>.*?) : (?P<about>.+)"
)
COLUMN: Final = re.compile(r"-- column (?P<name>\w+) (?P<type>\S.*)")
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
"""Values of parameters travel in ClickHouse's escaped text form."""
FIRST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LAST: Final = datetime(2106, 1, 1, tzinfo=UTC)
"""Instants beyond these are these: nothing is stored there, and a `DateTime` has none, nor an hour before 1970."""


class BadParameter(ValueError):
    """A value cannot be used; the message names the parameter and what it takes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Args:
        name: Its name.
        type: Its ClickHouse type.
        default: The value it has when none is given.
        about: What it is.
        within: What it may be, as it is declared; None: all that its type can hold.
    """

    name: str
    type: str
    default: str
    about: str
    within: str | None = None

    def encoded(self, text: str) -> str:
        """The value as ClickHouse takes it; instants may be written in ISO 8601, and without a zone they are UTC.

        Raises:
            BadParameter: it is no value of this type.
        """
        try:
            if self.type.startswith("DateTime"):
                return self._instant(text)
            if self.type.startswith("UInt"):
                return self._number(text)
            if self.type.startswith("Float"):
                return self._fraction(text)
            if self.within and text not in self.within[1:-1].split("|"):
                raise ValueError
        except ValueError:
            raise BadParameter(f"--param {self.name}: must be {self.kind}; it is {text!r}") from None
        return text.translate(ESCAPES)

    @property
    def kind(self) -> str:
        """What it takes, in words."""
        low, _, high = (self.within or "(..)")[1:-1].partition("..")
        if self.type.startswith("DateTime"):
            return "an instant such as 2025-07-12T18:00 (UTC)"
        if self.type.startswith("UInt"):
            return f"a whole number from {low or 0}" + (f" to {high}" if high else "")
        if self.type.startswith("Float"):
            return "a number" + (f" above {low}" if low else "") + (f" and below {high}" if high else "")
        return f"one of {', '.join(self.within[1:-1].split('|'))}" if self.within else "a text"

    def _instant(self, text: str) -> str:
        at = datetime.fromisoformat(text)
        # Compared before it is moved to UTC: the first and the last days of the calendar have no other zone.
        utc = min(max(at if at.tzinfo else at.replace(tzinfo=UTC), FIRST), LAST).astimezone(UTC)
        return f"{utc:%Y-%m-%d %H:%M:%S}" + (f".{utc.microsecond // 1000:03}" if "64" in self.type else "")

    def _number(self, text: str) -> str:
        low, _, high = (self.within or "[..]")[1:-1].partition("..")
        most = int(high) if high else 2 ** int(self.type.removeprefix("UInt")) - 1
        if not re.fullmatch("[0-9]+", text) or not int(low or 0) <= int(text) <= most:
            raise ValueError
        return str(int(text))

    def _fraction(self, text: str) -> str:
        low, _, high = (self.within or "(..)")[1:-1].partition("..")
        if not float(low or "-inf") < float(text) < float(high or "inf"):
            raise ValueError
        return repr(float(text))


@dataclass(frozen=True, slots=True)
class LibraryQuery:
    """One question.

    Args:
        name: Its name: that of the file.
        question: What is asked, in one sentence.
        parameters: What it is asked with.
        columns: Name to ClickHouse type of what comes back, in order.
        sql: The query, without the declaration.
    """

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    sql: str

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """The settings that carry the parameters: those given, the defaults for the others.

        Raises:
            BadParameter: one is not known, or has a value that it cannot have.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(given.keys() - known.keys()):
            raise BadParameter(f"{self.name} has no parameter {unknown[0]}; it has {', '.join(known) or 'none'}")
        return {f"param_{name}": each.encoded(given.get(name, each.default)) for name, each in known.items()}


def names() -> list[str]:
    """The names of all queries, in order."""
    return sorted(
        f.name.removesuffix(".sql") for f in resources.files(__package__).iterdir() if f.name.endswith(".sql")
    )


def query(name: str) -> LibraryQuery:
    """The query of that name.

    Raises:
        KeyError: there is none.
    """
    if name not in names():
        raise KeyError(name)
    text = (resources.files(__package__) / f"{name}.sql").read_text("utf-8")
    head = [line for line in text.splitlines() if line.startswith("-- ")]
    return LibraryQuery(
        name,
        head[0].removeprefix("-- "),
        tuple(Parameter(**found.groupdict()) for line in head if (found := PARAMETER.fullmatch(line))),
        MappingProxyType({f["name"]: f["type"] for line in head if (f := COLUMN.fullmatch(line))}),
        "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("-- ")),
    )


def library() -> Iterator[LibraryQuery]:
    """All queries, in order of their names."""
    return (query(name) for name in names())
