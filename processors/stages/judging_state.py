"""What the judge stage stores of its partition: anchors, what was said, and the parts of minutes, as named values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from processors.changelog import Recovered
from processors.domain.incidents.memory import JudgedScope
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.silence import is_followed
from processors.domain.judging.snapshot import unpack
from processors.domain.judging.timeline import StatedIncident, Timeline, TimelineState
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Anchor
from processors.domain.ruleset import RuleSet
from processors.domain.versions import next_epoch
from processors.domain.watermark import Watermarks
from processors.domain.window import TimePolicy, minute_of

VALUE_BYTES: Final = 400_000
"""How much is put into one value: a minute of many scopes is stored in several."""


class JudgePosition(msgspec.Struct, array_like=True):
    """What is stored of a judge's partition beside its timelines.

    Args:
        topic_id: Identity of the topic that the position is in.
        judged_by: Version of the rules that have judged the timelines.
        marks: What the source partitions said of themselves.
        watch: When the stream could not be trusted.
        judged_before: Version of older rules to the scopes that only those have judged: after an exchange of rules a
            timeline keeps what it owes to the old ones until its next minute closes.
        leader_epoch: See owned.HasPosition.
    """

    topic_id: str
    judged_by: str
    marks: Watermarks
    watch: Watch
    judged_before: dict[str, list[str]] = {}
    leader_epoch: int = -1


class StoredNews(msgspec.Struct, array_like=True):
    """What was said of a scope, and what may still be said anew; how late its counts come, and how far it is judged.

    Of a scope whose counts do not come late, `judged_to` is not told: it is as far as minutes are closed.
    """

    stated: dict[str, StatedIncident]
    revisions: dict[int, int]
    arrivals: Arrivals | None = None
    judged_to: int | None = None


class StoredScope(msgspec.Struct, array_like=True):
    """One scope in one minute: its parts (packed; none in a silent minute), and whether a rule found something."""

    scope: str
    parts: bytes
    found: bool


@dataclass(slots=True)
class _StoredTimeline:
    """What is stored of a scope."""

    anchors: dict[int, Anchor] = field(default_factory=dict)
    news: StoredNews | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)


_encode: Final = msgspec.msgpack.Encoder().encode
_position: Final = msgspec.msgpack.Decoder(JudgePosition).decode
_news: Final = msgspec.msgpack.Decoder(StoredNews).decode
_minute: Final = msgspec.msgpack.Decoder(list[StoredScope]).decode


class JudgeState:
    """A judge, with the names of what is stored of it.

    Args:
        judge: The judge.
        names: What is stored already.
        leader_epoch: See owned.HasPosition.
        is_new: Nothing is known of the judge's past.
    """

    def __init__(
        self, judge: PartitionJudge, names: Iterable[str] = (), leader_epoch: int = -1, *, is_new: bool = False
    ) -> None:
        self.judge = judge
        self.leader_epoch = leader_epoch
        self._is_new = is_new
        self._minutes: dict[int, list[str]] = {}
        self._anchors: dict[str, set[int]] = {}
        self._news: set[str] = set()
        for name in names:
            self._note(name)
        self._closed_to = _closed_to(judge.marks)
        self.has_closed = False
        """Whether a minute has closed since the state was last stored."""
        self.late_scopes = sum(timeline.wait > 0 for timeline in judge.timelines.values())
        """How many scopes are judged some minutes late, as of the last minute that was stored when it closed."""

    @property
    def position(self) -> int:
        """The last offset that is applied."""
        return self.judge.position

    @property
    def epoch(self) -> int:
        """Which life of the topic the position belongs to."""
        return self.judge.epoch

    def pass_over(self, last: int) -> None:
        """See owned.HasPosition."""
        self.judge.position = max(self.judge.position, last)

    def begin_epoch(self, position: int, now_us: int) -> None:
        """See owned.HasPosition."""
        judge = self.judge
        judge.epoch, judge.position = next_epoch(judge.epoch, judge.position, now_us), position

    def begin(self, now_us: int, appended_us: int) -> None:
        """Name the epoch of a judge that knows nothing of its past, before it says a word.

        Only now there is a record, and with it the broker's own time: this machine's may be slow by more than the time
        since an earlier judge, of whom the store has kept all that he said. See `processors.domain.versions`.

        Args:
            now_us: The present, as far as it is known, in microseconds since 1970.
            appended_us: When the broker took in the newest record that there is; negative when it does not say.
        """
        if self._is_new:
            self._is_new = False
            self.judge.epoch = max(now_us, appended_us)

    def look(self) -> None:
        """Something was applied."""
        self.has_closed |= _closed_to(self.judge.marks) > self._closed_to

    def encoded_position(self, topic_id: str) -> bytes:
        """What is stored beside the timelines."""
        judge, version = self.judge, self.judge.rules.version
        before: dict[str, list[str]] = {}
        for scope, timeline in judge.timelines.items():
            if timeline.state.judged_by not in ("", version):
                before.setdefault(timeline.state.judged_by, []).append(scope)
        return _encode(JudgePosition(topic_id, version, judge.marks, judge.watch, before, self.leader_epoch))

    def changes(self, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """Add the named values that have changed since this was last asked, and the names that are not needed any more.

        In small steps: go through all of them before anything else is asked of the state.
        """
        minutes: dict[int, list[StoredScope]] = {}
        for scope in self.judge.take_changed():
            timeline = self.judge.timelines.get(scope)
            if timeline is None:
                gone += self._forgotten(scope)
            else:
                self._take(scope, timeline, changed, gone)
            yield
        closed_to = _closed_to(self.judge.marks)
        if closed_to > self._closed_to:
            yield from self._close(closed_to, minutes, gone)
        for scope, minute in self._touched():
            if not self._closed_to < minute <= closed_to:
                minutes.setdefault(minute, []).append(_scope_in(self.judge.timelines[scope], scope, minute))
                yield
        for minute, scopes in sorted(minutes.items()):
            changed |= self._values(minute, scopes)
            yield
        self._closed_to, self.has_closed = max(closed_to, self._closed_to), False

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All of it."""
        self._minutes, self._anchors, self._news = {}, {}, set()
        self.judge.take_changed()
        minutes: dict[int, list[StoredScope]] = {}
        for scope, timeline in self.judge.timelines.items():
            timeline.take_changes()
            timeline.parts.touched.clear()
            for anchor in timeline.state.anchors:
                yield self._anchor(scope, anchor)
            if _has_news(timeline.state):
                yield self._news_of(scope, timeline)
            for minute in timeline.kept_minutes():
                minutes.setdefault(minute, []).append(_scope_in(timeline, scope, minute))
        for minute, scopes in sorted(minutes.items()):
            yield from self._values(minute, scopes).items()
        self._closed_to, self.has_closed = max(self._closed_to, _closed_to(self.judge.marks)), False

    def value_of(self, name: str) -> bytes | None:
        """An anchor, or what was said of a scope; None for minutes."""
        kind, _, rest = name.partition("|")
        if kind == "i" and (timeline := self.judge.timelines.get(rest)) is not None:
            return self._news_of(rest, timeline)[1]
        if kind == "a":
            minute, _, scope = rest.partition("|")
            found = self.judge.timelines.get(scope)
            anchors = found.state.anchors if found is not None else ()
            return next((anchor.memory for anchor in anchors if anchor.minute == int(minute)), None)
        return None

    def _take(self, scope: str, timeline: Timeline, changed: dict[str, bytes], gone: list[str]) -> None:
        changes = timeline.take_changes()
        for minute, anchor in changes.anchors.items():
            if anchor is not None:
                name, value = self._anchor(scope, anchor)
                changed[name] = value
            elif minute in self._anchors.get(scope, ()):
                self._anchors[scope].discard(minute)
                gone.append(f"a|{minute}|{scope}")
        if changes.has_news and _has_news(timeline.state):
            name, value = self._news_of(scope, timeline)
            changed[name] = value
        elif changes.has_news and scope in self._news:
            self._news.discard(scope)
            gone.append(f"i|{scope}")

    def _forgotten(self, scope: str) -> list[str]:
        gone = [f"a|{minute}|{scope}" for minute in self._anchors.pop(scope, ())]
        if scope in self._news:
            self._news.discard(scope)
            gone.append(f"i|{scope}")
        return gone

    def _close(self, closed_to: int, minutes: dict[int, list[StoredScope]], gone: list[str]) -> Iterator[None]:
        """Store the minutes that have closed as a whole; this, or an anchor, makes names needless."""
        needed_from, late_scopes = closed_to + 1, 0
        for scope, timeline in self.judge.timelines.items():
            needed_from = min(needed_from, timeline.needs_from)
            late_scopes += timeline.wait > 0
            for minute in timeline.kept_minutes(self._closed_to, closed_to):
                minutes.setdefault(minute, []).append(_scope_in(timeline, scope, minute))
            yield
        self.late_scopes = late_scopes
        for minute in [m for m in self._minutes if m < needed_from or m in minutes]:
            gone += self._minutes.pop(minute)
        for minute in [m for m in minutes if m < needed_from]:
            del minutes[minute]

    def _touched(self) -> list[tuple[str, int]]:
        touched: list[tuple[str, int]] = []
        for scope, timeline in self.judge.timelines.items():
            if timeline.parts.touched:
                kept = set(timeline.kept_minutes())
                touched += [(scope, minute) for minute in sorted(timeline.parts.touched) if minute in kept]
                timeline.parts.touched.clear()
        return touched

    def _values(self, minute: int, scopes: list[StoredScope]) -> dict[str, bytes]:
        names = self._minutes.setdefault(minute, [])
        number = len(names)
        values = {f"p|{minute}|{number + i}": _encode(piece) for i, piece in enumerate(_pieces(scopes))}
        names += values
        return values

    def _anchor(self, scope: str, anchor: Anchor) -> tuple[str, bytes]:
        self._anchors.setdefault(scope, set()).add(anchor.minute)
        return f"a|{anchor.minute}|{scope}", anchor.memory

    def _news_of(self, scope: str, timeline: Timeline) -> tuple[str, bytes]:
        self._news.add(scope)
        state = timeline.state
        judged_to = None if state.arrivals is None else state.judged_to
        return f"i|{scope}", _encode(StoredNews(state.stated, state.revisions, state.arrivals, judged_to))

    def _note(self, name: str) -> None:
        kind, _, rest = name.partition("|")
        if kind == "i":
            self._news.add(rest)
            return
        minute, _, scope = rest.partition("|")
        if kind == "a":
            self._anchors.setdefault(scope, set()).add(int(minute))
        else:
            self._minutes.setdefault(int(minute), []).append(name)


