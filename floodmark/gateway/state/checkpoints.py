"""The state of one partition of a changelog, kept up as checkpoints come: see processors.changelog.

`processors.changelog.recover` reads all that lies there at once. Whoever goes on reading takes in record by record, and
knows after each complete checkpoint what `recover` would find.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from processors.changelog.log import FORMAT, Piece
from processors.changelog.recovery import STEP
from schemas.codec import NOT_DECODED

_decode: Final = msgspec.msgpack.Decoder(Piece).decode
_NONCE: Final = 8

Tenure = tuple[int, bytes]
"""Number and name of the time in which one process owns the partition."""
Changed = Callable[[str, bytes | None], None]
"""Is told each named value that is new or has changed; None: it is gone."""


def _ignore(_name: str, _value: bytes | None) -> None:
    """Nobody is told."""


@dataclass(slots=True)
class _Owner:
    """What has come of one tenure."""

    pieces: dict[int, dict[int, Piece]] = field(default_factory=dict)
    names: dict[int, set[str]] = field(default_factory=dict)
    """Checkpoint to the names that are read from it."""
    where: dict[str, int] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    at: tuple[int, int] = (0, -1)
    position: bytes | None = None
    done: int = 0
    """Number of the last complete checkpoint."""


class ReadCheckpoints:
    """See the module.

    Args:
        changed: Told of each value.
    """

    def __init__(self, changed: Changed = _ignore) -> None:
        self._changed = changed
        self._owners: dict[Tenure, _Owner] = {}
        self._current: Tenure | None = None
        self.checkpoints = 0
        """How many complete checkpoints were taken in."""

    @property
    def values(self) -> dict[str, bytes]:
        """The named values as of the last complete checkpoint; not to be changed."""
        return self._owners[self._current].values if self._current is not None else {}

    @property
    def at(self) -> tuple[int, int]:
        """Epoch and offset of its position; (0, -1) before the first."""
        return self._owners[self._current].at if self._current is not None else (0, -1)

    @property
    def position(self) -> bytes | None:
        """What the stage has stored of the position; None before the first checkpoint."""
        return self._owners[self._current].position if self._current is not None else None

    def take(self, key: bytes | None, value: bytes | None) -> bool:
        """Take in a record; whether it completes a checkpoint that counts. What is none of ours is passed over."""
        tenure = _tenure_of(key or b"")
        if tenure is None or value is None or not self._may_be(tenure):
            return False
        try:
            piece = _decode(value)
        except NOT_DECODED:
            return False
        owner = self._owners.setdefault(tenure, _Owner())
        if piece.number <= owner.done:
            return False
        owner.pieces.setdefault(piece.number, {})[piece.piece] = piece
        pieces = owner.pieces[piece.number]
        last = next((each for each in pieces.values() if each.pieces), None)
        if last is None or len(pieces) != last.pieces:
            return False
        self._complete(tenure, owner, last, [pieces[number] for number in sorted(pieces)])
        return True

    def _may_be(self, tenure: Tenure) -> bool:
        """Whether a tenure of this number can follow: not an older one, and none that nobody can have counted up to."""
        if self._current is None:
            return tenure[0] <= STEP
        return self._current[0] <= tenure[0] <= self._current[0] + STEP

    def _complete(self, tenure: Tenure, owner: _Owner, last: Piece, pieces: list[Piece]) -> None:
        is_current = tenure == self._current
        tell = self._changed if is_current else _ignore
        del owner.pieces[last.number]
        owner.done = last.number
        for number in [n for n in owner.pieces if n < last.number]:
            del owner.pieces[number]  # a checkpoint that was never whole
        names = owner.names.setdefault(last.number, set())
        for piece in pieces:
            for name, value in piece.values.items():
                before = owner.where.get(name)
                if before is not None:
                    owner.names[before].discard(name)
                owner.where[name], owner.values[name] = last.number, value
                names.add(name)
                tell(name, value)
        alive = set(last.alive)
        gone = {name for number in owner.names.keys() - alive for name in owner.names.pop(number)}
        for name in gone | (owner.where.keys() & set(last.ghosts)):
            number = owner.where.pop(name)
            owner.names.get(number, set()).discard(name)
            del owner.values[name]
            tell(name, None)
        owner.at, owner.position = (last.epoch, last.offset), last.position
        self.checkpoints += 1
        if not is_current and (self._current is None or self._follows(tenure, owner)):
            self._begin(tenure, owner)

    def _follows(self, tenure: Tenure, owner: _Owner) -> bool:
        """Whether another tenure is the newest now; of two of one number the one that is further is."""
        assert self._current is not None
        if tenure[0] != self._current[0]:
            return tenure[0] > self._current[0]
        return owner.at > self._owners[self._current].at

    def _begin(self, tenure: Tenure, owner: _Owner) -> None:
        before = self.values
        for name in before.keys() - owner.values.keys():
            self._changed(name, None)
        for name, value in owner.values.items():
            if before.get(name) != value:
                self._changed(name, value)
        self._current = tenure
        self._owners = {each: kept for each, kept in self._owners.items() if each[0] >= tenure[0]}


def _tenure_of(key: bytes) -> Tenure | None:
    """Number and name of the tenure; None for a key that is not of this format."""
    if not key.startswith(FORMAT):
        return None
    number, _, nonce = key.removeprefix(FORMAT).partition(b"|")[0].partition(b"-")
    is_ours = len(number) == 10 and number.isdigit() and len(nonce) == _NONCE
    return (int(number), nonce) if is_ours else None
