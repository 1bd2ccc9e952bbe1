"""What an answer means: delivered, later, once somebody has mended something, or not this one."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from sinks.protocol import Trouble

LATER: Final = {408: Trouble.TIMEOUT, 425: Trouble.THROTTLED, 429: Trouble.THROTTLED}
ITSELF: Final = frozenset({400, 413, 422})
"""The receiver has read the message and does not want it."""


class Verdict(Enum):
    """What to do after an answer."""

    DELIVERED = "delivered"
    LATER = "later"
    MENDABLE = "mendable"
    REJECTED = "rejected"


def verdict(status: int) -> Verdict:
    """2xx is delivered; 408, 425, 429 and 5xx pass by themselves; 400, 413 and 422 are about this message.

    Everything else (401, 403, 404, 410, a redirect, …) is about the URL, the credentials or the receiver, and would
    be the same for any message: somebody has to mend it.
    """
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status in LATER or status >= 500:
        return Verdict.LATER
    return Verdict.REJECTED if status in ITSELF else Verdict.MENDABLE


def trouble(status: int) -> Trouble:
    """The reason that goes with a status that is worth another try."""
    return LATER.get(status, Trouble.SERVER_ERROR)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait that a `Retry-After` header asks for; None when it is missing or makes no sense.

    Args:
        header: Seconds, or an HTTP date; a date in the past is 0.
        now: The time it came.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second for a year, an hour or an offset that no machine number holds
        return None
    # A date without a zone is UTC: HTTP knows no other.
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
