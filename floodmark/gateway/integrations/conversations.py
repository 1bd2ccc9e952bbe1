"""Which incidents belong to a notification, read from the notifier's memory.

So an answer to one message counts for all that it is about, also for what it had no room to name.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from confluent_kafka import Message

from schemas.codec import NOT_DECODED

MAX_ELSEWHERE: Final = 10_000
"""How many incidents of other services are known by the notification that they came from."""


class _Conversation(msgspec.Struct):
    members: dict[str, msgspec.Raw]


_decode: Final = msgspec.json.Decoder(_Conversation).decode


class Conversations:
    """The incidents of each notification. Filled by the thread that reads, asked by others."""

    def __init__(self) -> None:
        self._members: dict[str, tuple[str, ...]] = {}
        self._elsewhere: dict[str, str] = {}
        self.is_read = False
        """Whether all that there was has been read."""

    def incidents(self, notification: str) -> tuple[str, ...]:
        """The ids of its incidents; none where it is not known, or not any more."""
        return self._members.get(notification, ())

    def caught_up(self) -> None:
        """All that there was has been read."""
        self.is_read = True

    def take(self, messages: Sequence[Message]) -> None:
        """Take in records of the topic of notifications, in order. What is none of ours is passed over."""
        for message in messages:
            self.put(message.key(), message.value())

    def put(self, key: Any, value: bytes | None) -> None:
        """Take in one record; what silences hide lies there too, and has no members."""
        try:
            name = bytes(key or b"").decode()
            if value is None:
                self._members.pop(name, None)
            else:
                self._members[name] = tuple(_decode(value).members)
        except NOT_DECODED:
            return

    def remember(self, elsewhere: str, notification: str) -> None:
        """An incident of another service belongs to a notification."""
        self._elsewhere[elsewhere] = notification
        if len(self._elsewhere) > MAX_ELSEWHERE:
            del self._elsewhere[next(iter(self._elsewhere))]

    def known_as(self, elsewhere: str) -> str:
        """The notification that another service's incident belongs to; empty where this gateway has not heard of it."""
        return self._elsewhere.get(elsewhere, "")
