"""The memory of a scope as a few bytes, and back, bit for bit.

The first byte is the version of the format; msgpack follows. Numbers are made short (see domain.judging.planes), and
where the same counts are remembered twice, for the baseline and for the model, they are written once.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import DimensionMemory, ScopeMemory, SeriesMemory
from processors.domain.incidents.rebound import Rebound
from processors.domain.judging.planes import long, short, thick, thin
from processors.domain.model import ScopeModel, ShareModel, VolumeModel, recurring, slots, unrest, wander
from processors.domain.model.blocks import BLOCKS
from processors.domain.model.habits import DAY, KEPT, WIDTH, Habits, of_profile
from processors.domain.model.history import History
from processors.domain.model.special_days import MinuteKinds
from processors.domain.model.volume import SPAN
from processors.domain.rules import Member
from processors.domain.series_key import SeriesKey
from schemas.codec import NOT_DECODED

VERSION: Final = 1
"""First byte of what `pack` writes, and the only one that `unpack` reads."""

_SLOTS: Final = 48
_QUARTERS: Final = 96
_RECORD: Final = 20
"""Bytes of a slot; see the tables of both models."""
_PART: Final = 8
_BLOCK: Final = 20
_T = TypeVar("_T")
_Counts = bytes | int
"""Counts; or how many of the last ones that the model holds of the same series they are."""


class SnapshotError(ValueError):
    """These bytes are no memory that this version can read, or this memory cannot be written; says why."""


class _Share(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See ShareModel; its table is beside those of the others."""

    counts: bytes
    bars: int
    since: int
    seen: float
    of: float
    near: tuple[float, float]
    was: float
    is_taught: bool
    noise: float = wander.LEAST
    rises: bytes = b""


