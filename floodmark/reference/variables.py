"""The FLOODMARK_… variables."""

from collections.abc import Iterator, Mapping
from typing import Final

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from floodmark.environment import INTERNAL, OTHERS, PREFIX
from floodmark.reference.cells import cell, code
from floodmark.settings import Settings
from processors.settings import WorkerSettings

SIGNS: Final = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))


def variables() -> Iterator[str]:
    """Two tables: what all processes read, and what workers read beside that."""
    yield "A flag goes before its variable, and the variable before the default. An empty variable is as good as none."
    yield "One that nobody knows is named by every command, and a value that cannot be used ends it with 2."
    yield from _table("Read by every process:", Settings.model_fields)
    shared = set(Settings.model_fields)
    yield from _table(
        "Read by workers (all of one installation need the same):",
        {name: field for name, field in WorkerSettings.model_fields.items() if name not in shared},
    )
    yield ""
    yield "Read by `floodmark sink webhook`:"
    yield ""
    yield "| variable | |"
    yield "| --- | --- |"
    yield from (f"| `{name}` | {cell(meaning)} |" for name, meaning in OTHERS.items())


def _table(head: str, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield ""
    yield head
    yield ""
    yield "| variable | default | limits | |"
    yield "| --- | --- | --- | --- |"
    for name, field in fields.items():
        variable = f"{PREFIX}{name.upper()}"
        if variable not in INTERNAL:
            default = "" if field.default is None else code(field.default)
            yield f"| `{variable}` | {default} | {_limits(field)} | {cell(field.description or '')} |"


def _limits(field: FieldInfo) -> str:
    told = [
        f"{sign} {getattr(limit, name)}"
        for limit in field.metadata
        for kind, name, sign in SIGNS
        if type(limit) is kind
    ]
    return ", ".join(told)
