"""What Pydantic finds wrong in a table of a routing file, in the words of the file."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

MAX_SHOWN: Final = 100
"""How much is shown of a value that cannot be."""
_KINDS: Final = re.compile(r"str|tuple|(?:literal|tuple)\[.*")
"""What Pydantic puts between the keys where a value may be of several kinds."""
_NUMBER: Final = "must be a whole number, without quotes"
_INSTANT: Final = "must be an instant with its zone, like 2026-01-07T12:00:00Z"
_NAME: Final = "must begin with a letter or digit, and have only these, blanks and . _ - in it"
_WORD: Final = "must begin with a letter or _, and have only these and digits in it"
_WORDS: Final[Mapping[str, str]] = {
    "bool_type": "must be true or false, without quotes",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "string_type": "must be a text, in quotes",
    "tuple_type": "must be a list, in square brackets",
    "model_type": "must be a table, in braces",
    "string_too_short": "must not be empty",
    "path_type": "must be a path, in quotes",
    "too_short": "must name one at least",
    "timezone_aware": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_type": _INSTANT,
}


def place(error: Any) -> tuple[str, str]:
    """The key of the table that is wrong, and the way to what is wrong in it; entries of a list count from 1."""
    key, *way = (part for part in error["loc"] if not _KINDS.fullmatch(str(part)))
    return str(key), ": ".join(f"entry {part + 1}" if isinstance(part, int) else str(part) for part in way)


def words(kind: type[BaseModel], error: Any) -> str:
    """What is wrong, what is allowed there, and what is there; arguments as of `allowed`."""
    text = allowed(kind, error)
    if error["type"] in ("missing", "extra_forbidden"):
        return text
    given = repr(error["input"])
    return f"{text}; it is {given if len(given) <= MAX_SHOWN else f'{given[:MAX_SHOWN]} ...'}"


def allowed(kind: type[BaseModel], error: Any) -> str:
    """What is wrong, and what is allowed there; nothing of what is there, which may be a secret.

    Args:
        kind: What the table is read as.
        error: The first of Pydantic's errors.
    """
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            known = sorted(_inner(kind, error["loc"][:-1]).model_fields)
            near = get_close_matches(str(error["loc"][-1]), known, n=1)
            return f"is not known here; {f'did you mean {near[0]}? ' if near else ''}known are: {', '.join(known)}"
        case "greater_than_equal" | "less_than_equal":
            ((end, number),) = error["ctx"].items()
            return f"must be {number} at {'least' if end == 'ge' else 'most'}"
        case "string_too_long":
            return f"must be {error['ctx']['max_length']} characters at most"
        case "string_pattern_mismatch":
            return _NAME if " " in error["ctx"]["pattern"] else _WORD
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return _WORDS.get(error["type"], f"{text[:1].lower()}{text[1:]}")


def _inner(kind: type[BaseModel], way: Iterable[int | str]) -> type[BaseModel]:
    """What is read at that place of a table."""
    for part in way:
        field = kind.model_fields.get(str(part))
        held = () if field is None else (field.annotation, *get_args(field.annotation))
        kind = next((each for each in held if isinstance(each, type) and issubclass(each, BaseModel)), kind)
    return kind


def country(name: str, subdivision: str) -> tuple[str, str]:
    """The key that is wrong, and what it has to be, of a country whose holidays are not known."""
    import holidays  # here, for it is slow

    there = holidays.list_supported_countries()
    parts = there.get(name.upper())
    if parts is None:
        return "country", f"must be the code of a country in two letters (ISO 3166-1), like BR; it is {name!r}"
    listed = f"one of {', '.join(parts)}" if parts else f"left out: of {name.upper()} no parts are known"
    return "subdivision", f"must be {listed}; it is {subdivision!r}"