class _Volume(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See VolumeModel; `bars` with the highest byte first.

    `tables` and `table` are those of older releases: weekdays, and weekends. `habits`: the days of its ring.
    """

    totals: bytes
    shape: bytes
    bars: bytes
    since: int
    tables: int
    table: bytes
    past: bytes
    errors: dict[str, float]
    minute_kinds: MinuteKinds | None
    habits: bytes = b""
    upto: int = -1
    usual: float = 0.0
    lows: bytes = b""


class _StoredMemory(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """See ScopeMemory. A dimension: minutes, totals, key to (taught, recent). `tables`: those of all shares in turn."""

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
    tables: bytes
    histories: dict[str, dict[str, History]]
    jumps: tuple[int, int, int, int] = (0, 0, 0, 0)
    hours: dict[str, dict[int, dict[str, int]]] = {}


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_StoredMemory).decode


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
    except (*NOT_DECODED, ValueError, OverflowError) as exc:
        raise SnapshotError(f"these bytes are no memory: {exc}") from exc


def _stored(memory: ScopeMemory, model: ScopeModel) -> _StoredMemory:
    return _StoredMemory(
        {name: _from_dimension(name, known, model) for name, known in memory.dimensions.items()},
        memory.incidents,
        _by_name(memory.members),
        memory.last_data,
        memory.usual_amount,
        memory.rebound,
        _by_name(memory.anew),
        _by_name(memory.ended),
        memory.blind,
        memory.even,
        _from_volume(model.volume),
        {name: short(totals) for name, totals in model.totals.items()},
        {name: {key: _from_share(each) for key, each in keys.items()} for name, keys in model.shares.items()},
        thin(b"".join([each.table for keys in model.shares.values() for each in keys.values()]), _SLOTS, _RECORD),
        model.histories,
        memory.jumps,
        model.hours,
    )


def _memory(stored: _StoredMemory) -> ScopeMemory:
    shares = _to_shares(stored)
    model = ScopeModel(
        _to_volume(stored.volume),
        shares,
        {name: long(totals) for name, totals in stored.totals.items()},
        stored.histories,
        stored.hours,
    )
    return ScopeMemory(
        {name: _to_dimension(name, *fields, model) for name, fields in stored.dimensions.items()},
        stored.incidents,
        by_series(stored.members),
        stored.last_data,
        model,
        stored.usual_amount,
        stored.rebound,
        by_series(stored.anew),
        by_series(stored.ended),
        stored.blind,
        stored.even,
        stored.jumps,
    )


def by_series(named: Mapping[str, _T]) -> dict[SeriesKey, _T]:
    """What is stored by the names of series, by these themselves."""
    return {SeriesKey.of(name): each for name, each in named.items()}


def _by_name(values: Mapping[SeriesKey, _T]) -> dict[str, _T]:
    return {series.name: each for series, each in values.items()}


def _from_dimension(
    name: str, known: DimensionMemory, model: ScopeModel
) -> tuple[int, _Counts, dict[str, tuple[_Counts, _Counts]]]:
    shares = model.shares.get(name, {})
    series = {}
    for key, remembered in known.series.items():
        counts = shares[key].counts if key in shares else []
        series[key] = _counts_to_store(remembered.taught, counts), _counts_to_store(remembered.recent, counts)
    return known.minutes, _counts_to_store(known.totals, model.totals.get(name, [])), series


def _to_dimension(
    name: str, minutes: int, totals: _Counts, stored: Mapping[str, tuple[_Counts, _Counts]], model: ScopeModel
) -> DimensionMemory:
    shares = model.shares.get(name, {})
    series = {}
    for key, (taught, recent) in stored.items():
        counts = shares[key].counts if key in shares else []
        series[key] = SeriesMemory(_counts_from(taught, counts), _counts_from(recent, counts))
    return DimensionMemory(minutes, _counts_from(totals, model.totals.get(name, [])), series)


def _counts_to_store(counts: Sequence[int], beside: Sequence[int]) -> _Counts:
    size = len(counts)
    return size if size and beside[-size:] == counts else short(counts)


def _counts_from(stored: _Counts, beside: list[int]) -> list[int]:
    if not isinstance(stored, int):
        return long(stored)
    if not 0 < stored <= len(beside):
        raise ValueError(f"{stored} counts are told of where there are {len(beside)}")
    return beside[-stored:]


def _from_share(model: ShareModel) -> _Share:
    return _Share(
        short(model.counts),
        model.bars,
        model.since,
        model.seen,
        model.of,
        model.near,
        model.was,
        bool(model.table),
        model.noise,
        recurring.packed(model.recurring.rises),
    )


def _to_shares(stored: _StoredMemory) -> dict[str, dict[str, ShareModel]]:
    taught = sum([share.is_taught for keys in stored.shares.values() for share in keys.values()])
    tables, at, size = bytearray(thick(stored.tables, taught, _SLOTS, _RECORD)), 0, _SLOTS * _RECORD
    shares: dict[str, dict[str, ShareModel]] = {}
    for dimension, keys in stored.shares.items():
        models = shares[dimension] = {}
        for key, share in keys.items():
            counts = long(share.counts)
            _check(share.bars, len(counts))
            if not wander.LEAST <= share.noise <= wander.MAX_NOISE:
                raise ValueError("a share lies further from what is expected than is ever told")
            table = tables[at : at + size] if share.is_taught else bytearray()
            at += len(table)
            models[key] = ShareModel(
                counts,
                share.bars,
                share.since,
                share.seen,
                share.of,
                table,
                share.near,
                share.was,
                share.noise,
                recurring.unpacked(share.rises),
            )
    return shares


def _from_volume(model: VolumeModel) -> _Volume:
    return _Volume(
        short(model.totals),
        bytes(model.shape),
        model.bars.to_bytes((model.bars.bit_length() + 7) // 8, "big"),
        model.since,
        0,
        b"",
        model.past,
        model.errors,
        model.minute_kinds,
        thin(model.habits.table, DAY, WIDTH),
        model.habits.upto,
        model.usual,
        model.lows,
    )


def _to_volume(stored: _Volume) -> VolumeModel:
    totals, bars = long(stored.totals), int.from_bytes(stored.bars, "big")
    _check(bars, len(totals))
    if len(stored.shape) != _PART * len(totals) or len(totals) > SPAN:
        raise ValueError("the profile is not that of the last minutes")
    if len(stored.past) % _BLOCK or len(stored.past) > BLOCKS * _BLOCK or not 0 <= stored.tables <= 2:
        raise ValueError("the parts of the volume's model do not fit together")
    return VolumeModel(
        totals,
        bytearray(stored.shape),
        bars,
        stored.since,
        _to_habits(stored),
        stored.past,
        stored.usual,
        stored.lows,
        stored.errors,
        stored.minute_kinds,
    )


def _to_habits(stored: _Volume) -> Habits:
    if len(stored.lows) % unrest.WIDTH:
        raise ValueError("what is usual of short windows is not told of all of them")
    if not stored.tables:
        days = KEPT // DAY if stored.habits else 0
        return Habits(bytearray(thick(stored.habits, days, DAY, WIDTH)), stored.upto)
    return of_profile(slots.taught(bytearray(thick(stored.table, stored.tables, _QUARTERS, _RECORD))))


def _check(bars: int, size: int) -> None:
    if bars < 0 or bars >> size:
        raise ValueError(f"more flags than {size} minutes")
