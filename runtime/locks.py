"""Locks between processes, which the system releases when their holder dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import lock_descriptor


def try_lock(path: Path) -> IO[str] | None:
    """Take a lock if nobody has it.

    Args:
        path: The lock's file; made when it is not there, never removed.

    Returns:
        The open file, which holds the lock until it is closed; None when another holder has it.
    """
    file = path.open("w")
    if lock_descriptor(file.fileno(), blocking=False):
        return file
    file.close()
    return None


def is_held(path: Path) -> bool:
    """Whether a process holds the lock now; a lock without a file is held by nobody. Reading the file is enough."""
    try:
        with path.open() as file:
            return not lock_descriptor(file.fileno(), blocking=False)
    except FileNotFoundError:
        return False


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
        lock_descriptor(file.fileno())
    with file:
        yield
