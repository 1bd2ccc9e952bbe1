"""How long a worker that starts needs until it judges again, while live transactions go on."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.bench.ear import Ear
from tests.bench.live.changelogs import Size
from tests.bench.live.flowing import flowing
from tests.bench.live.judged import Judged
from tests.bench.live.site import Site

DOWN_S: Final = 70.0
"""So long without a worker, a minute has closed and waits, whatever the second in which the worker stopped."""
CLOSED_MS: Final = 65_000
"""A minute that started so long before the last worker ended, or longer, may have been judged by it."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the start of a worker on a state took; seconds are None for what did not come in time.

    Args:
        reading_s: From the start of the process until its /healthz says that it reads.
        first_s: From the start of the process to the first record on the minutes topic of a minute that no worker has
            judged before.
        first_minute_s: To the last record of the first of those minutes.
        all_scopes_s: To the first record of the last of all scopes.
        scopes: How many scopes were heard of.
        cpu_s: What the worker had used when the wait was over.
        rss_mb: The memory that it had then.
        longest_turn_s: The longest turn of its loop until then; None when it does not tell.
        load: What was sent meanwhile.
        changelogs: What there was to read; None when that was not asked.
    """

    reading_s: float
    first_s: float | None
    first_minute_s: float | None
    all_scopes_s: float | None
    scopes: int
    cpu_s: float
    rss_mb: float
    longest_turn_s: float | None
    load: dict[str, Any]
    changelogs: Size | None

    def as_json(self) -> dict[str, Any]:
        """For the result file."""
        return asdict(self)


def recovery(
    site: Site,
    *,
    rate: int,
    scopes: int,
    within_s: float,
    down_s: float = DOWN_S,
    weigh: Callable[[], Size] | None = None,
) -> Recovery:
    """Publish live transactions without a worker for a while, then start one and time it; it is ended then.

    The time without a worker lets a minute close, so that the wait for the next one is not in the figures. Rare
    scopes can make the last of all scopes come late: with 30 transactions a scope and minute none is missing.

    Args:
        site: An installation whose topics hold a state and whose worker has just ended.
        rate: Transactions a second.
        scopes: Over so many scopes, the same as before.
        within_s: How long to wait for all scopes at most.
        down_s: How long to publish before the worker starts.
        weigh: Tells what lies in the changelogs; asked while there is no worker, which takes no longer for it.

    Raises:
        WorkerEnded: The worker ended, or did not come to read.
    """
    judged = Judged(int(time.time() * 1000) - CLOSED_MS)
    with flowing(site, rate=rate, scopes=scopes, seconds=2 * down_s + 2 * within_s) as generator:
        down_until = time.monotonic() + down_s
        changelogs = weigh() if weigh is not None else None
        time.sleep(max(down_until - time.monotonic(), 0))
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
                turns = [value for _, value in worker.metric("floodmark_worker_longest_turn_seconds")]
            finally:
                worker.stop()
        sent = generator.stop()
    # The ear is deaf by now, so the notes hold still.
    heard = sorted(judged.scopes.values())
    first_minute = judged.minutes[min(judged.minutes)] if judged.minutes else None
    return Recovery(
        reading_s=round(reading_s, 2),
        first_s=round(heard[0] - started_at, 2) if heard else None,
        first_minute_s=round(first_minute.last - started_at, 2) if first_minute else None,
        all_scopes_s=round(heard[-1] - started_at, 2) if len(heard) >= scopes else None,
        scopes=len(heard),
        cpu_s=round(use.cpu_s, 2),
        rss_mb=round(use.rss_mb, 1),
        longest_turn_s=max(turns, default=None),
        load=sent.as_json(),
        changelogs=changelogs,
    )
