"""The signature header: who sent this, and when."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

HEADER: Final = "X-Floodmark-Signature"
TOLERANCE_S: Final = 300


def sign(secrets: Sequence[bytes], body: bytes, at_s: int) -> str:
    """The header's value.

    Args:
        secrets: One secret, or the new and the old one while receivers are being told.
        body: The request's body, as sent.
        at_s: When it is sent, epoch seconds.
    """
    return ",".join([f"t={at_s}", *(f"v1={_mac(secret, body, at_s)}" for secret in secrets)])


def verify(secret: bytes, header: str, body: bytes, now_s: float, tolerance_s: float = TOLERANCE_S) -> bool:
    """Whether `header` was made with `secret` for this body at most `tolerance_s` seconds from `now_s`.

    The comparison takes the same time whatever differs. A malformed header is just not valid.
    """
    times, macs = [], []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            times.append(int(value))
        elif name == "v1":
            macs.append(value.encode())
    if len(times) != 1 or abs(now_s - times[0]) > tolerance_s:
        return False
    expected = _mac(secret, body, times[0]).encode()
    return any([hmac.compare_digest(expected, mac) for mac in macs])  # noqa: C419 - looks at all, so that time tells nothing


def _mac(secret: bytes, body: bytes, at_s: int) -> str:
    return hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
