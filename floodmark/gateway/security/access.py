"""Who is let in: found out and counted before any work is done, and refused unless something lets them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from floodmark.gateway.problems import Problem
from floodmark.gateway.security.api_keys import PREFIX, KeyRing
from floodmark.gateway.security.origins import (
    OF_THIS_MACHINE,
    SAFE,
    Network,
    address_of,
    header,
    is_addressed,
    is_of_another_page,
)
from floodmark.gateway.security.principals import ANYBODY, IN_SCOPE, NOBODY, ApiRight, Principal
from floodmark.gateway.security.rates import FAILURES, Allowance, Rates
from floodmark.gateway.security.tokens import IssuerSilent, TokenRefused, Tokens

log = structlog.get_logger(__name__)

HEAD_BYTES: Final = 32_768
"""What the headers of a request come to, at most."""
BOTH_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
"""A proxy may go by the one and we by the other, so that what one takes for a body is a request to the other."""
API: Final = "/v1/"
"""Paths that begin with this hold data: they need a right. All other paths are the same for everybody."""
ASKS: Final = frozenset({"/v1/rules/check", "/v1/silences/preview"})
"""Paths that are posted to and change nothing."""
SLACK: Final = "/v1/integrations/slack"
PAGERDUTY: Final = "/v1/integrations/pagerduty"
SIGNED: Final = frozenset({SLACK, PAGERDUTY})
"""Paths that need no right: their routes check the signature of the service that asks. No key is accepted there."""
ANONYMOUS_READ: Final = Principal("anonymous", "anonymous", frozenset({ApiRight.READ}))
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="floodmark"'}


def needed(method: str, path: str) -> ApiRight | None:
    """The right that a request needs; None: it needs none. What is not named here needs the right to operate."""
    if not path.startswith(API) or path in SIGNED:
        return None
    if method in SAFE or path in ASKS:
        return ApiRight.READ
    return ApiRight.INGEST if path == "/v1/transactions" else ApiRight.OPERATE


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is let in.

    Args:
        ring: The API keys.
        rates: Counts requests.
        anonymous: Who asks without a key.
        tokens: Looks at JWT; None: none are accepted.
        names: Names that the gateway may be addressed by; empty: any.
        origins: Origins whose pages may ask from a browser, beside our own.
        proxies: Proxies that are believed.
        reader_rate: Requests a minute of an address that reads without a key.
        key_rate: Of a key or token, and of an address that posts without one.
        now_ms: The clock, epoch milliseconds.
    """

    ring: KeyRing
    rates: Rates
    anonymous: Principal = NOBODY
    tokens: Tokens | None = None
    names: frozenset[str] = frozenset()
    origins: Sequence[str] = ()
    proxies: Sequence[Network] = ()
    reader_rate: int = 100
    key_rate: int = 60_000
    now_ms: Callable[[], int] = field(default=lambda: int(time.time() * 1000))

    async def admit(self, scope: Scope) -> tuple[Principal, Allowance | None]:
        """Who asks, and what is left to them; None where nothing is counted.

        Raises:
            Problem: They are not let in.
        """
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
            raise Problem("head-too-large", 431, f"the headers of a request have at most {HEAD_BYTES:,} bytes")
        if {name for name, _ in scope["headers"]} >= BOTH_LENGTHS:
            detail = "a request has a Content-Length or a Transfer-Encoding, and not both"
            raise Problem("http", 400, detail, {"Connection": "close"})
        if self.names and not is_addressed(scope, self.names):
            raise Problem("host", 421, "this gateway is not addressed by that name; see FLOODMARK_GATEWAY_HOSTS")
        right = needed(scope["method"], scope["path"])
        if right is None:
            return NOBODY, await self._counted_signed(scope) if scope["path"] in SIGNED else None
        if is_of_another_page(scope, self.origins):
            raise Problem("cross-site", 403, "a page of another site may not change anything here")
        address = address_of(scope, self.proxies)
        presented = _presented(scope)
        principal = await self._known(presented, address) if presented else self.anonymous
        allowance = await self._counted(principal, right, address)
        if not principal.may(right):
            raise _refused(principal, right, allowance)
        return principal, allowance

    async def look_at_signature(self, scope: Scope, refusal: str) -> None:
        """Let in a request that is signed; one that is not counts like a key that was guessed.

        Args:
            scope: The request's.
            refusal: What is wrong with the signature; empty: nothing.

        Raises:
            Problem: Something is.
        """
        if refusal:
            address = address_of(scope, self.proxies)
            await self.rates.hit(f"guesses|{address}", FAILURES)
            log.info("signature_refused", address=address, path=scope["path"], reason=refusal)
            raise Problem("signature", 401, f"the request is not let in: {refusal}")

    async def _counted_signed(self, scope: Scope) -> Allowance:
        address = address_of(scope, self.proxies)
        await self._look_at_guesses(address)
        return await self._counted(NOBODY, ApiRight.OPERATE, address)

    async def _look_at_guesses(self, address: str) -> None:
        if (left := await self.rates.look(f"guesses|{address}", FAILURES)).is_over:
            raise _too_many(left)

    async def _known(self, presented: str, address: str) -> Principal:
        """Who presents this. From an address that has guessed too often, nothing is looked at any more."""
        await self._look_at_guesses(address)
        why = "it is no key of this gateway, or it has ended"
        if presented.startswith(PREFIX) or self.tokens is None:
            if (principal := self.ring.holder(presented, self.now_ms())) is not None:
                return principal
            if not self.ring.is_whole:
                raise Problem("warming-up", 503, "the keys of this gateway are being read", {"Retry-After": "2"})
        else:
            try:
                if self.tokens.needs_issuer(presented):
                    return await self.tokens.holder_soon(presented)
                return self.tokens.holder(presented)
            except IssuerSilent as error:
                raise Problem("issuer-silent", 503, f"{error}; try again", {"Retry-After": "10"}) from None
            except TokenRefused as error:
                why = str(error)
        await self.rates.hit(f"guesses|{address}", FAILURES)
        log.info("key_refused", address=address, reason=why)
        raise Problem("unauthorized", 401, f"the key or token is not accepted: {why}", CHALLENGE)

    async def _counted(self, principal: Principal, right: ApiRight, address: str) -> Allowance:
        is_reader = principal.id == NOBODY.id and right is ApiRight.READ
        limit = principal.rate or (self.reader_rate if is_reader else self.key_rate)
        who = f"{address}|{right}" if principal.id == NOBODY.id else principal.id
        allowance = await self.rates.hit(who, limit)
        if allowance.is_over:
            raise _too_many(allowance)
        return allowance


