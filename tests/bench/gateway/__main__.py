"""`make bench-gateway`: what HTTP and the page cost, over one real Kafka, with the pipeline running, in one go."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from floodmark.local.broker import choose
from tests.bench.gateway import posting, starting, watching
from tests.bench.gateway.figures import Figure, table
from tests.bench.gateway.filling import DAY, JUDGED, MinutesTopic, judge_an_hour
from tests.pipeline.installation import installed

PARTS: Final = ("posting", "starting", "watching")
WIDTH: Final = 140
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def main() -> int:
    """Run what was asked for; 0 when all is as it must be."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        broker = choose("kafka", Path(folder), console.print)
        broker.start()
        try:
            figures = _measured(broker.address, Path(folder), options)
        finally:
            broker.stop()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    found = {"cores": os.cpu_count(), "figures": [each.as_json() for each in figures]}
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    console.print(table(figures))
    console.print(
        f"{os.cpu_count()} cores shared with Kafka, a worker and the client; {posting.CONNECTIONS} connections; the "
        "bare handler parses, produces and waits for the reports, and gives no verdict"
    )
    return 0 if all(each.is_met for each in figures) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-gateway")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts alone")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("bench-results/gateway.json"))
    return parser.parse_args()


def _measured(broker: str, folder: Path, options: argparse.Namespace) -> list[Figure]:
    found: list[Figure] = []
    if "posting" in options.only:
        with installed(broker, "posts.") as made:
            made.worker(made.command).ready()
            found += posting.measure(made, folder, options.seconds, options.rounds)
    if {"starting", "watching"} & {*options.only}:
        with installed(broker, "reads.") as made:
            made.worker(made.command).ready()
            now = int(time.time() // 60)
            MinutesTopic(made).write(now - DAY + 1, now - JUDGED - 1)
            judge_an_hour(made, now)
            if "starting" in options.only:
                found += starting.measure(made, folder, options.rounds)
            if "watching" in options.only:
                found += watching.measure(made, folder, options.seconds, now)
    return found


if __name__ == "__main__":
    sys.exit(main())
