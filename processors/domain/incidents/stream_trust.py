"""When what the minutes hold cannot be trusted: told apart from an outage, and never taken for all clear.

A stream that is followed live is blind when

- no source speaks any more (`silent`): whether nothing happens or nothing is told cannot be known. A source that lives
  and has nothing to tell says so by a punctuation; then the minutes close, and hold a real zero;
- one source partition has fallen silent while the others go on (`source_silent`);
- what is read lies minutes behind the clock (`lagging`): what has been judged is right, but it is old;
- events come from the future (`clock_skew`): they close minutes before all their events have come;
- much of what comes cannot be read (`refused`): see domain.incidents.refusals;
- records were deleted before they were read (`gone`): see domain.missing;
- so much waits for a source that stands still, or is far behind, that minutes are judged without it (`left_out`): see
  domain.watermark;
- every transaction of a scope comes twice (`duplicated`), or some of its rows do (`part_duplicated`): see
  domain.incidents.duplicates;
- the statuses, or the auth codes, of a scope stop coming while the others go on (`status_silent`,
  `auth_code_silent`): see domain.incidents.dead_dimension.

History that is replayed lies far behind the clock from its beginning, and is never blind. Time is what the count stage
saw on its clock when it looked at a partition; the same records give the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import structs

from processors.domain.incidents.incident import Incident, Transition, incident_id
from processors.domain.incidents.refusals import RefusedCount, explained
from processors.domain.missing import Hole, Missing, counted_up, living, with_hole
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import MINUTE_MS, STREAM, minute_of
from schemas.severity import Severity

SCOPE: Final = "all"
LEFT_OUT: Final = "left_out"
KEPT: Final = 1440
"""Minutes for which a stretch that is over is remembered."""

_LIVE_MS: Final = 65_000
"""A source whose watermark has been this close to the clock is followed live."""
_SAMPLE_MS: Final = 5_000
_KEEP_RATE: Final = 0.8
_SILENCE_MS: Final = 60_000
_MISSING: Final = 100.0
"""Records that must be missing: chance leaves out so many of a steady source never."""
_TOGETHER_MS: Final = 5_000
"""A source that has been heard this long before another one was looked at goes on while that one is silent."""
_LAG_MS: Final = 180_000
_LAG_SURE_MS: Final = 15_000
"""For so long a source that has woken must bring what is old."""
_AWAY_MS: Final = 60_000
"""A source that nobody has looked at for longer (no broker, no worker) has what came meanwhile to bring: it wakes."""
_LAG_OVER_MS: Final = 90_000
_SKEW_MS: Final = 90_000
"""A row counted before, and a punctuation, may lie up to a minute ahead."""
_SKEW_OVER_MS: Final = 5_000
_NOBODY: Final[Mapping[int, int]] = {}
_TEXTS: Final[dict[str, tuple[Severity, str]]] = {
    "silent": ("critical", "no source says anything any more: whether transactions happen is not known"),
    "source_silent": ("critical", "source partition {who} has fallen silent while others go on: counts are not whole"),
    "lagging": ("warning", "what is read lies minutes behind the clock: what is told of the present is old"),
    "duplicated": ("critical", "every count is even and there are twice as many: the feed comes in twice"),
    "part_duplicated": (
        "warning",
        "counts jump to twice what they were, and each one that does is even: some rows come in twice",
    ),
    "status_silent": ("critical", "no statuses come any more, auth codes do: what happens is not known by status"),
    "auth_code_silent": ("warning", "no auth codes come any more, statuses do: what happens is not known by code"),
    "refused": ("critical", "much of what source partition {who} brings cannot be read, and is not counted"),
    "gone": ("critical", "records were deleted before they could be read, and are not counted"),
    LEFT_OUT: (
        "critical",
        "source partition {who} stands still, or is far behind, and too much waits for it: minutes are judged without "
        "it, and are not whole",
    ),
    "clock_skew": ("warning", "source partition {who} sends events from the future: minutes close too early"),
}
_LATE: Final = (
    "what source partition {who} brings lies minutes behind the clock, the others do not: all minutes wait for it, and "
    "what is told of the present is old"
)
"""What is said instead where only some sources lag."""
ADVICE: Final = {
    "silent": "Ask the producers and the broker first: nothing is known until one of them speaks. A source that lives "
    "and has nothing to tell should send a punctuation every few seconds.",
    "source_silent": "Look at the producers of that partition, and at its leader. Minutes are not judged meanwhile.",
    "lagging": "Look at the workers: how many there are, their CPU, their lag. Nothing is lost; it is late.",
    "duplicated": "Look for a producer that runs twice or sends again. Minutes are not judged meanwhile.",
    "part_duplicated": "Look for a producer that sends some rows again, after a time-out for one. Minutes are judged "
    "as they are.",
    "status_silent": "Look for the producer of the rows by status: those by auth code do come. Minutes are not judged "
    "meanwhile.",
    "auth_code_silent": "Look for the producer of the rows by auth code: those by status do come, and are judged.",
    "refused": "Look for a release of the producers that writes something else, and at the example. `floodmark dlq "
    "list` shows all, `floodmark dlq replay` sends them again once they can be read. Minutes are not judged meanwhile.",
    "gone": "Keep records for longer (retention.ms and retention.bytes of the topic), or run more workers: see how far "
    "they are behind. What is missing does not come back, unless the producers send it again. Minutes in which records "
    "are missing are not judged.",
    LEFT_OUT: "Look at the worker that reads that partition, at its leader, and for a producer there whose clock "
    "stands still. Minutes are not judged until it has come as far as the others; what it brings of minutes that are "
    "settled goes to the topic of late records. FLOODMARK_WAITING is how much may wait.",
    "clock_skew": "Set the clock of the producers that write to that partition. Minutes are not judged meanwhile.",
}
"""Kind to what to do."""
_BY_SOURCE: Final = frozenset({"source_silent", "refused", LEFT_OUT})
"""Kinds that are told of each source that shows them."""
_UNTRUE: Final = frozenset({"silent", "source_silent", "clock_skew", "refused", "gone", LEFT_OUT})
"""Kinds in which the minutes themselves are not what they seem."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A source partition as it was last looked at; times are epoch milliseconds of the count stage's clock.

    Args:
        offset: Its position.
        looked_ms: When.
        heard_ms: When it last brought records.
        watermark_ms: Its watermark.
        idle: Whether it is drained and silent.
        live: Whether it has ever been close to the clock.
        rate: Records a second, as far as they are known.
        sampled: (offset, time) from which the rate is measured next.
        refused: What of it cannot be read, when that is much.
    """

    offset: int
    looked_ms: int
    heard_ms: int
    watermark_ms: int
    idle: bool
    live: bool = False
    rate: float = 0.0
    sampled: tuple[int, int] = (0, 0)
    woke_ms: int = 0
    """When it was last found not to be idle any more, or was looked at again after a while; 0 when neither was so."""
    refused: RefusedCount | None = None

    def after(self, offset: int, now_ms: int, watermark_ms: int, *, idle: bool) -> "Sight":
        """The source one look later."""
        live = self.live or now_ms - watermark_ms <= _LIVE_MS
        woke_ms = now_ms if (self.idle and not idle) or now_ms - self.looked_ms > _AWAY_MS else self.woke_ms
        heard_ms, rate, (first, since) = self.heard_ms, self.rate, self.sampled
        sampled = self.sampled
        if offset != self.offset:
            heard_ms = now_ms
            if now_ms - since >= _SAMPLE_MS:
                seen = 1000 * (offset - first) / (now_ms - since)
                rate = rate * _KEEP_RATE + seen * (1 - _KEEP_RATE) if rate else seen
                sampled = offset, now_ms
        return Sight(offset, now_ms, heard_ms, watermark_ms, idle, live, rate, sampled, woke_ms, self.refused)

    @property
    def lags(self) -> bool:
        """Whether what it brings lies minutes behind the clock.

        One that wakes is behind for a moment: with a late record, before its first one is read, or with what came while
        nobody looked. It lags when it goes on bringing what is old.
        """
        is_behind = self.live and not self.idle and self.looked_ms - self.watermark_ms > _LAG_MS
        return is_behind and (not self.woke_ms or self.heard_ms - self.woke_ms >= _LAG_SURE_MS)

    @property
    def missing(self) -> float:
        """Records that should have come since it was last heard."""
        silence_ms = self.looked_ms - self.heard_ms
        return self.rate * silence_ms / 1000 if self.live and self.idle and silence_ms >= _SILENCE_MS else 0.0


@dataclass(frozen=True, slots=True)
class BlindStretch:
    """The stream was blind in minutes `[since, until)`, the one in which it came back among them; None: it still is."""

    incident: Incident
    since: int
    until: int | None = None


@dataclass(slots=True)
class Watch:
    """What is known of the stream itself. Sources by their number; stretches in the order they began."""

    sights: dict[int, Sight] = field(default_factory=dict)
    stretches: list[BlindStretch] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    """Where records are missing that were deleted before they were read."""

    def is_blind(self, minute: int) -> bool:
        """Whether what the minute holds cannot be trusted."""
        return any(
            s.since <= minute and (s.until is None or minute < s.until)
            for s in self.stretches
            if s.incident.key in _UNTRUE
        ) or any(hole.since <= minute < hole.until for hole in self.holes)

    @property
    def silent_minutes(self) -> int:
        """For how many whole minutes of the clock of the count stage all sources have been drained and silent."""
        sights = self.sights.values()
        if not sights or not all(sight.idle for sight in sights):
            return 0
        silent_ms = max(sight.looked_ms for sight in sights) - max(sight.heard_ms for sight in sights)
        return max(0, silent_ms) // MINUTE_MS

    def look(self, source: int, offset: int, now_ms: int, watermark_ms: int, *, idle: bool) -> None:
        """A source was looked at. An older look than the last one changes nothing."""
        sight = self.sights.get(source)
        if sight is None:
            live = now_ms - watermark_ms <= _LIVE_MS
            self.sights[source] = Sight(offset, now_ms, now_ms, watermark_ms, idle, live, 0.0, (offset, now_ms))
        elif now_ms > sight.looked_ms:
            self.sights[source] = sight.after(offset, now_ms, watermark_ms, idle=idle)

    def refuse(self, source: int, now_ms: int, refused: RefusedCount | None) -> None:
        """What cannot be read of a source that was looked at just now; None: no news."""
        sight = self.sights[source]
        if refused is not None and now_ms == sight.looked_ms:
            self.sights[source] = replace(sight, refused=refused if refused.refused else None)

    def lose(self, source: int, missing: Missing | None) -> None:
        """What was deleted of a source before it was read; None: no news."""
        if missing is not None:
            self.holes = with_hole(self.holes, source, missing)

    def conclude(self, reached_ms: int, left_out: Mapping[int, int] = _NOBODY) -> Iterator[tuple[Transition, Incident]]:
        """What begins and what ends now, where the watermark of the whole stream is `reached_ms`.

        `left_out` are the sources that it goes on without, each with the start of the first minute without it.
        """
        minute = max(0, minute_of(reached_ms))
        self.stretches = [s for s in self.stretches if s.until is None or minute - s.until < KEPT]
        self.holes = [h for h in self.holes if not h.is_told or minute - h.until < KEPT]
        causes = [*((LEFT_OUT, source) for source in sorted(left_out)), *self._causes(left_out)]
        now, lost = dict(causes), [*living(self.holes, minute)]
        if lost:
            now["gone"] = lost[0].source
        if "silent" in self._open_kinds():
            now.pop("source_silent", None)  # all were; those that have not been looked at since may be back as well
        yield from self._ended(now, minute, left_out)
        open_kinds = self._open_kinds()
        if lost and "gone" in open_kinds:
            yield from self._more_lost(lost)
        yield from self._more_sources(causes)
        for kind, who in now.items():
            if kind not in open_kinds:
                since = minute_of(left_out[who]) if kind == LEFT_OUT else minute
                incident = self._begun(kind, who, since, lost)
                self.stretches.append(BlindStretch(incident, incident.since))
                yield "firing", incident
        self.holes = [replace(hole, is_told=True) for hole in self.holes]

    def _open_kinds(self) -> set[str]:
        return {s.incident.key for s in self.stretches if s.until is None}

    def _ended(
        self, now: Mapping[str, int], minute: int, left_out: Mapping[int, int]
    ) -> Iterator[tuple[Transition, Incident]]:
        """Close the stretches whose cause is not there any more."""
        for index, stretch in enumerate(self.stretches):
            kind = stretch.incident.key
            if stretch.until is None and kind not in now and self._is_over(kind, left_out):
                last = self._last_of(stretch, minute)
                over = structs.replace(stretch.incident, judged=last, last_seen=last, resolved=True)
                self.stretches[index] = BlindStretch(over, stretch.since, last + 1)
                if kind == "silent":
                    self.sights = {source: replace(s, heard_ms=s.looked_ms) for source, s in self.sights.items()}
                yield "resolved", over

    def _begun(self, kind: str, who: int, minute: int, lost: list[Hole]) -> Incident:
        """The incident of a cause that is new; `lost` are the holes that people are to know of."""
        if kind == "gone":
            return counted_up(blinded(SCOPE, kind, min(hole.since for hole in lost), who), lost)
        if kind == LEFT_OUT:
            return blinded(SCOPE, kind, minute, who)
        sight = self.sights[who]
        # Where nothing could ever be read, no minute has a name but by the clock.
        incident = blinded(SCOPE, kind, minute or minute_of(sight.looked_ms), who)
        if kind == "refused" and sight.refused is not None:
            return explained(incident, sight.refused)
        late = [source for source, each in sorted(self.sights.items()) if each.lags] if kind == "lagging" else []
        if late and any(not each.idle and not each.lags for each in self.sights.values()):
            return structs.replace(incident, because=(_LATE.format(who=", ".join(map(str, late))),))
        return incident

    def _last_of(self, stretch: BlindStretch, minute: int) -> int:
        """The last minute of a stretch that is over now."""
        if stretch.incident.key == "gone":
            return max([stretch.since, *(hole.until - 1 for hole in self.holes if hole.since >= stretch.since)])
        ends = [minute_of(s.watermark_ms) for s in self.sights.values() if not s.idle]
        return max([minute, stretch.since, *ends])

    def _more_lost(self, lost: list[Hole]) -> Iterator[tuple[Transition, Incident]]:
        """Say so when more is missing than was told while that is open."""
        if all(hole.is_told for hole in lost):
            return
        for index, stretch in enumerate(self.stretches):
            if stretch.incident.key == "gone" and stretch.until is None:
                bare = structs.replace(
                    stretch.incident, because=(_TEXTS["gone"][1],), minutes=stretch.incident.minutes + 1
                )
                self.stretches[index] = replace(stretch, incident=counted_up(bare, lost))
                yield "updated", self.stretches[index].incident

    def _more_sources(self, causes: Iterable[tuple[str, int]]) -> Iterator[tuple[Transition, Incident]]:
        """Say so when another source is silent, or brings what cannot be read, while that is told of one."""
        for kind, who in causes:
            words = _TEXTS[kind][1].format(who=who)
            for index, stretch in enumerate(self.stretches):
                incident = stretch.incident
                is_open = kind in _BY_SOURCE and incident.key == kind and stretch.until is None
                if is_open and not any(text.startswith(words) for text in incident.because):
                    more = self._begun(kind, who, incident.since, []).because
                    joined = structs.replace(incident, because=(*incident.because, *more), minutes=incident.minutes + 1)
                    self.stretches[index] = replace(stretch, incident=joined)
                    yield "updated", joined

    def _causes(self, left_out: Mapping[int, int]) -> Iterator[tuple[str, int]]:
        """What is wrong, with a source that shows it; the widest cause hides the narrower ones."""
        sights = self.sights
        if sights and all(s.idle for s in sights.values()):
            missing = {source: s.missing for source, s in sights.items()}
            if sum(missing.values()) >= _MISSING and all(missing[i] for i, s in sights.items() if s.rate and s.live):
                yield "silent", max(missing, key=missing.__getitem__)
            return
        for source, sight in sorted(sights.items()):
            if sight.missing >= _MISSING and any(
                other.heard_ms > sight.looked_ms - _TOGETHER_MS for other in sights.values() if not other.idle
            ):
                yield "source_silent", source
            if sight.refused is not None:
                yield "refused", source
            elif sight.lags and source not in left_out:
                yield "lagging", source
            if sight.live and sight.watermark_ms - sight.looked_ms > _SKEW_MS:
                yield "clock_skew", source

    def _is_over(self, kind: str, left_out: Mapping[int, int]) -> bool:
        """Whether a cause that is not there any more is so for sure."""
        awake = [s for source, s in self.sights.items() if not s.idle and source not in left_out]
        if kind == LEFT_OUT:
            return True
        if kind == "lagging":
            return all(s.looked_ms - s.watermark_ms < _LAG_OVER_MS for s in awake)
        if kind == "clock_skew":
            return all(s.watermark_ms - s.looked_ms < _SKEW_OVER_MS for s in self.sights.values())
        if kind == "refused":
            return all(s.refused is None for s in self.sights.values())
        return bool(awake) and (kind == "silent" or all(s.missing < _MISSING for s in self.sights.values()))


def blinded(scope: str, kind: str, minute: int, who: int = 0) -> Incident:
    """The incident of a stream that cannot be trusted from `minute` on; `who` is the source partition that shows it.

    No rule decides it, so its id hangs on none.
    """
    severity, text = _TEXTS[kind]
    return Incident(
        id=incident_id("", scope, STREAM, kind, minute),
        scope=scope,
        dimension=STREAM,
        key=kind,
        since=minute,
        opened=minute,
        last_seen=minute,
        judged=minute,
        resolved=False,
        severity=severity,
        score=75.0 if severity == "critical" else 50.0,
        peak=0,
        minutes=1,
        rules=(),
        seen=MinuteVerdict(minute, scope, STREAM, kind, count=0, total=0, amount=0, verdict="unknown"),
        because=(text.format(who=who),),
    )
