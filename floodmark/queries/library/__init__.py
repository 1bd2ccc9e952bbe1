"""Questions that are asked again and again, each in a file of its own: what is asked, with what, and what comes back.

A file begins with comments, which are its declaration:

    -- Which part of the transactions failed?                  the question
    -- param from DateTime('UTC') = 2000-01-01 00:00:00 : …    name, ClickHouse type, default, what it is
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

PARAMETER: Final = re.compile(r"-- param (?P<name>\w+) (?P<type>\S.*?) = (?P<default>.*?) : (?P<about>.+)")
COLUMN: Final = re.compile(r"-- column (?P<name>\w+) (?P<type>\S.*)")
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
"""Values of parameters travel in ClickHouse's escaped text form."""


class BadParameter(ValueError):
    """A value cannot be used; the message names the parameter and what it takes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, its ClickHouse type, the value it has when none is given, and what it is."""

    name: str
    type: str
    default: str
    about: str

    def encoded(self, text: str) -> str:
        """The value as ClickHouse takes it; instants may be written in ISO 8601, and without a zone they are UTC.

        Raises:
            BadParameter: it is no value of this type.
        """
        try:
            if self.type.startswith("DateTime"):
                at = datetime.fromisoformat(text)
                utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
                return f"{utc:%Y-%m-%d %H:%M:%S}" + (f".{utc.microsecond // 1000:03}" if "64" in self.type else "")
            if self.type.startswith("UInt"):
                if not 0 <= int(text) < 2 ** int(self.type.removeprefix("UInt")):
                    raise ValueError
                return str(int(text))
            if self.type.startswith("Float"):
                return repr(float(text))
        except ValueError:
            kind = {"D": "an instant, 2026-01-31T12:00:00", "U": "a whole number from 0", "F": "a number"}[self.type[0]]
            raise BadParameter(f"{self.name} is {kind}, and not {text!r}") from None
        return text.translate(ESCAPES)


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
