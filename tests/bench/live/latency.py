"""From the close of a minute to the alert on the topic, to its row in ClickHouse, and to the webhook's receiver."""

from contextlib import ExitStack
from typing import Final

from tests.bench.alerts import Alerts, await_alerts
from tests.bench.closing import Flow, publish
from tests.bench.ear import Ear
from tests.bench.latency import rules
from tests.bench.live.bench import Bench
from tests.bench.live.checks import Check, Part, p50_p99
from tests.bench.live.errand import ErrandProcess, Stopped
from tests.bench.live.receiver import Receiver
from tests.bench.live.site import Site
from tests.bench.live.store import StoreEye, await_store

SCOPES: Final = 100
FASTER: Final = 10
"""A minute closes every six seconds: six processes that share two cores are to come to rest in between."""
LINGER_MS: Final = 10
SPARE_S: Final = 120.0
LIMITS: Final = {"alert on the topic": (1, 0.5), "row in ClickHouse": (2, 1), "webhook received": (2, 1)}


def latency(bench: Bench, part: Part) -> None:
    """Publish minutes in which 20 of 100 scopes fail, and note each alert in three places."""
    noted = {place: Alerts() for place in LIMITS}
    with bench.site(part.name) as site, ExitStack() as stack:
        flow = Flow(
            bench.address,
            site.topics.transactions,
            bench.options.latency_minutes,
            faster=FASTER,
            scopes=SCOPES,
            linger_ms=LINGER_MS,
        )
        receiver = stack.enter_context(Receiver(noted["webhook received"].read))
        _start(site, receiver.url)
        stack.enter_context(Ear(bench.address, site.topics.alerts, noted["alert on the topic"].hear))
        stack.enter_context(StoreEye(site.folder / "data", noted["row in ClickHouse"].note))
        publisher = stack.enter_context(ErrandProcess[Flow, dict[int, float]](_publish, flow))
        closed_at = publisher.result(flow.seconds + SPARE_S)
        for alerts in noted.values():
            await_alerts(alerts, flow.alerts)
        part.figures["alerts due in each place"] = (flow.minutes - 2) * flow.failing
        part.figures["the publisher was late by at most, s"] = _late_s(closed_at)
        for place, alerts in noted.items():
            waits = p50_p99(alerts.waits(closed_at))
            part.figures[f"{place}, s"] = waits
            part.checks.append(Check(f"close to {place}, p99", "s", waits.get("p99"), *LIMITS[place]))


def _start(site: Site, url: str) -> None:
    """A worker, the embedded store, and both sinks."""
    data = str(site.folder / "data")
    site.start("store", ["store", "--data-dir", data])
    await_store(site.folder / "data")
    site.start("sink-clickhouse", ["sink", "clickhouse", "--data-dir", data])
    site.start("sink-webhook", ["sink", "webhook", "--url", url, "--allow-http", "--allow-private", "--all-states"])
    site.worker(FLOODMARK_RULES=str(rules(site.folder))).reading()


def _publish(flow: Flow, _: Stopped) -> dict[int, float]:
    return publish(flow)


def _late_s(closed_at: dict[int, float]) -> float:
    """How much later than its pace, from the first close on, the publisher closed a minute."""
    at = [closed_at[minute] for minute in sorted(closed_at)]
    return round(max(late - at[0] - number * 60 / FASTER for number, late in enumerate(at)), 3)
