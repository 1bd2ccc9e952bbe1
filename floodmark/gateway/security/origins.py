"""Where a request comes from: the client's address, the name it uses for us, the page that sends it."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
OF_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches who listens on this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def header(scope: Scope, name: bytes) -> str:
    """A header of a request; empty when it is not there."""
    return next((value.decode("latin-1") for each, value in scope["headers"] if each == name), "")


def address_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """The client's address: that of the connection, or what proxies that are believed say of it.

    Of X-Forwarded-For the last address counts that is no such proxy: what stands before it, anybody may have written.
    An IPv6 network of /64 is one client.
    """
    peer = scope["client"][0] if scope.get("client") else "unknown"
    if proxies and _is_in(peer, proxies):
        for each in reversed([part.strip() for part in header(scope, b"x-forwarded-for").split(",")]):
            if _address(each) is None:
                break
            peer = each
            if not _is_in(each, proxies):
                break
    found = _address(peer)
    if isinstance(found, ipaddress.IPv6Address) and not found.is_loopback:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return peer


def is_addressed(scope: Scope, names: frozenset[str]) -> bool:
    """Whether the request uses one of these names for us, without a port: another one may lead here, too."""
    host = header(scope, b"host").lower()
    return _without_port(host) in names


def is_of_another_page(scope: Scope, origins: Sequence[str]) -> bool:
    """Whether a browser sends it, to change something, for a page that is neither ours nor one of these origins."""
    if scope["method"] in SAFE:
        return False
    origin = header(scope, b"origin")
    if origin:
        return origin not in origins and _host_of(origin) != header(scope, b"host").lower()
    return header(scope, b"sec-fetch-site") in ("cross-site", "same-site")


def _host_of(origin: str) -> str | None:
    """Host and port of an origin; None where it is none: no browser writes that."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _without_port(host: str) -> str:
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    found = _address(text)
    return found is not None and any(found in network for network in networks)


@lru_cache(4_096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
