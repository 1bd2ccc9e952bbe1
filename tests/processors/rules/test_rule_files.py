"""What a rule file says is what is read: words, defaults, and the mark of an editor."""

from pathlib import Path

import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.severity import SeverityLimits
from processors.rules import load
from tests.processors.rules.rule_file_kit import FILE, changed, written
from tests.rule_texts import rule_table


def test_what_a_file_says_is_what_is_read(tmp_path: Path) -> None:
    rules = load(written(tmp_path, FILE))
    assert (rules.name, rules.resolve_after, rules.baseline.window) == ("mine", 3, 20)
    assert [type(r).method for r in rules.rules] == ["z_score", "share"]
    assert rules.rule("z").keys == ("failed",)


def test_the_mark_that_some_editors_begin_a_file_with_is_no_part_of_it(tmp_path: Path) -> None:
    plain, marked = load(written(tmp_path, FILE)), load(written(tmp_path, "\ufeff" + FILE))
    assert (marked.version, marked.name) == (plain.version, "mine")


def test_what_a_file_does_not_say_has_its_default(tmp_path: Path) -> None:
    rules = load(written(tmp_path, rule_table("n", "count")))
    assert (rules.name, rules.resolve_after) == ("rules", 5)
    assert rules.baseline == BaselineSettings()
    assert (rules.group, rules.facets) == (False, {})


def test_whose_facets_the_codes_are_is_read_in_lower_case_too(tmp_path: Path) -> None:
    rules = load(written(tmp_path, FILE + "[facets]\nauth_code = 'Denied'\n"))
    assert rules.facets == {"auth_code": "denied"}


def test_keys_are_compared_in_lower_case_as_records_are(tmp_path: Path) -> None:
    assert load(written(tmp_path, changed('["failed"]', '["Failed"]'))).rule("z").keys == ("failed",)


def test_keys_that_look_like_those_of_records_are_the_same(tmp_path: Path) -> None:
    typed = '[" Re\u0301troce\u0301de\u0301\u200b", "\u0130ade"]'
    assert load(written(tmp_path, changed('["failed"]', typed))).rule("z").keys == ("r\u00e9troc\u00e9d\u00e9", "iade")


def test_what_makes_an_incident_critical_is_read(tmp_path: Path) -> None:
    text = (
        "[severity]\ncritical = { share = 1, amount = 5_000_000 }\nminimum_lost = 20\nfalls_after = 15\n"
        + FILE.removeprefix('name = "mine"\n')
    )
    limits = SeverityLimits(
        share=1.0, transactions=None, minutes=None, amount=5_000_000, minimum_lost=20, falls_after=15
    )
    assert load(written(tmp_path, text)).severity == limits


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", SeverityLimits()),
        ("[severity]\n", SeverityLimits()),
        ("[severity]\nminimum_lost = 0\n", SeverityLimits(minimum_lost=0)),
        ("[severity.critical]\nminutes = 5\n", SeverityLimits(share=None, transactions=None, minutes=5)),
        ("[severity]\ncritical.transactions = 9\n", SeverityLimits(share=None, transactions=9, minutes=None)),
    ],
)
def test_a_sentence_of_ones_own_replaces_the_usual_one(tmp_path: Path, text: str, limits: SeverityLimits) -> None:
    assert load(written(tmp_path, text + FILE.removeprefix('name = "mine"\n'))).severity == limits


def test_keys_that_are_excluded_are_compared_in_lower_case_too(tmp_path: Path) -> None:
    rules = load(written(tmp_path, rule_table("a", "share_tail", excluded=["Approved"])))
    assert not rules.rule("a").watches("status", "approved")
