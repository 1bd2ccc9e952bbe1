"""Which network addresses a request may go to.

A URL is somebody's input. Without a check it could make us talk to the metadata service of a cloud, to
databases on loopback or to the printers of the office.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]
"""Host name and port to addresses; raises `OSError` when there is none."""
NAT64: Final = IPv6Network("64:ff9b::/96")
SPECIAL: Final = tuple(
    ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "3fff::/20", "5f00::/16")
)
"""Reserved by IANA, and taken for public by some of the Python versions that we run on."""
AZURE_HOST: Final = IPv4Address("168.63.129.16")
"""Azure's own services answer here, on an address that looks public."""


class ForbiddenAddress(Exception):
    """The host name stands for addresses that are not public."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host name, in the system's order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def permitted(addresses: list[str], *, allow_private: bool) -> list[str]:
    """Those of the addresses that may be connected to.

    Raises:
        ForbiddenAddress: none of them may.
    """
    kept = [text for text in addresses if allow_private or is_public(ip_address(text.partition("%")[0]))]
    if addresses and not kept:
        raise ForbiddenAddress("the host is at a private address")
    return kept


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet.

    Not public are private, loopback, link-local (with the metadata services), shared, reserved, multicast and
    unspecified addresses, and IPv6 addresses that carry such an IPv4 address (mapped, 6to4, Teredo, NAT64).
    """
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if address == AZURE_HOST or any(address in network for network in SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one, when traffic to it ends there."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
