"""How severe incidents are from minute to minute: by what they break, whichever rule has found them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.losses import loss_of
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.reckoning import Loss
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.rules import CountThreshold, Finding, Member, ShareThreshold, ZScore
from processors.domain.rules.base import Rule, Series
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.severity import SeverityLimits, score_of
from processors.domain.window import Dimensions, TimePolicy
from tests.processors.domain.build import M0
from tests.processors.domain.desk import Desk, status
from tests.processors.domain.traffic import NOON, RULES, Change, during, known, traffic, usual

RAMP = 45
"""Minutes in which a loss grows from nothing to everything."""


def course(change: Change, minutes: int) -> list[tuple[int, Incident]]:
    """All that is said of the one incident of a story, each with its minute."""
    memory, found = known(), list[tuple[int, Incident]]()
    for i in range(minutes):
        counts = MinuteCounts(traffic(NOON + i, change(i)))
        steps = judge(JudgedScope(RULES, memory, "all"), NOON + i, counts).steps
        found += [(i, incident) for _, incident in steps]
    assert len({incident.id for _, incident in found}) == 1
    return found


def critical_at(found: Sequence[tuple[int, Incident]]) -> int | None:
    return next((i for i, incident in found if incident.severity == "critical"), None)


def growing(i: int) -> Mapping[str, float]:
    """More and more is missing; all of it from RAMP on."""
    return {"all": max(0.0, 1 - i / RAMP)}


def failing(i: int) -> Mapping[str, float]:
    """More and more of what comes fails, in place of what is approved."""
    part = min(1.0, i / RAMP)
    return {"approved": 1 - part, "failed": 1 + part * 150}


@pytest.mark.parametrize("change", [growing, failing])
def test_a_loss_that_grows_to_everything_is_critical_by_the_time_that_half_is_lost(change: Change) -> None:
    found = course(change, RAMP + 10)
    assert found[0][1].severity == "warning"
    assert (critical_at(found) or 99) <= RAMP / 2 + 3


def test_an_outage_of_half_an_hour_is_critical_after_two_minutes() -> None:
    found = course(during(5, 33, all=0.0), 60)
    assert critical_at(found) == 6
    assert found[-1][1].severity == "critical"


def test_a_burst_that_loses_little_is_a_warning_however_sure_it_is() -> None:
    found = course(during(5, 6, failed=18), 30)
    assert found[-1][1].lost < 50
    assert {incident.severity for _, incident in found} == {"warning"}


def test_a_drift_becomes_critical_by_what_it_has_lost() -> None:
    found = course(lambda i: {"denied": 1 + i / 45}, 91)
    at = critical_at(found)
    assert at is not None
    assert found[0][0] + 5 < at
    lost = next(incident.reckoning.damage for i, incident in found if i == at)
    assert lost.transactions >= 500 or lost.minutes >= 30


def test_what_eases_falls_and_has_been_critical_when_it_is_over() -> None:
    def change(i: int) -> Mapping[str, float]:
        failed = 100 if 5 <= i < 15 else 8 if 15 <= i < 70 else 1
        return {"failed": failed, "approved": 1 - 0.006 * failed}

    found = course(change, 90)
    assert critical_at(found) == 6
    fell = next(i for i, incident in found if i > 6 and incident.severity == "warning")
    assert 15 + 10 < fell < 15 + 25
    assert {incident.worst for i, incident in found if i >= fell} == {"critical"}, "it has been, whatever it is now"
    (over,) = [incident for _, incident in found if incident.resolved]
    assert (over.severity, over.score) == ("critical", over.reckoning.highest)


def test_a_volume_that_is_compared_with_other_days_has_a_share_as_well() -> None:
    """There is no level then: what should have come is what came on those days."""
    memory = known()
    memory.members[VOLUME_SERIES] = Member(NOON - 5, NOON, NOON, 0.2, 0.0, plain=False, rules=("days",))
    memory.model.volume.totals[-4:] = [40] * 4
    loss = loss_of(memory, VOLUME_SERIES, [Finding("days", "warning", 60.0, "why", 4, 160, 800.0)], 40)
    assert loss == Loss(640.0, (160.0,) * 4, (200.0,) * 4)
    failed = SeriesKey("status", "failed")
    memory.members[failed] = Member(NOON, NOON, NOON, 9.0, 0.0, plain=False, rules=("rise",))
    assert loss_of(memory, failed, [Finding("rise", "warning", 60.0, "why", 1, 30, 1.0)], 40).of == (40.0,)


def test_what_has_gone_wrong_beside_what_is_missing_is_lost_as_well() -> None:
    """Half is missing, and of what comes half again fails: three quarters are lost."""
    found = course(during(5, 24, all=0.5, failed=75, approved=0.5), 25)
    assert found[-1][1].lost == pytest.approx(20 * 0.72 * usual(NOON), rel=0.1)
    assert found[-1][1].reckoning.damage.share == pytest.approx(0.72, abs=0.06)


def test_denials_that_do_not_become_fewer_in_an_outage_are_no_loss_beside_it() -> None:
    """Approvals are missing, denials are not: there are as many as ever, and their share is twice what it was."""
    found = course(during(5, 24, approved=0.4), 25)
    assert found[-1][1].lost == pytest.approx(20 * 0.9 * 0.6 * usual(NOON), rel=0.15)


def test_a_status_that_is_silent_loses_nothing_and_is_a_warning() -> None:
    found = course(during(5, 60, denied=0), 61)
    assert {incident.severity for _, incident in found} == {"warning"}
    assert found[-1][1].reckoning.damage.transactions == 0


# --- what rules say themselves ----------------------------------------------------------------------------------------


def judged(rules: Sequence[Rule], minutes: Sequence[Dimensions], **settings: object) -> list[Incident]:
    rule_set = replace(RuleSet("s", "v", rules=tuple(rules), resolve_after=2), **settings)
    scope = JudgedScope(rule_set, ScopeMemory(), "all")
    return [i for m, counts in enumerate(minutes) for _, i in judge(scope, M0 + m, MinuteCounts(counts)).steps]


BURST = [status(approved=100, failed=9)]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (CountThreshold("c", above=5), "critical"),
        (CountThreshold("c", above=5, severity="warning"), "warning"),
        (CountThreshold("c", above=5, severity="info"), "info"),
        (CountThreshold("c", warning=5, critical=8), "critical"),
        (CountThreshold("c", warning=5, critical=9), "warning"),
        (ShareThreshold("s", warning=0.05, critical=0.08, window=1, minimum_history=1), "critical"),
    ],
)
def test_a_limit_of_a_rule_file_is_taken_at_its_word(rule: Rule, word: str) -> None:
    assert [i.severity for i in judged([replace(rule, keys=("failed",))], BURST)] == [word]


def test_a_warning_far_beyond_its_limit_is_no_critical_finding() -> None:
    """The score of a rule that warns may be 100."""
    (incident,) = judged([CountThreshold("c", keys=("failed",), above=1, severity="warning")], BURST)
    assert incident.severity == "warning"


def test_by_its_damage_any_rule_finds_it_critical() -> None:
    rule = CountThreshold("c", keys=("failed",), above=5, severity="info")
    half = [status(approved=50, failed=60)] * 2
    assert [i.severity for i in judged([rule], half)] == ["warning", "critical"]


def test_what_is_critical_by_a_limit_stays_so_for_ten_minutes_after_it() -> None:
    rules = [CountThreshold("c", keys=("failed",), warning=5, critical=20)]
    minutes = [status(approved=1000, failed=n) for n in (30, *[6] * 20)]
    words = [i.severity for i in judged(rules, minutes)]
    assert words == ["critical"] * 10 + ["warning"] * 11


class Says(Rule):
    """A rule that learns, and finds what it is given."""

    learns = True
    severity = "info"

    def judge(self, series: Series) -> Finding | None:
        """See Rule."""
        return Finding(self.name, self.severity, 30.0, "so", 1, series.count, 0.0) if series.count > 5 else None


def test_a_rule_that_learns_and_calls_it_an_information_opens_one() -> None:
    (incident,) = judged([Says("s", keys=("failed",))], BURST)
    assert (incident.severity, incident.score) == ("info", 25.0)


@pytest.mark.parametrize(
    "rule",
    [
        ZScore("a", threshold=1.0),
        CountThreshold("a", above=5, severity="warning"),
        ShareThreshold("a", warning=0.05, critical=0.99, window=1, minimum_history=1),
    ],
)
def test_equal_damage_is_equally_severe_by_every_rule(rule: Rule) -> None:
    quiet = [status(approved=200, failed=1 + m % 2) for m in range(20)]
    found = judged([replace(rule, keys=("failed",))], [*quiet, *[status(approved=60, failed=140)] * 3])
    assert [i.severity for i in found] == ["critical"] * 3
    assert [i.score for i in found] == [
        pytest.approx(score_of(i.reckoning.damage, SeverityLimits(), i.reckoning.least)) for i in found
    ]


def test_the_limits_are_those_of_the_rule_file() -> None:
    rule = CountThreshold("c", keys=("failed",), above=5, severity="warning")
    limits = SeverityLimits(share=None, transactions=8, minutes=None)
    words = [i.severity for i in judged([rule], BURST * 3, severity=limits)]
    assert words == ["warning", "critical", "critical"]  # four beyond the limit in each minute


def test_money_makes_it_critical_where_the_file_says_how_much() -> None:
    rule = CountThreshold("c", keys=("failed",), above=5, severity="warning")
    limits = SeverityLimits(None, None, None, amount=7_000)
    priced = [
        {"status": {"approved": [100, 100_000]}},
        *[{"status": {"approved": [100, 100_000], "failed": [9, 9]}}] * 2,
    ]
    assert [i.severity for i in judged([rule], priced, severity=limits)] == ["warning", "critical"]


# --- what follows from it ---------------------------------------------------------------------------------------------


def test_a_warning_is_hidden_while_another_is_critical_and_shown_again_when_that_has_eased() -> None:
    rules = RuleSet(
        "s",
        "v",
        rules=(
            CountThreshold("failed", keys=("failed",), warning=5, critical=20),
            CountThreshold("denied", keys=("denied",), above=5, severity="warning"),
        ),
        inhibit=True,
    )
    desk = Desk(rules, TimePolicy(lateness_ms=0, says_every_minute=True))
    for m in range(14):
        desk.minute(m, status(approved=1000, failed=30 if m == 0 else 6, denied=9))
        desk.until(m + 1)
    hidden = [bool(s.stated.incident.inhibited_by) for s in desk.statements if s.stated.incident.key == "denied"]
    assert hidden == [True] * 10 + [False] * 4


def test_a_minute_is_as_severe_as_its_incident_is_by_then() -> None:
    rules = RuleSet("s", "v", rules=(CountThreshold("c", keys=("failed",), warning=5, critical=20),))
    desk = Desk(rules)
    for m, failed in enumerate((6, 30, *[6] * 12)):
        desk.minute(m, status(approved=1000, failed=failed))
        desk.until(m + 1)
    words = desk.words("failed")
    assert [words[m] for m in range(14)] == ["warning", *["critical"] * 10, *["warning"] * 3]


def test_a_code_is_as_severe_as_the_status_that_it_explains() -> None:
    memory, words = known(), list[str]()
    for i in range(20):
        held = MinuteCounts(traffic(NOON + i, {"51": 12} if i >= 5 else {}))
        verdicts = judge(JudgedScope(RULES, memory, "all"), NOON + i, held).verdicts
        found = {v.key: v.verdict for v in verdicts if v.rules}
        if "51" in found and "denied" in found:
            words.append(f"{found['51']} {found['denied']}")
    assert set(words) <= {"warning warning", "critical critical"}
    assert words
