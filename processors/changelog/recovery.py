"""What a changelog says the state is: the last complete checkpoint of the last tenure, and those that it needs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from processors.changelog.log import FORMAT, Piece
from schemas.codec import NOT_DECODED

STEP: Final = 10_000_000
"""Tenures are counted up by one, and the older one is deleted: none in between was ever so many ahead of the others."""
_NONCE: Final = 8

_decode: Final = msgspec.msgpack.Decoder(Piece).decode


class StateDamaged(RuntimeError):
    """A changelog has lost records that its state needs."""


@dataclass(slots=True)
class Recovered:
    """What a changelog holds.

    Args:
        tenure: The highest number of a tenure in it; 0 where there is none.
        epoch: Of the position.
        offset: Of the position; -1 where there is no state.
        position: What the stage has stored of it; None where there is no state.
        values: The named values.
        keys: The keys of all that lies there; when all of the state is written anew, they may be deleted.
        first: What lies there in the first format, by key.
        strange: How many records are none of ours.
    """

    tenure: int = 0
    epoch: int = 1
    offset: int = -1
    position: bytes | None = None
    values: dict[str, bytes] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)
    first: dict[bytes, bytes] = field(default_factory=dict)
    strange: int = 0


@dataclass(slots=True)
class _Tenure:
    pieces: dict[int, dict[int, Piece]] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        self.pieces.setdefault(piece.number, {})[piece.piece] = piece

    def last_complete(self) -> Piece | None:
        """The record that ends the newest complete checkpoint."""
        for number in sorted(self.pieces, reverse=True):
            last = self.complete(number)
            if last is not None:
                return last
        return None

    def complete(self, number: int) -> Piece | None:
        pieces = self.pieces.get(number, {})
        last = next((piece for piece in pieces.values() if piece.pieces), None)
        return last if last is not None and len(pieces) == last.pieces else None


def recover(last_values: Mapping[bytes, bytes]) -> Recovered:
    """Read what the keys of one partition's changelog hold last.

    Raises:
        StateDamaged: The newest state needs a checkpoint that is not there.
    """
    found = Recovered(keys=sorted(last_values))
    tenures: dict[tuple[int, bytes], _Tenure] = {}
    for key, value in last_values.items():
        name = _tenure_of(key)
        piece = _piece_of(value) if name is not None else None
        if name is None and key.partition(b"|")[0].isdigit():
            found.first[key] = value
        elif name is None or piece is None:
            found.strange += 1
        else:
            tenures.setdefault(name, _Tenure()).add(piece)
    complete = {name: last for name, tenure in tenures.items() if (last := tenure.last_complete()) is not None}
    newest = [(name, complete[name]) for name in _counted_up(complete)]
    found.strange += sum(map(len, (tenures[name].pieces for name in complete.keys() - dict(newest).keys())))
    if not newest:
        return found
    (number, nonce), last = max(newest, key=lambda each: (each[0][0], each[1].epoch, each[1].offset))
    found.tenure, found.epoch, found.offset, found.position = number, last.epoch, last.offset, last.position
    for values in _values_of(tenures[number, nonce], last):
        found.values |= values
    for ghost in last.ghosts:
        found.values.pop(ghost, None)
    return found


def _counted_up(names: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Those whose number can have been reached by counting: one that somebody made up would outdo all that follow."""
    reached = 0
    for number, nonce in sorted(names):
        if number > reached + STEP:
            return
        reached = number
        yield number, nonce


def _values_of(tenure: _Tenure, last: Piece) -> Iterator[dict[str, bytes]]:
    for number in sorted(last.alive):
        if tenure.complete(number) is None:
            raise StateDamaged(f"checkpoint {last.number} needs checkpoint {number}, of which records are missing")
        yield from (piece.values for _, piece in sorted(tenure.pieces[number].items()))


def _tenure_of(key: bytes) -> tuple[int, bytes] | None:
    """Number and name of the tenure; None for a key that is not of this format."""
    if not key.startswith(FORMAT):
        return None
    number, _, nonce = key.removeprefix(FORMAT).partition(b"|")[0].partition(b"-")
    is_ours = len(number) == 10 and number.isdigit() and len(nonce) == _NONCE
    return (int(number), nonce) if is_ours else None


def _piece_of(value: bytes) -> Piece | None:
    try:
        return _decode(value)
    except NOT_DECODED:
        return None
