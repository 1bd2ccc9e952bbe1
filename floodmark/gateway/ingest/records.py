"""Records checked by the reader that the workers use: what is taken here is no dead letter there.

Two things are done for programs. Where the gateway was told which zone times without one are of, such a time is
published as the instant it stands for; without that nobody guesses. And epoch milliseconds may be written with a point.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import msgspec
import numpy as np

from processors.domain.counting.rows import PUNCTUATION, Rows
from processors.intake.reading import read
from producers.files.cells import CellError, instant
from schemas.codec import NOT_DECODED

ZONE_VARIABLE: Final = "FLOODMARK_GATEWAY_TIME_ZONE"
_WITHOUT_ZONE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?")
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_written: Final = msgspec.json.Decoder(str | float).decode


@dataclass(frozen=True, slots=True)
class UnusableRecord:
    """Why the record at `index` of a post was not taken.

    Args:
        index: Its place in the post, from 0.
        reason: A word for programs: those of dead letters, and `zone` or `control`.
        field: The field; empty when it is the whole.
        detail: For people, with the remedy.
    """

    index: int
    reason: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A post that was looked at.

    Args:
        values: What is published of the good records, in order.
        rows: The same as columns, as the workers will read them; `offsets` are places in the post.
        bad: The others.
    """

    values: Sequence[bytes]
    rows: Rows
    bad: Sequence[UnusableRecord]


def check(records: Sequence[bytes], newest_ms: int, zone: tzinfo | None) -> Checked:
    """Look at each record of a post.

    Args:
        records: As they are written.
        newest_ms: Events later than this are from the future, epoch milliseconds.
        zone: Of times that name none; None: such times are refused.
    """
    values: list[bytes] = list(records)
    known: dict[int, UnusableRecord] = {}
    rows, unreadable = read(values, np.arange(len(values)), newest_ms)
    if any(each.field == "timestamp" for each in unreadable):
        for each in unreadable:
            if each.field == "timestamp":
                values[each.index], bad = _with_instant(each.index, values[each.index], zone)
                if bad is not None:
                    known[each.index] = bad
        rows, unreadable = read(values, np.arange(len(values)), newest_ms)
    bads = {each.index: UnusableRecord(each.index, each.reason, each.field, each.detail) for each in unreadable} | known
    if PUNCTUATION in rows.places:
        rows, controls = _without_controls(rows)
        bads |= {index: _control(index) for index in controls}
    good = rows.offsets.tolist()
    return Checked([values[index] for index in good], rows, [bads[index] for index in sorted(bads)])


def _with_instant(index: int, value: bytes, zone: tzinfo | None) -> tuple[bytes, UnusableRecord | None]:
    """The record with its time as the instant it stands for; as it was where it is no time without a zone."""
    try:
        fields = _decode(value)
        text = _written(fields["timestamp"])
    except (*NOT_DECODED, KeyError):
        return value, None
    if isinstance(text, float):
        # To JSON 1.0 is an integer; the topic's own readers take none.
        fields["timestamp"] = msgspec.Raw(_encode(int(text))) if text.is_integer() else fields["timestamp"]
        return _encode(fields), None
    if not _WITHOUT_ZONE.fullmatch(text.strip()):
        return value, None
    if zone is None:
        detail = (
            f"{text!r} names no zone; write it as 2025-07-12T13:45:00Z, or name the zone of such times for this "
            f"gateway with {ZONE_VARIABLE}"
        )
        return value, UnusableRecord(index, "zone", "timestamp", detail)
    try:
        fields["timestamp"] = msgspec.Raw(_encode(instant(text, zone)))
    except CellError as error:
        why = str(error).partition(";")[0]
        return value, UnusableRecord(
            index, "zone", "timestamp", f"{text!r} {why}; write it with its offset, like -03:00"
        )
    return _encode(fields), None


def _without_controls(rows: Rows) -> tuple[Rows, list[int]]:
    """A punctuation speaks for a whole partition of the topic: nobody who posts knows which one that is."""
    is_control = rows.codes == list(rows.places).index(PUNCTUATION)
    keep = ~is_control
    columns = (rows.offsets, rows.times_ms, rows.codes, rows.counts, rows.amounts)
    offsets, times_ms, codes, counts, amounts = (column[keep] for column in columns)
    return Rows(offsets, times_ms, rows.places, codes, counts, amounts), rows.offsets[is_control].tolist()


def _control(index: int) -> UnusableRecord:
    detail = "a punctuation is no transaction: it is for producers that write to partitions of the topic themselves"
    return UnusableRecord(index, "control", "punctuation", detail)
