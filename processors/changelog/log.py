"""How the state of one partition is written: as checkpoints, each complete or not there at all.

State is a position and a set of named values. A *checkpoint* holds what has changed since the one before, in one record
or more, and its last record makes it count. No key is written twice, except one (see `_WHOLE`): what a checkpoint
replaces is deleted by its key once the checkpoint has arrived. So compaction may come at any time, and needs no span of
time in which disagreeing values lie side by side.

A *tenure* is the time in which one process owns the partition. Its first checkpoint holds all of the state, and its
keys carry its name. Who owned the partition before and still writes, because it was frozen and has not noticed, writes
under a name that nobody reads any more. Why this is enough: ADR 10.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

FORMAT: Final = b"s|"
"""What every key begins with; keys of the first format begin with the number of their partition."""
PIECE_BYTES: Final = 500_000
"""How much is put into one record; a single value that is larger has one of its own."""
SMALL_BYTES: Final = 16_384
"""A state of up to this size is written as a whole each time: one record, under one key."""
_WHOLE: Final = b"w"
"""The key of such a record: only its own tenure writes it, in order, so it may be written over."""
_MANY: Final = 256
"""How many checkpoints may be needed for one state; beyond that, what is still needed of the oldest is written anew."""
_MOVED: Final = 32
_GHOSTS: Final = 1_000
_TO_ONE: Final = 8
"""How many ghosts a checkpoint may tell of, or one for this many values that are needed: each tells of all of them."""

Values = Mapping[str, bytes]
"""Names to values."""


class Piece(msgspec.Struct, array_like=True):
    """One record of a checkpoint, as it lies in the changelog.

    Args:
        epoch: Which life of the source topic the offset belongs to.
        offset: The position in the source topic up to which everything is in the state.
        number: Number of the checkpoint in its tenure.
        piece: Number of the record in the checkpoint, from 0.
        pieces: In the last record: how many there are; in the others 0.
        values: Names to values.
        alive: In the last record: the checkpoints that hold something that is needed, itself among them.
        ghosts: In the last record: names that are in those and are not to be read.
        position: In the last record: what the stage stores beside its values.
    """

    epoch: int
    offset: int
    number: int
    piece: int
    pieces: int
    values: dict[str, bytes]
    alive: list[int] = []
    ghosts: list[str] = []
    position: bytes = b""


@dataclass(frozen=True, slots=True)
class Write:
    """What is to be written for one checkpoint.

    Args:
        records: Keys and values, in order; all of them must have arrived before anything else is done.
        deletes: Keys to delete after that.
    """

    records: list[tuple[bytes, bytes]]
    deletes: list[bytes]


_encode: Final = msgspec.msgpack.Encoder().encode


class StateLog:
    """What lies where in the changelog of one partition, for the one that writes it.

    Args:
        tenure: Number of the tenure: higher than that of any before.
        older: Keys that are not needed any more once the first checkpoint is stored.
    """

    def __init__(self, tenure: int, older: Iterable[bytes] = ()) -> None:
        # Two that begin at the same time get the same number: the name tells them apart.
        self.tenure = tenure
        self._prefix = FORMAT + b"%010d-%s|" % (tenure, secrets.token_hex(4).encode())
        self._older = list(older)
        self._number = 0
        self._where: dict[str, int] = {}
        self._needed: dict[int, set[str]] = {}
        """Checkpoint to the names that are to be read from it."""
        self._names: dict[int, frozenset[str]] = {}
        """Checkpoint to all names that are in it."""
        self._ghosts: set[str] = set()
        self._keys: dict[int, list[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._last: tuple[tuple[int, int], bytes] = (0, -1), b""
        """Where the last checkpoint was made."""
        self.size = 0
        """Bytes of all values that are needed."""

    def wants_all(self, changed: Values) -> bool:
        """Whether the next checkpoint, in which this has changed, is to hold all of the state."""
        return self._number == 0 or self.size + sum(map(len, changed.values())) <= SMALL_BYTES

    def whole(self, at: tuple[int, int], position: bytes, everything: Values) -> Write:
        """The next checkpoint, with all of the state in it.

        Args:
            at: Epoch and offset of the position.
            position: What else is stored of it.
            everything: All names with their values.
        """
        self._number += 1
        before = self._all_keys()
        self._begin_anew()
        self._note(everything)
        return self._write(self._records(at, position, everything, is_whole=self.size <= SMALL_BYTES), before)

    def addition(
        self,
        at: tuple[int, int],
        position: bytes,
        changed: Values,
        gone: Iterable[str],
        value_of: Callable[[str], bytes | None],
    ) -> Write:
        """The next checkpoint, with what has changed since the last one.

        Args:
            at: Epoch and offset of the position.
            position: What else is stored of it.
            changed: Names to values that are new or have changed.
            gone: Names that are not needed any more.
            value_of: The value of one name; None where it is not at hand. Asked for names of old checkpoints.
        """
        before, dropped = self._all_keys(), list(gone)
        records = self._moved({*changed, *dropped}, value_of)
        self._number += 1
        self._drop(dropped)
        self._note(changed)
        return self._write(records + self._records(at, position, changed, is_whole=False), before)

    def _all_keys(self) -> set[bytes]:
        return {key for keys in self._keys.values() for key in keys}

    def _write(self, records: list[tuple[bytes, bytes]], before: set[bytes]) -> Write:
        needed = self._all_keys()
        deletes = sorted(before - needed)
        deletes += [key for key in self._older if key not in needed]
        self._older = []
        return Write(records, deletes)

    def _begin_anew(self) -> None:
        self._where, self._needed, self._names, self._sizes, self._keys = {}, {}, {}, {}, {}
        self._ghosts, self.size = set(), 0

    def _note(self, values: Values) -> None:
        number = self._number
        self._needed[number], self._names[number] = set(values), frozenset(values)
        for name, value in values.items():
            self._leave(name)
            self._ghosts.discard(name)
            self._where[name] = number
            self.size += len(value) - self._sizes.get(name, 0)
            self._sizes[name] = len(value)
        self._bury()

    def _drop(self, gone: Iterable[str]) -> None:
        for name in gone:
            if name in self._where:
                self._leave(name)
                self._ghosts.add(name)
                del self._where[name]
                self.size -= self._sizes.pop(name)

    def _leave(self, name: str) -> None:
        number = self._where.get(name)
        if number is not None and number != self._number:
            self._needed[number].discard(name)

    def _bury(self) -> None:
        """Forget checkpoints of which nothing is needed; the newest is always needed."""
        freed = set[str]()
        for number in [n for n, names in self._needed.items() if not names and n != self._number]:
            freed |= self._ghosts & self._names.pop(number)
            del self._needed[number]
            self._keys.pop(number, None)
        self._ghosts -= {g for g in freed if not any(g in names for names in self._names.values())}

    def _moved(self, changing: set[str], value_of: Callable[[str], bytes | None]) -> list[tuple[bytes, bytes]]:
        """Where old checkpoints are too many, or hold too many ghosts: the state as it is stored, in fewer of them.

        It is a checkpoint of its own, at the position of the last one. What is `changing` is to follow in the next.
        """
        moved = dict[str, bytes]()
        if len(self._needed) > _MANY:
            for number in sorted(self._needed)[:_MOVED]:
                found = self._found(number, changing, value_of)
                moved |= {name: value for name, value in found.items() if value is not None}
        most = max(_GHOSTS, len(self._where) // _TO_ONE)
        if len(self._ghosts) > most:
            moved |= self._freeing(len(self._ghosts) - most // 2, changing, value_of)
        if not moved:
            return []
        self._number += 1
        self._note(moved)
        return self._records(*self._last, moved, is_whole=False)

    def _freeing(self, ghosts: int, changing: set[str], value_of: Callable[[str], bytes | None]) -> dict[str, bytes]:
        """What is needed of the checkpoints that hold most ghosts beside it; with them so many ghosts are forgotten.

        A checkpoint of many values stays for the last one that is needed, and the names of all others would be written
        again and again.
        """
        moved = dict[str, bytes]()
        ghost_counts = {number: len(self._ghosts & names) for number, names in self._names.items()}
        for number in sorted(
            filter(ghost_counts.get, ghost_counts), key=lambda n: len(self._needed[n]) / ghost_counts[n]
        ):
            if ghosts <= 0:
                break
            found = self._found(number, changing, value_of)
            at_hand = {name: value for name, value in found.items() if value is not None}
            if len(at_hand) == len(found):
                moved |= at_hand
                ghosts -= ghost_counts[number]
        return moved

    def _found(
        self, number: int, changing: set[str], value_of: Callable[[str], bytes | None]
    ) -> dict[str, bytes | None]:
        return {name: value_of(name) for name in sorted(self._needed[number] - changing)}

    def _records(
        self, at: tuple[int, int], position: bytes, values: Values, *, is_whole: bool
    ) -> list[tuple[bytes, bytes]]:
        self._last = at, position
        number, groups = self._number, list(_groups(values))
        names = (
            [self._prefix + _WHOLE] if is_whole else [self._prefix + b"%d|%d" % (number, i) for i in range(len(groups))]
        )
        self._keys[number] = names
        records = []
        for i, group in enumerate(groups):
            piece = Piece(*at, number, i, 0, group)
            if i == len(groups) - 1:
                piece.pieces, piece.alive, piece.position = len(groups), sorted(self._needed), position
                piece.ghosts = sorted(self._ghosts)
            records.append((names[i], _encode(piece)))
        return records


def _groups(values: Values) -> Iterator[dict[str, bytes]]:
    """The values in records; one at least."""
    group: dict[str, bytes] = {}
    size = 0
    for name, value in values.items():
        if group and size + len(value) > PIECE_BYTES:
            yield group
            group, size = {}, 0
        group[name] = value
        size += len(name) + len(value)
    yield group
