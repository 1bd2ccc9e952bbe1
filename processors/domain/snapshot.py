"""The memory of a scope as a few bytes, and back, bit for bit.

The first byte is the version of the format; msgpack follows. Numbers are made short (see domain.planes), and where the
same counts are remembered twice, for the baseline and for the model, they are written once.
"""

import struct
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from processors.domain.incident import Incident
from processors.domain.memory import DimensionMemory, ScopeMemory, SeriesMemory
from processors.domain.model import ScopeModel, ShareModel, VolumeModel
from processors.domain.model.apart import Apart
from processors.domain.model.history import History
from processors.domain.planes import long, short, thick, thin
from processors.domain.rebound import Rebound
from processors.domain.rules import Member

VERSION: Final = 1
"""First byte of what `pack` writes, and the only one that `unpack` reads."""

_SLOTS: Final = 48
_QUARTERS: Final = 96
_RECORD: Final = 24
"""Bytes of a slot: three numbers."""
_NO_DAY: Final = float("inf")
_Slots = dict[int, tuple[float, float, int]]
_Counts = bytes | int
"""Counts; or how many of the last ones that the model holds of the same series they are."""


class SnapshotError(ValueError):
    """These bytes are no memory that this version can read, or this memory cannot be written; says why."""


class _Share(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See ShareModel; `barred` has a bit for each minute, the lowest for the newest."""

    counts: bytes
    barred: int
    since: int
    seen: float
    of: float
    near: tuple[float, float]
    was: float
    has_slots: bool


class _Volume(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See VolumeModel; `barred` as in _Share, the highest byte first."""

    totals: bytes
    profile: bytes
    barred: bytes
    since: int
    slots: bytes
    blocks: tuple[bytes, bytes]
    errors: dict[str, float]
    apart: Apart | None


class _Stored(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See ScopeMemory. A dimension: minutes, totals, key to (taught, recent). `slots`: those of all shares in turn."""

    dimensions: dict[str, tuple[int, _Counts, dict[str, tuple[_Counts, _Counts]]]]
    incidents: dict[str, Incident]
    members: dict[str, Member]
    last_data: int | None
    usual_amount: float
    rebound: Rebound | None
    anew: dict[str, int]
    ended: dict[str, int]
    blind: bool
    even: tuple[int, int]
    volume: _Volume
    totals: dict[str, bytes]
    shares: dict[str, dict[str, _Share]]
    slots: bytes
    histories: dict[str, dict[str, History]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Stored).decode


def pack(memory: ScopeMemory) -> bytes:
    """The memory as bytes; memories that are equal, their keys in the same order, make the same bytes.

    Raises:
        SnapshotError: A count does not fit into 64 bits.
    """
    try:
        return bytes([VERSION]) + _encode(_stored(memory, memory.model))
    except (ValueError, OverflowError) as exc:
        raise SnapshotError(f"this memory cannot be packed: {exc}") from exc


def unpack(raw: bytes) -> ScopeMemory:
    """What `pack` was given; it shares nothing with any other memory.

    Raises:
        SnapshotError: `raw` is nothing that `pack` of this version writes.
    """
    if raw[:1] != bytes([VERSION]):
        raise SnapshotError(f"a memory of format {VERSION} begins otherwise than with {raw[:1]!r}")
    try:
        return _memory(_decode(memoryview(raw)[1:]))
    except (msgspec.MsgspecError, ValueError, OverflowError, struct.error) as exc:
        raise SnapshotError(f"these bytes are no memory: {exc}") from exc


def _stored(memory: ScopeMemory, model: ScopeModel) -> _Stored:
    return _Stored(
        {name: _from_dimension(name, known, model) for name, known in memory.dimensions.items()},
        memory.incidents,
        memory.members,
        memory.last_data,
        memory.usual_amount,
        memory.rebound,
        memory.anew,
        memory.ended,
        memory.blind,
        memory.even,
        _from_volume(model.volume),
        {name: short(totals) for name, totals in model.totals.items()},
        {name: {key: _from_share(each) for key, each in keys.items()} for name, keys in model.shares.items()},
        thin(
            b"".join(_from_slots(each.slots, _SLOTS) for keys in model.shares.values() for each in keys.values()),
            _SLOTS,
            _RECORD,
        ),
        model.histories,
    )


def _memory(stored: _Stored) -> ScopeMemory:
    shares = _to_shares(stored)
    model = ScopeModel(
        _to_volume(stored.volume),
        shares,
        {name: long(totals) for name, totals in stored.totals.items()},
        stored.histories,
    )
    return ScopeMemory(
        {name: _to_dimension(name, *held, model) for name, held in stored.dimensions.items()},
        stored.incidents,
        stored.members,
        stored.last_data,
        model,
        stored.usual_amount,
        stored.rebound,
        stored.anew,
        stored.ended,
        stored.blind,
        stored.even,
    )


def _from_dimension(
    name: str, known: DimensionMemory, model: ScopeModel
) -> tuple[int, _Counts, dict[str, tuple[_Counts, _Counts]]]:
    shares = model.shares.get(name, {})
    series = {}
    for key, held in known.series.items():
        counts = shares[key].counts if key in shares else []
        series[key] = _told(held.taught, counts), _told(held.recent, counts)
    return known.minutes, _told(known.totals, model.totals.get(name, [])), series


def _to_dimension(
    name: str, minutes: int, totals: _Counts, held: Mapping[str, tuple[_Counts, _Counts]], model: ScopeModel
) -> DimensionMemory:
    shares = model.shares.get(name, {})
    series = {}
    for key, (taught, recent) in held.items():
        counts = shares[key].counts if key in shares else []
        series[key] = SeriesMemory(_heard(taught, counts), _heard(recent, counts))
    return DimensionMemory(minutes, _heard(totals, model.totals.get(name, [])), series)


def _told(counts: Sequence[int], beside: Sequence[int]) -> _Counts:
    size = len(counts)
    return size if size and beside[-size:] == counts else short(counts)


def _heard(told: _Counts, beside: list[int]) -> list[int]:
    if not isinstance(told, int):
        return long(told)
    if not 0 < told <= len(beside):
        raise ValueError(f"{told} counts are told of where there are {len(beside)}")
    return beside[-told:]


def _from_share(model: ShareModel) -> _Share:
    return _Share(
        short(model.counts),
        _from_flags(model.barred),
        model.since,
        model.seen,
        model.of,
        model.near,
        model.was,
        bool(model.slots),
    )


def _to_shares(stored: _Stored) -> dict[str, dict[str, ShareModel]]:
    taught = sum(share.has_slots for keys in stored.shares.values() for share in keys.values())
    slots, at = thick(stored.slots, taught, _SLOTS, _RECORD), 0
    shares: dict[str, dict[str, ShareModel]] = {}
    for dimension, keys in stored.shares.items():
        models = shares[dimension] = {}
        for key, share in keys.items():
            counts = long(share.counts)
            held: _Slots = {}
            if share.has_slots:
                held, at = _to_slots(slots[at : at + _SLOTS * _RECORD]), at + _SLOTS * _RECORD
            models[key] = ShareModel(
                counts,
                _to_flags(share.barred, len(counts)),
                share.since,
                share.seen,
                share.of,
                held,
                share.near,
                share.was,
            )
    return shares


def _from_volume(model: VolumeModel) -> _Volume:
    barred = _from_flags(model.barred)
    return _Volume(
        short(model.totals),
        struct.pack(f"<{len(model.profile)}d", *(part or 0.0 for part in model.profile)),
        barred.to_bytes((barred.bit_length() + 7) // 8, "big"),
        model.since,
        thin(_from_slots(model.slots, 2 * _QUARTERS), _QUARTERS, _RECORD),
        (
            struct.pack(f"<{2 * len(model.blocks)}d", *chain.from_iterable(block[:2] for block in model.blocks)),
            short([minutes for _, _, minutes in model.blocks]),
        ),
        model.errors,
        model.apart,
    )


def _to_volume(stored: _Volume) -> VolumeModel:
    totals = long(stored.totals)
    profile = struct.unpack(f"<{len(totals)}d", stored.profile)
    minutes = long(stored.blocks[1])
    blocks = struct.unpack(f"<{2 * len(minutes)}d", stored.blocks[0])
    slots = thick(stored.slots, 2 if stored.slots else 0, _QUARTERS, _RECORD)
    return VolumeModel(
        totals,
        [part or None for part in profile],
        _to_flags(int.from_bytes(stored.barred, "big"), len(totals)),
        stored.since,
        _to_slots(slots),
        [*zip(blocks[::2], blocks[1::2], minutes, strict=True)],
        stored.errors,
        stored.apart,
    )


def _from_flags(flags: Sequence[bool]) -> int:
    if True not in flags:
        return 0
    return sum(1 << back for back, flag in enumerate(reversed(flags)) if flag)


def _to_flags(bits: int, size: int) -> list[bool]:
    if bits < 0 or bits >> size:
        raise ValueError(f"flags for more than {size} minutes")
    if not bits:
        return [False] * size
    return [bool(bits >> back & 1) for back in range(size - 1, -1, -1)]


def _from_slots(slots: _Slots, size: int) -> bytes:
    """The slots one after the other; one that has never been taught has no day."""
    if not slots:
        return b""
    held = (slots.get(slot, (0.0, 0.0, _NO_DAY)) for slot in range(size))
    return struct.pack(f"<{3 * size}d", *chain.from_iterable(held))


def _to_slots(raw: bytes) -> _Slots:
    numbers = struct.unpack(f"<{len(raw) // 8}d", raw)
    held = enumerate(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    return {slot: (seen, of, int(day)) for slot, (seen, of, day) in held if day != _NO_DAY}
