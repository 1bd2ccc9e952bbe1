"""Keeps what people type off the screen while the live view is drawn there, and hands it over."""

import contextlib
import os
import select
import sys
import termios
from typing import Final

SHOWN: Final = termios.ECHO | termios.ECHOCTL
LINES: Final = termios.ICANON
"""Hands typed keys over by the line."""
LOCAL_FLAGS: Final = 3
"""The place of the local flags in what `tcgetattr` returns."""


class Quiet:
    """No echo of keys until it is closed, and each is there at once; Ctrl-C works as before.

    Does nothing without a terminal.
    """

    def __init__(self) -> None:
        self._before: list[int | list[bytes | int]] | None = None
        with contextlib.suppress(termios.error, ValueError, OSError):
            before = termios.tcgetattr(sys.stdin.fileno())
            after = termios.tcgetattr(sys.stdin.fileno())
            after[LOCAL_FLAGS] &= ~(SHOWN | LINES)
            # An echoed ^C would move the cursor, and the view would be drawn one line too low.
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, after)
            self._before = before

    def typed(self) -> bytes:
        """What was typed since this was last asked; never waits."""
        if self._before is None:
            return b""
        with contextlib.suppress(ValueError, OSError):
            place = sys.stdin.fileno()
            if select.select([place], [], [], 0)[0]:
                return os.read(place, 1024)
        return b""

    def close(self) -> None:
        """Show again what is typed."""
        if self._before is not None:
            with contextlib.suppress(termios.error, ValueError, OSError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._before)
            self._before = None
