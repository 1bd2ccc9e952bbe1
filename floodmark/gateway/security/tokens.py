"""JWT bearer tokens of one issuer (OIDC): their signature, issuer, audience, time, and the rights in their scopes."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from floodmark.gateway.security.principals import ApiRight, Principal

log = structlog.get_logger(__name__)

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
"""Signatures with a private key that the issuer alone has."""
AGAIN_S: Final = 10.0
"""The issuer is asked for new keys no sooner than this after the last time, whatever is presented."""
KEEP_S: Final = 3600.0
"""And no later: keys that it does not show any more are forgotten."""
ANSWER_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 1 << 20
THREADS: Final = 4
"""How many tokens with unknown keys are checked at the same time."""
MAX_TOKEN: Final = 8_192
"""A token of more characters is none."""


NO_TOKEN: Final = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What a text leads to that is no token."""


class TokenRefused(Exception):
    """The token is none that is accepted; says why, and nothing of what is in it."""


class IssuerSilent(Exception):
    """The issuer's keys cannot be had, so nothing is known of a token."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are accepted.

    Args:
        issuer: Its address, as it stands in tokens.
        audience: Whom a token must be for.
        scope_prefix: Stands before the rights in the scope claim.
        skew_s: How far its clock may be off.
    """

    issuer: str
    audience: str
    scope_prefix: str = "floodmark:"
    skew_s: int = 60


class Tokens:
    """Looks at tokens; blocks while the issuer's keys are fetched. For several threads.

    Args:
        issuer: Whose they are.
        clock: Monotonic seconds.
        now_s: Epoch seconds.
    """

    def __init__(
        self,
        issuer: Issuer,
        clock: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._issuer, self._clock, self._now_s = issuer, clock, now_s
        self._keys: KeySet | None = None
        self._known: frozenset[str] = frozenset()
        self._asked_at = self._told_at = -KEEP_S
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(THREADS, "issuer")
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(self._now_s()),
            leeway=issuer.skew_s,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def needs_issuer(self, token: str) -> bool:
        """Whether the issuer may have to be asked for its keys first, which takes a while."""
        return not self._is_known(token)

    async def holder_soon(self, token: str) -> Principal:
        """As `holder`, in one of few threads of its own: who presents what nobody knows holds back nobody else.

        Raises:
            TokenRefused: It is not accepted.
            IssuerSilent: The issuer's keys cannot be had.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.holder, token)

    def holder(self, token: str) -> Principal:
        """Whose token it is.

        Raises:
            TokenRefused: It is not accepted.
            IssuerSilent: The issuer's keys cannot be had.
        """
        if len(token) > MAX_TOKEN:
            raise TokenRefused("it is too long")
        try:
            decoded = jwt.decode(token, self._keys_for(token), algorithms=ALGORITHMS)
            self._claims.validate(decoded.claims)
        except NO_TOKEN as error:
            raise TokenRefused(_why(error)) from None
        return self._principal(decoded.claims)

    def _principal(self, claims: dict[str, Any]) -> Principal:
        scope = claims.get("scope", claims.get("scp", ""))
        listed = scope if isinstance(scope, list) else []
        words = scope.split() if isinstance(scope, str) else [each for each in listed if isinstance(each, str)]
        prefix = self._issuer.scope_prefix
        named = {word.removeprefix(prefix) for word in words if word.startswith(prefix)}
        subject = str(claims["sub"])[:200]
        name = claims.get("preferred_username", claims.get("email", subject))
        return Principal(f"jwt:{subject}", str(name)[:100], frozenset(right for right in ApiRight if right in named))

    def _keys_for(self, token: str) -> KeySet:
        """The issuer's keys; asked for anew when they are old, or the token names one that is not known.

        Where nothing has to be asked, nobody waits for somebody who asks: this may be the loop.
        """
        keys = self._keys
        if keys is not None and self._is_known(token):
            return keys
        with self._lock:
            now = self._clock()
            if not self._is_known(token) and now - self._asked_at >= AGAIN_S:
                self._asked_at = now
                self._fetch(now)
            if self._keys is None:
                raise IssuerSilent("the issuer has not told its keys")
            return self._keys

    def _is_known(self, token: str) -> bool:
        """Whether the keys are new enough, and that of the token is among them."""
        return self._clock() - self._told_at < KEEP_S and _kid(token) in self._known

    def _fetch(self, now: float) -> None:
        try:
            with httpx.Client(timeout=ANSWER_S, follow_redirects=False) as asks:
                about = _json(asks.get(f"{self._issuer.issuer.rstrip('/')}/.well-known/openid-configuration"))
                if about.get("issuer") != self._issuer.issuer:
                    raise ValueError("it calls itself otherwise")
                keys = KeySet.import_key_set(_json(asks.get(str(about["jwks_uri"]))))  # type: ignore[arg-type]
        except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("issuer_silent", issuer=self._issuer.issuer, error=str(error) or type(error).__name__)
            return
        self._keys, self._told_at = keys, now
        self._known = frozenset(key.kid for key in keys.keys if key.kid)


def _json(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    if len(answer.content) > MAX_ANSWER_BYTES:
        raise ValueError("it says too much")
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError("it tells no object")
    return found


def _kid(token: str) -> str:
    """The key that a token names; empty when it names none, or is no token."""
    if len(token) > MAX_TOKEN:
        return ""
    from joserfc.jws import extract_compact

    try:
        kid = extract_compact(token.encode()).headers().get("kid", "")
    except NO_TOKEN:
        return ""
    return kid if isinstance(kid, str) else ""


def _why(error: Exception) -> str:
    """What is wrong with a token: the name of the error says it, its text may repeat what is in the token."""
    return {
        "expired_token": "it has expired",
        "bad_signature": "its signature is not the issuer's",
        "invalid_claim": "it is for somebody else, of another issuer, or not good yet",
        "missing_claim": "it lacks a claim: iss, aud, exp and sub are needed",
        "invalid_key_id": "it names a key that the issuer does not have",
    }.get(getattr(error, "error", ""), "it is no token that is accepted")