def stored_position(found: Recovered) -> JudgePosition:
    """What is stored beside the timelines."""
    return _position(found.position or b"")


def stored_timelines(found: Recovered, at: JudgePosition, rules: RuleSet, policy: TimePolicy) -> dict[str, Timeline]:
    """The timelines that a changelog holds."""
    stored: dict[str, _StoredTimeline] = {}
    for name, value in sorted(found.values.items(), key=lambda each: _place(each[0])):
        kind, _, rest = name.partition("|")
        if kind == "i":
            stored.setdefault(rest, _StoredTimeline()).news = _news(value)
        elif kind == "a":
            minute, _, scope = rest.partition("|")
            stored.setdefault(scope, _StoredTimeline()).anchors[int(minute)] = Anchor(int(minute), value)
        else:
            for each in _minute(value):
                of_scope = stored.setdefault(each.scope, _StoredTimeline())
                _put(of_scope, int(rest.partition("|")[0]), each)
    before = {scope: version for version, scopes in at.judged_before.items() for scope in scopes}
    timelines = {scope: _timeline(scope, of_scope, at, rules, policy) for scope, of_scope in stored.items()}
    for scope, timeline in timelines.items():
        timeline.state.judged_by = before.get(scope, at.judged_by)
    return timelines


def _put(stored: _StoredTimeline, minute: int, each: StoredScope) -> None:
    if each.parts:
        stored.parts[minute] = each.parts
    if each.found:
        stored.found.add(minute)
    else:
        stored.found.discard(minute)


