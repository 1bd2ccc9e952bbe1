"""Waits until what was published has come back from its topic, and shows."""

import asyncio
from collections.abc import Callable
from typing import Final

SHOWS_WITHIN_S: Final = 3.0
"""How long whoever asked is kept waiting for it, at most."""
Unwatch = Callable[[], None]


async def shows(is_there: Callable[[], bool], watch: Callable[[Callable[[], None]], Unwatch], within_s: float) -> bool:
    """Whether it shows within that time; it is asked once in any case, and then at each change.

    Args:
        is_there: Whether it shows now.
        watch: Has a function called at each change; what it returns ends that.
        within_s: How long to wait, in seconds.
    """
    changed = asyncio.Event()
    unwatch = watch(changed.set)
    try:
        async with asyncio.timeout(within_s):
            while not is_there():
                await changed.wait()
                changed.clear()
    except TimeoutError:
        return is_there()
    finally:
        unwatch()
    return True
