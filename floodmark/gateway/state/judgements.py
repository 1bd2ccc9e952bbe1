"""What the judges remember of each scope, followed by their changelog: to judge what is posted by the same memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from floodmark.gateway.state.checkpoints import ReadCheckpoints
from processors.changelog import Recovered
from processors.domain.counting.partial import judge_of
from processors.domain.judging.timeline import Timeline
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy, minute_of
from processors.stages.judging_state import JudgePosition, StoredScope, stored_timelines
from schemas.alert import Alert
from schemas.codec import NOT_DECODED

MAX_AWAKE: Final = 500
"""Scopes whose memory is kept unpacked; of more, the one that was not asked for longest goes."""

_position: Final = msgspec.msgpack.Decoder(JudgePosition).decode
_minute: Final = msgspec.msgpack.Decoder(list[StoredScope]).decode
_encode: Final = msgspec.msgpack.Encoder().encode


class OpenAlerts(Protocol):
    """Knows the incidents that are open."""

    def __call__(self, scope: str) -> Sequence[Alert]:
        """The last word on each incident of a scope that is open, the largest first."""


@dataclass(slots=True)
class _StoredScopeValues:
    """What is stored of a scope, still as it was written.

    Args:
        anchors: By minute.
        news: What was said of it.
        parts: By minute and number of the value: what is stored of the minute.
        changed: Counts up with whatever changes of it but the counts of minutes that are open.
        counted: Counts up with those counts.
    """

    anchors: dict[int, bytes] = field(default_factory=dict)
    news: bytes | None = None
    parts: dict[tuple[int, int], StoredScope] = field(default_factory=dict)
    changed: int = 0
    counted: int = 0


class _Partition:
    """The stored state of one judge."""

    def __init__(self) -> None:
        self.log = ReadCheckpoints(self._change)
        self.scopes: dict[str, _StoredScopeValues] = {}
        self.at: JudgePosition | None = None
        self.at_ms = -1
        self._in_value: dict[str, list[str]] = {}

    @property
    def closed_to(self) -> int:
        return -1 if self.at is None else minute_of(self.at.marks.reached_ms) - 1

    def take(self, key: bytes | None, value: bytes | None, at_ms: int) -> None:
        if not self.log.take(key, value):
            return
        self.at_ms = max(self.at_ms, at_ms)
        try:
            self.at = _position(self.log.position or b"")
        except NOT_DECODED:
            self.at = None

    def _change(self, name: str, value: bytes | None) -> None:
        try:
            self._put(name, value)
        except (ValueError, *NOT_DECODED):
            # Nothing that a judge stores: what is not understood of a scope leaves it as it was.
            return

    def _put(self, name: str, value: bytes | None) -> None:
        kind, _, rest = name.partition("|")
        if kind == "i":
            self._of(rest).news = value
            self._of(rest).changed += 1
        elif kind == "a":
            minute, _, scope = rest.partition("|")
            anchors = self._of(scope).anchors
            if value is None:
                anchors.pop(int(minute), None)
            else:
                anchors[int(minute)] = value
            self._of(scope).changed += 1
        elif kind == "p":
            self._change_minute(name, rest, value)

    def _change_minute(self, name: str, rest: str, value: bytes | None) -> None:
        minute, _, number = rest.partition("|")
        place, closed_to = (int(minute), int(number)), self.closed_to
        for scope in self._in_value.pop(name, ()):
            self._of(scope).parts.pop(place, None)
        if value is None:
            return
        found = _minute(value)
        self._in_value[name] = [each.scope for each in found]
        for each in found:
            of = self._of(each.scope)
            of.parts[place] = each
            of.counted += 1
            of.changed += place[0] <= closed_to

    def _of(self, scope: str) -> _StoredScopeValues:
        return self.scopes.setdefault(scope, _StoredScopeValues())


@dataclass(slots=True)
class _Awake:
    key: tuple[int, int, str]
    counted: int
    timeline: Timeline | None


class Judgements:
    """The state of all judges. Fed and asked by one thread at a time; see gateway.verdicts.JudgedState.

    Args:
        rules: Gives the rules that the workers judge by, as far as this process knows.
        policy: By which times.
        open_alerts: The incidents that are open.
        now_ms: The present, in epoch milliseconds.
    """

    def __init__(
        self,
        rules: Callable[[], RuleSet],
        policy: TimePolicy,
        open_alerts: OpenAlerts,
        now_ms: Callable[[], int],
    ) -> None:
        self._partitions = [_Partition()]
        self._rules, self.policy, self._open_alerts, self._now_ms = rules, policy, open_alerts, now_ms
        self._awake: OrderedDict[str, _Awake] = OrderedDict()
        self.ready = False
        """Whether all that was in the changelog at the start is in."""

    def begin(self, judges: int) -> None:
        """Reading begins: the changelog has so many partitions."""
        self._partitions = [_Partition() for _ in range(judges)]

    @property
    def judges(self) -> int:
        """How many judges there are."""
        return len(self._partitions)

    @property
    def rules(self) -> RuleSet:
        """By which rules the workers judge, as far as is known here."""
        return self._rules()

    def take(self, partition: int, key: bytes | None, value: bytes | None, at_ms: int) -> None:
        """Take in a record of the changelog; what is none of ours is passed over."""
        if partition < len(self._partitions):
            self._partitions[partition].take(key, value, at_ms)

    def why_not(self, scope: str) -> str | None:
        """Why nothing can be said of a scope now, in words; None when something can."""
        if not self.ready:
            return "what the judge remembers is being read; ask again in a few seconds"
        at = self._of(scope).at
        if at is None:
            return None
        rules = self._rules()
        if at.judged_by not in ("", rules.version):
            return (
                f"the workers judge by rule set {at.judged_by}, and this gateway knows {rules.version}; give it the "
                "same FLOODMARK_RULES"
            )
        return None

    def timeline(self, scope: str) -> Timeline | None:
        """The timeline of a scope with what has been counted of its open minutes; None where nobody knows the scope."""
        of = self._of(scope)
        stored, at = of.scopes.get(scope), of.at
        if stored is None or at is None:
            return None
        rules = self._rules()
        key = (stored.changed, of.closed_to, rules.version)
        awake = self._awake.get(scope)
        if awake is None or awake.key != key:
            awake = self._awake[scope] = _Awake(key, stored.counted, _read(scope, stored, at, rules, self.policy))
            if len(self._awake) > MAX_AWAKE:
                self._awake.popitem(last=False)
        elif awake.timeline is not None and awake.counted != stored.counted:
            awake.counted = stored.counted
            after = -1 if not stored.anchors else min(stored.anchors)
            awake.timeline.parts.fill({m: raw for m, raw in _parts(stored).items() if m > after})
        self._awake.move_to_end(scope)
        return awake.timeline

    def age_s(self, scope: str) -> float:
        """Seconds since the judge last stored what it has judged and counted."""
        at_ms = self._of(scope).at_ms
        return max(0.0, (self._now_ms() - at_ms) / 1000) if at_ms >= 0 else 0.0

    def open_alerts(self, scope: str) -> Sequence[Alert]:
        """The last word on each incident of a scope that is open, the largest first."""
        return self._open_alerts(scope)

    def _of(self, scope: str) -> _Partition:
        return self._partitions[judge_of(scope, len(self._partitions))]


def _read(
    scope: str, stored: _StoredScopeValues, at: JudgePosition, rules: RuleSet, policy: TimePolicy
) -> Timeline | None:
    """The timeline as a worker reads it that recovers, with its memory unpacked."""
    values = {f"a|{minute}|{scope}": raw for minute, raw in stored.anchors.items()}
    values |= {f"p|{minute}|{number}": _encode([each]) for (minute, number), each in stored.parts.items()}
    if stored.news is not None:
        values[f"i|{scope}"] = stored.news
    timeline = stored_timelines(Recovered(values=values), at, rules, policy).get(scope)
    if timeline is not None:
        timeline.watch = at.watch
        timeline.wake()
    return timeline


def _parts(stored: _StoredScopeValues) -> dict[int, bytes]:
    """By minute, what was stored last of it; nothing of minutes without data."""
    return {
        minute: stored.parts[minute, number].parts
        for minute, number in sorted(stored.parts)
        if stored.parts[minute, number].parts
    }
