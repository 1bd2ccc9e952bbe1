"""What typer finds wrong, in one sentence as all other errors have it: command, option, what it has to be and is."""

from enum import EnumType
from typing import Any, Final, get_args

import typer
from pydantic import ValidationError
from typer._click.exceptions import BadOptionUsage, MissingParameter, NoArgsIsHelpError, NoSuchOption, UsageError

NUMBERS: Final = {int: "a whole number", float: "a number"}


def said(error: Exception) -> str:
    """What is wrong, after the command that was called; nothing where its help has been shown for want of words."""
    if isinstance(error, NoArgsIsHelpError) or not isinstance(error, UsageError):
        return str(error)
    # The first word is whatever the program was started as.
    path = " ".join(["floodmark", *("" if error.ctx is None else error.ctx.command_path).split()[1:]])
    if isinstance(error, typer.BadParameter) and not isinstance(error, MissingParameter):
        return f"{path}: {_of_value(error)}"
    return f"{path}: {_of_words(error)}. `{path} --help` shows what there is"


def _of_words(error: UsageError) -> str:
    if isinstance(error, MissingParameter):
        return f"{_name(error.param)} is missing"
    if isinstance(error, NoSuchOption):
        near = f", but {' and '.join(sorted(error.possibilities))}" if error.possibilities else ""
        return f"there is no option {error.option_name}{near}"
    if isinstance(error, BadOptionUsage):
        return f"{error.option_name} {'takes no value' if 'not take' in error.message else 'needs a value'}"
    text = error.message.removesuffix(".").removesuffix("?").replace("Got unexpected extra", "too much is given: the")
    text = text.replace("No such", "there is no").replace(". Did", "; did")
    return f"{text[:1].lower()}{text[1:]}"


def _of_value(error: typer.BadParameter) -> str:
    """The option, what it has to be, and what it is."""
    if error.param is None:
        return f"{error.param_hint}: {error.message}" if error.param_hint else error.message
    must, cause = _allowed(error.param), error.__cause__
    if must and isinstance(cause, ValidationError):
        return f"{_name(error.param)}: must be {must}; it is {cause.errors(include_url=False)[0]['input']!r}"
    text = error.message.removeprefix("Value error, ").removesuffix(".")
    return f"{_name(error.param)}: {text[:1].lower()}{text[1:]}"


def _allowed(param: Any) -> str:
    """What an option takes; empty where it is a text, of which its error says more."""
    kind = param.type_descriptor.annotation
    words = list(kind) if isinstance(kind, EnumType) else get_args(kind)
    if words:
        return f"one of {', '.join(map(str, words))}"
    ends = {"from": param.min, "up to" if param.min is None else "to": param.max}
    limits = [f"{word} {number}" for word, number in ends.items() if number is not None]
    return " ".join([NUMBERS[kind], *limits]) if kind in NUMBERS else ""


def _name(param: Any) -> str:
    """As people type it, or as the help has it."""
    names = [name for name in (*param.opts, *param.secondary_opts) if name.startswith("-")]
    return max(names, key=len) if names else str(param.metavar or param.name).upper()
