"""The commands with their options, from the commands themselves."""

import importlib
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, Final

import typer

from floodmark.cli import COMMANDS
from floodmark.commands.help_text import value_of
from floodmark.reference.cells import cell, code

HIDDEN: Final = "--help"


def commands() -> Iterator[str]:
    """A section for each command, in the order in which people meet them."""
    for name in COMMANDS:
        # Not as `floodmark` gives it: there brackets are escaped for the terminal.
        command = typer.main.get_command(importlib.import_module(f"floodmark.commands.{name}").app)
        below = getattr(command, "commands", {})
        yield from _section(f"floodmark {name}", command)
        for word, each in below.items():
            yield from _section(f"floodmark {name} {word}", each)


def _section(call: str, command: Any) -> Iterator[str]:
    yield ""
    yield f"### {call}"
    yield ""
    yield "\n\n".join(" ".join(part.split()) for part in cleandoc(command.help or "").split("\n\n"))
    rows = [row for param in command.params if (row := _row(param))]
    if rows:
        yield ""
        yield "| | default | |"
        yield "| --- | --- | --- |"
        yield from rows


def _row(param: Any) -> str:
    is_option = any(name.startswith("-") for name in param.opts)
    if HIDDEN in param.opts:
        return ""
    name = ", ".join(param.opts) if is_option else param.name.upper()
    value = f" {value_of(param)}" if is_option and not param.is_flag else ""
    default = "required" if param.required else _default(param)
    return f"| {code(name + value)} | {default} | {cell(getattr(param, 'help', None) or '')} |"


def _default(param: Any) -> str:
    if getattr(param, "default", None) in (None, False) or param.show_default is False or callable(param.default):
        return ""
    return code(getattr(param.default, "value", param.default))
