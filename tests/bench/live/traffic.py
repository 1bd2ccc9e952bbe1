"""The transactions of the bench: scopes drawn uniformly with a fixed seed, eight series a scope."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

MINUTE_MS: Final = 60_000
KINDS: Final = (
    (b"approved", b"00", 0.900),
    (b"denied", b"51", 0.045),
    (b"denied", b"59", 0.015),
    (b"refunded", b"00", 0.015),
    (b"reversed", b"00", 0.015),
    (b"failed", b"59", 0.010),
)
"""Status, auth code, how often: five statuses and three codes make the eight series of a scope."""
STATUSES: Final = tuple(dict.fromkeys(status for status, _, _ in KINDS))
CODES: Final = tuple(dict.fromkeys(code for _, code, _ in KINDS))
SERIES: Final = len(STATUSES) + len(CODES)
A_MINUTE: Final = 30
"""Transactions of one scope in a minute, when they are counted before: 5 000/s over 10 000 scopes."""


def scope_name(number: int) -> bytes:
    """The name of a scope; one that is alone is the whole stream, as a producer without scopes has it."""
    return b"shop-%05d" % number


class Draw:
    """Draws single transactions, without the instant.

    Args:
        scopes: How many; with one, transactions carry no scope.
        seed: The same seed draws the same transactions.
    """

    def __init__(self, scopes: int, seed: int) -> None:
        self._scopes = scopes
        self._rng = random.Random(seed)
        self._tails = [b'"status":"%b","auth_code":"%b"' % (status, code) for status, code, _ in KINDS]
        self._weights = [weight for _, _, weight in KINDS]
        self._drawn = 0

    def at(self, ms: int, count: int) -> Iterator[bytes]:
        """So many transactions of one instant (epoch milliseconds), as compact JSON."""
        for tail in self._rng.choices(self._tails, self._weights, k=count):
            self._drawn += 1
            amount = 100 + self._drawn % 9973
            if self._scopes == 1:
                yield b'{"timestamp":%d,%b,"amount":%d}' % (ms, tail, amount)
            else:
                scope = scope_name(self._rng.randrange(self._scopes))
                yield b'{"timestamp":%d,%b,"scope":"%b","amount":%d}' % (ms, tail, scope, amount)


@dataclass(frozen=True, slots=True)
class Singles:
    """A backlog of single transactions in event-time order.

    Args:
        start_ms: The first instant.
        number: How many transactions.
        per_minute: How many in a minute of event time.
        scopes: See Draw.
        seed: See Draw.
    """

    start_ms: int
    number: int
    per_minute: int
    scopes: int
    seed: int = 1

    @property
    def end_ms(self) -> int:
        """The end of its last minute, exclusive."""
        return self.start_ms + -(-self.number // self.per_minute) * MINUTE_MS

    def values(self) -> Iterator[bytes]:
        """The records."""
        draw, block = Draw(self.scopes, self.seed), 100
        for first in range(0, self.number, block):
            yield from draw.at(self.start_ms + first * MINUTE_MS // self.per_minute, min(block, self.number - first))


@dataclass(frozen=True, slots=True)
class CountedRows:
    """A backlog that was counted before: one record for each scope, status (or auth code) and minute.

    Args:
        start_ms: The first minute.
        minutes: How many.
        scopes: How many.
        seed: Draws the counts.
    """

    start_ms: int
    minutes: int
    scopes: int
    seed: int = 1

    @property
    def end_ms(self) -> int:
        """The end of its last minute, exclusive."""
        return self.start_ms + self.minutes * MINUTE_MS

    @property
    def series_minutes(self) -> int:
        """How many records of the minutes topic follow from it."""
        return self.minutes * self.scopes * SERIES

    def values(self) -> Iterator[bytes]:
        """The records; every series is there in every minute, if only with a count of 0."""
        rng = np.random.default_rng(self.seed)
        means = [A_MINUTE * weight for _, _, weight in KINDS]
        for minute in range(self.minutes):
            ms = self.start_ms + minute * MINUTE_MS
            drawn = rng.poisson(means, size=(self.scopes, len(KINDS))).tolist()
            for number, counts in enumerate(drawn):
                yield from _rows(ms, scope_name(number), counts)


def _rows(ms: int, scope: bytes, counts: list[int]) -> Iterator[bytes]:
    by_status, by_code = dict.fromkeys(STATUSES, 0), dict.fromkeys(CODES, 0)
    for (status, code, _), count in zip(KINDS, counts, strict=True):
        by_status[status] += count
        by_code[code] += count
    for field, held in ((b"status", by_status), (b"auth_code", by_code)):
        for word, count in held.items():
            yield b'{"timestamp":%d,"scope":"%b","%b":"%b","count":%d}' % (ms, scope, field, word, count)
