"""What a destination of single messages and the delivery promise each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sinks.protocol import Data, Entry, Record


@dataclass(frozen=True, slots=True)
class Terms:
    """How messages are delivered.

    Args:
        at_once: How many are on their way at the same time; one, while the target takes none.
        in_hand: How many may be fetched and not yet delivered.
        deadline_s: A message that fails for longer, while others get through, is put aside.
        tries: A message that is refused so often, and that alone, is put aside where others got through before.
        old_s: What is told of is called old after so many seconds.
    """

    at_once: int = 10
    in_hand: int = 2_000
    deadline_s: float = 300.0
    tries: int = 3
    old_s: float = 900.0


class Rejected(Exception):
    """The target has understood the message and does not want it as it is; the message is one sentence for people."""


@runtime_checkable
class DeliveryChannel(Protocol[Data]):
    """Where single messages go. Only `send` is called from other threads, and never twice at once for one lane."""

    @property
    def name(self) -> str:
        """The label in metrics and logs, and the end of the consumer group's name."""

    @property
    def terms(self) -> Terms:
        """How its messages are delivered."""

    def read(self, record: Record) -> Entry[Data] | None:
        """What the channel makes of a record; None when it has no use for it. See `Destination.read`.

        Raises:
            Unreadable: the record is not what its topic promises.
        """

    def lane(self, entry: Entry[Data]) -> str:
        """What the message belongs to: the order is kept within it."""

    def begins(self, entry: Entry[Data]) -> bool:
        """Whether it is the first thing that is said in its lane."""

    def ends(self, entry: Entry[Data]) -> bool:
        """Whether what the lane is about is over with it."""

    def wants(self, entry: Entry[Data]) -> bool:
        """Whether it is to be sent, now that all before it in its lane has been; asked again before each try."""

    def send(self, entry: Entry[Data]) -> None:
        """Send it; return once it has been delivered.

        Raises:
            Rejected: the target refuses this message.
            Busy: the target takes nothing now, or only once somebody has mended what is wrong (`MENDABLE`).
            Exception: anything else ends the process before the commit.
        """

    def sent(self, entry: Entry[Data]) -> None:
        """It has been delivered."""

    def summary(self, over: Sequence[Entry[Data]]) -> Data:
        """One message in place of these, the last one of each lane: what they are about was over before we came."""

    def close(self) -> None:
        """Give back connections; never raises."""