def _place(name: str) -> tuple[str, int]:
    """Additions to a minute are read in the order they were made in."""
    kind, _, rest = name.partition("|")
    return kind, int(rest.rpartition("|")[2]) if kind == "p" else 0


def _timeline(scope: str, stored: _StoredTimeline, at: JudgePosition, rules: RuleSet, policy: TimePolicy) -> Timeline:
    anchors = [stored.anchors[minute] for minute in sorted(stored.anchors)]
    after = anchors[0].minute if anchors else -1
    parts = Parts({minute: packed for minute, packed in stored.parts.items() if minute > after})
    state = TimelineState(anchors, found={m for m in stored.found if m > after})
    closed_to = _closed_to(at.marks)
    if stored.news is not None:
        news = stored.news
        state.stated, state.revisions, state.arrivals = news.stated, news.revisions, news.arrivals
        closed_to = closed_to if news.judged_to is None else news.judged_to
    if anchors:
        settles = minute_of(at.marks.reached_ms - policy.revise_for_ms) - 1
        judged = JudgedScope(rules, unpack(anchors[-1].memory), scope)
        state.judged_to = _judged_to(judged, anchors[-1].minute, parts, closed_to, policy)
        state.settled_to = max(min(settles, state.judged_to), anchors[0].minute)
    return Timeline(rules, policy, scope, state, parts)


def _judged_to(scope: JudgedScope, anchored: int, parts: Parts, closed_to: int, policy: TimePolicy) -> int:
    """The last minute that was judged after the anchored one: a silence is followed for a while only."""
    with_data = parts.between(anchored, closed_to)
    last = with_data[-1] if with_data else scope.memory.last_data
    if last is None or not (with_data or is_followed(scope, anchored + 1)):
        return anchored
    return max(anchored, min(closed_to, last + policy.silence_minutes(scope.rules.resolve_after)))


def _has_news(state: TimelineState) -> bool:
    return bool(state.stated or state.revisions or state.arrivals)


def _scope_in(timeline: Timeline, scope: str, minute: int) -> StoredScope:
    parts = timeline.parts.packed(minute) if minute in timeline.parts else b""
    return StoredScope(scope, parts, minute in timeline.state.found)


def _pieces(scopes: list[StoredScope]) -> Iterator[list[StoredScope]]:
    piece: list[StoredScope] = []
    size = 0
    for each in scopes:
        if size > VALUE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(each)
        size += len(each.parts) + len(each.scope)
    yield piece


def _closed_to(marks: Watermarks) -> int:
    return minute_of(marks.reached_ms) - 1
