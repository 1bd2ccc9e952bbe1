"""Keeps what people type off the screen while the live view is drawn there."""

import contextlib
import sys
import termios
from typing import Final

SHOWN: Final = termios.ECHO | termios.ECHOCTL
LOCAL_FLAGS: Final = 3
"""The place of the local flags in what `tcgetattr` returns."""


class Quiet:
    """No echo of keys until it is closed; Ctrl-C works as before. Does nothing without a terminal."""

    def __init__(self) -> None:
        self._before: list[int | list[bytes | int]] | None = None
        with contextlib.suppress(termios.error, ValueError, OSError):
            before = termios.tcgetattr(sys.stdin.fileno())
            after = termios.tcgetattr(sys.stdin.fileno())
            after[LOCAL_FLAGS] &= ~SHOWN
            # An echoed ^C would move the cursor, and the view would be drawn one line too low.
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, after)
            self._before = before

    def close(self) -> None:
        """Show again what is typed."""
        if self._before is not None:
            with contextlib.suppress(termios.error, ValueError, OSError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._before)
            self._before = None