class Access:
    """An ASGI application around another one, which is asked by those who are let in.

    Args:
        app: What answers.
        gate: Who is let in.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, with who asks in its scope; put what is left to them on the answer.

        Raises:
            Problem: They are not let in.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        principal, allowance = await self._gate.admit(scope)
        scope[IN_SCOPE] = principal
        if allowance is None:
            await self._app(scope, receive, send)
            return
        headers = [(name.lower().encode(), value.encode()) for name, value in allowance.headers]

        async def with_allowance(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await self._app(scope, receive, with_allowance)


def names_of(host: str, given: Sequence[str], *, is_open: bool) -> frozenset[str]:
    """The names that the gateway may be addressed by; none: any.

    Where everybody on this machine may do everything, a page from elsewhere must not be able to by giving its own name
    our address.
    """
    return frozenset({*given, *OF_THIS_MACHINE, host}) if given or is_open else frozenset()


def anonymous_of(setting: str, *, on_loopback: bool) -> Principal:
    """Who asks without a key, as FLOODMARK_GATEWAY_ANONYMOUS says."""
    if setting == "auto":
        return ANYBODY if on_loopback else NOBODY
    return ANONYMOUS_READ if setting == "read" else NOBODY


def _presented(scope: Scope) -> str:
    """The key or token of a request; empty when it has none. Never from its address: that is logged everywhere."""
    kind, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else header(scope, b"x-api-key").strip()


def _refused(principal: Principal, right: ApiRight, allowance: Allowance) -> Problem:
    headers = dict(allowance.headers)
    if principal.id == NOBODY.id:
        detail = f"a key with the right {right} is needed: send it as Authorization: Bearer …, or as X-API-Key"
        return Problem("unauthorized", 401, detail, {**CHALLENGE, **headers})
    return Problem("forbidden", 403, f"this key or token lacks the right {right}", headers)


def _too_many(allowance: Allowance) -> Problem:
    detail = f"more than {allowance.limit} requests a minute; try again in {max(1, allowance.reset_s)} s"
    return Problem("rate-limit", 429, detail, dict(allowance.headers))
