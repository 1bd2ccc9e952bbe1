"""How long a worker that starts needs until it judges again, while live transactions go on."""

import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.bench.ear import Ear
from tests.bench.live.flowing import flowing
from tests.bench.live.judged import Judged
from tests.bench.live.site import Site

DOWN_S: Final = 70.0
"""So long without a worker, a minute has closed and waits, whatever the second in which the worker stopped."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the start of a worker on a state took; seconds are None for what did not come in time.

    Args:
        reading_s: From the start of the process until its /healthz says that it reads.
        first_s: From the start of the process to the first record on the minutes topic.
        all_scopes_s: To the first record of the last of all scopes.
        scopes: How many scopes were heard of.
        cpu_s: What the worker had used when the wait was over.
        rss_mb: The memory that it had then.
        load: What was sent meanwhile.
    """

    reading_s: float
    first_s: float | None
    all_scopes_s: float | None
    scopes: int
    cpu_s: float
    rss_mb: float
    load: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For the result file."""
        return asdict(self)


def recovery(site: Site, *, rate: int, scopes: int, within_s: float, down_s: float = DOWN_S) -> Recovery:
    """Publish live transactions without a worker for a while, then start one and time it; it is ended then.

    The time without a worker lets a minute close, so that the wait for the next one is not in the figures. Rare
    scopes can make the last of all scopes come late: with 30 transactions a scope and minute none is missing.

    Args:
        site: An installation whose topics hold a state and that has no worker now.
        rate: Transactions a second.
        scopes: Over so many scopes, the same as before.
        within_s: How long to wait for all scopes at most.
        down_s: How long to publish before the worker starts.

    Raises:
        WorkerEnded: The worker ended, or did not come to read.
    """
    judged = Judged()
    with flowing(site, rate=rate, scopes=scopes, seconds=down_s + 2 * within_s) as generator:
        time.sleep(down_s)
        with Ear(site.address, site.topics.minutes, judged.hear):
            began, started_at = time.monotonic(), time.time()
            worker = site.worker()
            try:
                worker.reading(within_s)
                reading_s = time.monotonic() - began
                while len(judged.scopes) < scopes and time.monotonic() < began + within_s:
                    worker.check()
                    time.sleep(0.05)
                use = worker.use()
            finally:
                worker.stop()
        sent = generator.stop()
    # The ear is deaf by now, so the notes hold still.
    heard = sorted(judged.scopes.values())
    return Recovery(
        reading_s=round(reading_s, 2),
        first_s=round(heard[0] - started_at, 2) if heard else None,
        all_scopes_s=round(heard[-1] - started_at, 2) if len(heard) >= scopes else None,
        scopes=len(heard),
        cpu_s=round(use.cpu_s, 2),
        rss_mb=round(use.rss_mb, 1),
        load=sent.as_json(),
    )
