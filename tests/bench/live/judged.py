"""What the minutes topic says, as it says it: which minute, of which scope, and when."""

from dataclasses import dataclass

from confluent_kafka import Message


@dataclass(slots=True)
class Heard:
    """The records of one minute.

    Args:
        first: When the first was heard, in epoch seconds.
        last: When the last was heard.
        records: How many there were.
    """

    first: float
    last: float
    records: int = 1


class Judged:
    """Notes of each minute when it was heard, and of each scope when it was first heard; reads only keys.

    Args:
        since_ms: Minutes that start earlier are not noted.
    """

    def __init__(self, since_ms: int = 0) -> None:
        self._since_ms = since_ms
        self.minutes: dict[int, Heard] = {}
        self.scopes: dict[str, float] = {}

    def hear(self, message: Message, at: float) -> None:
        """Take in a record of the minutes topic, heard at this time (epoch seconds)."""
        scope, _, rest = (message.key() or b"").decode().partition("|")
        minute_ms = int(rest.rpartition("|")[2])
        if minute_ms < self._since_ms:
            return
        heard = self.minutes.get(minute_ms)
        if heard is None:
            self.minutes[minute_ms] = Heard(at, at)
        else:
            heard.last, heard.records = at, heard.records + 1
        self.scopes.setdefault(scope, at)

    def newest_ms(self) -> int | None:
        """The start of the newest minute that was heard."""
        return max(self.minutes, default=None)
