"""Who is let in: refused unless something lets them, by the same answer whatever is wrong with a key."""

import pytest

from floodmark.gateway.security.access import needed
from floodmark.gateway.security.api_keys import ApiKey, KeyRing, created
from floodmark.gateway.security.principals import ApiRight
from tests.floodmark.gateway.ingest.build import NOW_MS, Kept
from tests.floodmark.gateway.security.build import asking, bearer, guarded, key_of, post

READ = {"method": "GET", "url": "/v1/nothing"}
OPERATE = {"method": "POST", "url": "/v1/incidents/x/acknowledge"}


def status(made: object, request: dict[str, object], **how: str) -> int:
    (answer,) = asking(made, request, **how)  # type: ignore[arg-type]
    return answer.status_code


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/v1/minutes", ApiRight.READ),
        ("POST", "/v1/rules/check", ApiRight.READ),
        ("POST", "/v1/transactions", ApiRight.INGEST),
        ("POST", "/v1/incidents/1/resolve", ApiRight.OPERATE),
        ("DELETE", "/v1/whatever/comes", ApiRight.OPERATE),
        ("POST", "/v1/integrations/slack", None),
        ("POST", "/v1/integrations/slack/more", ApiRight.OPERATE),
        ("GET", "/", None),
        ("GET", "/docs", None),
        ("GET", "/healthz", None),
    ],
)
def test_what_each_request_needs(method: str, path: str, right: ApiRight | None) -> None:
    assert needed(method, path) == right


def test_where_others_reach_it_nobody_is_let_in_without_a_key() -> None:
    kept = Kept()
    made = guarded(kept=kept)
    for request in (post(), READ, OPERATE):
        (answer,) = asking(made, request)
        assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#unauthorized")
        assert answer.headers["www-authenticate"] == 'Bearer realm="floodmark"'
    assert kept.values == []


def test_on_loopback_nobody_needs_a_key_and_only_this_machine_is_spoken_to() -> None:
    made = guarded("127.0.0.1")
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        assert status(made, post(), host=host) == 200
    assert status(made, post(), host="evil.example:8080") == 421


def test_a_name_that_is_given_is_answered_to_and_no_other() -> None:
    made = guarded(gateway_hosts="ops.example.com")
    assert status(made, {"method": "GET", "url": "/healthz"}, host="ops.example.com") == 200
    assert status(made, {"method": "GET", "url": "/healthz"}, host="other.example.com") == 421


def test_a_key_lets_in_by_its_rights_in_either_header() -> None:
    made = guarded()
    ingest, admin, reader = key_of(made, ApiRight.INGEST), key_of(made, ApiRight.ADMIN), key_of(made, ApiRight.READ)
    assert status(made, post(authorization=bearer(ingest))) == 200
    assert status(made, post(x_api_key=ingest)) == 200
    assert status(made, post(x_api_key=admin)) == 200
    assert status(made, post(x_api_key=reader)) == 403
    assert status(made, {**READ, "headers": {"x-api-key": reader}}) == 404
    assert status(made, {**READ, "headers": {"x-api-key": ingest}}) == 403


def test_readers_may_be_let_in_without_a_key_and_nobody_else() -> None:
    made = guarded(gateway_anonymous="read")
    assert status(made, READ) == 404
    assert status(made, post()) == 401


def test_a_key_of_another_secret_an_ended_one_and_a_revoked_one_are_all_refused_alike() -> None:
    made = guarded()
    good = key_of(made, ApiRight.INGEST)
    ended = key_of(made, ApiRight.INGEST, expires_ms=1)
    revoked, stored = created("old", [ApiRight.INGEST], 0)
    made.ring.put(ApiKey(stored.id, "old", stored.hash, stored.rights, 0, revoked_ms=5))
    wrong = good[:-3] + ("aaa" if good[-3:] != "aaa" else "bbb")
    answers = asking(made, *(post(x_api_key=key) for key in (wrong, ended, revoked, "fm_nothing", "secret")))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_a_key_is_good_until_it_ends() -> None:
    ring = KeyRing()
    key, stored = created("k", [ApiRight.READ], NOW_MS, NOW_MS + 10)
    ring.put(stored)
    assert ring.holder(key, NOW_MS + 9) is not None
    assert ring.holder(key, NOW_MS + 10) is None
    ring.drop(stored.id)
    assert ring.holder(key, NOW_MS) is None


def test_nothing_of_a_key_but_its_id_is_stored() -> None:
    key, stored = created("k", [ApiRight.READ], NOW_MS)
    assert key.startswith(stored.shown[:-1])
    assert key.removeprefix(stored.shown[:-1]) not in repr(stored)
    assert len(stored.hash) == 64


def test_a_page_of_another_site_may_not_change_anything() -> None:
    made = guarded("127.0.0.1", gateway_origins="https://ops.example.com")
    ours = "http://localhost:8080"
    for headers, expected in (
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": ours, "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://ops.example.com"}, 200),
        ({}, 200),
    ):
        assert status(made, post(**headers), host="localhost:8080") == expected, headers
    assert status(made, {**READ, "headers": {"origin": "https://evil.example"}}, host="localhost:8080") == 404


def test_no_page_of_another_origin_reads_anything_unless_its_origin_is_named() -> None:
    asked = {**READ, "headers": {"origin": "https://ops.example.com"}}
    (closed,) = asking(guarded("127.0.0.1"), asked, host="localhost:8080")
    (named,) = asking(guarded("127.0.0.1", gateway_origins="https://ops.example.com"), asked, host="localhost:8080")
    assert "access-control-allow-origin" not in closed.headers
    assert named.headers["access-control-allow-origin"] == "https://ops.example.com"


def test_the_page_and_what_answers_balancers_hold_no_data_and_need_no_key() -> None:
    made = guarded()
    for url in ("/", "/docs", "/openapi.json", "/healthz"):
        assert status(made, {"method": "GET", "url": url}) == 200


def test_a_path_with_a_stroke_too_many_leads_nowhere() -> None:
    """And not to an address that is made of what the client says of ours."""
    made = guarded("127.0.0.1")
    (answer,) = asking(made, post() | {"url": "/v1/transactions/"}, host="localhost:8080")
    assert (answer.status_code, answer.headers.get("location")) == (404, None)
