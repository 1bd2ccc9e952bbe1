"""Timelines as they were stored before memories were packed: as JSON, each list and each number written out."""

from struct import pack
from typing import Final

import msgspec

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import DimensionMemory, ScopeMemory
from processors.domain.incidents.rebound import Rebound
from processors.domain.judging.snapshot import by_series
from processors.domain.judging.timeline_state import StatedIncident, TimelineState
from processors.domain.model import ScopeModel, ShareModel, VolumeModel
from processors.domain.model.flags import bits_of
from processors.domain.model.habits import of_profile
from processors.domain.model.history import History
from processors.domain.model.slots import table_of
from processors.domain.model.special_days import MinuteKinds
from processors.domain.rules import Member
from schemas.codec import NOT_DECODED

JUDGED_BY: Final = "rules whose version was not stored"
"""What such a timeline says of the rules it was judged by: they are taken for others than today's."""

_HALF_HOURS: Final = 48
_OldSlots = dict[int, tuple[float, float, int]]


class _OldShare(msgspec.Struct):
    counts: list[int]
    barred: list[bool]
    since: int
    seen: float
    of: float
    slots: _OldSlots
    near: tuple[float, float]
    was: float


class _OldVolume(msgspec.Struct):
    totals: list[int]
    profile: list[float | None]
    barred: list[bool]
    since: int
    slots: _OldSlots
    blocks: list[tuple[float, float, int]]
    errors: dict[str, float]
    apart: MinuteKinds | None = None


class _OldModel(msgspec.Struct):
    volume: _OldVolume
    shares: dict[str, dict[str, _OldShare]]
    totals: dict[str, list[int]]
    histories: dict[str, dict[str, History]] = {}


class _OldMemory(msgspec.Struct):
    dimensions: dict[str, DimensionMemory]
    incidents: dict[str, Incident]
    members: dict[str, Member]
    last_data: int | None
    model: _OldModel
    usual_amount: float = 0.0
    rebound: Rebound | None = None
    anew: dict[str, int] = {}
    ended: dict[str, int] = {}
    blind: bool = False
    even: tuple[int, int] = (0, 0)


class _State(msgspec.Struct, rename={"stated": "said"}):
    epoch: int
    offset: int
    settled: _OldMemory
    settled_to: int | None
    judged_to: int | None
    revisions: dict[int, int]
    stated: dict[str, StatedIncident]


class _Timeline(msgspec.Struct, array_like=True):
    epoch: int
    offset: int
    state: _State


_decode: Final = msgspec.json.Decoder(_Timeline).decode


def read_old_timeline(raw: bytes) -> TimelineState:
    """The timeline as it is today: what was settled is its anchor, and all minutes after it are to be judged again.

    Raises:
        ValueError: It is no timeline that was stored in that way.
    """
    try:
        old = _decode(raw).state
    except NOT_DECODED as exc:
        raise ValueError(f"this is no timeline as it was once stored: {exc}") from exc
    if old.judged_to is None or old.settled_to is None:
        return TimelineState()
    state = TimelineState.after(old.settled_to, _memory(old.settled))
    state.judged_to, state.revisions, state.stated = old.judged_to, old.revisions, old.stated
    state.found, state.judged_by = set(range(old.settled_to + 1, old.judged_to + 1)), JUDGED_BY
    return state


def _memory(old: _OldMemory) -> ScopeMemory:
    return ScopeMemory(
        old.dimensions,
        old.incidents,
        by_series(old.members),
        old.last_data,
        ScopeModel(
            _volume(old.model.volume),
            {d: {key: _share(share) for key, share in keys.items()} for d, keys in old.model.shares.items()},
            old.model.totals,
            old.model.histories,
        ),
        old.usual_amount,
        old.rebound,
        by_series(old.anew),
        by_series(old.ended),
        old.blind,
        old.even,
    )


def _share(old: _OldShare) -> ShareModel:
    table = table_of(old.slots, _HALF_HOURS)
    return ShareModel(old.counts, bits_of(old.barred), old.since, old.seen, old.of, table, old.near, old.was)


def _volume(old: _OldVolume) -> VolumeModel:
    return VolumeModel(
        old.totals,
        bytearray(pack(f"<{len(old.profile)}d", *(part or 0.0 for part in old.profile))),
        bits_of(old.barred),
        old.since,
        of_profile(old.slots),
        b"".join(pack("<ddI", *block) for block in old.blocks),
        errors=old.errors,
        minute_kinds=old.apart,
    )
