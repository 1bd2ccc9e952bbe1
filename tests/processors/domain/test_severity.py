"""How severe an incident is: a function of its damage and the limits, the same for every rule."""

from dataclasses import replace
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.severity import Damage, SeverityLimits, nearness, score_of, severity_of
from tests.processors.domain.build import PROPERTY

USUAL = SeverityLimits()
NOBODY_ASKS = SeverityLimits(None, None, None, None)
SHARE = replace(NOBODY_ASKS, share=0.5)
TRANSACTIONS = replace(NOBODY_ASKS, transactions=500)
MINUTES = replace(NOBODY_ASKS, minutes=30)
MONEY = replace(NOBODY_ASKS, amount=1_000_000)

damages = st.builds(
    Damage,
    share=st.floats(0, 1),
    growth=st.floats(0, 1),
    transactions=st.floats(0, 1e7),
    minutes=st.integers(1, 10_000),
    amount=st.floats(0, 1e10),
)
limits = st.builds(
    SeverityLimits,
    share=st.none() | st.floats(0.01, 1),
    transactions=st.none() | st.integers(1, 100_000),
    minutes=st.none() | st.integers(1, 1_000),
    amount=st.none() | st.integers(1, 10**9),
    minimum_lost=st.integers(0, 1_000),
)


@pytest.mark.parametrize(
    ("score", "word"),
    [(0, "info"), (49.9, "info"), (50, "warning"), (74.9, "warning"), (75, "critical"), (100, "critical")],
)
def test_each_severity_has_its_part_of_the_scale(score: float, word: str) -> None:
    assert severity_of(score) == word


def test_an_incident_that_has_lost_nothing_is_what_it_opened_as() -> None:
    assert score_of(Damage(minutes=500), USUAL) == 50
    assert score_of(Damage(minutes=500), USUAL, least=25) == 25
    assert score_of(Damage(minutes=500), USUAL, least=84.4) == 84.4


def test_half_is_critical_once_enough_is_lost() -> None:
    assert severity_of(score_of(Damage(share=0.5, transactions=60), SHARE)) == "critical"
    assert severity_of(score_of(Damage(share=0.49, transactions=60), SHARE)) == "warning"
    assert severity_of(score_of(Damage(share=1.0, transactions=59), SHARE)) == "warning"


def test_what_grows_to_half_within_minutes_is_critical_already() -> None:
    assert severity_of(score_of(Damage(share=0.4, growth=0.11, transactions=300), SHARE)) == "critical"


def test_half_an_hour_is_critical_unless_it_loses_next_to_nothing() -> None:
    assert severity_of(score_of(Damage(share=0.02, transactions=60, minutes=30), MINUTES)) == "critical"
    assert severity_of(score_of(Damage(share=0.02, transactions=60, minutes=29), MINUTES)) == "warning"
    assert severity_of(score_of(Damage(share=0.02, transactions=3, minutes=30), MINUTES)) == "warning"


def test_so_many_transactions_are_critical_whatever_else_is_so() -> None:
    assert severity_of(score_of(Damage(share=0.01, transactions=500, minutes=3), TRANSACTIONS)) == "critical"
    assert severity_of(score_of(Damage(share=1.0, transactions=499, minutes=600), TRANSACTIONS)) == "warning"


def test_so_much_money_is_critical_however_few_transactions_it_was() -> None:
    assert severity_of(score_of(Damage(transactions=4, amount=1_000_000), MONEY)) == "critical"
    assert severity_of(score_of(Damage(transactions=4_000, amount=999_999), MONEY)) == "warning"


def test_a_limit_that_is_left_out_decides_nothing() -> None:
    assert score_of(Damage(1.0, 1.0, 1e6, 10_000, 1e9), NOBODY_ASKS) == 50


def test_below_critical_the_number_says_how_near_the_nearest_limit_is() -> None:
    assert nearness(Damage(share=0.25, transactions=60), SHARE) == pytest.approx(0.5)
    assert score_of(Damage(share=0.25, transactions=60), SHARE) == pytest.approx(62.5)
    assert nearness(Damage(transactions=21.38), TRANSACTIONS) == pytest.approx(0.5, abs=0.001)
    assert score_of(Damage(transactions=499.999), TRANSACTIONS) < 75


def test_beyond_critical_it_says_how_much_is_lost() -> None:
    scores = [score_of(Damage(share=1.0, transactions=lost), USUAL) for lost in (60, 600, 6_000, 60_000, 9e6)]
    assert scores == pytest.approx([75, 83.333, 91.667, 100, 100], abs=0.001)


def test_where_no_least_loss_is_asked_for_one_transaction_may_be_critical() -> None:
    assert score_of(Damage(share=1.0, transactions=1), replace(SHARE, minimum_lost=0)) == 75


@PROPERTY
@given(damages, limits, st.floats(0, 100))
def test_it_is_a_number_of_the_scale_and_never_below_what_the_rules_say(
    damage: Damage, limits: SeverityLimits, least: float
) -> None:
    score = score_of(damage, limits, least)
    assert isfinite(score)
    assert max(least, 0) <= score <= 100
    assert (severity_of(score) == "critical") is (nearness(damage, limits) >= 1 or least >= 75)


@PROPERTY
@given(damages, damages, limits)
def test_more_damage_is_never_less_severe(one: Damage, two: Damage, limits: SeverityLimits) -> None:
    more = Damage(
        max(one.share, two.share),
        max(one.growth, two.growth),
        max(one.transactions, two.transactions),
        max(one.minutes, two.minutes),
        max(one.amount, two.amount),
    )
    assert score_of(more, limits) >= score_of(one, limits)
