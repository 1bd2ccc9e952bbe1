"""When so much of a source cannot be read that what the minutes hold is not what happened: how much, why, an example.

The count stage looks at what it has refused in the last minutes of its clock, and says so when the share has been too
high for a while; the judge tells people. A source of which nothing comes any more stays as it was.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import structs

from processors.domain.incidents.incident import Incident
from processors.domain.window import MINUTE_MS, minute_of

SHARE: Final = 0.2
"""A higher share of refused records is told of, unless settings say otherwise; below half of it, that is over."""
WINDOW: Final = 5
"""Minutes that are looked at, the present one among them."""
LASTS_MS: Final = 120_000
"""For so long the share must have been too high: what is over by then has its dead letters and needs no page."""
KNOWN_MS: Final = WINDOW * MINUTE_MS + LASTS_MS
"""A worker that has looked for so long without telling knows that what others have told is over."""
LEAST: Final = 10
"""Fewer refused records in the window are chance."""
SAMPLE: Final = 100
"""How many characters of an example are shown."""


@dataclass(frozen=True, slots=True)
class RefusedCount:
    """What could not be read of a source partition in the last minutes; `refused` is 0 when that is over.

    Args:
        refused: Records that were put aside.
        records: All that came.
        reason: Of the last one.
        field: In which field; empty when it is the whole.
        sample: The last one: where it lay, and how it begins.
    """

    refused: int
    records: int = 0
    reason: str = ""
    field: str = ""
    sample: str = ""

    @property
    def words(self) -> str:
        """In a sentence."""
        where = f" in {self.field}" if self.field else ""
        share = f"{self.refused:,} of the last {self.records:,} records"
        return f"{share} were put aside, as {self.reason}{where}: {self.sample}"


OVER: Final = RefusedCount(0)


@dataclass(slots=True)
class Refusals:
    """What is refused of one source partition. Time is epoch milliseconds of the clock of the count stage.

    Args:
        share: See SHARE.
    """

    share: float = SHARE
    _minutes: dict[int, list[int]] = field(default_factory=dict)
    _began_ms: int | None = None
    _above_since_ms: int | None = None
    _last: RefusedCount = OVER
    _is_reported: bool = False
    _informed_judges: set[int] = field(default_factory=set)

    def note(self, now_ms: int, records: int, refused: int, last: RefusedCount = OVER) -> None:
        """This many records came, and this many of them were refused; `last` is the last one of those."""
        now = minute_of(now_ms)
        self._began_ms = now_ms if self._began_ms is None else self._began_ms
        if next(reversed(self._minutes), None) != now:
            self._minutes = {minute: counts for minute, counts in self._minutes.items() if now - WINDOW < minute < now}
            self._minutes[now] = [0, 0]
        counts = self._minutes[now]
        counts[0] += records
        counts[1] += refused
        if not self._is_reported and not any(counts[1] for counts in self._minutes.values()):
            self._above_since_ms = None
            return
        all_records, all_refused = (sum(counts[i] for counts in self._minutes.values()) for i in range(2))
        if refused:
            self._last = last
        self._last = replace(self._last, refused=all_refused, records=all_records)
        limit = self.share / 2 if self._is_reported else self.share
        if all_refused < max(LEAST, limit * all_records):
            self._above_since_ms, self._is_reported = None, False
            return
        self._above_since_ms = now_ms if self._above_since_ms is None else min(self._above_since_ms, now_ms)
        if now_ms - self._above_since_ms >= LASTS_MS and not self._is_reported:
            self._is_reported = True
            self._informed_judges.clear()

    def word(self, judge: int, now_ms: int) -> RefusedCount | None:
        """What this judge is to be told; None when there is no news. Asking is taken for telling.

        A worker that has just started does not know yet whether what others have told is over.
        """
        if self._is_reported:
            return self._last
        if judge in self._informed_judges or self._began_ms is None or now_ms - self._began_ms < KNOWN_MS:
            return None
        self._informed_judges.add(judge)
        return OVER


def example(place: str, raw: bytes | None) -> str:
    """A record as people are shown it: printable, and only its beginning."""
    text = "null" if raw is None else raw[: 4 * SAMPLE].decode("utf-8", "backslashreplace")
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"{place} {shown[:SAMPLE]}{'…' if len(shown) > SAMPLE or len(raw or b'') > 4 * SAMPLE else ''}"


def explained(incident: Incident, refused: RefusedCount) -> Incident:
    """The incident with what is known of the records."""
    return structs.replace(incident, because=tuple(f"{text}: {refused.words}" for text in incident.because))
