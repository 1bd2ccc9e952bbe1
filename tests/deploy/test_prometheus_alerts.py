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
from sinks.notify.page_metrics import PageMetrics
from tests.paths import ROOT

FILE = ROOT / "deploy/prometheus/alerts.yml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
RECORDING = ROOT / "deploy/prometheus/recording.yml"
RUNBOOKS = (ROOT / "deploy/runbooks/README.md").read_text()
OF_PROMETHEUS = {"up", "process_start_time_seconds"}
NAME = re.compile(r"\bfloodmark_\w+")


def exposed() -> set[str]:
    """The name of each sample that workers and sinks show."""
    sinks = CollectorRegistry()
    Metrics("console", ["alerts"], sinks)
    PageMetrics(sinks)
    return {
        f"{family.name}{'_total' if family.type == 'counter' else ''}"
        for registry in (WorkerMetrics().registry, sinks)
        for family in registry.collect()
    }


def test_every_metric_that_a_rule_asks_for_is_shown_by_one_of_ours() -> None:
    asked = {name for rule in RULES.values() for name in NAME.findall(rule["expr"])}
    assert asked
    assert {name.removesuffix("_bucket") for name in asked} <= exposed() | {"floodmark_sink_write_seconds"}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_is_wrong_and_what_to_do(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"].keys() == {"summary", "remedy", "runbook"}
    assert NAME.search(rule["expr"]) or OF_PROMETHEUS & set(re.findall(r"\w+", rule["expr"]))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_runbook_with_what_to_look_at_and_what_to_do(name: str) -> None:
    file, _, anchor = RULES[name]["annotations"]["runbook"].partition("#")
    assert (file, anchor) == ("deploy/runbooks/README.md", name.lower())
    section = RUNBOOKS.split(f"## {name}\n")[1].split("\n## ")[0]
    assert "\nFirst:\n\n- " in section
    assert "\nThen:\n\n- " in section


def test_there_is_no_runbook_of_an_alert_that_there_is_not() -> None:
    assert set(re.findall(r"^## (\w+)$", RUNBOOKS, re.MULTILINE)) == RULES.keys()


def test_figures_are_recorded_of_metrics_that_there_are() -> None:
    (group,) = yaml.safe_load(RECORDING.read_text())["groups"]
    asked = {name.removesuffix("_bucket") for rule in group["rules"] for name in NAME.findall(rule["expr"])}
    assert asked <= exposed() | {"floodmark_sink_write_seconds"}
    assert all(rule["record"].startswith("floodmark:") for rule in group["rules"])


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
        "floodmark_notify_unreached_total",
    ):
        assert metric in asked


def test_compose_gives_prometheus_the_rules_that_its_settings_name() -> None:
    named = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["rule_files"]
    mounted = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["volumes"]
    for file, place in zip((FILE, RECORDING), named, strict=True):
        assert f"./deploy/prometheus/{file.name}:{place}:ro" in mounted


@pytest.mark.parametrize(
    "words",
    [
        ["promtool", "check", "rules", "alerts.yml", "recording.yml"],
        ["promtool", "test", "rules", "tests.yml"],
        ["amtool", "check-config", "alertmanager.yml"],
    ],
    ids=" ".join,
)
def test_their_own_tools_find_nothing_wrong(words: list[str]) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not on the path (Debian: prometheus, prometheus-alertmanager)")
    done = subprocess.run(words, cwd=FILE.parent, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
