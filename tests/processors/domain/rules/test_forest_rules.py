"""The rules with a trained model, told as stories: who is named, after how many minutes, and what stays quiet."""

from dataclasses import replace
from typing import Any

import pytest

from processors.domain.incidents.memory import JudgedScope
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.rules import Hybrid, IsolationForest, Rule
from processors.domain.rules.evidence import fisher
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict
from tests.processors.domain.forests import trained
from tests.processors.domain.traffic import NOON, during, ended, fired, known, nothing, once, story, traffic, usual

both = pytest.mark.parametrize("rule", ["alone", "blend"], indirect=True)


def alone() -> IsolationForest:
    return IsolationForest("forest", forest=trained())


def blend() -> Hybrid:
    return Hybrid("hybrid", forest=trained())


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> Rule:
    """The rule that `both` names; made here, as a forest takes seconds that only its own tests should wait."""
    return alone() if request.param == "alone" else blend()


def rules(*held: Rule) -> RuleSet:
    return RuleSet("trained", "v", rules=held, resolve_after=3, group=True, facets={"auth_code": "denied"})


def verdicts(rule: Rule, minutes: int, **factors: float) -> list[MinuteVerdict]:
    """What is said of denied in each of these broken minutes."""
    memory, found = known(), list[MinuteVerdict]()
    for i in range(minutes):
        judged = judge(JudgedScope(rules(rule), memory, "all"), NOON + i, MinuteCounts(traffic(NOON + i, factors)))
        found += [v for v in judged.verdicts if (v.dimension, v.key) == ("status", "denied")]
    return found


# --- who is named ------------------------------------------------------------


@both
def test_an_ordinary_day_is_quiet(rule: Rule) -> None:
    assert story(nothing, 120, rules=rules(rule)) == []


@both
def test_denials_that_stay_high_are_found_by_their_name_and_end(rule: Rule) -> None:
    told = story(during(10, 25, denied=4), 60, rules=rules(rule))
    assert (once(told).dimension, once(told).key) == ("status", "denied")
    assert 11 <= fired(told)[0] <= 15
    assert 26 <= ended(told) <= 36


@both
def test_an_outage_is_found_as_one_of_the_volume(rule: Rule) -> None:
    told = story(during(10, 25, all=0.2), 60, rules=rules(rule))
    assert (once(told).dimension, once(told).key) == ("volume", "total")
    assert once(told).lost > 100


@both
def test_a_status_that_falls_silent_is_found(rule: Rule) -> None:
    told = story(during(10, 40, denied=0), 60, rules=rules(rule))
    assert once(told).key == "denied"
    assert once(told).lost == 0


@both
def test_one_odd_minute_pages_nobody(rule: Rule) -> None:
    assert story(during(10, 10, failed=40), 40, rules=rules(rule)) == []


@both
def test_a_surge_of_everything_pages_nobody(rule: Rule) -> None:
    assert story(during(10, 40, all=2.5), 60, rules=rules(rule)) == []


@both
def test_what_is_watched_and_what_is_not_is_said_by_keys_and_exclusions(rule: Any) -> None:
    change = during(10, 25, denied=4)
    assert story(change, 40, rules=rules(replace(rule, excluded=("denied",)))) == []
    assert story(change, 40, rules=rules(replace(rule, keys=("failed", "total")))) == []
    assert rule.watches("volume", "total")
    assert not replace(rule, keys=("failed",)).watches("volume", "total")


@both
def test_a_status_that_the_model_does_not_know_is_nobodys_evidence(rule: Any) -> None:
    other = replace(rule, forest=trained(("failed",)))
    assert story(during(10, 25, denied=4), 40, rules=rules(other)) == []


@both
def test_without_a_model_nothing_is_said(rule: Any) -> None:
    assert story(during(10, 25, denied=4), 40, rules=rules(replace(rule, forest=None))) == []


@both
def test_after_an_incident_its_minutes_are_no_evidence_against_another(rule: Rule) -> None:
    told = story(during(10, 25, failed=12), 90, rules=rules(rule))
    assert once(told).key == "failed"


@both
def test_an_effect_that_is_small_is_of_no_interest(rule: Any) -> None:
    assert story(during(10, 25, denied=3), 40, rules=rules(replace(rule, effect=8.0))) == []


@both
def test_right_after_a_long_silence_too_little_is_known(rule: Rule) -> None:
    memory, steps = known(), []
    memory.lapse()
    for i in range(10):
        held = MinuteCounts(traffic(NOON + 3000 + i, {"denied": 6.0}))
        steps += judge(JudgedScope(rules(rule), memory, "all"), NOON + 3000 + i, held).steps
    assert steps == []


# --- evidence ----------------------------------------------------------------


def test_minutes_are_put_together_as_fisher_does() -> None:
    assert fisher([2.0]) == pytest.approx(2.0)
    assert fisher([0.0, 0.0]) == 0.0
    assert 2.0 < fisher([2.0, 2.0]) < 4.0
    assert fisher([1.0, 1.0]) == pytest.approx(1.252, abs=1e-3)


