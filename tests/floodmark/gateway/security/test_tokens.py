"""JWT of one issuer: signature, issuer, audience, time and rights; its keys may change."""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from joserfc.jwk import ECKey

from floodmark.gateway.security.principals import ApiRight
from floodmark.gateway.security.tokens import AGAIN_S, KEEP_S, Issuer, IssuerSilent, TokenRefused, Tokens
from floodmark.gateway.security.wiring import gate_of
from floodmark.gateway.settings import GatewaySettings
from runtime.exits import Misused
from tests.floodmark.gateway.security.build import asking, bearer, guarded, post
from tests.floodmark.gateway.security.issuer import AUDIENCE, LocalIssuer, issuing

NOW_S = 1_752_350_000


@dataclass
class Clock:
    """A clock that is told the time."""

    s: float = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as made:
        yield made


def tokens_of(issuer: LocalIssuer, clock: Clock | None = None) -> Tokens:
    clock = clock or Clock()
    return Tokens(Issuer(issuer.url, AUDIENCE, skew_s=30), clock, lambda: NOW_S + clock.s)


def test_a_good_token_says_who_it_is_and_what_they_may_do(issuer: LocalIssuer) -> None:
    token = issuer.token(NOW_S, scope="openid floodmark:read floodmark:operate admin", preferred_username="Ana")
    holder = tokens_of(issuer).holder(token)
    assert (holder.id, holder.name, holder.rights) == ("jwt:ana", "Ana", {ApiRight.READ, ApiRight.OPERATE})


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://other.example"}, "another issuer"),
        ({"aud": "others"}, "for somebody else"),
        ({"aud": ["others", "more"]}, "for somebody else"),
        ({"exp": NOW_S - 31}, "expired"),
        ({"nbf": NOW_S + 31}, "not good yet"),
        ({"exp": None}, "lacks a claim"),
        ({"aud": None}, "lacks a claim"),
        ({"iss": None}, "lacks a claim"),
        ({"sub": None}, "lacks a claim"),
    ],
)
def test_a_token_of_somebody_else_or_of_another_time_is_refused(
    issuer: LocalIssuer, claims: dict[str, object], why: str
) -> None:
    with pytest.raises(TokenRefused, match=why):
        tokens_of(issuer).holder(issuer.token(NOW_S, **claims))


def test_the_clocks_may_differ_by_the_skew(issuer: LocalIssuer) -> None:
    tokens = tokens_of(issuer)
    for claims in ({"exp": NOW_S - 29}, {"nbf": NOW_S + 29}):
        assert tokens.holder(issuer.token(NOW_S, **claims)).id == "jwt:ana"


def test_only_the_issuers_own_signature_counts(issuer: LocalIssuer) -> None:
    tokens = tokens_of(issuer)
    known = str(issuer.keys[0].kid)
    forged = ECKey.generate_key("P-256", parameters={"kid": known})
    public = issuer.keys[0].as_pem(private=False)
    head, body, _ = issuer.token(NOW_S).split(".")
    hs256 = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": known}).encode()).rstrip(b"=").decode()
    mac = hmac.digest(public, f"{hs256}.{body}".encode(), "sha256")
    by_public_key = f"{hs256}.{body}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    by_another = issuer.token(NOW_S, key=forged)
    for token in (by_another, by_public_key, unsigned, f"{head}.{body}.", "a.b.c", "x", "." * 9000):
        with pytest.raises(TokenRefused):
            tokens.holder(token)


def test_a_key_that_is_new_is_asked_for_and_an_old_one_is_forgotten(issuer: LocalIssuer) -> None:
    clock = Clock()
    tokens = tokens_of(issuer, clock)
    old = issuer.token(NOW_S, exp=NOW_S + 9999)
    tokens.holder(old)
    assert not tokens.needs_issuer(old)
    issuer.rotate()
    new = issuer.token(NOW_S, exp=NOW_S + 9999)
    assert tokens.needs_issuer(new)
    with pytest.raises(TokenRefused):
        tokens.holder(new)
    assert issuer.asked == 1, "the issuer is not asked again at once, whatever is presented"
    clock.s = AGAIN_S
    assert tokens.holder(new).id == "jwt:ana"
    assert issuer.asked == 2
    with pytest.raises(TokenRefused):
        tokens.holder(old)
    clock.s = AGAIN_S + KEEP_S
    tokens.holder(new)
    assert issuer.asked == 3, "what the issuer has taken back is forgotten"


