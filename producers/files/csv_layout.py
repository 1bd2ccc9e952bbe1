"""What the columns of a CSV file mean, told by its header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.rows import RowError

ABSENT: Final = -1
"""The index of a column that the file does not have."""
NAMES: Final = {
    "time": ("timestamp", "time"),
    "count": ("count", "f0_"),
    "status": ("status",),
    "auth_code": ("auth_code",),
    "scope": ("scope",),
    "amount": ("amount",),
}
"""What each column may be called, in any case; the first name that is there is taken."""
SEPARATORS: Final = (",", ";", "\t")

_CHECKOUT: Final = {"today", "yesterday"}
_WANTED: Final = "a time (timestamp or time), a status or an auth_code, and a count (count or f0_)"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns are.

    Args:
        width: How many cells a row has.
        names: The column's name in this file by its meaning, for messages.
        indexes: The column's index by its meaning; `ABSENT` for what is not there.
        ignored: Names of columns that mean nothing to us.
        says_day: Whether the header calls the time `timestamp`, and not `time`, which is a time of day in some files.
    """

    width: int
    names: dict[str, str]
    indexes: dict[str, int]
    ignored: tuple[str, ...]
    says_day: bool


def separator(header_line: str) -> str:
    """The separator of a file with this header line: the one it has most of, a comma when none."""
    return max(SEPARATORS, key=header_line.count)


def layout(file: str, header: Sequence[str]) -> Layout:
    """The meaning of the columns of `file`, by its header.

    Raises:
        RowError: A column is missing or there twice, or the file holds something else.
    """
    names = [name.strip().lower() for name in header]
    if set(names) >= _CHECKOUT:
        raise RowError(
            f"{file} holds hourly sales (today, yesterday, …), not transactions, so there is nothing in it to count by "
            "minute; give files with a status or auth_code and a count for each minute"
        )
    if names and re.match("[0-9]", names[0]):
        raise RowError(
            f"{file} has no header line: the first line begins with {header[0]!r}; add one that names {_WANTED}"
        )
    found = {meaning: _index(file, names, known) for meaning, known in NAMES.items()}
    missing = [m for m in ("time", "count") if found[m] == ABSENT]
    if found["status"] == found["auth_code"] == ABSENT:
        missing.append("status or auth_code")
    if missing:
        raise RowError(
            f"{file} has no column for {' and '.join(missing)} (it has: {', '.join(header)}); needed are {_WANTED}"
        )
    used = set(found.values())
    return Layout(
        width=len(names),
        names={meaning: header[index].strip() for meaning, index in found.items() if index != ABSENT},
        indexes=found,
        ignored=tuple(name.strip() for index, name in enumerate(header) if index not in used),
        says_day=names[found["time"]] == "timestamp",
    )


def _index(file: str, names: Sequence[str], known: Sequence[str]) -> int:
    for name in known:
        if names.count(name) > 1:
            raise RowError(f"{file} has {names.count(name)} columns called {name}; keep one of them")
        if name in names:
            return names.index(name)
    return ABSENT
