"""The alert rules for Prometheus: valid, on metrics that there are, and on those that must not go unseen."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from processors.metrics import WorkerMetrics
from sinks.metrics import Metrics
from tests.paths import ROOT

FILE = ROOT / "deploy/prometheus/alerts.yml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
OF_PROMETHEUS = {"up"}
NAME = re.compile(r"\bfloodmark_\w+")


def exposed() -> set[str]:
    """The name of each sample that workers and sinks show."""
    sinks = CollectorRegistry()
    Metrics("console", ["alerts"], sinks)
    return {
        f"{family.name}{'_total' if family.type == 'counter' else ''}"
        for registry in (WorkerMetrics().registry, sinks)
        for family in registry.collect()
    }


def test_every_metric_that_a_rule_asks_for_is_shown_by_one_of_ours() -> None:
    asked = {name for rule in RULES.values() for name in NAME.findall(rule["expr"])}
    assert asked
    assert asked <= exposed()


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_is_wrong_and_what_to_do(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"].keys() == {"summary", "remedy"}
    assert NAME.search(rule["expr"]) or OF_PROMETHEUS & set(re.findall(r"\w+", rule["expr"]))


def test_what_is_put_aside_refused_or_crowded_out_is_seen() -> None:
    asked = " ".join(rule["expr"] for rule in RULES.values())
    for metric in (
        "floodmark_worker_discarded_records_total",
        "floodmark_worker_folded_records_total",
        "floodmark_worker_crowded_out_scopes_total",
        "floodmark_worker_gone_records_total",
        "floodmark_worker_waiting_minutes",
        "floodmark_sink_refused_total",
        "floodmark_sink_held",
    ):
        assert metric in asked


def test_compose_gives_prometheus_the_rules_that_its_settings_name() -> None:
    named = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["rule_files"]
    mounted = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["volumes"]
    assert f"./deploy/prometheus/alerts.yml:{named[0]}:ro" in mounted


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the path")
def test_promtool_finds_nothing_wrong() -> None:
    done = subprocess.run(["promtool", "check", "rules", str(FILE)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
