"""Source partitions to try: records in any order, cut anywhere."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.processors.domain.build import T0, Record, punctuation

APPROVED = ("all", "approved", None)
PLACES = [
    APPROVED,
    ("all", "denied", "51"),
    ("shop", None, "59"),
    ("shop", "failed", None),
    ("all", "failed", "05"),
    ("all", "other", None),
    ("shop", "approved", "51"),
    ("till", "approved", None),
    ("other", "denied", None),
]
ROOM = st.sampled_from([1, 2, 200])
"""For how many keys there is room."""
SCOPES = st.sampled_from([1, 2, 20_000])
"""For how many scopes there is room."""
JUMPS_MS = (0, 1, 999, 5_000, 30_000, 60_000, 119_999, 120_000, 200_000, 86_400_000)
CROWDED_MS = (0, 1, 999, 5_000, 20_000)
"""Many records a minute."""
FEW = st.sampled_from([0, 3, 100])
"""Up to how many rows are counted one by one."""


@st.composite
def partitions(draw: st.DrawFn, jumps_ms: Sequence[int] = JUMPS_MS) -> list[Record]:
    """A source partition: time goes on by these jumps, with disorder, punctuation and unreadable records (gaps)."""
    records: list[Record] = []
    offset, now = -1, T0
    for _ in range(draw(st.integers(1, 14))):
        offset += draw(st.integers(1, 3))
        now += draw(st.sampled_from(jumps_ms))
        if draw(st.integers(0, 7)) == 0:
            records.append(punctuation(offset, now - draw(st.sampled_from([0, 60_000]))))
            continue
        behind = draw(st.sampled_from([0, 0, 0, 1, 5_000, 60_000, 125_000, 185_000, 300_000]))
        records.append(
            Record(
                offset,
                now - behind,
                draw(st.sampled_from(PLACES)),
                draw(st.sampled_from([0, 1, 7, 10**9])),
                draw(st.sampled_from([0, 0, 3, 10**12])),
            )
        )
    return records


def cut(data: st.DataObject, records: list[Record], after: int, upto: int) -> list[tuple[list[Record], int]]:
    """The offsets after `after` up to `upto`, cut anywhere: chunks with the offset each ends at."""
    ends = sorted(data.draw(st.sets(st.integers(after + 1, upto), max_size=4)) | {upto})
    chunks, start = [], after
    for end in ends:
        chunks.append(([r for r in records if start < r.offset <= end], end))
        start = end
    return chunks
