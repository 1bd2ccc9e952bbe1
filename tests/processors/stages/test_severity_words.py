"""What an alert says of how severe it is, in numbers and in one sentence."""

from typing import Any

from msgspec.structs import replace

from processors.domain.incidents.incident import over
from processors.domain.incidents.reckoning import LossyMinute, Reckoning
from processors.domain.incidents.stream_trust import blinded
from processors.domain.severity import Damage
from processors.stages.severity_words import damage, why
from tests.processors.stages.test_alert_words import BASE, M0, says

DAMAGE = Damage(share=0.62, growth=0.08, transactions=812.4, minutes=4)


def reckoning(terms: Damage = DAMAGE, *, score: float = 88.0, least: float = 50.0) -> Reckoning:
    last = LossyMinute(M0 + 22, 200.0, 320.0, score)
    return Reckoning((last,), damage=terms, least=least, highest=score, worst=terms)


def reason(terms: Damage = DAMAGE, *, score: float = 88.0, least: float = 50.0, **changes: Any) -> str:
    return why(replace(BASE, reckoning=reckoning(terms, score=score, least=least), **changes))


def test_why_it_is_so_severe_is_said_in_one_sentence() -> None:
    assert reason() == "critical: 62% is lost now, 812 transactions in 4 minutes, growing"


def test_what_does_not_grow_is_not_said_to() -> None:
    assert reason(replace(DAMAGE, growth=0.0)) == "critical: 62% is lost now, 812 transactions in 4 minutes"


def test_thousands_have_a_comma() -> None:
    assert "41,250 transactions in 4 minutes" in reason(replace(DAMAGE, transactions=41_250.0))


def test_one_is_one() -> None:
    few = Damage(0.3, 0.0, 1.2, 1)
    assert reason(few, score=60.0, severity="warning") == "warning: 30% is lost now, 1 transaction in 1 minute"


def test_a_share_that_is_next_to_nothing_is_left_out() -> None:
    assert reason(replace(DAMAGE, share=0.004, growth=0.0)) == "critical: 812 transactions in 4 minutes"


def test_where_nothing_is_lost_it_is_said_so() -> None:
    assert reason(Damage(minutes=9), score=50.0, severity="warning") == "warning: nothing is lost so far"


def test_what_a_rule_says_itself_is_said_to_be_so() -> None:
    said = reason(Damage(0.1, 0.0, 4.0, 1), score=82.0, least=82.0)
    assert said == "critical, as its rule says: 10% is lost now, 4 transactions in 1 minute"


def test_what_has_become_less_is_still_what_it_was_for_a_while() -> None:
    assert reason(score=60.0).startswith("still critical: 62% is lost now")


def test_of_what_is_over_and_of_the_stream_itself_no_reason_is_given() -> None:
    assert reason(resolved=True) == ""
    assert why(blinded("all", "silent", M0)) == ""
    assert damage(blinded("all", "silent", M0)) == {}


def test_the_terms_are_numbers_of_their_own() -> None:
    incident = replace(BASE, reckoning=reckoning(replace(DAMAGE, amount=70_000.4)))
    assert damage(incident) == {
        "share": 0.62,
        "growth": 0.08,
        "transactions": 812.4,
        "minutes": 4.0,
        "least": 50.0,
        "amount": 70_000.0,
    }
    assert "amount" not in damage(replace(BASE, reckoning=reckoning()))


def test_of_what_is_over_the_terms_are_those_of_its_worst_minute() -> None:
    eased = replace(reckoning(), damage=Damage(0.01, 0.0, 10.0, 10))
    incident = replace(BASE, severity="warning", score=55.0, reckoning=eased)
    assert damage(incident)["transactions"] == 10.0
    ended = over(incident, M0 + 30)
    assert (ended.severity, ended.score, damage(ended)["transactions"]) == ("critical", 88.0, 812.4)


def test_the_reason_is_the_last_clause_of_the_summary() -> None:
    assert says(reckoning=reckoning()).endswith(
        "where 12 were to be expected; critical: 62% is lost now, 812 transactions in 4 minutes, growing"
    )