def test_the_evidence_says_what_was_seen_and_what_was_expected() -> None:
    incident = once(story(during(10, 25, denied=4), 40, rules=rules(alone())))
    assert "were to be expected" in incident.because[0]
    assert incident.severity in ("warning", "critical")


# --- the blend ---------------------------------------------------------------


def test_a_blended_score_is_shown_with_its_terms() -> None:
    last = verdicts(blend(), 6, denied=4)[-1]
    model, z, share = (last.terms[f"hybrid.{name}"] for name in ("model", "z", "share"))
    assert last.score == last.terms["hybrid"] == pytest.approx(0.6 * model + 0.4 * z)
    assert share > 50
    assert all(0 <= value <= 100 for value in last.terms.values())


def test_the_words_show_the_weights_that_count() -> None:
    incident = once(story(during(10, 25, denied=4), 40, rules=rules(blend())))
    assert "0.6 of model" in incident.because[0]
    assert "0.4 of z" in incident.because[0]
    assert "of share" not in incident.because[0]


def test_the_score_says_how_sure_it_is_and_what_is_lost_how_bad_it_is() -> None:
    """The verdict of a minute is what its incident is by then: that follows from its damage."""
    little, much = ([v for v in verdicts(blend(), 12, denied=factor) if v.rules] for factor in (3.8, 6))
    assert max(v.score for v in little) >= 75
    assert {v.verdict for v in little} == {"warning"}
    assert (much[0].verdict, much[-1].verdict) == ("warning", "critical")


def test_what_goes_on_loses_what_its_minute_has_and_no_minute_twice() -> None:
    """The windows of what is found minute after minute overlap."""
    for rule, change in ((blend(), {"denied": 6.0}), (blend(), {"all": 0.1})):
        told = story(during(10, 29, **change), 45, rules=rules(rule))
        excess = 5 * 0.065 if "denied" in change else 0.9
        assert told[-1].incident.lost == pytest.approx(20 * excess * usual(NOON), rel=0.2)


def test_below_a_warning_nothing_is_said_unless_it_is_asked_for() -> None:
    assert "info" not in {v.verdict for v in verdicts(blend(), 3, denied=2.0)}
    asked = verdicts(replace(blend(), info_from=5.0), 3, denied=2.0)
    assert [v for v in asked if v.verdict == "info" and 5 <= v.score < 50]


def test_a_blend_of_shares_alone_needs_no_odd_minutes() -> None:
    shares = replace(blend(), weights=(0.0, 0.0, 1.0))
    last = verdicts(shares, 12, denied=3.0)[-1]
    assert last.score == last.terms["hybrid.share"] > 50


def test_the_volume_has_no_share_and_leaves_its_weight_to_the_others() -> None:
    told = story(during(10, 25, all=0.1), 30, rules=rules(replace(blend(), weights=(0.3, 0.2, 0.5))))
    assert once(told).key == "total"
    assert "share" not in once(told).because[0]
    only = replace(blend(), weights=(0.0, 0.0, 1.0))
    assert not [each for each in story(during(10, 25, all=0.1), 30, rules=rules(only)) if each.lead == "volume|total"]


def test_counts_on_both_sides_of_the_mean_have_no_z() -> None:
    memory, rule = known(), rules(replace(blend(), weights=(0.0, 1.0, 0.0)))
    steps = []
    for i in range(20):
        factors = {"denied": 5.0 if i % 2 else 0.0}
        steps += judge(JudgedScope(rule, memory, "all"), NOON + i, MinuteCounts(traffic(NOON + i, factors))).steps
    assert steps == []


# --- settings ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ({"recovery": 1.1}, "recovery"),
        ({"recovery": 0.0}, "recovery"),
        ({"effect": 0.9}, "effect"),
        ({"strength": 9.0, "critical": 9.0}, "strength"),
        ({"windows": (1, 2)}, "windows"),
        ({"windows": (2, 16)}, "windows"),
        ({"dimension": "auth_code"}, "dimension"),
        ({"weights": (0.0, 0.0, 0.0)}, "weights"),
        ({"z": 0.0}, "z"),
        ({"share": 0.0}, "share"),
        ({"info_from": 0.0}, "info_from"),
        ({"minutes": 0}, "minutes"),
    ],
)
def test_a_setting_that_it_cannot_work_with_is_named(setting: dict[str, Any], key: str) -> None:
    problem = replace(blend(), **setting).problem()
    assert problem is not None
    assert problem[0] == key


@both
def test_ordinary_settings_are_no_problem(rule: Rule) -> None:
    assert rule.problem() is None


def test_minutes_that_hold_nothing_but_zeros_say_nothing_of_a_share() -> None:
    memory, nil = known(), {"status": {key: [0, 0] for key in ("approved", "denied", "failed")}}
    for i in range(blend().window + 1):
        judged = judge(JudgedScope(rules(blend()), memory, "all"), NOON + i, MinuteCounts(nil))
    fired = {v.key: v.rules for v in judged.verdicts}
    assert fired["denied"] == ()
    assert ("volume", "total") in {(i.dimension, i.key) for i in memory.incidents.values()}
