"""`make bench-live`: all parts on one real Kafka, in one go; a table for people, JSON for the rest."""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from floodmark.local.broker.kafka import LocalKafka
from tests.bench.live.bench import Bench
from tests.bench.live.measuring import measure
from tests.bench.live.options import read
from tests.bench.live.parts import NAMES, RUNS
from tests.bench.live.table import table

WIDTH = 120
"""Of a table that goes to a file; rich would take 80 columns and break every line."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for; 0 when every must that was measured is met."""
    wanted = read(arguments, NAMES)
    result: dict[str, Any] = {"began_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine()}
    with tempfile.TemporaryDirectory() as folder:
        kafka = LocalKafka(Path(folder), console.print)
        kafka.start()
        try:
            bench = Bench(kafka.address, kafka.home / "data", Path(folder), wanted.options, console.print)
            parts = [part for run in RUNS if {*run.names} & {*wanted.parts} for part in measure(bench, run)]
        finally:
            kafka.stop()
    result |= {"met": all(part.met for part in parts), "parts": {part.name: part.as_json() for part in parts}}
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(result, indent=1) + "\n")
    console.print(table(parts))
    console.print(f"written to {wanted.out}")
    return 0 if result["met"] else 1


def _machine() -> dict[str, Any]:
    """What else may explain the figures."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": os.getloadavg(),
    }


if __name__ == "__main__":
    raise SystemExit(main())
