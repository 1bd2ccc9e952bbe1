"""A plugin of mypy: no struct of msgspec is given to a function of `dataclasses`.

Such a call fails when it runs, and mypy alone lets it pass, as it takes a struct for a dataclass.
"""

from collections.abc import Callable, Iterator
from typing import Final

from mypy.nodes import TypeInfo, Var
from mypy.plugin import FunctionContext, Plugin
from mypy.types import (
    CallableType,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypeType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

STRUCT: Final = "msgspec.Struct"
CALLS: Final = frozenset({"replace", "asdict", "astuple", "fields", "is_dataclass"})
DEEP: Final = frozenset({"dataclasses.asdict", "dataclasses.astuple"})
"""These go down into what a dataclass holds, and would leave a struct in it as it is, which is no plain value."""


class StructCalls(Plugin):
    """Looks at what functions of `dataclasses` are called with."""

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """The check, for the functions that it is about."""
        module, _, name = fullname.rpartition(".")
        if (module, name) == ("copy", "replace") or (module == "dataclasses" and name in CALLS):
            return lambda context: _checked(context, fullname)
        return None


def plugin(_version: str) -> type[Plugin]:
    """What mypy asks for."""
    return StructCalls


def _checked(context: FunctionContext, called: str) -> Type:
    seen: set[str] = set()
    for given in context.arg_types[0]:
        for found in _classes(given):
            wrong = _struct_in(found, seen) if called in DEEP else found if _is_struct(found) else None
            if wrong is not None:
                context.api.fail(
                    f"{called} is called with the struct {wrong.fullname}: see msgspec.structs", context.context
                )
    return context.default_return_type


def _is_struct(found: TypeInfo) -> bool:
    return any(base.fullname == STRUCT for base in found.mro)


def _struct_in(found: TypeInfo, seen: set[str]) -> TypeInfo | None:
    """The struct that a class is, or that one of its fields holds, however deep."""
    if _is_struct(found):
        return found
    if found.fullname in seen or "dataclass" not in found.metadata:
        return None
    seen.add(found.fullname)
    held = (node.node.type for base in found.mro for node in base.names.values() if isinstance(node.node, Var))
    inner = (_struct_in(each, seen) for of_field in held if of_field is not None for each in _classes(of_field))
    return next((each for each in inner if each is not None), None)


def _classes(given: Type) -> Iterator[TypeInfo]:
    """The classes that a type names: itself, of what it is a type or a union, and what it is made of."""
    for part in _parts(get_proper_type(given)):
        if isinstance(part, Instance):
            yield part.type
        for inner in part.args if isinstance(part, Instance) else _inner(part):
            yield from _classes(inner)


def _parts(given: ProperType) -> list[ProperType]:
    return [get_proper_type(item) for item in given.items] if isinstance(given, UnionType) else [given]


def _inner(part: ProperType) -> list[Type]:
    if isinstance(part, TupleType):
        return list(part.items)
    if isinstance(part, TypeType):
        return [part.item]
    if isinstance(part, CallableType):
        return [part.ret_type]
    return [part.upper_bound] if isinstance(part, TypeVarType) else []