def test_while_the_issuer_is_silent_its_keys_are_used_and_without_any_nothing_is_known(issuer: LocalIssuer) -> None:
    clock = Clock()
    tokens = tokens_of(issuer, clock)
    token = issuer.token(NOW_S, exp=NOW_S + 9999)
    tokens.holder(token)
    issuer.calls_itself = "https://other.example"
    clock.s = KEEP_S
    assert tokens.holder(token).id == "jwt:ana"
    with pytest.raises(IssuerSilent):
        tokens_of(issuer).holder(token)


def test_a_token_lets_in_by_its_rights_and_a_silent_issuer_is_no_fault_of_who_asks(issuer: LocalIssuer) -> None:
    now_s = int(time.time())
    made = guarded(gateway_oidc_issuer=issuer.url, gateway_oidc_audience=AUDIENCE)
    answers = asking(
        made,
        post(authorization=bearer(issuer.token(now_s))),
        post(authorization=bearer(issuer.token(now_s, scope="floodmark:read"))),
        post(authorization=bearer(issuer.token(now_s, aud="others"))),
    )
    assert [answer.status_code for answer in answers] == [200, 403, 401]
    issuer.calls_itself = "https://other.example"
    silent = guarded(gateway_oidc_issuer=issuer.url, gateway_oidc_audience=AUDIENCE)
    (answer,) = asking(silent, post(authorization=bearer(issuer.token(now_s))))
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs/problems#issuer-silent")


def test_an_issuer_without_an_audience_would_let_in_tokens_for_anybody() -> None:
    settings = GatewaySettings(gateway_oidc_issuer="https://id.example.com")
    with pytest.raises(Misused, match="audience"):
        gate_of(settings, "127.0.0.1", guarded().ring)


def test_a_head_that_is_nested_without_end_is_no_token(issuer: LocalIssuer) -> None:
    _, body, signature = issuer.token(NOW_S).split(".")
    head = urlsafe_b64encode(b'{"alg":"ES256","kid":' + b"[" * 5_000).rstrip(b"=").decode()
    with pytest.raises(TokenRefused):
        tokens_of(issuer).holder(f"{head}.{body}.{signature}")


@pytest.mark.parametrize("scope", [5, {"floodmark:ingest": True}, [5, None]])
def test_a_scope_that_is_no_list_of_words_gives_no_right(issuer: LocalIssuer, scope: object) -> None:
    assert tokens_of(issuer).holder(issuer.token(NOW_S, scope=scope)).rights == frozenset()


def test_while_a_slow_issuer_is_asked_those_whose_key_is_known_are_let_in(issuer: LocalIssuer) -> None:
    """A token that nobody knows must not stop the loop, nor what else runs in threads."""
    tokens = tokens_of(issuer, clock := Clock())
    good, unknown = (
        issuer.token(NOW_S, exp=NOW_S + 9999),
        issuer.token(NOW_S, key=ECKey.generate_key("P-256", parameters={"kid": "nobody"})),
    )
    tokens.holder(good)
    clock.s = AGAIN_S

    async def asked() -> None:
        issuer.may_answer.clear()
        strange = [asyncio.create_task(tokens.holder_soon(unknown)) for _ in range(20)]
        try:
            await asyncio.to_thread(issuer.is_asked.wait)
            assert not tokens.needs_issuer(good)
            assert tokens.holder(good).id == "jwt:ana"
            assert await asyncio.to_thread(lambda: "somebody else's work") != ""
        finally:
            issuer.may_answer.set()
        ended = await asyncio.gather(*strange, return_exceptions=True)
        assert all(isinstance(each, TokenRefused) for each in ended)

    asyncio.run(asked())
