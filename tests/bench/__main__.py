"""`make bench`: all contestants over one topic of one real Kafka, in one go; prints the ratios, writes them as JSON.

Machines differ and are noisy, so only ratios within the run mean anything; each contestant but the textbook
runs several times in turn, and the median counts. With `--beside` the worker of another checkout takes its turn too:
what a change costs is seen in one run of both only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from floodmark.local.broker import choose
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.bench import ours
from tests.bench.fill import fill
from tests.bench.latency import latencies

PARTITIONS = 6
TARGETS = {"floodmark / textbook": 80.0, "floodmark / bare": 0.69, "floodmark / bare, per CPU second": 0.67}
AIMS = {"floodmark / textbook": 140.0, "floodmark / bare": 0.8, "floodmark / bare, per CPU second": 0.8}

console = Console(highlight=False)


def main() -> int:
    """Run everything; 0 when every target is met."""
    options = options_of()
    with tempfile.TemporaryDirectory() as folder:
        broker = choose("kafka", Path(folder), console.print)
        broker.start()
        try:
            result = measure(broker.address, options)
        finally:
            broker.stop()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    _show(result)
    console.print(f"written to {options.out}")
    return 0 if all(result["ratios"][name] >= wanted for name, wanted in TARGETS.items()) else 1


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--records", type=int, default=16_000_000)
    parser.add_argument("--textbook-records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--latency-minutes", type=int, default=60, help="event-time minutes of the latency run; 0: none"
    )
    parser.add_argument("--beside", type=Path, help="another checkout, whose worker runs in turn with ours")
    parser.add_argument("--cold", action="store_true", help="count the worker's start too: for very few records")
    parser.add_argument("--out", type=Path, default=Path("bench-results/bench.json"))
    return parser.parse_args(arguments)


def measure(address: str, options: argparse.Namespace) -> dict[str, Any]:
    """Each run of each contestant over one topic of this broker, and the ratios of their medians."""
    source = Topics("bench.").transactions
    ensure_topics(address, Topics("bench.").specs(PARTITIONS), replication=1)
    console.print(f"filling {source} with {options.records:,} records ...")
    took = fill(address, source, PARTITIONS, options.records, per_minute=100_000)
    console.print(f"  {options.records / took:,.0f} records/s")
    contestants = {"floodmark": ours.Contestant(None, options.cold)}
    if options.beside:
        contestants["beside"] = ours.Contestant(options.beside, options.cold)
    runs: dict[str, list[dict[str, Any]]] = {"textbook": [], "bare": [], **{name: [] for name in contestants}}
    runs["textbook"].append(_script("textbook", address, source, options.textbook_records))
    for _ in range(options.rounds):
        runs["bare"].append(_script("bare", address, source, options.records))
        for name, contestant in contestants.items():
            runs[name].append(_floodmark(name, address, options.records, contestant))
    result: dict[str, Any] = {
        "records": options.records,
        "partitions": PARTITIONS,
        "runs": runs,
        "ratios": _ratios(runs),
    }
    result["worker_rss_mb"] = _memory(runs["floodmark"])
    if options.latency_minutes:
        result["alert_latency"] = latencies(address, minutes=options.latency_minutes)
    return result


def _script(name: str, address: str, topic: str, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.bench.{name}", address, topic, str(PARTITIONS), str(count)]
    done = subprocess.run(command, capture_output=True, timeout=600, check=True, env={**os.environ})
    return _told(name, json.loads(done.stdout.splitlines()[-1]))


def _floodmark(name: str, address: str, count: int, contestant: ours.Contestant) -> dict[str, Any]:
    """One run of a new installation that reads the same topic: each has a group and changelogs of its own."""
    topics = Topics("bench.")
    run = ours.run(address, topics, PARTITIONS, count, contestant)
    _forget(address, topics)
    told = _told(name, {"records": run.records, "seconds": run.seconds, "cpu_seconds": run.cpu_seconds})
    return {**told, "rss_mb": run.rss_mb}


def _forget(address: str, topics: Topics) -> None:
    """Remove all that a run left, but the transactions."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": address})
    for deleted in admin.delete_consumer_groups([topics.worker_group]).values():
        deleted.result()
    names = [spec.name for spec in topics.specs(PARTITIONS) if spec.name != topics.transactions]
    for removed in admin.delete_topics(names).values():
        removed.result()
    ensure_topics(address, topics.specs(PARTITIONS), replication=1)


def _told(name: str, run: dict[str, Any]) -> dict[str, Any]:
    run["per_second"] = run["records"] / run["seconds"]
    run["per_cpu_second"] = run["records"] / run["cpu_seconds"]
    console.print(f"  {name:<10} {run['per_second']:>12,.0f} /s {run['per_cpu_second']:>12,.0f} per CPU second")
    return run


def _ratios(runs: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    def mid(name: str, what: str) -> float:
        return float(median(run[what] for run in runs[name]))

    ratios = {"floodmark / textbook": mid("floodmark", "per_second") / mid("textbook", "per_second")}
    for name in runs:
        if name in ("textbook", "bare"):
            continue
        ratios[f"{name} / bare"] = mid(name, "per_second") / mid("bare", "per_second")
        ratios[f"{name} / bare, per CPU second"] = mid(name, "per_cpu_second") / mid("bare", "per_cpu_second")
    return ratios


def _memory(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Resident memory after a third of the last run, and at its end."""
    samples = runs[-1].pop("rss_mb")
    for run in runs[:-1]:
        run.pop("rss_mb")
    steady = samples[len(samples) // 3 :]
    half = len(steady) // 2
    return {
        "first half, median": median(steady[:half]),
        "second half, median": median(steady[half:]),
        "peak": max(samples),
    }


def _show(result: dict[str, Any]) -> None:
    table = Table("ratio", "measured", "must", "aim")
    for name, value in result["ratios"].items():
        must, aim = (f"{bounds[name]:g}" if name in bounds else "" for bounds in (TARGETS, AIMS))
        table.add_row(name, f"{value:.2f}", must, aim)
    console.print(table)
    console.print(f"worker memory, MB: {result['worker_rss_mb']}")
    if "alert_latency" in result:
        console.print(f"alert latency, seconds: {result['alert_latency']}")


if __name__ == "__main__":
    raise SystemExit(main())
