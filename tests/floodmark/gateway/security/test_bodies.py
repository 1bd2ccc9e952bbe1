"""Bodies have a size, packed and unpacked, and a time; answers tell a browser what it may do with them."""

import asyncio
import gzip
import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from floodmark.gateway.app import build
from floodmark.gateway.problems import Problem
from floodmark.gateway.security import bodies
from floodmark.gateway.security.bodies import OPEN_BYTES, BodyLimits
from tests.floodmark.gateway.ingest.build import GOOD, Kept
from tests.floodmark.gateway.logged import logged
from tests.floodmark.gateway.security.build import asking, guarded

LOCAL = {"host": "localhost:8080"}
BODY = json.dumps([GOOD] * 200).encode()


def posted(content: bytes, **headers: str) -> dict[str, Any]:
    named = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return {"method": "POST", "url": "/v1/transactions", "content": content, "headers": named}


def refused(request: dict[str, Any], **settings: Any) -> tuple[int, str]:
    kept = Kept()
    (answer,) = asking(guarded("127.0.0.1", kept, **settings), request, **LOCAL)
    assert kept.values == []
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].partition("#")[2]


def test_a_packed_body_is_taken_as_it_is_unpacked() -> None:
    kept = Kept()
    request = posted(gzip.compress(BODY), content_encoding="gzip")
    (answer,) = asking(guarded("127.0.0.1", kept), request, **LOCAL)
    assert (answer.status_code, len(kept.values)) == (200, 200)


def test_a_body_that_is_too_large_is_refused_by_its_length_and_without_one() -> None:
    assert refused(posted(BODY), gateway_max_body_mb=0.01) == (413, "body-too-large")

    async def parts() -> Any:
        for start in range(0, len(BODY), 1000):
            yield BODY[start : start + 1000]

    assert refused(posted(b"") | {"content": parts()}, gateway_max_body_mb=0.01) == (413, "body-too-large")


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused_and_not_unpacked() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    assert len(bomb) < 100_000
    assert refused(posted(bomb, content_encoding="gzip"), gateway_max_body_mb=1) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("body", "encoding", "answer"),
    [
        (BODY, "gzip", (400, "body")),
        (gzip.compress(BODY)[:-9], "gzip", (400, "body")),
        (gzip.compress(BODY) + b"more", "gzip", (400, "body")),
        (BODY, "br", (415, "encoding")),
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip", (415, "encoding")),
    ],
)
def test_what_is_packed_otherwise_or_not_whole_is_refused(body: bytes, encoding: str, answer: tuple[int, str]) -> None:
    assert refused(posted(body, content_encoding=encoding)) == answer


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    made = guarded("127.0.0.1", gateway_body_within_s=0.05)
    sent: list[Message] = []

    async def slow() -> Message:
        if sent:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/transactions",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(build(made)(scope, slow, keep))
    assert sent[0]["status"] == 408


def test_a_client_that_goes_before_its_body_has_come_gets_no_answer() -> None:
    made = guarded("127.0.0.1")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def never(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/transactions", "scheme": "http", "query_string": b""}
    asyncio.run(build(made)(scope | {"headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1)}, gone, never))


def test_every_answer_tells_a_browser_to_keep_to_us() -> None:
    answers = asking(
        guarded("127.0.0.1"),
        {"method": "GET", "url": "/"},
        {"method": "GET", "url": "/docs"},
        {"method": "GET", "url": "/v1/nothing"},
        posted(b"[]"),
        **LOCAL,
    )
    for answer in answers:
        policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
    assert [answer.headers.get("cache-control") for answer in answers[2:]] == ["no-store"] * 2
    assert answers[1].text.count("<script") == 0
    assert "style=" not in answers[1].text


@pytest.mark.parametrize(
    ("method", "url", "status", "kind"),
    [("GET", "/no/such", 404, "not-found"), ("PUT", "/v1/transactions", 405, "method")],
)
def test_what_the_framework_refuses_is_a_problem_as_well(method: str, url: str, status: int, kind: str) -> None:
    assert refused({"method": method, "url": url}) == (status, kind)


def test_a_parameter_that_cannot_be_is_named_and_not_repeated() -> None:
    request = posted(json.dumps(GOOD).encode()) | {"url": "/v1/transactions?verdict=geheim"}
    (answer,) = asking(guarded("127.0.0.1"), request, **LOCAL)
    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#parameters")
    assert answer.json()["errors"][0]["in"] == "query.verdict"
    assert "geheim" not in answer.text


def test_what_nobody_expected_is_a_problem_that_says_nothing_of_it() -> None:
    made = guarded("127.0.0.1")
    made.intake = object()  # type: ignore[assignment]
    with logged() as log:
        (answer,) = asking(made, posted(json.dumps(GOOD).encode()), **LOCAL)
    assert "has no attribute 'take'" in log.getvalue()
    assert (answer.status_code, answer.json()["type"]) == (500, "/docs/problems#broken")
    assert "object" not in answer.text


def test_all_bodies_together_have_a_size_and_what_has_been_answered_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MAX_TOGETHER", 0)
    begun, statuses = list[str](), list[int]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await go_on.wait()

    async def ask(limits: BodyLimits, path: str, size: int) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": bytes(size), "more_body": False}

        async def send(_message: Message) -> None:
            """Nothing is answered."""

        try:
            await limits({"type": "http", "method": "POST", "path": path, "headers": []}, receive, send)
        except Problem as problem:
            statuses.append(problem.status)

    async def both() -> None:
        limits = BodyLimits(app, 100, 5.0)
        first = [asyncio.create_task(ask(limits, path, 100)) for path in "ab"]
        while len(begun) < 2:
            await asyncio.sleep(0)
        await ask(limits, "c", 1)
        go_on.set()
        await asyncio.gather(*first)
        await ask(limits, "d", 100)

    go_on = asyncio.Event()
    asyncio.run(both())
    assert (begun, statuses) == (["a", "b", "d"], [503])


@pytest.mark.parametrize("path", ["/v1/integrations/slack", "/v1/integrations/pagerduty", "/incidents", "/nowhere"])
def test_whoever_needs_no_key_sends_no_more_than_a_service_does(path: str) -> None:
    request = {"method": "POST", "url": path, "content": bytes(OPEN_BYTES + 1), "headers": {}}
    assert refused(request) == (413, "body-too-large")


def test_those_without_a_key_keep_nobody_with_one_from_posting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "OPEN_TOGETHER", 100)
    kept, some = Kept(), b"x" * 101
    slack = {"method": "POST", "url": "/v1/integrations/slack", "content": some, "headers": {}}
    first, second = asking(guarded("127.0.0.1", kept), slack, posted(BODY), **LOCAL)
    assert (first.status_code, first.json()["type"].partition("#")[2]) == (503, "too-many-bytes")
    assert (second.status_code, len(kept.values)) == (200, 200)
