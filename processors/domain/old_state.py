"""Reads a course as it was stored before there were anchors."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from processors.domain.course_state import Said
from processors.domain.memory import ScopeMemory


@dataclass(slots=True)
class OldCourse:
    """What was stored of a course.

    Args:
        settled: Memory after minute `settled_to`.
        settled_to: Last minute that nothing could change any more; None before the first.
        judged_to: Last minute judged; None before the first.
        revisions: Minutes between the two that were judged more than once, with how often.
        said: Incident id to what was last said of it.
    """

    settled: ScopeMemory = field(default_factory=ScopeMemory)
    settled_to: int | None = None
    judged_to: int | None = None
    revisions: dict[int, int] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)


class _Stored(msgspec.Struct, array_like=True):
    epoch: int
    offset: int
    state: OldCourse


_decode: Final = msgspec.json.Decoder(_Stored).decode


def read_old_course(raw: bytes) -> OldCourse:
    """The course in the JSON of its time.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    return _decode(raw).state
