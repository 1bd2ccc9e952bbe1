"""Live transactions while something is measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.live.errand import ErrandProcess
from tests.bench.live.load import Load, Sent, send
from tests.bench.live.site import PARTITIONS, Site

START_S: Final = 60.0
"""How long a process may take to start on a busy machine."""


@contextmanager
def flowing(
    site: Site, *, rate: int, scopes: int, seconds: float, faster: int = 1, start_ms: int | None = None
) -> Iterator[ErrandProcess[Load, Sent]]:
    """Send live transactions from a process of its own; the block begins when the first of them has arrived.

    Args:
        site: Where to.
        rate: Transactions a second.
        scopes: Over how many scopes.
        seconds: For how long at most; the end of the block ends it earlier.
        faster: See Load.
        start_ms: See Load.

    Raises:
        TimeoutError: None arrived.
    """
    topic = site.topics.transactions
    before = site.offsets.ends(topic)
    load = Load(site.address, topic, PARTITIONS, rate, scopes, seconds, faster=faster, start_ms=start_ms)
    with ErrandProcess[Load, Sent](send, load) as generator:
        deadline = time.monotonic() + START_S
        while site.offsets.ends(topic) == before:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no transaction arrived within {START_S:.0f} s")
            time.sleep(0.02)
        yield generator
