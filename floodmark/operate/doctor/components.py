"""Checks of what runs here and of who is paged: what each process says of itself, and alerts that wait."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from floodmark.operate.doctor.finding import CheckFinding
from runtime.kafka.cluster import Cluster
from schemas.topics import Topics

READ_WITHIN_S: Final = 5.0
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
    """Whether alerts wait for the webhook or the notifier; nothing of one that has never run."""
    if (state := _reader(cluster, topics, "webhook")) is not None:
        yield judge_pages(*state)
    if (state := _reader(cluster, topics, "notify")) is not None:
        yield judge_notifier(*state, _overdue(cluster, topics))


def _reader(cluster: Cluster, topics: Topics, sink: str) -> tuple[int | None, int] | None:
    """How many of that sink run, and how many alerts they are behind; None: it has never run, or nobody says."""
    from floodmark.operate.doctor.membership import members
    from runtime.kafka.offsets import Offsets, OffsetsError, lag

    offsets, group = Offsets(cluster), topics.sink_group(sink)
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
        return None
    return (alive, behind) if alive or any(committed.values()) else None


def _overdue(cluster: Cluster, topics: Topics) -> Counter[str] | None:
    """By channel, the pages that it has not taken within five minutes; None: nobody may tell us."""
    from confluent_kafka import KafkaException

    from sinks.notify.dispatcher import DEADLINE_S
    from sinks.notify.journal import read
    from sinks.notify.notification import CALLS

    try:
        known = read(cluster, topics.notifications, topics.helper_group("doctor"), READ_WITHIN_S).notifications
    except KafkaException:
        return None
    late_ms = time.time() * 1000 - DEADLINE_S * 1000
    owed = [due for one in known.values() for due in one.due.values()]
    return Counter(due.channel for due in owed if due.kind in CALLS and due.since_ms < late_ms)


def judge_pages(alive: int | None, behind: int) -> CheckFinding:
    """How the webhook fares: `alive` sinks (None: the broker cannot tell), `behind` alerts not delivered for sure."""
    running = "the broker does not tell how many run" if alive is None else f"{alive} running"
    if not behind:
        return CheckFinding("webhook", "ok", f"{running}, every alert is delivered")
    found = f"{running}, {behind:,} alerts since the oldest one that is not delivered"
    if alive == 0:
        return CheckFinding("webhook", "fail", found, "Nobody is paged. Start one: `floodmark sink webhook`.")
    return CheckFinding("webhook", "warn", found, "Its /healthz and its log say what holds them.")


def judge_notifier(alive: int | None, behind: int, overdue: Counter[str] | None) -> CheckFinding:
    """How the notifier fares: see `judge_pages`; `overdue` are the pages that wait for channels, None: not known."""
    running = "the broker does not tell how many run" if alive is None else f"{alive} running"
    if alive == 0:
        found = f"none runs, {behind:,} alerts wait for one"
        return CheckFinding("notifier", "fail", found, "Nobody is told. Start one: `floodmark sink notify`.")
    if overdue:
        waits = ", ".join(f"{count:,} for {channel}" for channel, count in sorted(overdue.items()))
        found = f"{running}, pages that were not taken within five minutes: {waits}"
        return CheckFinding("notifier", "fail", found, "Its log says why these channels take nothing; mend that.")
    if behind:
        found = f"{running}, {behind:,} alerts behind"
        return CheckFinding("notifier", "warn", found, "Its /healthz and its log say what holds it.")
    if overdue is None:
        found = f"{running}, every alert is read; whether channels take pages is not known"
        return CheckFinding("notifier", "warn", found, "Let this login read the topic of notifications.")
    return CheckFinding("notifier", "ok", f"{running}, every alert is read, no page is overdue")


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
