"""The rule files that ship with Floodmark say what they are meant to say."""

import re

import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.rules import CountThreshold, Rule, ShareThreshold, ZScore
from processors.rules import CLASSIC, COMPARISON, DEFAULT, THRESHOLDS, load
from processors.rules.load import SHIPPED
from processors.rules.runbooks import PAGES as KNOWN
from processors.rules.runbooks import STREAM, reference
from tests.paths import ROOT

PAGES = ROOT / "docs" / "runbooks"
RUNBOOKS = {
    name for path in SHIPPED.values() for name in re.findall(r'^runbook = "(.*)"$', path.read_text(), re.MULTILINE)
}

Z = {"keys": ("failed", "denied", "reversed"), "threshold": 3.0, "minimum_count": 5, "dimension": "status"}


def named(name: str) -> Rule:
    return load(THRESHOLDS).rule(name)


def test_the_default_rules_are_the_ones_that_run_when_no_file_is_given() -> None:
    assert load() == load(DEFAULT)
    assert load().name == "default"


def test_all_look_back_30_minutes_after_a_history_of_10() -> None:
    assert load(DEFAULT).baseline == BaselineSettings(
        window=30, minimum_history=10, include_current=False, learn_incidents=False, relearn_after=180
    )
    assert load(THRESHOLDS).baseline == BaselineSettings(
        window=30, minimum_history=10, include_current=False, learn_incidents=False, relearn_after=60
    )
    assert load(CLASSIC).baseline == BaselineSettings(
        window=30, minimum_history=10, include_current=True, learn_incidents=True
    )
    assert load(THRESHOLDS).resolve_after == load(CLASSIC).resolve_after == 5


def test_the_classic_rules_are_the_z_score_alone() -> None:
    rules = load(CLASSIC)
    assert (rules.name, [r.name for r in rules.rules]) == ("classic", ["z_score"])


@pytest.mark.parametrize("file", [CLASSIC, THRESHOLDS])
def test_the_z_score_is_above_3_from_5_a_minute_on(file: object) -> None:
    rule = load(file).rule("z_score")  # type: ignore[arg-type]
    assert isinstance(rule, ZScore)
    assert {name: getattr(rule, name) for name in Z} == Z
    assert rule.severity == "warning"


@pytest.mark.parametrize(
    ("status", "warning", "critical"),
    [
        ("failed", 0.01, 0.02),
        ("denied", 0.10, 0.15),
        ("reversed", 0.02, 0.04),
        ("backend_reversed", 0.005, 0.01),
    ],
)
def test_the_share_of_each_status_has_its_limits_over_15_minutes(status: str, warning: float, critical: float) -> None:
    rule = named(f"share_{status}")
    assert isinstance(rule, ShareThreshold)
    assert (rule.keys, rule.dimension, rule.window) == ((status,), "status", 15)
    assert (rule.warning, rule.critical, rule.minimum_total) == (warning, critical, 100)


def test_more_than_5_failures_in_a_minute_are_critical() -> None:
    rule = named("failed_count")
    assert isinstance(rule, CountThreshold)
    assert (rule.keys, rule.above, rule.severity) == (("failed",), 5, "critical")


def test_the_threshold_rules_are_these_and_no_others() -> None:
    assert [r.name for r in load(THRESHOLDS).rules] == [
        "z_score",
        "failed_count",
        "share_failed",
        "share_denied",
        "share_reversed",
        "share_backend_reversed",
    ]


def test_the_default_rules_are_these_and_no_others() -> None:
    assert [(r.name, r.method, r.dimension) for r in load().rules] == [
        ("share_rise", "share_tail", "status"),
        ("refund_rise", "share_tail", "status"),
        ("code_rise", "share_tail", "auth_code"),
        ("silence", "silence", "status"),
        ("code_silence", "silence", "auth_code"),
        ("volume_drop", "volume_drop", "volume"),
    ]


def test_only_the_comparison_rules_ask_for_a_history() -> None:
    statuses = ("backend_reversed", "denied", "failed", "reversed")
    assert load(COMPARISON).compared == {"status": statuses, "volume": ()}
    assert load().compared == load(THRESHOLDS).compared == load(CLASSIC).compared == {}


def test_by_default_one_cause_is_one_incident_and_codes_speak_for_denied() -> None:
    rules = load()
    assert (rules.group, rules.facets, rules.resolve_after) == (True, {"auth_code": "denied"}, 3)
    assert rules.learns
    assert not load(CLASSIC).group
    assert not load(CLASSIC).learns


def test_what_goes_well_is_never_a_rise_and_the_code_of_approval_is_no_reason_for_a_denial() -> None:
    rules = load()
    for name, dimension, key in [
        ("share_rise", "status", "approved"),
        ("share_rise", "status", "refunded"),
        ("code_rise", "auth_code", "00"),
        ("code_silence", "auth_code", "00"),
    ]:
        assert not rules.rule(name).watches(dimension, key)
    for key in ("denied", "failed", "reversed", "backend_reversed"):
        assert rules.rule("share_rise").watches("status", key)


@pytest.mark.parametrize("file", [CLASSIC, COMPARISON, DEFAULT, THRESHOLDS])
def test_every_rule_says_what_to_do_and_where_to_read_on(file: object) -> None:
    for rule in load(file).rules:  # type: ignore[arg-type]
        assert rule.recommendation.endswith(".")
        assert rule.runbook.startswith("floodmark runbook ")


@pytest.mark.parametrize("page", sorted({*RUNBOOKS, STREAM}))
def test_every_rule_has_its_page(page: str) -> None:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    for heading in ("## What it means", "## First checks", "## What to do"):
        assert heading in text


def test_every_page_belongs_to_a_rule_or_is_listed() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == {*RUNBOOKS, STREAM} == KNOWN
    listed = (PAGES / "README.md").read_text(encoding="utf-8")
    assert all(f"({page}.md)" in listed for page in pages)


def test_where_the_pages_are_read_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for base, expected in [
        ("https://wiki.example/runbooks", "https://wiki.example/runbooks/z-score.md"),
        ("https://wiki.example/{page}?view", "https://wiki.example/z-score?view"),
        (" ", "floodmark runbook z-score"),
    ]:
        monkeypatch.setenv("FLOODMARK_RUNBOOKS", base)
        assert {rule.runbook for rule in load(CLASSIC).rules} == {expected}


@pytest.mark.parametrize("own", ["https://wiki.example/x", "see the wiki", "javascript:x()", "", "our-wiki"])
def test_what_is_no_page_of_ours_stays_as_it_is(own: str) -> None:
    assert reference(own) == own
