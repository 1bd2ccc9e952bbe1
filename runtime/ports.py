"""Ports: which are free on loopback, and what is raised where one cannot be had."""

import random
import socket

# Below the range from which systems take the local end of outgoing connections. A port from that range may be
# taken by a client's own reconnect attempt while its broker is down, and the broker then cannot come back to it.
LOWEST, HIGHEST = 20_000, 32_000


class ListenError(Exception):
    """An address to listen on cannot be had; the message says why and what to do."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listens(host: str, port: int, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 on which nothing listens now.

    Raises:
        OSError: There are not that many free ones.
    """
    candidates = random.SystemRandom().sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST)
    found = []
    for port in candidates:
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports between {LOWEST} and {HIGHEST} on 127.0.0.1")
