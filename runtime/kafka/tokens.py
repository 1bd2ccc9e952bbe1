"""Bearer tokens for clusters that ask for OAUTHBEARER: from a file that others renew, or from a token endpoint."""

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from runtime.kafka.errors import BrokerRefused

ANSWER_WITHIN_S: Final = 10.0
ASSUMED_S: Final = 60.0
"""A token that does not say for how long it is valid is taken to be valid for so long."""
FRESH_SHARE: Final = 0.75
"""After this share of its life a token is replaced. librdkafka asks after 0.8, and must not be given the old one."""


class TokenError(BrokerRefused):
    """No token can be had, so no cluster lets us in; the message holds neither token nor secret."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A bearer token.

    Args:
        value: The token itself.
        expires_at_s: When it ends, in seconds since the epoch.
    """

    value: str = field(repr=False)
    expires_at_s: float


@dataclass(frozen=True, slots=True)
class TokenFile:
    """Tokens that somebody else writes to a file, as Kubernetes does for service accounts."""

    path: Path

    def __call__(self) -> BearerToken:
        """The token that is in the file now.

        Raises:
            TokenError: There is none.
        """
        try:
            value = self.path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._none(f"cannot be read ({type(error).__name__})") from None
        if not value:
            raise self._none("is empty")
        return BearerToken(value, _expiry(value))

    def _none(self, why: str) -> TokenError:
        return TokenError(f"The token file {self.path} {why}. Check FLOODMARK_KAFKA_TOKEN_FILE.")


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Tokens by OAuth's client credentials grant.

    Args:
        url: The token endpoint.
        client_id: Who asks.
        secret: And proves it so.
        scope: What for; empty: what the endpoint takes for granted.
    """

    url: str
    client_id: str
    secret: str = field(repr=False)
    scope: str = ""

    def __call__(self) -> BearerToken:
        """A new token; blocks.

        Raises:
            TokenError: The endpoint does not answer, or refuses.
        """
        import httpx

        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        asked_s = time.time()
        try:
            answer = httpx.post(self.url, data=form, auth=(self.client_id, self.secret), timeout=ANSWER_WITHIN_S)
        except httpx.HTTPError as error:
            raise self._none(f"does not answer ({type(error).__name__})", "URL") from None
        if answer.status_code != httpx.codes.OK:
            raise self._none(f"refuses us with status {answer.status_code}", "SCOPE, the client id and its secret")
        try:
            content: dict[str, Any] = answer.json()
            return BearerToken(str(content["access_token"]), asked_s + float(content.get("expires_in", ASSUMED_S)))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._none("answers with no token", "URL") from None

    def _none(self, why: str, what: str) -> TokenError:
        return TokenError(f"The token endpoint {self.url} {why}. Check FLOODMARK_KAFKA_TOKEN_{what}.")


class CachedToken:
    """Keeps a token for most of its life. Thread-safe; whoever asks meanwhile waits for the same answer.

    Args:
        fetch: Where tokens come from.
        clock: Seconds since the epoch.
    """

    def __init__(self, fetch: Callable[[], BearerToken], clock: Callable[[], float] = time.time) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._token: BearerToken | None = None
        self._fresh_until_s = 0.0

    def __call__(self) -> BearerToken:
        """A valid token; blocks while one is fetched.

        Raises:
            TokenError: None can be had.
        """
        with self._lock:
            now_s = self._clock()
            if self._token is None or now_s >= self._fresh_until_s:
                self._token = self._fetch()
                self._fresh_until_s = now_s + FRESH_SHARE * (self._token.expires_at_s - now_s)
            return self._token


def _expiry(value: str) -> float:
    """When a JSON web token ends; the broker checks the rest."""
    try:
        body = value.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return time.time() + ASSUMED_S
