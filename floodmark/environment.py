"""The FLOODMARK_… variables of the environment: which there are, which nobody knows, which cannot be used."""

import difflib
import functools
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from floodmark.settings import Settings
from processors.settings import WorkerSettings

PREFIX: Final = "FLOODMARK_"
TESTS: Final = "FLOODMARK_TEST_"
"""What begins so is for our own tests."""
OTHERS: Final = {
    "FLOODMARK_WEBHOOK_URL": "Where `floodmark sink webhook` sends to.",
    "FLOODMARK_WEBHOOK_SECRET": "Secret that requests of `floodmark sink webhook` are signed with.",
}
"""Variables that are no field of a settings class, and what they mean."""
SETTINGS: Final[tuple[type[BaseSettings], ...]] = (Settings, WorkerSettings)
INTERNAL: Final = frozenset({"FLOODMARK_DECLARE_TOPICS"})
"""Set by ourselves whatever the environment says."""


@functools.cache
def known() -> tuple[str, ...]:
    """The names of all variables, by name."""
    fields = {f"{PREFIX}{name.upper()}" for settings in SETTINGS for name in settings.model_fields}
    return tuple(sorted((fields | set(OTHERS)) - INTERNAL))


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence on each variable that begins like ours and is none, with the nearest one that is."""
    return [_no_such(name) for name in sorted(environ) if _is_foreign(name.upper())]


def wrong(environ: Mapping[str, str]) -> list[str]:
    """A sentence on each of our variables whose value cannot be used; empty ones count as not set."""
    said: dict[str, str] = {}
    for settings in SETTINGS:
        said.update(_faults(settings, environ))
    return [said[name] for name in sorted(said)]


def _is_foreign(name: str) -> bool:
    return name.startswith(PREFIX) and not name.startswith(TESTS) and name not in {*known(), *INTERNAL}


def _no_such(name: str) -> str:
    # By what follows the prefix, as the prefix makes all of them alike.
    names = [each.removeprefix(PREFIX) for each in known()]
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), names, n=1)
    hint = (
        f"; did you mean {PREFIX}{near[0]}?"
        if near
        else "; `python -m floodmark.reference -` lists those that there are"
    )
    return f"{name} is no setting of Floodmark and changes nothing{hint}"


def _faults(settings: type[BaseSettings], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    values = {name.upper(): value for name, value in environ.items()}
    given = {name: values[at] for name in settings.model_fields if values.get(at := f"{PREFIX}{name.upper()}")}
    try:
        # By the validator alone: the process's own environment is not to be mixed in.
        settings.__pydantic_validator__.validate_python(given)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            field = str(fault["loc"][0])
            name = f"{PREFIX}{field.upper()}"
            yield name, f"{name} is {given[field]!r}: {fault['msg']}. It says: {_meaning(settings, field)}"


def _meaning(settings: type[BaseSettings], field: str) -> str:
    return settings.model_fields[field].description or field.replace("_", " ")
