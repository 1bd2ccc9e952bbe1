"""API keys: what they look like, what is stored of them, and how one is looked up.

A key is `fm_` + an id + `_` + 32 random bytes in base64url. Stored is the SHA-256 of these bytes: they are random, so
nothing slower is needed to keep them from being guessed, and each request may be looked at.
"""

import hashlib
import hmac
import re
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Final

import msgspec

from floodmark.gateway.security.principals import ApiRight, Principal

PREFIX: Final = "fm_"
_KEY: Final = re.compile(r"fm_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ID_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_NO_HASH: Final = "0" * 64


class ApiKey(msgspec.Struct, frozen=True):
    """What is stored of a key.

    Args:
        id: The part of it that may be shown.
        name: What people call it.
        hash: SHA-256 of its secret part, in hex.
        rights: What it lets its holder do.
        created_ms: Epoch milliseconds.
        expires_ms: It is good before this instant, epoch milliseconds; None: for ever.
        revoked_ms: It is not good any more since then; None: it was not revoked.
        rate: Requests a minute; None: what the settings of the gateway say.
    """

    id: str
    name: str
    hash: str
    rights: list[ApiRight]
    created_ms: int
    expires_ms: int | None = None
    revoked_ms: int | None = None
    rate: int | None = None

    @property
    def shown(self) -> str:
        """The beginning of the key, as people find it in their own files."""
        return f"{PREFIX}{self.id}_…"

    def is_good(self, now_ms: int) -> bool:
        """Whether it may be used now."""
        return self.revoked_ms is None and (self.expires_ms is None or now_ms < self.expires_ms)

    @property
    def principal(self) -> Principal:
        """Who holds it."""
        return Principal(f"key:{self.id}", self.name, frozenset(self.rights), self.rate)


def created(
    name: str, rights: Iterable[ApiRight], now_ms: int, expires_ms: int | None = None, rate: int | None = None
) -> tuple[str, ApiKey]:
    """A new key, and what is stored of it. The key itself is nowhere else."""
    key_id = "".join(secrets.choice(_ID_SIGNS) for _ in range(12))
    secret = urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    stored = ApiKey(key_id, name, _hash(secret), sorted(set(rights)), now_ms, expires_ms, rate=rate)
    return f"{PREFIX}{key_id}_{secret}", stored


class KeyRing:
    """The keys that a gateway knows. For several threads.

    Attributes:
        is_whole: Whether all keys are known that there are; until then, of one that is not, nothing is said.
    """

    def __init__(self) -> None:
        self.is_whole = True
        self._by_id: dict[str, ApiKey] = {}
        self._lock = threading.Lock()

    def put(self, key: ApiKey) -> None:
        """Know a key, or what has become of it."""
        with self._lock:
            self._by_id[key.id] = key

    def drop(self, key_id: str) -> None:
        """Forget a key."""
        with self._lock:
            self._by_id.pop(key_id, None)

    def all(self) -> list[ApiKey]:
        """All keys, the oldest first."""
        with self._lock:
            return sorted(self._by_id.values(), key=lambda key: (key.created_ms, key.id))

    def holder(self, presented: str, now_ms: int) -> Principal | None:
        """Who presents this key; None when it is none, or not good any more. Takes as long whichever it is."""
        found = _KEY.fullmatch(presented)
        key_id, secret = (found[1], found[2]) if found else ("", presented)
        with self._lock:
            key = self._by_id.get(key_id)
        is_right = hmac.compare_digest(_hash(secret), _NO_HASH if key is None else key.hash)
        return key.principal if key is not None and is_right and key.is_good(now_ms) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
