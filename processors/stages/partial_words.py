"""What the count stage tells the judge, as it is written and read; counts stay encoded on the way."""

from contextlib import suppress
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.refusals import RefusedCount
from processors.domain.judging.acknowledging import Acknowledgement, Release
from processors.domain.missing import Missing
from processors.domain.window import MINUTE_MS
from schemas.codec import NOT_DECODED
from schemas.transaction import LATEST_MS
from schemas.words import MAX_WORD

MAX_PLACE: Final = 2**53
"""Offsets and epochs stay below: every reader of JSON has them exactly. A higher one would outdo all that comes."""
MAX_SUM: Final = 2**62
"""All keys of a dimension together count less in a minute, over all source partitions: it fits into 64 bits. That is 77
million records a second, each of which says of itself the most that a record may."""
MAX_AMOUNTS: Final = 2**96
"""No amount of a minute comes to so much: at the most that a record may say, it takes more records than there are."""

Natural = Annotated[int, Meta(ge=0)]
Place = Annotated[int, Meta(ge=0, lt=MAX_PLACE)]
Number = Annotated[int, Meta(ge=0, lt=MAX_PLACE)]
Word = Partial | Acknowledgement | Release
"""What a record of the judge's input says."""
Instant = Annotated[int, Meta(ge=-MAX_PLACE, lt=LATEST_MS)]
"""Epoch milliseconds. No record is later, so no watermark is: it would close every minute there will ever be."""
Plain = Annotated[str, Meta(max_length=MAX_WORD)]
Usual = Annotated[int, Meta(ge=0, lt=10**13)]
"""What is no higher comes to nothing too high in as few bytes as `SHORT`: that is quickly seen."""
SHORT: Final = 2048


AHEAD_MS: Final = 60_000
"""A worker's clock may be so far ahead of the broker's: beyond half of it, it goes by the broker's."""
UNSTAMPED_MS: Final = 86_400_000
"""Where the broker does not stamp records, two machines' clocks are compared, and one may be wrong by hours."""


class NotAPartial(ValueError):
    """A record that no worker can have written."""


class OfMore(NotAPartial):
    """It speaks of more source partitions than there were when we looked."""


