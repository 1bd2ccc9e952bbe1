"""A worker whose rule file changes while records flow: it goes on, judges by the new rules, and loses nothing."""

import json
import re
import signal
import urllib.request
from pathlib import Path

import pytest

from processors.rules import load
from tests.pipeline.bursts import PARTITIONS, Traffic, text
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Worker
from tests.waiting import until

pytestmark = pytest.mark.kafka
MOST = 8
"""Minutes until the new rules are found; six more follow, and late data may change fifteen."""


def put(file: Path, content: str) -> None:
    """Put the file in place as editors do: written beside it, then renamed."""
    draft = file.with_suffix(".draft")
    draft.write_text(content)
    draft.replace(file)


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


def flow_on(traffic: Traffic) -> None:
    """Failures go on, not for so long that the first of them could not be judged anew when all is over."""
    if traffic.minutes < MOST:
        traffic.flow(failed=9)


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
    until(lambda: rules_are(worker, often) or flow_on(traffic), "the new rules are found while records flow")
    traffic.flow(failed=9)
    (opened,) = until(made.last_alerts, "an incident of the new rules opens").values()
    assert (opened["rule_set"], opened["key"]) == (often, "failed")
    assert opened["since"] == "2025-07-12T12:00:00Z", "minutes that could still change are judged anew"
    traffic.flow(failed=0, minutes=3)
    until(lambda: [a["state"] for a in made.last_alerts().values()] == ["resolved"], "it ends")

    put(file, text(5).replace("above", "abov"))
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
    until(lambda: "rule file" not in health(worker), "all is well")
    assert [a["state"] for a in made.last_alerts().values()] == ["withdrawn"] * 2
    assert worker.child.poll() is None, "it is still the same process"
    assert worker.said().count('"event": "rules_refused"') == 1, "said once"
    assert metric(worker, "floodmark_rules_reloads_total") == 2
    assert made.counts() == traffic.counts
