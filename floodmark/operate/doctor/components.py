"""Checks of what runs here and of who is paged: what each process says of itself, and alerts that wait."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka.cluster import Cluster
from schemas.topics import Topics

SETTLED_S: Final = 3.0
"""Alerts that were said just now are on their way."""


def components(data_dir: Path) -> Iterator[CheckFinding]:
    """What workers and sinks of the `up` that runs on the data directory complain of; nothing when none does."""
    from floodmark.local.up.health import ask, remark
    from floodmark.local.up.running import running

    if running(data_dir) is None:
        return
    unwell = 0
    asked = 0
    with httpx.Client(timeout=3.0, trust_env=False) as client:
        for name, url in sorted(_addresses(data_dir).items()):
            asked += 1
            complaint = ask(client, url)
            if complaint is not None:
                unwell += 1
                advice = (
                    "Mend that; nothing is lost meanwhile, and no new start is needed unless a setting changes."
                    if complaint.needs_people
                    else f"Its log is {data_dir / 'logs' / f'{name}.log'}."
                )
                yield CheckFinding(name, "fail", complaint.reason, advice)
            elif warning := remark(client, url):
                yield CheckFinding(
                    name, "warn", f"it is well, and says: {warning}", f"Its log is in {data_dir / 'logs'}."
                )
    if asked and not unwell:
        yield CheckFinding("components", "ok", f"{asked} running, all say that they are well")


def pages(cluster: Cluster, topics: Topics) -> Iterator[CheckFinding]:
    """Whether alerts wait for the webhook; nothing where no webhook has ever run."""
    from floodmark.operate.doctor.membership import members
    from runtime.kafka.offsets import Offsets, OffsetsError, lag

    offsets, group = Offsets(cluster), topics.sink_group("webhook")
    until = time.monotonic() + SETTLED_S
    try:
        while True:
            ends = offsets.ends([topics.alerts])
            committed = offsets.committed(group, ends)
            behind, alive = lag(ends, committed), members(cluster, group)
            if not behind or time.monotonic() > until or not (alive or any(committed.values())):
                break
            time.sleep(0.2)
    except OffsetsError:
        return
    if alive or any(committed.values()):
        yield judge_pages(alive, behind)


def judge_pages(alive: int | None, behind: int) -> CheckFinding:
    """How the webhook fares: `alive` sinks (None: the broker cannot tell), `behind` alerts not delivered for sure."""
    running = "the broker does not tell how many run" if alive is None else f"{alive} running"
    if not behind:
        return CheckFinding("webhook", "ok", f"{running}, every alert is delivered")
    found = f"{running}, {behind:,} alerts since the oldest one that is not delivered"
    if alive == 0:
        return CheckFinding("webhook", "fail", found, "Nobody is paged. Start one: `floodmark sink webhook`.")
    return CheckFinding("webhook", "warn", found, "Its /healthz and its log say what holds them.")


def _addresses(data_dir: Path) -> dict[str, str]:
    """Name to base URL of everything that has announced where it can be asked."""
    found = {}
    for file in (data_dir / "run").glob("*.json"):
        try:
            url = json.loads(file.read_text("utf-8")).get("metrics")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(url, str):
            found[file.stem] = url
    return found
