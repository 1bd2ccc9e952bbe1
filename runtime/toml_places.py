"""Where a key stands in a TOML file, so that an error can name its line."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

ENDS: Final = ("]", '"""', "'''")
MAX_READ: Final = 20_000_000
"""How many characters are read to find a line."""
_DEEP: Final = re.compile(r"(?<![\w-])(?:[\w-]+\s*\.\s*){100}")
Place = tuple[str, int, str]
"""(table, which one of that name, key): the table is "" for the file itself, the key "" for the table itself."""


def line_of(text: str, table: str, index: int, key: str) -> int:
    """The line of the place, counting from 1; that of its table, or 1, when it stands nowhere. `text` is valid TOML."""
    found: dict[Place, int] = {}
    for line, place in _places(text):
        found.setdefault(place, line)
    outer, _, inner = table.rpartition(".")
    wanted = ((table, index, key), (table, index, ""), (outer, 0, inner), ("", 0, outer))
    return next((found[place] for place in wanted if place in found), 1)


def line_of_deep_name(text: str) -> int:
    """The line of a name of a hundred parts or more, 0 without one: tomllib takes hours for names of very many."""
    deep = _DEEP.search(text)
    return text.count("\n", 0, deep.start()) + 1 if deep else 0


def _places(text: str) -> Iterator[tuple[int, Place]]:
    table, index, seen = "", 0, Counter[str]()
    for line, statement, is_header in _statements(text):
        name, value = next(iter(statement.items()))
        if is_header:
            if isinstance(value, list):
                seen[name] += 1
            table, index = name, max(seen[name] - 1, 0)
            keys = _keys(value[0] if isinstance(value, list) else value)
            yield line, ("", 0, name)
            yield from ((line, (table, index, key)) for key in keys or [""])
            while isinstance(value, dict) and value:  # [table.inner]
                inner, value = next(iter(value.items()))
                table = f"{table}.{inner}"
                seen[table] += isinstance(value, list)
                index = max(seen[table] - 1, 0)
                yield line, (table, index, "")
        elif table:
            yield line, (table, index, name)
        else:
            yield line, ("", 0, name)
            for i, item in enumerate(value if isinstance(value, list) else [value]):
                yield from ((line, (name, i, key)) for key in ["", *_keys(item)])


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Each header or assignment with the line it begins on; one that goes on over lines is read to its end.

    Only a line with one of ENDS ends one that goes on. Where a text makes it too long to find out, this stops early.
    """
    begun: list[str] = []
    left = MAX_READ
    for number, line in enumerate(text.split("\n"), start=1):
        begun.append(line)
        if len(begun) > 1 and not any(sign in line for sign in ENDS):
            continue
        whole = "\n".join(begun)
        left -= len(whole)
        if left < 0:
            return
        try:
            statement = tomllib.loads(whole)
        except tomllib.TOMLDecodeError:
            continue
        if statement:
            yield number - len(begun) + 1, statement, begun[0].lstrip().startswith("[")
        begun = []
