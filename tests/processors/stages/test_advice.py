"""What is recommended follows what was found."""

from dataclasses import replace
from typing import Any

from msgspec import structs

from processors.domain.incidents.attribution import Cause
from processors.domain.rules import CountThreshold, KeySilence, ShareTail
from processors.stages.advice import advice
from tests.processors.stages.test_alert_words import BASE

RISE = ShareTail("rise", recommendation="Ask what has changed.")
OF_51 = (Cause("auth_code", "51", 900, 100.0, 80.4), Cause("auth_code", "59", 90, 40.0, 19.6))


def says(*rules: Any, **changes: Any) -> str:
    return advice(structs.replace(BASE, **changes), rules or (RISE,))


def test_a_code_that_explains_most_is_named_with_what_it_points_at() -> None:
    assert says(causes=OF_51) == (
        "80 % of it has auth code 51: it points at funds or at an issuer's limits. Ask what has changed."
    )


def test_a_code_of_which_we_know_nothing_is_to_be_asked_about() -> None:
    assert says(dimension="auth_code", key="k7").startswith("It is auth code k7: ask the issuers, ")


def test_codes_of_which_none_explains_most_point_at_no_issuer() -> None:
    causes = (Cause("auth_code", "51", 9, 1.0, 49.0), Cause("auth_code", "59", 9, 1.0, 41.0))
    assert says(causes=causes).startswith("No code explains most of it (51 49 %, 59 41 %): look for an attack ")


def test_where_no_code_is_known_none_is_pointed_at() -> None:
    assert says() == "Ask what has changed."
    assert says(key="failed").startswith("Failures and reversals are ours or the acquirer's: ")


def test_silence_and_limits_say_what_their_rule_says_and_each_thing_is_said_once() -> None:
    silent = KeySilence("silence", recommendation="Ask its source first.")
    assert says(silent, causes=OF_51) == "Ask its source first."
    assert says(CountThreshold("many"), causes=OF_51) == ""
    assert says(RISE, replace(RISE, name="other"), silent) == "Ask what has changed. Ask its source first."
