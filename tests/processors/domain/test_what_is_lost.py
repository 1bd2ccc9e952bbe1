"""What an incident says beside that it is one: what explains it, and what it costs."""

import pytest

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.window import Dimensions
from tests.processors.domain.traffic import HOUR, NOON, RULES, Change, during, known, story, traffic, usual


def over(change: Change, minutes: int = 80) -> Incident:
    """The one incident of a story, when it is over."""
    told = story(change, minutes)
    assert [each.step for each in told] == ["firing", "resolved"]
    return told[-1].incident


def in_cents(counts: Dimensions, amount: int) -> Dimensions:
    """Each transaction is worth that much."""
    return {d: {key: [count, count * amount] for key, (count, _) in keys.items()} for d, keys in counts.items()}


def test_a_rise_of_denials_is_explained_by_the_code_that_grew() -> None:
    causes = over(during(5, 25, **{"51": 8})).causes
    assert (causes[0].dimension, causes[0].key) == ("auth_code", "51")
    assert causes[0].percent > 90
    assert causes[0].observed > 5 * causes[0].expected
    assert sum(cause.percent for cause in causes) == pytest.approx(100)


def test_an_outage_is_explained_by_the_statuses_that_are_missing_in_the_order_of_their_number() -> None:
    causes = over(during(5, 25, all=0.2)).causes
    assert [cause.key for cause in causes[:2]] == ["approved", "denied"]
    assert causes[0].percent == pytest.approx(90, abs=3)
    assert len(causes) <= 5


def test_a_rise_of_a_status_without_facets_is_explained_by_nothing_but_itself() -> None:
    assert over(during(5, 25, failed=20)).causes == ()


def test_the_excess_of_a_rise_is_rate_and_not_volume_and_they_add_up_to_it() -> None:
    effects = over(during(5, 25, denied=5)).effects
    assert effects is not None
    assert effects.rate > 10 * abs(effects.volume)
    assert over(during(5, 25, all=0.2)).effects is None


def test_an_outage_costs_what_did_not_come() -> None:
    lost = over(during(5, 24, all=0.2)).lost
    assert lost == pytest.approx(20 * 0.8 * usual(NOON), rel=0.15)


def test_failures_cost_what_is_more_than_usual() -> None:
    lost = over(during(5, 24, failed=21)).lost
    assert lost == pytest.approx(20 * 20 * 0.006 * usual(NOON), rel=0.2)


def test_a_silent_status_costs_nothing() -> None:
    assert over(during(5, 35, denied=0)).lost == 0


def test_what_is_lost_is_valued_at_the_usual_amount() -> None:
    memory = known()
    last: Incident | None = None
    for i in range(2 * HOUR):
        counts = traffic(NOON + i, {"all": 0.2} if 60 <= i < 80 else {})
        steps = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(in_cents(counts, 2_500))).steps
        last = steps[-1][1] if steps else last
    assert last is not None
    assert last.lost > 1_000
    assert last.lost_amount == pytest.approx(2_500 * last.lost)


def test_without_amounts_nothing_is_said_of_money() -> None:
    assert over(during(5, 24, all=0.2)).lost_amount == 0


def test_an_amount_without_a_transaction_has_no_usual_value() -> None:
    """A row may count none and have an amount all the same."""
    memory = ScopeMemory()
    judge(JudgedScope(RULES, memory, "all"), NOON, MinuteCounts({"status": {"approved": [0, 900]}}))
    assert memory.usual_amount == 0


def test_a_long_partial_outage_is_explained_to_its_end_by_what_is_missing() -> None:
    incident = over(during(0, 44, all=0.7), minutes=100)
    first, second = incident.causes[:2]
    assert (first.key, second.key) == ("approved", "denied")
    assert first.percent == pytest.approx(90, abs=3)
    assert second.percent == pytest.approx(6.5, abs=3)
