"""A worker whose rule file changes while records flow: it goes on, judges by the new rules, and loses nothing."""

import json
import re
import signal
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from processors.rules import load
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation, Worker
from tests.pipeline.wire import until

pytestmark = pytest.mark.kafka
NOON_MS = 1_752_321_600_000
MINUTE_MS = 60_000
PARTITIONS = 2


def text(above: int) -> str:
    return f"""\
name = "bursts"

[incidents]
resolve_after = 2

[[rule]]
name = "burst"
method = "count"
keys = ["failed"]
above = {above}
"""


def put(file: Path, content: str) -> None:
    """Put the file in place as editors do: written beside it, then renamed."""
    draft = file.with_suffix(".draft")
    draft.write_text(content)
    draft.replace(file)


class Traffic:
    """Minute after minute, with as many failures as are asked for; and what has been published so far."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self._minute = 0
        self.published: Counter[tuple[int, str, str]] = Counter()

    def flow(self, failed: int, minutes: int = 1) -> None:
        """Publish that many minutes more, the last of them closed."""
        for _ in range(minutes):
            at_ms = NOON_MS + self._minute * MINUTE_MS
            self._minute += 1
            rows = {"approved": 50, "failed": failed}
            self._made.publish(
                (
                    b'{"timestamp":%d,"status":"%s"}' % (at_ms + i, s.encode())
                    for s, n in rows.items()
                    for i in range(n)
                ),
                PARTITIONS,
            )
            self.published += Counter({(at_ms, "status", status): count for status, count in rows.items()})
        self._made.punctuate(NOON_MS + self._minute * MINUTE_MS, PARTITIONS)


def metric(worker: Worker, series: str) -> float:
    """A sample of the worker's metrics; 0 where there is none."""
    with urllib.request.urlopen(f"{worker.metrics}/metrics") as answer:
        found = re.search(rf"^{re.escape(series)} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def rules_are(worker: Worker, version: str) -> bool:
    return metric(worker, f'floodmark_rules_info{{name="bursts",version="{version}"}}') == 1


def health(worker: Worker) -> str:
    """What it says of its health, which is good: anything but 200 raises."""
    with urllib.request.urlopen(f"{worker.metrics}/healthz") as answer:
        return str(json.load(answer)["reason"])


def test_rules_change_without_a_restart_and_a_broken_file_changes_nothing(install: Install, tmp_path: Path) -> None:
    file = tmp_path / "bursts.toml"
    file.write_text(text(1_000_000))
    never = load(file).version
    made = install(rules=file, partitions=PARTITIONS)
    worker = made.worker().ready()
    traffic = Traffic(made)
    traffic.flow(failed=9, minutes=3)
    made.drain()
    assert rules_are(worker, never)
    assert made.alerts() == []

    put(file, text(5))
    often = load(file).version
    until(lambda: rules_are(worker, often) or traffic.flow(failed=9), "the new rules are found while records flow")
    traffic.flow(failed=9)
    (opened,) = until(made.last_alerts, "an incident of the new rules opens").values()
    assert (opened["rule_set"], opened["key"]) == (often, "failed")
    assert opened["since"] == "2025-07-12T12:00:00Z", "minutes that could still change are judged anew"
    traffic.flow(failed=0, minutes=3)
    until(lambda: [a["state"] for a in made.last_alerts().values()] == ["resolved"], "it ends")

    file.write_text(text(5).replace("above", "abov"))
    until(lambda: metric(worker, "floodmark_rules_reload_failures_total") == 1, "the broken file is found")
    assert "; the rule file cannot be used, judging goes on by bursts" in health(worker)
    assert f"{file}:10: [[rule]] abov: is not known here" in worker.said()
    traffic.flow(failed=9)
    until(lambda: len(made.last_alerts()) == 2, "the old rules open another incident")
    assert {a["rule_set"] for a in made.last_alerts().values()} == {often}
    assert (metric(worker, "floodmark_rules_file_usable"), rules_are(worker, often)) == (0, True)

    put(file, text(1_000))
    worker.child.send_signal(signal.SIGHUP)
    until(lambda: rules_are(worker, load(file).version), "what is right again is taken up")
    traffic.flow(failed=9)
    made.drain()
    until(lambda: health(worker) == "reading", "all is well")
    assert [a["state"] for a in made.last_alerts().values()] == ["withdrawn"] * 2
    assert worker.child.poll() is None, "it is still the same process"
    assert worker.said().count("cannot be used") == 1, "said once"
    assert metric(worker, "floodmark_rules_reloads_total") == 2
    assert made.counts() == Counter({cell: n for cell, n in traffic.published.items() if n})
