"""Locks between processes, which the system releases when their holder dies."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def try_lock(path: Path) -> IO[str] | None:
    """Take a lock if nobody has it.

    Args:
        path: The lock's file; made when it is not there, never removed.

    Returns:
        The open file, which holds the lock until it is closed; None when another holder has it.
    """
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


@contextmanager
def locked(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock for the length of a `with` block.

    Args:
        path: The lock's file; made when it is not there, never removed.
        on_wait: Called once when another holder has to be waited for.
    """
    file = try_lock(path)
    if file is None:
        on_wait()
        file = path.open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
    with file:
        yield
