"""Who asks, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from starlette.requests import HTTPConnection

IN_SCOPE: Final = "floodmark.principal"
"""Where the principal of a request lies in its ASGI scope."""


class ApiRight(StrEnum):
    """What a key or a token lets its holder do."""

    READ = "read"
    INGEST = "ingest"
    OPERATE = "operate"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Args:
        id: `key:…`, `jwt:…` or `anonymous`; in logs and in the audit log, and no secret.
        name: For people.
        rights: What they may do; `admin` may do all.
        rate: Requests a minute; None: what the settings say.
    """

    id: str
    name: str
    rights: frozenset[ApiRight]
    rate: int | None = None

    def may(self, right: ApiRight) -> bool:
        """Whether they have the right."""
        return right in self.rights or ApiRight.ADMIN in self.rights


NOBODY: Final = Principal("anonymous", "anonymous", frozenset())
ANYBODY: Final = Principal("anonymous", "anonymous", frozenset({ApiRight.READ, ApiRight.INGEST, ApiRight.OPERATE}))
"""Who asks on loopback, where nobody needs a key."""


def principal_of(request: HTTPConnection) -> Principal:
    """Who asks, as it was found out before the request came here."""
    return in_scope(request.scope)


def in_scope(scope: Mapping[str, Any]) -> Principal:
    """The same of an ASGI scope; nobody where it was not found out."""
    found = scope.get(IN_SCOPE)
    return found if isinstance(found, Principal) else NOBODY
