import re
from urllib.parse import urljoin

import pytest
from prometheus_client import generate_latest

from floodmark.gateway.app import build, routed
from floodmark.gateway.parts import GatewayParts
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import alert, minute, parts_of


def test_it_says_that_it_answers() -> None:
    answer = get(build(GatewayParts()), "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"healthy": True, "reason": "the gateway answers"})


def test_the_page_is_at_the_root_and_what_nobody_serves_is_not_found() -> None:
    app = build(GatewayParts())
    assert "<title>Floodmark</title>" in get(app, "/").text
    assert get(app, "/no/such").status_code == 404


def test_the_link_of_a_message_leads_to_the_incident_on_the_page() -> None:
    for name in ("i1", "i%3F1"):
        answer = get(build(GatewayParts()), f"/incidents/{name}")
        assert (answer.status_code, answer.headers["location"]) == (302, f"/#/incidents/{name}")


def test_the_documentation_needs_no_other_host() -> None:
    answer = get(build(GatewayParts()), "/docs")
    assert answer.status_code == 200
    assert "//" not in answer.text.replace("<!doctype", "")
    assert "GET /healthz" in answer.text


def test_every_reference_in_the_openapi_document_leads_somewhere() -> None:
    document = routed(GatewayParts()).openapi()
    names = set(document["components"]["schemas"])

    def references(found: object) -> set[str]:
        if isinstance(found, dict):
            own = {found["$ref"].rsplit("/", 1)[1]} if isinstance(found.get("$ref"), str) else set()
            return own.union(*map(references, found.values()))
        return set().union(*map(references, found)) if isinstance(found, list) else set()

    assert references(document) <= names


def test_what_is_known_is_shown_as_it_is_when_somebody_looks() -> None:
    parts = parts_of(minute(), alert(), b"nonsense")
    parts.metrics.watch(parts.view, lambda: 2.5)
    shown = generate_latest(parts.registry).decode()
    for line in ("series 1.0", "open_incidents 1.0", "refused_records 1.0", "broker_silent_seconds 2.5"):
        assert f"floodmark_gateway_{line}" in shown


def test_answers_are_counted_by_route_and_never_by_what_was_typed() -> None:
    parts = GatewayParts()
    app = build(parts)
    get(app, "/healthz")
    get(app, "/no/such/secret")
    shown = generate_latest(parts.registry).decode()
    assert 'floodmark_gateway_requests_total{method="GET",route="/healthz",status="200"} 1.0' in shown
    assert "secret" not in shown


@pytest.mark.parametrize("path", ["/docs", "/docs/problems"])
def test_whatever_a_page_of_the_documentation_loads_is_there(path: str) -> None:
    """Its icon too: a browser asks for one in any case."""
    app = build(GatewayParts())
    loads = re.findall(r'<link rel="(\w+)" href="([^"]+)"', get(app, path).text)
    assert {kind for kind, _ in loads} == {"icon", "stylesheet"}
    for _, href in loads:
        assert get(app, urljoin(path, href)).status_code == 200, href
