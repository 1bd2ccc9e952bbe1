"""Help as it is written, and commands that know their name: both are put on when typer has made them."""

from collections.abc import Callable
from enum import Enum
from functools import wraps
from inspect import cleandoc
from typing import Any, Final, Literal, get_args, get_origin

import typer
from rich.markup import escape

from runtime.exits import speaking_as

VALUES: Final[dict[type, str]] = {str: "TEXT", int: "NUMBER", float: "NUMBER"}
"""What stands for a value, by its type."""


def as_written(command: Any) -> Any:
    """The command itself, its help and that of all below it made safe for typer, which reads help as rich's markup.

    Brackets are brackets, and a paragraph is one paragraph at any width:
    Markup would make `[/SCOPE]` an error and `[[test]]` a pair of brackets, and the line ends of a docstring
    would stay where the source has them. A value is named as the reference names it, and a switch has none.
    """
    if command.help:
        command.help = escape(_flowing(command.help))
    for param in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(param, "help", None):
            param.help = escape(_flowing(param.help))
        if getattr(param, "is_flag", False):
            # Typer would say <bool>, as if it took a value.
            param.metavar = ""
        elif param.param_type_name == "argument" and param.metavar is None:
            # Typer has its own idea of what an argument is, `<list[Path]>`, and asks nobody.
            kind = value_of(param)
            param.display_type_rich = lambda ctx, kind=kind: kind
            param.metavar = str(param.name).upper()
        elif param.metavar is None:
            param.metavar = value_of(param)
    for below in getattr(command, "commands", {}).values():
        as_written(below)
    return command


def value_of(param: Any) -> str:
    """What stands for the option's value: `TEXT`, or the words that may be given."""
    if param.metavar:
        return str(param.metavar)
    kind = param.type_descriptor.annotation
    if get_origin(kind) is list:
        (kind,) = get_args(kind)
    if get_origin(kind) is Literal:
        return "/".join(get_args(kind))
    if issubclass(kind, Enum):
        return "/".join(str(choice.value) for choice in kind)
    return VALUES.get(kind, str(kind.__name__).upper())


def named(command: Any, path: str) -> Any:
    """The command itself: whatever fails in it, or in one below it, says so after the words that call it."""
    below = getattr(command, "commands", {})
    for name, each in below.items():
        named(each, f"{path} {name}")
    if not below and command.callback is not None:
        command.callback = _speaking(command.callback, path)
    return command


def _speaking(callback: Callable[..., Any], path: str) -> Callable[..., Any]:
    @wraps(callback)
    def called(*args: Any, **more: Any) -> Any:
        with speaking_as(path):
            return callback(*args, **more)

    return called


def _flowing(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in cleandoc(text).split("\n\n"))
