"""How tests wait for what others do: they ask again and again, and never sleep for a time and hope."""

import time
from collections.abc import Callable
from typing import Any, Final

PATIENCE_S: Final = 120.0
"""For whatever others have to do; a busy machine takes ten times as long as an idle one."""


def until(
    happened: Callable[[], Any], what: str | Callable[[], str], within_s: float = PATIENCE_S, every_s: float = 0.1
) -> Any:
    """Ask until the answer is true and return it, or fail with `what`."""
    deadline = time.monotonic() + within_s
    while not (found := happened()):
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {within_s} s: {what if isinstance(what, str) else what()}")
        time.sleep(every_s)
    return found
