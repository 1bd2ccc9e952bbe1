"""What a conversation is called at a service that calls nobody twice under one name.

PagerDuty calls nobody for an incident that somebody has acknowledged there, whatever comes to it under its `dedup_key`;
Opsgenie calls nobody for what joins an open alert by its alias. So what has become worse than what people are on, or
what nobody is on any more, gets a name of its own, and what went before it is ended: there is one open alert, and it
has called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sinks.notify.content import Content
from sinks.notify.notification import CALLS, ENDS


@dataclass(frozen=True, slots=True)
class Keys:
    """Under which names a message is told.

    Args:
        key: Its own.
        before: Those that are open there beside it, and that it takes the place of.
    """

    key: str
    before: tuple[str, ...] = ()


def keys_of(content: Content, handle: str) -> Keys:
    """The names of a message; `handle` is what `handle_of` made of the ones before, empty at first."""
    known = tuple(handle.split()) or (content.id,)
    worse = content.kind in ("rise", "handed_back") or (
        content.kind in CALLS - {"open"} and bool(content.acknowledged_by)
    )
    if content.kind == "open" or not worse:
        return Keys(known[-1], known[:-1])
    return Keys(
        f"{content.id}.{content.number}", tuple(key for key in known if key != f"{content.id}.{content.number}")
    )


def handle_of(content: Content, key: str, left: Sequence[str]) -> str:
    """What is to be remembered: the name of what is open there, after those that could not be ended yet.

    What begins anew after an end has the first name again.
    """
    return " ".join([*left, content.id if content.kind in ENDS and not left else key])


def notification_of(key: str) -> str:
    """The id of the notification that has this name at a service."""
    return key.partition(".")[0]