class MinuteWord(msgspec.Struct):
    """See domain.counting.partial.PartialMinute."""

    minute: Annotated[int, Meta(ge=0, lt=LATEST_MS // MINUTE_MS)]
    scope: Plain
    offset: Place
    counts: msgspec.Raw


class RefusedWord(msgspec.Struct):
    """See domain.incidents.refusals.RefusedCount."""

    refused: Number
    records: Number = 0
    reason: Annotated[str, Meta(max_length=100)] = ""
    field: Annotated[str, Meta(max_length=100)] = ""
    sample: Annotated[str, Meta(max_length=1000)] = ""


class GoneWord(msgspec.Struct):
    """See domain.missing.Missing."""

    records: Number
    since_ms: Annotated[int, Meta(ge=-1, lt=LATEST_MS)]
    until_ms: Annotated[int, Meta(ge=0, lt=LATEST_MS)]


class PartialWord(msgspec.Struct):
    """See domain.counting.partial.Partial."""

    source: Natural
    sources: Natural
    epoch: Place
    offset: Annotated[int, Meta(ge=-1, lt=MAX_PLACE)]
    watermark_ms: Instant | None = None
    idle: bool = False
    minutes: list[MinuteWord] = []
    now_ms: int | None = None
    refused: RefusedWord | msgspec.UnsetType = msgspec.UNSET
    gone: GoneWord | msgspec.UnsetType = msgspec.UNSET


class AcknowledgementWord(msgspec.Struct):
    """See domain.judging.acknowledging.Acknowledgement."""

    incident_id: Annotated[str, Meta(max_length=100)]
    scope: Plain
    by: Annotated[str, Meta(max_length=1000)]
    at_ms: Annotated[int, Meta(ge=0, lt=LATEST_MS)]
    note: Annotated[str, Meta(max_length=10_000)] = ""
    until_ms: Annotated[int, Meta(ge=0, lt=LATEST_MS)] | None = None
    channel: Annotated[str, Meta(max_length=100)] = ""
    takes_over: bool = False


class ReleaseWord(msgspec.Struct):
    """See domain.judging.acknowledging.Release."""

    released_id: Annotated[str, Meta(max_length=100)]
    scope: Plain
    by: Annotated[str, Meta(max_length=1000)]
    at_ms: Annotated[int, Meta(ge=0, lt=LATEST_MS)]
    note: Annotated[str, Meta(max_length=10_000)] = ""


encode_word: Final = msgspec.json.Encoder().encode
_partial: Final = msgspec.json.Decoder(PartialWord).decode
_dimensions: Final = msgspec.json.Decoder(
    dict[Literal["status", "auth_code"], dict[Plain, tuple[Natural, Natural]]]
).decode
_usual: Final = msgspec.json.Decoder(dict[Literal["status", "auth_code"], dict[Plain, tuple[Usual, Usual]]]).decode
_acknowledgement: Final = msgspec.json.Decoder(AcknowledgementWord).decode
_release: Final = msgspec.json.Decoder(ReleaseWord).decode


def newest_of(appended_ms: int, now_ms: int, max_future_ms: int) -> int:
    """No time in a record of ours is later than this, in epoch milliseconds: no later event would have been counted.

    Args:
        appended_ms: When the broker took it in; negative where it does not say.
        now_ms: The present, for that case.
        max_future_ms: How far ahead of the present a worker lets events be.
    """
    if appended_ms < 0:
        return now_ms + UNSTAMPED_MS + max_future_ms
    return appended_ms + AHEAD_MS + max_future_ms


def read_word(raw: bytes, sources: int, least: int | None = None, newest_ms: int = LATEST_MS) -> Word:
    """A record of the judge's input.

    Args:
        raw: Its value.
        sources: How many source partitions there are.
        least: How many there were once, where some have been added: of words from then the counts are right, but their
            watermark leaves the new ones out, and is not taken. None: no partition has been added.
        newest_ms: See newest_of. A later watermark would close the minutes up to it for good. Of the sender's clock,
            which may be wrong, a later word is left out.

    Raises:
        OfMore: It may be ours, if partitions have been added meanwhile.
        NotOurs: Nobody of ours can have written it.
    """
    try:
        word = _partial(raw)
    except NOT_DECODED as exc:
        return _of_people(raw, exc)
    if word.source >= word.sources or not (sources if least is None else least) <= word.sources <= sources:
        kind = OfMore if word.sources > sources else NotAPartial
        raise kind(f"it speaks of source partition {word.source} of {word.sources}, and there are {sources}")
    if (latest_ms := _latest_ms(word)) > newest_ms:
        ahead_s = (latest_ms - newest_ms) // 1000
        raise NotAPartial(
            f"it speaks of {latest_ms} in epoch milliseconds, {ahead_s:,} s after what can have been counted"
        )
    minutes = [
        PartialMinute(each.minute, each.scope, each.offset, _counts(each.counts, word.sources)) for each in word.minutes
    ]
    return Partial(
        word.source,
        word.sources,
        word.epoch,
        word.offset,
        word.watermark_ms if word.sources == sources else None,
        word.idle,
        minutes,
        None if word.now_ms is None or not 0 <= word.now_ms <= newest_ms else word.now_ms,
        _refused(word),
        _gone(word),
    )


def refused_word(refused: RefusedCount | None) -> RefusedWord | msgspec.UnsetType:
    """What could not be read, as it is told; nothing where there is no news."""
    if refused is None:
        return msgspec.UNSET
    return RefusedWord(
        refused.refused, refused.records, refused.reason[:100], refused.field[:100], refused.sample[:1000]
    )


def gone_word(missing: Missing | None) -> GoneWord | msgspec.UnsetType:
    """What was deleted before it could be read, as it is told; nothing where there is no news."""
    if missing is None or missing.until_ms is None:
        return msgspec.UNSET
    return GoneWord(missing.records, missing.since_ms, missing.until_ms)


def _latest_ms(word: PartialWord) -> int:
    """The latest time that it speaks of, except that of the sender's clock."""
    times = [MINUTE_MS * each.minute for each in word.minutes]
    if word.watermark_ms is not None:
        times.append(word.watermark_ms)
    if not isinstance(word.gone, msgspec.UnsetType):
        times += word.gone.since_ms, word.gone.until_ms
    return max(times, default=-1)


def _gone(word: PartialWord) -> Missing | None:
    gone = word.gone
    if isinstance(gone, msgspec.UnsetType):
        return None
    return Missing(gone.records, gone.since_ms, gone.until_ms)


def _refused(word: PartialWord) -> RefusedCount | None:
    refused = word.refused
    if isinstance(refused, msgspec.UnsetType):
        return None
    return RefusedCount(refused.refused, refused.records, refused.reason, refused.field, refused.sample)


def _counts(raw: msgspec.Raw, sources: int) -> bytes:
    counts = bytes(raw)
    if len(counts) <= SHORT:
        try:
            _usual(counts)
        except NOT_DECODED:
            pass  # it is looked at whole, and told what is wrong with it
        else:
            return counts
    try:
        dimensions = _dimensions(counts)
    except NOT_DECODED as exc:
        raise NotAPartial(f"its counts are not pairs of count and amount: {exc}") from exc
    for dimension, cells in dimensions.items():
        if sum(count for count, _ in cells.values()) >= MAX_SUM // sources:
            raise NotAPartial(f"it counts more by {dimension} than a minute can hold")
        if sum(amount for _, amount in cells.values()) >= MAX_AMOUNTS:
            raise NotAPartial(f"its amounts by {dimension} are higher than any can be")
    return counts


def _of_people(raw: bytes, partial_error: Exception) -> Acknowledgement | Release:
    with suppress(*NOT_DECODED):
        taken = _acknowledgement(raw)
        return Acknowledgement(
            taken.incident_id,
            taken.scope,
            taken.by,
            taken.at_ms,
            taken.note,
            taken.until_ms,
            taken.channel,
            taken.takes_over,
        )
    try:
        left = _release(raw)
    except NOT_DECODED:
        raise NotAPartial(str(partial_error)) from partial_error
    return Release(left.released_id, left.scope, left.by, left.at_ms, left.note)
