"""What the columns of a CSV file mean, told by its header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.rows import RowError
from schemas.words import plain

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
"""What each column may be called, written as words are compared; the first name that is there is taken."""
SEPARATORS: Final = (",", ";", "\t", "|")
"""What may stand between two cells: none of them is in the name of a column, and no word holds the last one."""

_SEPARATOR_LINE: Final = re.compile("sep=(.)")
"""The line that spreadsheets put before the header, to name the separator."""
_NAMED: Final = 12
"""So many columns are named in a message; a file may have a million."""
_MAX_SHOWN: Final = 40
"""The longest name of a column that a message shows whole, in characters."""
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


def named_separator(line: str) -> str | None:
    """The separator that a line before the header names, as in `sep=;`; None when it is no such line."""
    found = _SEPARATOR_LINE.fullmatch(line.rstrip("\r\n"))
    return found[1] if found and found[1] in SEPARATORS else None


def named(columns: Sequence[str]) -> str:
    """Columns by their names, in one line: the first of many, and of a long name its beginning."""
    shown = [name.strip() for name in columns[:_NAMED]]
    shown = [f"{name[:_MAX_SHOWN]}…" if len(name) > _MAX_SHOWN else name for name in shown]
    shown = [name if name.isprintable() else repr(name) for name in shown]
    return ", ".join(shown) + (f" and {len(columns) - _NAMED:,} more" if len(columns) > _NAMED else "")


def layout(file: str, header: Sequence[str]) -> Layout:
    """The meaning of the columns of `file`, by its header.

    Raises:
        RowError: A column is missing or there twice, or the file holds something else.
    """
    names = [plain(name) for name in header]
    if any("\0" in name for name in header):
        raise RowError(f"{file} is no text: its first line holds zero bytes; give a CSV file")
    if set(names) >= _CHECKOUT:
        raise RowError(
            f"{file} holds hourly sales (today, yesterday, …), not transactions, so there is nothing in it to count by "
            "minute; give files with a status or auth_code and a count for each minute"
        )
    if names and re.match("[0-9]", names[0]):
        raise RowError(
            f"{file} has no header line: the first line begins with {header[0][:_MAX_SHOWN]!r}; add one that names "
            f"{_WANTED}"
        )
    found = {meaning: _index(file, names, known) for meaning, known in NAMES.items()}
    missing = [m for m in ("time", "count") if found[m] == ABSENT]
    if found["status"] == found["auth_code"] == ABSENT:
        missing.append("status or auth_code")
    if missing:
        alone = "" if len(header) > 1 else "; separate columns by a comma, a semicolon, a tab or |"
        raise RowError(
            f"{file} has no column for {' and '.join(missing)} (it has: {named(header)}); needed are {_WANTED}{alone}"
        )
    used = set(found.values())
    return Layout(
        width=len(names),
        names={meaning: header[index].strip() for meaning, index in found.items() if index != ABSENT},
        indexes=found,
        ignored=tuple(name.strip() for index, name in enumerate(header) if index not in used and name.strip()),
        says_day=names[found["time"]] == "timestamp",
    )


def _index(file: str, names: Sequence[str], known: Sequence[str]) -> int:
    for name in known:
        if names.count(name) > 1:
            raise RowError(f"{file} has {names.count(name)} columns called {name}; keep one of them")
        if name in names:
            return names.index(name)
    return ABSENT
