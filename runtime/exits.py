"""How a process ends: exit codes with names, and the ways to end with a sentence."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Final, NoReturn

import structlog

from runtime.output import to_stderr

log = structlog.get_logger(__name__)

_speaker: ContextVar[str] = ContextVar("_speaker", default="")
"""The command that runs, as it is called."""


class Exit(IntEnum):
    """Exit codes; 64 and above are those of sysexits.h, 130 and 143 are what a shell makes of a signal."""

    FINE = 0
    FAILED = 1
    MISUSED = 2
    UNREACHABLE = 3
    BROKEN = 70
    AGAIN = 75
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """What it says to people, and to whoever starts the process again."""
        return MEANINGS[self]


MEANINGS: Final[Mapping[Exit, str]] = {
    Exit.FINE: "Done.",
    Exit.FAILED: "It failed: a result could not be written, a record was not delivered, a test or a check failed.",
    Exit.MISUSED: "Wrong usage: a flag, a variable, a file or a rule set cannot be used. Starting again does not help.",
    Exit.UNREACHABLE: "Something that it needs does not answer, or does not let it in: the broker, the store.",
    Exit.BROKEN: "A worker could not store its state or its output. Start it again: it goes on where its state ends.",
    Exit.AGAIN: "Try again: it has to be started anew, or what it asked is busy starting or stopping.",
    Exit.INTERRUPTED: "Ctrl-C.",
    Exit.TERMINATED: "SIGTERM, of `floodmark up`. Workers and sinks end with 0 after it.",
}


class Misused(Exception):
    """What was typed or set cannot be used.

    Args:
        text: Why, and what can.
        option: The option or variable it was given by; None when it is not known.
    """

    def __init__(self, text: str, option: str | None = None) -> None:
        super().__init__(text)
        self.option = option
        self.by = _speaker.get()
        """The command that was used wrongly; empty where none runs."""

    @property
    def sentence(self) -> str:
        """The text with what was typed or set before it."""
        return f"{self.option}: {self}" if self.option else str(self)


@contextmanager
def speaking_as(command: str) -> Iterator[None]:
    """What fails in here says that it is this command."""
    before = _speaker.set(command)
    try:
        yield
    finally:
        _speaker.reset(before)


def fail(message: str, code: Exit, *, by: str = "") -> NoReturn:
    """Say what is wrong on stderr, after who says so (none: the command that runs), and end with the code."""
    by = by or _speaker.get()
    to_stderr(f"{by}: {message}" if by else message)
    raise SystemExit(int(code))


def end(reason: str, code: Exit = Exit.BROKEN) -> NoReturn:
    """End the process at once, whatever its threads do: what is not stored or committed comes again."""
    log.critical("process_ends", reason=reason, exit_code=int(code))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def start_again(reason: str) -> NoReturn:
    """End the process at once, to be started again."""
    end(reason, Exit.AGAIN)
