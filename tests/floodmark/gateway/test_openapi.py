"""The OpenAPI document says all that is answered: tried by schemathesis, with every check."""

import json
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.pytest.lazy import get_all_tests

from floodmark.gateway.app import build, routed
from floodmark.gateway.settings import GatewaySettings
from floodmark.gateway.state.history import MinutesWanted
from floodmark.gateway.state.series import KnownMinute
from processors.rules import DEFAULT, load
from schemas.action import Action
from sinks.notify.silences import Silence
from tests.floodmark.gateway.ingest.build import Kept, parts
from tests.floodmark.gateway.topic_kit import NOW_MS, action, alert, minute, parts_of

RULES: Final = load(DEFAULT)
LATEST_MS: Final = 4_102_444_800_000
"""No event that the contract allows is from the future."""
ENDLESS: Final = "/v1/stream"
"""A stream does not end; it has tests of its own."""


ACTIONS: Final = ("acknowledge", "assign", "unacknowledge", "resolve", "comment", "feedback")
TIED: Final = [
    *("/v1/minutes", "/v1/anomalies", "/v1/incidents", "/v1/alerts", "/v1/metrics/current", "/v1/series", "/v1/scopes"),
    *(f"/v1/incidents/{{incident_id}}/{action}" for action in ACTIONS),
    *("/v1/silences", "/v1/silences/preview", "/v1/silences/{silence_id}/expire"),
]
"""Their parameters hang on each other, or are what an earlier answer held: no schema can say so."""
ALSO_413: Final = {
    "negative_data_rejection": {"expected-statuses": ["400", "404", "405", "406", "409", "413", "415", "422"]}
}
"""What is too long is refused as that."""
ALSO_422: Final = {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422"]}}


SIGNED: Final = ["/v1/integrations/slack", "/v1/integrations/pagerduty"]
ALSO_401: Final = ALSO_422 | {
    "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "405", "406", "413", "415", "422"]}
}


OPERATIONS: Final = [
    {"include-path": TIED, "checks": ALSO_422},
    # Nobody has a secret to sign with, and what is not signed is refused as that.
    {"include-path": SIGNED, "checks": ALSO_401},
    # Any text is a file, and is answered with what is wrong with it.
    {"include-path": "/v1/rules/check", "checks": {"negative_data_rejection": {"enabled": False}}},
]


EXAMPLES: Final = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Empty:
    """A store that knows no older minutes."""

    def minutes(self, wanted: MinutesWanted) -> list[KnownMinute]:
        del wanted
        return []


class Taken:
    """Takes each action or silence, and nothing shows yet."""

    async def send(self, what: Action | Silence) -> bool:
        del what
        return False


def made() -> Any:
    """A gateway that knows something, and refuses nobody."""
    known = parts_of(
        minute(),
        minute(key="failed", verdict="critical"),
        alert(),
        action(),
        settings=GatewaySettings(gateway_hosts="testserver", gateway_reader_rate=10**9, gateway_key_rate=10**9),
        rules=lambda: RULES,
        history=Empty(),
    )
    known.action_sender = Taken()  # type: ignore[assignment]
    known.silence_sender = Taken()  # type: ignore[assignment]
    known.silenced.ready = True
    known.silenced.ask(Silence("s1", "ann", "a release", {"scope": ["all"]}, NOW_MS, NOW_MS + 60_000))
    known.intake = parts(Kept(), now_ms=LATEST_MS).intake
    return known


@schemathesis.serializer("application/x-ndjson")
def one_line(ctx: schemathesis.SerializationContext, value: Any) -> Any:
    """A record as a line."""
    del ctx
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer("application/toml")
def text(ctx: schemathesis.SerializationContext, value: Any) -> Any:
    """A file as it is."""
    del ctx
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def schema() -> Any:
    """Made when it is asked for: what it makes of the document is as much work as all other tests are to collect."""
    return schemathesis.openapi.from_asgi(
        "/openapi.json",
        build(made()),
        config=SchemathesisConfig.from_dict(
            {
                "generation": {"deterministic": True},
                "checks": ALSO_413,
                "operations": OPERATIONS,
            }
        ),
    ).exclude(path=ENDLESS)


@pytest.fixture(scope="module")
def document() -> Any:
    return routed(made()).openapi()


def answered(case: schemathesis.Case) -> None:
    case.call_and_validate()


@pytest.mark.story
@pytest.mark.timeout(900)
def test_nothing_is_answered_that_is_not_documented(schema: Any, document: Any, subtests: pytest.Subtests) -> None:
    tried = [each.ok() for each in get_all_tests(schema=schema, test_func=answered, settings=EXAMPLES, given_kwargs={})]
    documented = sum(len(item) for path, item in document["paths"].items() if path != ENDLESS)
    assert len(tried) == documented
    for operation, try_it in tried:
        with subtests.test(operation.label):
            try_it()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: Any) -> None:
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all("v1" not in name for name in names)
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize("status", ["401", "403", "429", "503"])
def test_what_the_gate_may_answer_is_said_of_all_that_holds_data(document: Any, status: str) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            assert not path.startswith("/v1/") or status in operation["responses"], path


def test_where_a_zone_is_named_times_need_none_in_the_document_either() -> None:
    zoned = parts(Kept(), zone="America/Sao_Paulo")
    for each, is_zoneless in ((zoned, True), (parts(Kept()), False)):
        document = routed(each).openapi()
        (text,) = [
            kind
            for kind in document["components"]["schemas"]["PostedTransaction"]["properties"]["timestamp"]["anyOf"]
            if kind["type"] == "string"
        ]
        assert ("format" not in text) is is_zoneless
