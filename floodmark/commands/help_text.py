"""Help as it is written: brackets are brackets, and a paragraph is one paragraph at any width."""

from inspect import cleandoc
from typing import Any

from rich.markup import escape


def as_written(command: Any) -> Any:
    """The command itself, its help and that of all below it made safe for typer, which reads help as rich's markup.

    Markup would make `[xFACTOR][/SCOPE]` an error and `[[test]]` a pair of brackets, and the line ends of a docstring
    would stay where the source has them.
    """
    if command.help:
        command.help = escape(_flowing(command.help))
    for param in command.params:
        if getattr(param, "help", None):
            param.help = escape(_flowing(param.help))
    for below in getattr(command, "commands", {}).values():
        as_written(below)
    return command


def _flowing(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in cleandoc(text).split("\n\n"))
