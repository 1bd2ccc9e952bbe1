"""Gives memory back to the system that was needed for a moment: after a large state was read or written as a whole."""

import ctypes
import sys

LARGE = 8_000_000
"""Bytes after which it is worth it."""


def give_back() -> None:
    """Let the C library return what is free. Without glibc this does nothing."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return
