"""`make bench-gateway`: the gateway and a bare handler over one real Kafka, with the pipeline running, in one go."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from floodmark.local.broker import choose
from runtime.kafka.topics import ensure_topics
from runtime.ports import free_ports, listens
from schemas.topics import TopicSpec
from tests.bench.gateway import bare, load
from tests.floodmark.gateway.process import started
from tests.paths import ROOT
from tests.pipeline.installation import PARTITIONS, Installation, installed
from tests.pipeline.wire import until

BATCH: Final = 100
CONNECTIONS: Final = 32
RATE: Final = 200.0
TARGETS: Final = {"tx_s": 20_000.0, "batch_p99_ms": 250.0, "single_p99_ms": 10.0}
UNLIMITED: Final = {"FLOODMARK_GATEWAY_KEY_RATE": str(10**9), "FLOODMARK_GATEWAY_READER_RATE": str(10**9)}
console = Console(highlight=False)


def main() -> int:
    """Run everything; 0 when every target is met."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        broker = choose("kafka", Path(folder), console.print)
        broker.start()
        try:
            with installed(broker.address, "bench.") as made:
                result = _measure(made, Path(folder), options)
        finally:
            broker.stop()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    _show(result)
    return 0 if _is_met(result["gateway"]) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-gateway")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("bench-results/gateway.json"))
    return parser.parse_args()


def _measure(made: Installation, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    made.worker().ready()
    gateway = started(folder, made.address, made.prefix, 0, **UNLIMITED).ready()
    runs: dict[str, list[dict[str, float]]] = {"gateway": [], "bare": []}
    try:
        spec = TopicSpec(f"{made.prefix}bare", PARTITIONS)
        ensure_topics(made.address, [spec], replication=1)
        with _bare(made.address, spec.name) as bare_url:
            urls = {"gateway": gateway.url, "bare": bare_url}
            for url in urls.values():
                _load(url, BATCH, CONNECTIONS, 3.0)
            for _ in range(options.rounds):
                for name, url in urls.items():
                    batches = _load(url, BATCH, CONNECTIONS, options.seconds)
                    singles = _load(url, 1, CONNECTIONS, options.seconds, RATE)
                    runs[name].append(
                        {
                            "tx_s": batches["records"] / batches["seconds"],
                            "batch_p50_ms": batches["p50_ms"],
                            "batch_p99_ms": batches["p99_ms"],
                            "single_p50_ms": singles["p50_ms"],
                            "single_p99_ms": singles["p99_ms"],
                        }
                    )
    finally:
        gateway.stop()
    middle = {name: {key: median(run[key] for run in each) for key in each[0]} for name, each in runs.items()}
    ratios = {key: middle["gateway"][key] / middle["bare"][key] for key in middle["gateway"]}
    return {**middle, "ratios": ratios, "runs": runs, "cores": os.cpu_count()}


@contextmanager
def _bare(broker: str, topic: str) -> Iterator[str]:
    (port,) = free_ports(1)
    child = subprocess.Popen([sys.executable, "-m", bare.__name__, broker, topic, str(port)], cwd=ROOT)
    try:
        until(lambda: listens("127.0.0.1", port), "the bare handler answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        child.wait()


def _load(url: str, size: int, connections: int, seconds: float, rate: float = 0.0) -> dict[str, float]:
    command = [sys.executable, "-m", load.__name__, url, *map(str, (size, connections, seconds, rate))]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _is_met(gateway: dict[str, float]) -> bool:
    return gateway["tx_s"] >= TARGETS["tx_s"] and all(
        gateway[key] < most for key, most in TARGETS.items() if key != "tx_s"
    )


def _show(result: dict[str, Any]) -> None:
    table = Table("", "gateway", "bare", "ratio", "target")
    for key, value in result["gateway"].items():
        wanted = TARGETS.get(key)
        sign = "" if wanted is None else f"{'≥' if key == 'tx_s' else '<'} {wanted:,.0f}"
        table.add_row(key, f"{value:,.1f}", f"{result['bare'][key]:,.1f}", f"{result['ratios'][key]:.2f}", sign)
    console.print(table)
    console.print(
        f"batches of {BATCH} on {CONNECTIONS} connections; single records at {RATE:.0f} a second, the gateway's with "
        f"their verdict; {result['cores']} cores shared with Kafka, a worker and the client"
    )


if __name__ == "__main__":
    sys.exit(main())
