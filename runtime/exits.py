"""How a process ends: exit codes with names, and the ways to end with a sentence."""

import os
import sys
from enum import IntEnum
from typing import NoReturn

import structlog

from runtime.output import to_stderr

log = structlog.get_logger(__name__)


class Exit(IntEnum):
    """Exit codes; 64 and above are those of sysexits.h, 130 is what a shell makes of SIGINT."""

    FINE = 0
    """Done; or nothing was to be done."""
    FAILED = 1
    """It did not work, or what was checked is not so."""
    MISUSED = 2
    """The command line, a setting, or a file that was given cannot be used: the same again ends the same way."""
    UNREACHABLE = 3
    """Something that is needed does not answer."""
    BROKEN = 70
    """Something has happened that must not happen."""
    AGAIN = 75
    """Nothing is wrong with what was asked for: start it again."""
    INTERRUPTED = 130
    """Somebody has ended it."""


class Misused(Exception):
    """What was typed or set cannot be used.

    Args:
        text: Why, and what can.
        option: The option or variable it was given by; None when it is not known.
    """

    def __init__(self, text: str, option: str | None = None) -> None:
        super().__init__(text)
        self.option = option

    @property
    def sentence(self) -> str:
        """The text with what was typed or set before it."""
        return f"{self.option}: {self}" if self.option else str(self)


def fail(message: str, code: int, *, by: str = "") -> NoReturn:
    """Say what is wrong on stderr, and where that is not plain by whom, and end with the code."""
    to_stderr(f"{by}: {message}" if by else message)
    raise SystemExit(int(code))


def end(reason: str, code: Exit = Exit.BROKEN) -> NoReturn:
    """End the process at once, whatever its threads do: what is not stored or committed comes again."""
    log.critical("the process ends", reason=reason, exit_code=int(code))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def start_again(reason: str) -> NoReturn:
    """End the process at once, to be started again."""
    end(reason, Exit.AGAIN)
