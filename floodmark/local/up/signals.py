"""Wishes to stop: the first is orderly, the second is in a hurry."""

import signal
from types import FrameType
from typing import Final

WISHES: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopWish(BaseException):
    """Somebody wants us to stop while we cannot look; `BaseException`, as it must not be taken for an error."""


class Signals:
    """Counts Ctrl-C, SIGTERM and SIGHUP. Install it once, in the main thread.

    As long as `interrupting`, a first wish raises `StopWish` where the main thread is; later it is only counted.
    """

    def __init__(self) -> None:
        self.wishes = 0
        self.first: signal.Signals | None = None
        self.interrupting = False

    def install(self) -> None:
        """Take the signals over from now on."""
        for wish in WISHES:
            signal.signal(wish, self._on_signal)

    @property
    def exit_code(self) -> int:
        """As shells have it: 130 after Ctrl-C, 143 after SIGTERM; 0 without a wish."""
        return 0 if self.first is None else 128 + self.first

    def hurry(self) -> bool:
        """Whether somebody asked twice."""
        return self.wishes > 1

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.wishes += 1
        self.first = self.first or signal.Signals(number)
        if self.interrupting:
            self.interrupting = False
            raise StopWish
