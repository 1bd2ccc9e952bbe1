"""The bounds and times that the documents name are those that the workers have unless they are told otherwise."""

from typing import Any, Final

import pytest

from processors.domain.rules import METHODS
from processors.domain.severity import SeverityLimits
from processors.domain.window import MAX_CELLS, MAX_KEYS, MAX_SCOPES, MAX_WAITING
from processors.rules import load
from processors.settings import WorkerSettings
from tests.paths import ROOT


def words(name: str) -> str:
    """The text of a document, on one line."""
    return " ".join((ROOT / name).read_text("utf-8").split())


HOW: Final = words("docs/how-it-works.md")
README: Final = words("README.md")
JUDGING: Final = words("processors/README.md")


@pytest.mark.parametrize(
    ("name", "default", "said"),
    [
        ("lateness_s", 5.0, "its highest event time less the lateness (5 s)"),
        ("idle_after_s", 10.0, "drained, and silent for 10 s"),
        ("revise_for_s", 15 * 60.0, "For 15 minutes late data change a minute"),
        ("complete", 0.99, "until 99 % of the counts (`FLOODMARK_COMPLETE`) are there"),
        ("checkpoint_s", 1.0, "About once a second, between two chunks, the state is gathered as a checkpoint"),
    ],
)
def test_a_setting_has_the_default_that_is_told(name: str, default: Any, said: str) -> None:
    assert WorkerSettings.model_fields[name].default == default
    assert said in HOW


def test_what_others_send_has_the_sizes_that_are_told() -> None:
    assert "the first 200 keys by offset are told apart" in HOW
    assert "the first 20 000 scopes (`FLOODMARK_SCOPES`) and 100 000 keys" in HOW
    assert "`FLOODMARK_WAITING` (2 million of a scope, minute and partition" in HOW
    assert "Of one scope 200 statuses and 200 auth codes are told apart" in README
    assert (MAX_KEYS, MAX_SCOPES, MAX_CELLS, MAX_WAITING) == (200, 20_000, 100_000, 2_000_000)


def test_an_incident_is_critical_when_the_documents_say_so() -> None:
    assert "critical when half is lost, or 500 transactions, or when it lasts 30 minutes" in README
    assert "critical = { share = 0.5, transactions = 500, minutes = 30 }" in JUDGING
    assert "minimum_lost = 60 " in JUDGING
    assert "falls_after = 10 " in JUDGING
    assert SeverityLimits() == SeverityLimits(0.5, 500, 30, None, 60, 10)


def test_a_silence_of_hours_ends_incidents_and_of_weeks_a_scope_when_it_is_told() -> None:
    assert "After `FLOODMARK_GIVE_UP_AFTER_H` (24) hours" in JUDGING
    assert "From `FLOODMARK_FORGET_AFTER_H` (336) on" in JUDGING
    fields = WorkerSettings.model_fields
    assert (fields["give_up_after_h"].default, fields["forget_after_h"].default) == (24, 336)


def test_every_method_of_a_rule_is_in_the_table_of_methods() -> None:
    table = JUDGING.partition("| `method` | Finds | Needs |")[2].partition("##")[0]
    assert {name for name in METHODS if f"`{name}`" not in table} == set()


@pytest.mark.parametrize("name", ["processors/README.md", "docs/feeds.md"])
def test_what_is_measured_of_detection_was_measured_with_the_rules_that_ship(name: str) -> None:
    assert f"Rules default {load().version}" in words(name)
