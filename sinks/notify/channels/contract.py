"""What a channel and whoever delivers promise each other."""

from dataclasses import dataclass
from typing import Protocol

from sinks.notify.content import Content


class Refused(Exception):
    """The target has understood the message and does not take it as it is; the text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The target has taken the message.

    Args:
        answer: What it said, in a few words and without secrets: a status and its own id, say.
        handle: What the target calls the conversation, to be given back with the next message of it; empty: nothing.
    """

    answer: str
    handle: str = ""


class Channel(Protocol):
    """Where messages go. `send` is called from other threads, and never twice at once for one notification."""

    def send(self, content: Content, handle: str) -> Receipt:
        """Send it; return once the target has taken it.

        Whoever delivers may send a message again whose receipt was lost: what the target offers to tell the same
        message (an idempotency key, a dedup key) is used with the notification's id.

        Args:
            content: The message.
            handle: What the target called the conversation before; empty at first.

        Raises:
            Refused: the target refuses this message as it is.
            sinks.protocol.Busy: the target takes nothing now, or only once somebody has mended what is wrong.
        """

    def wants(self, content: Content) -> bool:
        """Whether there is anything to do for this message: some targets know no repeat, some no acknowledgement."""

    def close(self) -> None:
        """Give back connections; never raises."""
