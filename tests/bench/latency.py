"""From the event that closes a minute to the alert on the topic, at 5 000 events a second.

Event time runs 20 times as fast as the wall clock; the clock starts when the event that closes the minute is handed to
the producer.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.bench.alerts import Alerts, await_alerts
from tests.bench.closing import PARTITIONS, Flow, publish
from tests.bench.ear import Ear
from tests.rule_texts import many, named


def latencies(address: str, *, minutes: int) -> dict[str, float]:
    """Median, p99 and highest latency in seconds, and over how many alerts."""
    topics = Topics("latency.")
    ensure_topics(address, topics.specs(PARTITIONS), replication=1)
    flow = Flow(address, topics.transactions, minutes)
    heard = Alerts()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        announce = Path(folder) / "worker.json"
        command = [sys.executable, "-m", "floodmark", "worker", "--broker", address, "--topic-prefix", topics.prefix]
        environment = {**os.environ, "FLOODMARK_LOG_LEVEL": "warning", "FLOODMARK_RULES": str(rules(Path(folder)))}
        worker = subprocess.Popen([*command, "--announce", str(announce)], stdout=log, stderr=log, env=environment)
        try:
            with Ear(address, topics.alerts, heard.hear):
                closed_at = publish(flow)
                await_alerts(heard, flow.alerts)
        finally:
            worker.terminate()
            worker.wait(30)
    waits = heard.waits(closed_at)
    return {
        "median": round(median(waits), 3),
        "p99": round(quantiles(waits, n=100)[-1], 3),
        "max": round(max(waits), 3),
        "alerts": len(waits),
    }


def rules(folder: Path) -> Path:
    """One rule that fires in every minute with failures: what is measured is the way, not the judgement."""
    path = folder / "rules.toml"
    path.write_text(named("any failure", many(0, name="failed")))
    return path
