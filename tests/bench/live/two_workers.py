"""Whether two workers do the same work for the same CPU time as one."""

import time
from typing import Any, Final

from confluent_kafka.admin import AdminClient

from tests.bench.live.backlog import Backlog, publish
from tests.bench.live.bench import Bench
from tests.bench.live.checks import Check, Part
from tests.bench.live.errand import ErrandProcess
from tests.bench.live.site import PARTITIONS, Site
from tests.bench.live.traffic import Singles
from tests.bench.live.watched import Watched
from tests.pipeline import wire

SCOPES: Final = 100
PER_MINUTE: Final = 100_000
START_MS: Final = 1_752_300_000_000
WARM: Final = 100_000
PUBLISH_S: Final = 300.0
SETTLE_S: Final = 60.0
DRAIN_S: Final = 300.0


def two_workers(bench: Bench, part: Part) -> None:
    """The same transactions in two fresh installations, one with one worker, one with two."""
    alone = _run(bench, f"{part.name}-1", 1)
    together = _run(bench, f"{part.name}-2", 2)
    part.figures |= {"one": alone, "two": together}
    ratio = together["per_cpu_second"] / alone["per_cpu_second"]
    part.checks.append(
        Check("transactions per CPU second, two / one", "ratio", ratio, must=0.9, aim=0.98, at_least=True)
    )


def _run(bench: Bench, name: str, workers: int) -> dict[str, Any]:
    """Let the workers settle on a little, then let the backlog appear; CPU time until all of it is judged."""
    warm = Singles(START_MS, WARM, PER_MINUTE, SCOPES)
    rest = Singles(warm.end_ms, bench.options.backlog, PER_MINUTE, SCOPES, seed=2)
    with bench.site(name) as site:
        crew = [site.worker() for _ in range(workers)]
        for worker in crew:
            worker.reading()
        _await_members(site, workers)
        _publish(site, warm)
        _close(site, warm, crew)
        _publish(site, rest)
        used, began = _cpu_s(crew), time.monotonic()
        _close(site, rest, crew)
        used, seconds = _cpu_s(crew) - used, time.monotonic() - began
    told = {"records": rest.number, "seconds": seconds, "cpu_seconds": used, "per_cpu_second": rest.number / used}
    bench.say(f"  {workers} worker(s): {told['per_cpu_second']:,.0f} per CPU second")
    return told


def _await_members(site: Site, number: int) -> None:
    """Wait until the group is stable and each of its members has some of the source topic.

    Raises:
        TimeoutError: That did not come to be.
    """
    admin = AdminClient({"bootstrap.servers": site.address, "log_level": 0})
    deadline = time.monotonic() + SETTLE_S
    while sum(_has_sources(site, member) for member in _members(admin, site)) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{number} workers do not share the source topic after {SETTLE_S:.0f} s")
        time.sleep(0.2)


def _members(admin: AdminClient, site: Site) -> list[Any]:
    group = site.topics.worker_group
    described: Any = admin.describe_consumer_groups([group], request_timeout=10)[group].result()
    return list(described.members) if described.state.name == "STABLE" else []


def _has_sources(site: Site, member: Any) -> bool:
    return any(tp.topic == site.topics.transactions for tp in member.assignment.topic_partitions)


def _publish(site: Site, what: Singles) -> None:
    backlog = Backlog(site.address, site.topics.transactions, PARTITIONS, what)
    with ErrandProcess[Backlog, int](publish, backlog) as publisher:
        publisher.result(PUBLISH_S)


def _close(site: Site, what: Singles, crew: list[Watched]) -> None:
    """Close the last minute, and wait until everything is counted, told to the judges and judged."""
    topics = site.topics
    wire.punctuate(site.address, topics.transactions, what.end_ms, PARTITIONS)
    for topic in (topics.transactions, topics.partials):
        goals = site.offsets.ends(topic)
        deadline = time.monotonic() + DRAIN_S
        while any(site.offsets.committed(topic)[p] < goal for p, goal in goals.items()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} was not drained within {DRAIN_S:.0f} s")
            for worker in crew:
                worker.check()
            time.sleep(0.1)


def _cpu_s(crew: list[Watched]) -> float:
    return sum(worker.use().cpu_s for worker in crew)
