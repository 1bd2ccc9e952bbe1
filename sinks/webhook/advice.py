"""What to do about an answer that somebody has to mend."""

from typing import Final

ADVICE: Final = {
    401: "check the credentials that are part of the webhook's URL, and the signing secret",
    403: "check the credentials that are part of the webhook's URL, and what the receiver permits",
    404: "check the webhook's URL",
    405: "check the webhook's URL; it has to take POST",
    410: "the receiver is gone for good; give the webhook another URL",
}


def advice(status: int) -> str:
    """What to do about an answer that somebody has to mend."""
    if 300 <= status < 400:
        return "redirects are not followed; give the URL that it redirects to"
    return ADVICE.get(status, "check the webhook's URL, and the log of what receives it")
