"""Which idempotency keys are taken, as the topic of posts tells it.

A post with a key is one Kafka transaction: its claim of the key (a record in that topic) and its transactions. Of two
claims of a key the one with the lower offset is right, unless its transaction was aborted. So whoever has written a
claim reads the topic up to it, with what is not committed yet, before it commits; and two never commit one key.
"""

import threading
from collections import OrderedDict
from typing import Final

MAX_KEYS: Final = 500_000
"""How many keys are remembered, the newest ones; each takes some 150 bytes."""


class Claims:
    """What two readers of the topic have told: one sees what is committed, one sees all. For several threads.

    Args:
        most: How many keys are remembered.
    """

    def __init__(self, most: int = MAX_KEYS) -> None:
        self._most = most
        self._taken: OrderedDict[bytes, int] = OrderedDict()
        self._open: dict[bytes, dict[int, None]] = {}
        self._keys: OrderedDict[int, bytes] = OrderedDict()
        """Offsets whose fate is not known, with their keys."""
        self._void: set[int] = set()
        self._decided_to = self._seen_to = -1
        self._news = threading.Condition()

    def committed(self, offset: int, key: bytes) -> None:
        """The claim at this offset counts, and the fate of those before it is known."""
        with self._news:
            self._taken[key] = offset
            self._taken.move_to_end(key)
            if len(self._taken) > self._most:
                self._taken.popitem(last=False)
            self._decide(offset)
            self._news.notify_all()

    def decided(self, upto: int) -> None:
        """What lies at or before this offset and has not been told as committed was aborted."""
        with self._news:
            self._decide(upto)
            self._news.notify_all()

    def seen(self, offset: int, key: bytes) -> None:
        """There is a claim at this offset; its fate is not known."""
        with self._news:
            self._seen_to = max(self._seen_to, offset)
            if offset > self._decided_to and offset not in self._void:
                self._open.setdefault(key, {})[offset] = None
                self._keys[offset] = key
            self._news.notify_all()

    def ours(self, offset: int, key: bytes, *, counts: bool) -> None:
        """The claim at this offset is one of ours, and its transaction is over."""
        with self._news:
            if counts:
                self._taken.setdefault(key, offset)
            else:
                self._void.add(offset)
            self._close(offset)

    def taken(self, key: bytes) -> int | None:
        """The offset of the claim that counts for a key; None: none is known."""
        with self._news:
            return self._taken.get(key)

    def is_open(self, key: bytes) -> bool:
        """Whether there is a claim of the key whose fate is not known."""
        with self._news:
            return key in self._open

    def rival(self, key: bytes, offset: int) -> bool:
        """Whether somebody else has claimed the key before this offset, and may yet commit."""
        with self._news:
            return any(other < offset for other in self._open.get(key, ()))

    def wait_seen(self, offset: int, within_s: float) -> bool:
        """Wait until all claims up to this offset have been seen; whether they have."""
        with self._news:
            return self._news.wait_for(lambda: self._seen_to >= offset, within_s)

    def _decide(self, upto: int) -> None:
        self._decided_to = max(self._decided_to, upto)
        while self._keys and (first := next(iter(self._keys))) <= upto:
            self._close(first)
        if self._void:
            self._void = {offset for offset in self._void if offset > upto}

    def _close(self, offset: int) -> None:
        key = self._keys.pop(offset, None)
        if key is not None:
            rivals = self._open[key]
            rivals.pop(offset, None)
            if not rivals:
                del self._open[key]
