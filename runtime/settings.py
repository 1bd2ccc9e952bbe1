"""Settings: each concern has a model, all are read here, and what cannot be used is said in one sentence."""

import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.exits import Misused

PREFIX: Final = "FLOODMARK_"
SIGNS: Final = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))
PYDANTIC: Final = "Input should be "
MUST: Final = "must be "
MAX_TOLD: Final = 500
"""The most characters of a value that an error shows."""
MAX_SEARCHED: Final = 4 * MAX_TOLD
"""So much of it is searched for a password: no more is ever shown."""
_LOGIN: Final = re.compile(r"[^\s'\"@:]*:[^\s'\"]*@")
"""A name and a password, which may hold an @, before the host of an address, with all that is written before them."""
KINDS: Final[Mapping[object, str]] = {int: "a whole number", float: "a number", bool: "true or false"}


class FromEnvironment(BaseSettings):
    """The settings of one concern. Every field can be set as FLOODMARK_<NAME>; an empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, allow_inf_nan=False)
    OPTIONS: ClassVar[Mapping[str, str]] = types.MappingProxyType({})
    """Of fields whose option is not named after them, the option."""


Read = TypeVar("Read", bound=FromEnvironment)


def read_settings(kind: type[Read], given: Mapping[str, Any] | None = None) -> Read:
    """The settings: what is given (flags; None counts as not given), then the environment, then the defaults.

    Raises:
        Misused: One of them cannot be used; it names the flag or the variable, the value and what is allowed.
    """
    flags = {name: value for name, value in (given or {}).items() if value is not None}
    try:
        return kind(**flags)
    except ValidationError as error:
        raise _misused(kind, flags, error) from None


def faults(kind: type[FromEnvironment], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each variable of these settings whose value cannot be used, and a sentence that names it.

    Args:
        kind: The settings.
        environ: The variables; the process's own environment is not mixed in.
    """
    values = {name.upper(): value for name, value in environ.items()}
    given = {name: values[at] for name in kind.model_fields if values.get(at := variable(name))}
    try:
        kind.__pydantic_validator__.validate_python(given)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            field = str(fault["loc"][0])
            name = variable(field)
            why = _why(kind, field, fault["msg"])
            yield name, f"{name} is {_shown(kind, field, given[field])}: {why}. {_about(kind, field)}"


def variable(field: str) -> str:
    """The variable that sets a field."""
    return f"{PREFIX}{field.upper()}"


def allowed(field: FieldInfo) -> str:
    """What a field takes, for people; empty where that is a text, of which the error says more."""
    kind = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not types.NoneType)
    return " ".join(filter(None, [KINDS.get(kind, ""), limits(field)]))


def limits(field: FieldInfo) -> str:
    """The bounds of a number, such as `≥ 1, ≤ 1000`; empty when there are none."""
    return ", ".join(
        f"{sign} {getattr(limit, name)}"
        for limit in field.metadata
        for kind, name, sign in SIGNS
        if type(limit) is kind
    )


def _misused(kind: type[FromEnvironment], flags: Mapping[str, Any], error: ValidationError) -> Misused:
    fault = error.errors(include_url=False)[0]
    field = str(fault["loc"][0])
    name = kind.OPTIONS.get(field, f"--{field.replace('_', '-')}") if field in flags else variable(field)
    given, why = _shown(kind, field, fault["input"]), _why(kind, field, fault["msg"])
    text = f"{why}; it is {given}" if why.startswith(MUST) else f"{given}: {why}"
    return Misused(f"{text}. {_about(kind, field)}", name)


def _shown(kind: type[FromEnvironment], field: str, value: object) -> str:
    """The value as it was given; of what may hold a secret, nothing."""
    info = kind.model_fields[field]
    return _cut(repr(value)) if info.repr and info.annotation is not SecretStr else "'**********'"


def _cut(text: str) -> str:
    """What a person reads of it: a variable may hold a hundred thousand characters, or a password in an address."""
    shown = _LOGIN.sub("…@", text[:MAX_SEARCHED])
    return shown if len(text) <= MAX_SEARCHED and len(shown) <= MAX_TOLD else f"{shown[:MAX_TOLD]}…"


def _why(kind: type[FromEnvironment], field: str, reason: str) -> str:
    """What it has to be, where Pydantic would say so; else what its own check says."""
    takes = allowed(kind.model_fields[field])
    if takes and reason.startswith(PYDANTIC):
        return f"{MUST}{takes}"
    return _cut(reason.removeprefix("Value error, ").replace(PYDANTIC, MUST))


def _about(kind: type[FromEnvironment], field: str) -> str:
    return f"It says: {kind.model_fields[field].description or field.replace('_', ' ')}"
