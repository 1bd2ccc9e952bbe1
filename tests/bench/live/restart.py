"""How soon a worker that was killed judges again when there is a day of live state."""

import time
from typing import Final

from tests.bench.live.bench import Bench
from tests.bench.live.changelogs import size
from tests.bench.live.checks import Check, Part
from tests.bench.live.flowing import flowing
from tests.bench.live.made import make_day
from tests.bench.live.recovery import recovery
from tests.bench.live.traffic import A_MINUTE, SERIES

SPARE_S: Final = 60.0
LONGER: Final = 3
"""The wait for all scopes may take so many times the limit of the first one."""


def restart(bench: Bench, part: Part, scopes: int, must_s: float, aim_s: float) -> None:
    """Make a day of state, let a worker live on it for some minutes, kill it, start another one and time that."""
    rate = A_MINUTE * scopes // 60
    with bench.site(part.name) as site:
        part.figures["made state"] = make_day(bench, site, scopes)
        worker = site.worker()
        with flowing(site, rate=rate, scopes=scopes, seconds=bench.options.settle_minutes * 60 + SPARE_S) as generator:
            time.sleep(bench.options.settle_minutes * 60)
            part.figures["before"] = {
                "worker_rss_mb": round(worker.use().rss_mb, 1),
                "partials that are not judged yet": site.offsets.behind(site.topics.partials),
                "minutes records": sum(site.offsets.ends(site.topics.minutes).values()),
            }
            worker.kill()
            part.figures["before"]["load"] = generator.stop().as_json()
        data = bench.data
        found = recovery(
            site,
            rate=rate,
            scopes=scopes,
            within_s=LONGER * must_s,
            weigh=(lambda: size(bench.address, data, site.changelogs, site.offsets)) if data else None,
        )
    part.figures |= found.as_json() | {"series": scopes * SERIES}
    if found.changelogs is not None:
        part.figures["changelogs"]["mb_on_disk"] = round(found.changelogs.on_disk / 1e6, 1)
    part.figures["rss_kib_a_series"] = round(found.rss_mb * 1e6 / 1024 / scopes / SERIES, 2)
    part.checks.append(Check("start to the first judged minute", "s", found.first_s or LONGER * must_s, must_s, aim_s))
    part.figures["first judged minute of all scopes, s"] = found.all_scopes_s
