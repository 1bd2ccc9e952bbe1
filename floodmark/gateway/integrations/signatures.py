"""Whether a request comes from the service whose secret we share: looked at before anything of its body is.

Rules of the services: https://docs.slack.dev/authentication/verifying-requests-from-slack and PagerDuty's developer
documentation, "Verifying Signatures" (PagerDuty/developer-docs, docs/webhooks/04-Signatures.md).
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

MAX_SKEW_S: Final = 300
"""A request of Slack's that is older, or that much ahead, was not made just now."""
MAX_DIGITS: Final = 15
MAX_SIGNATURES: Final = 10
"""How many signatures of one request are looked at: PagerDuty sends one for each secret while they change."""
_SLACK_TIME: Final = "x-slack-request-timestamp"
_SLACK: Final = "x-slack-signature"
_PAGERDUTY: Final = "x-pagerduty-signature"
SIGNATURES: Final = (_SLACK, _PAGERDUTY)
"""Headers that hold them."""


def slack_refusal(secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes, now_s: float) -> str:
    """Why it is not Slack's; empty where it is.

    Args:
        secrets: The app's signing secret; two while it changes.
        headers: The request's, by names in lower case.
        body: As it came.
        now_s: The present, in epoch seconds.
    """
    time, signature = headers.get(_SLACK_TIME, ""), headers.get(_SLACK, "")
    if not time.isascii() or not time.isdigit() or len(time) > MAX_DIGITS or not signature:
        return "its signature or its time is missing"
    if not _is_one_of(signature, [_signed(secret, b"v0:%b:%b" % (time.encode(), body), "v0") for secret in secrets]):
        return "its signature is not of this secret"
    if abs(now_s - int(time)) > MAX_SKEW_S:
        return "it is more than five minutes old, or ahead"
    return ""


def pagerduty_refusal(secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes) -> str:
    """Why it is not PagerDuty's; empty where it is.

    Args:
        secrets: Those of the webhook subscriptions.
        headers: The request's, by names in lower case.
        body: As it came.
    """
    signatures = [each.strip() for each in headers.get(_PAGERDUTY, "").split(",") if each.strip().startswith("v1=")]
    if not signatures:
        return "its signature is missing"
    known = [_signed(secret, body, "v1") for secret in secrets]
    if not any(_is_one_of(signature, known) for signature in signatures[:MAX_SIGNATURES]):
        return "none of its signatures is of a secret that is known here"
    return ""


def _signed(secret: bytes, text: bytes, version: str) -> str:
    return f"{version}={hmac.new(secret, text, sha256).hexdigest()}"


def _is_one_of(signature: str, known: Sequence[str]) -> bool:
    """Whether it is one of them, found out in a time that does not depend on how much of it is right."""
    given = signature.encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(given, each.encode()) for each in known)
