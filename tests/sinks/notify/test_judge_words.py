"""What the judge says, in the words of a team that reads another language."""

import re
import tomllib
from itertools import combinations
from typing import Any

import pytest
from msgspec import structs

from processors.domain.incidents.attribution import Cause
from processors.domain.incidents.stream_trust import ADVICE, blinded
from processors.domain.judging.timeline_state import StatedIncident, Statement
from processors.domain.ruleset import RuleSet
from processors.rules import load
from processors.rules.load import SHIPPED as FILES
from processors.stages.records import alert_of
from schemas.alert import Alert
from sinks.notify.judge_words import NAMES, SHIPPED, TROUBLES, advice, trouble_name
from sinks.notify.notification import slim
from sinks.notify.words import Speaker
from tests.processors.stages.test_alert_words import BASE
from tests.sinks.notify.routing.kit import alert

ENGLISH, PORTUGUESE = Speaker("en"), Speaker("pt")
OF_CODES = (Cause("auth_code", "51", 900, 100.0, 73.2), Cause("auth_code", "59", 90, 40.0, 19.6))
OF_NO_CODE = (Cause("auth_code", "51", 9, 1.0, 49.0), Cause("auth_code", "59", 9, 1.0, 41.0))
ENGLISH_WORDS = re.compile(r"\b(the|it|is|are|of|what|which|look|ask|code|minutes|source)\b", re.IGNORECASE)
RULES = {name: load(path) for name, path in FILES.items() if name != "hybrid"}
"""That of a model needs one to be read; its one rule is asked for by itself."""


def stated(rule_set: RuleSet, **changes: Any) -> Alert:
    """What the judge says of an incident, as the notifier keeps it."""
    incident = structs.replace(BASE, **changes)
    return slim(alert_of(Statement(StatedIncident(1, "firing", incident), incident.judged), rule_set, 1))


def test_each_rule_that_ships_is_known_with_what_it_recommends() -> None:
    tables = [table for path in FILES.values() for table in tomllib.loads(path.read_text())["rule"]]
    recommended = {table["name"]: table["recommendation"] for table in tables}
    assert {name: english for name, (english, _) in SHIPPED.items()} == recommended


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"causes": OF_CODES},
        {"causes": OF_NO_CODE},
        {"key": "failed"},
        {"dimension": "auth_code", "key": "91"},
        {"dimension": "auth_code", "key": "k7"},
        {"dimension": "volume", "key": "total"},
    ],
)
def test_what_rules_that_ship_advise_is_said_in_portuguese_whichever_have_found_it(
    name: str, changes: dict[str, Any]
) -> None:
    names = [rule.name for rule in RULES[name].rules]
    for found in [*((one,) for one in names), *combinations(sorted(names), 2)]:
        said = stated(RULES[name], rules=tuple(sorted(found)), **changes)
        assert advice(said, ENGLISH) == said.recommendation
        words = advice(said, PORTUGUESE)
        assert words
        assert not ENGLISH_WORDS.search(words), words


def test_where_to_begin_is_said_before_what_the_rule_recommends() -> None:
    rules = RULES["default"]
    changed = "Pergunte o que mudou desde que começou: uma versão nova, uma regra, um parceiro."
    begins = {
        "73 % têm o código de autorização 51: indica saldo ou limites de um emissor. ": {"causes": OF_CODES},
        "Nenhum código explica a maior parte (51 49 %, 59 41 %): procure um ataque ou uma versão nova, não um só "
        "emissor. ": {"causes": OF_NO_CODE},
        "Falhas e reversões são nossas ou do adquirente: verifique primeiro a conexão dele e a última versão. ": {
            "key": "failed"
        },
        "É o código de autorização 91: o emissor, ou o caminho até ele, não responde. ": {
            "dimension": "auth_code",
            "key": "91",
        },
        "": {},
    }
    for before, changes in begins.items():
        said = advice(stated(rules, rules=("share_rise",), **changes), PORTUGUESE)
        assert said == before + changed


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": ["share_rise"], "recommendation": "Chame a Ana."},
        {"rules": ["ours"], "recommendation": SHIPPED["share_rise"][0]},
        {"rules": [], "recommendation": "Chame a Ana."},
        {"rules": ["ours", "share_rise"], "recommendation": f"Chame a Ana. {SHIPPED['share_rise'][0]}"},
        {"dimension": "stream", "key": "of another release", "recommendation": "Look at it."},
    ],
)
def test_what_people_have_written_themselves_is_said_as_they_wrote_it(fields: dict[str, Any]) -> None:
    assert advice(alert().model_copy(update=fields), PORTUGUESE) == fields["recommendation"]


def test_what_the_rule_of_a_model_advises_is_said_in_portuguese() -> None:
    said = alert().model_copy(update={"rules": ["hybrid"], "recommendation": SHIPPED["hybrid"][0]})
    assert advice(said, PORTUGUESE) == SHIPPED["hybrid"][1]


def test_where_nothing_is_advised_nothing_is_said() -> None:
    assert advice(alert().model_copy(update={"rules": ["share_rise"]}), PORTUGUESE) == ""


@pytest.mark.parametrize("kind", ADVICE)
def test_each_way_in_which_the_stream_cannot_be_trusted_has_its_words(kind: str) -> None:
    said = alert_of(Statement(StatedIncident(1, "firing", blinded("all", kind, BASE.since, 3)), 1), RULES["default"], 1)
    assert slim(said).recommendation == said.recommendation
    assert advice(said, ENGLISH) == ADVICE[kind]
    assert advice(said, PORTUGUESE) == TROUBLES[kind].advice
    assert not ENGLISH_WORDS.search(" ".join(TROUBLES[kind]))
    assert trouble_name(kind, ENGLISH) == NAMES[kind]
    assert trouble_name(kind, PORTUGUESE) == TROUBLES[kind].name


def test_a_kind_of_trouble_that_nobody_knows_is_called_as_the_judge_calls_it() -> None:
    assert trouble_name("of\nanother release", PORTUGUESE) == "of another release"
