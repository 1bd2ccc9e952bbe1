"""The way through the minutes of one scope: which of them are judged, and what a memory hears of the others."""

from collections.abc import Iterator

from msgspec.structs import replace

from processors.domain.incidents.carrying import Carried
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.judge import Judged, MinuteCounts, judge, relive
from processors.domain.judging.silence import given_up, is_followed, missed, wakes_at
from processors.domain.judging.timeline_parts import Parts
from processors.domain.ruleset import RuleSet


class Walk:
    """Walks the minutes that `parts` hold, and those of silences between them.

    Args:
        rules: What decides.
        scope: Its name.
        carried: See JudgedScope.
        parts: What the source partitions hold; they may change from one walk to the next.
        gap: Minutes of silence after which a scope counts as gone.
    """

    def __init__(self, rules: RuleSet, scope: str, carried: Carried, parts: Parts, gap: int) -> None:
        self._rules, self._scope, self._carried, self.parts, self._gap = rules, scope, carried, parts, gap
        self.watch = Watch()
        """Says which minutes cannot be trusted."""

    def scope_with(self, memory: ScopeMemory) -> JudgedScope:
        """The scope as it is judged with this memory."""
        return JudgedScope(self._rules, memory, self._scope, self._carried)

    def minutes(self, scope: JudgedScope, after: int, upto: int) -> Iterator[int]:
        """The minutes to judge after `after`, up to and including `upto`: with data, and silent ones in between.

        Each is to be judged, with this memory, before the next is asked for. A silence is walked while something may
        be said of it, for the largest gap at most (and until incidents are over), and jumped over from there; when it
        ends within the gap, the memory hears what it has missed. What lies before the first minute with data is no
        silence.
        """
        memory = scope.memory
        for minute in [*self.parts.between(after, upto), None]:
            if memory.last_data is not None:
                end = min(upto if minute is None else minute - 1, memory.last_data + self._gap)
                while after < end and (silent := self._next_silent(scope, after + 1, end)) is not None:
                    yield silent
                    after = silent
            if minute is not None:
                if after + 1 < minute:
                    self._catch_up(scope, after + 1, minute)
                yield minute
                after = minute

    def _next_silent(self, scope: JudgedScope, minute: int, upto: int) -> int | None:
        """The next minute of a silence to be judged, from `minute` up to `upto`; what it leaves out has been heard."""
        if is_followed(scope, minute):
            return minute
        at = wakes_at(scope, upto)
        if at is None or at < minute or any(self.watch.is_blind(each) for each in range(minute, at + 1)):
            return None
        self._catch_up(scope, minute, at)
        return at

    def _catch_up(self, scope: JudgedScope, first: int, minute: int) -> None:
        """Before a minute with data: let the memory hear what it needs of the silent minutes from `first` on."""
        last_data = scope.memory.last_data
        if last_data is not None and minute - last_data - 1 <= self._gap:
            for silent in missed(first, minute):
                relive(scope, silent, MinuteCounts(), blind=self.watch.is_blind(silent))

    def follows(self, scope: JudgedScope, minute: int) -> bool:
        """Whether this minute is judged, if it is silent."""
        last_data = scope.memory.last_data
        return last_data is not None and minute <= last_data + self._gap and is_followed(scope, minute)

    def is_gone(self, scope: JudgedScope, minute: int) -> bool:
        """Whether the scope has been silent for so long, at the end of this minute, that it counts as gone."""
        last_data = scope.memory.last_data
        return last_data is not None and minute >= last_data + self._gap

    def given_up(self, scope: JudgedScope, minute: int) -> list[tuple[Transition, Incident]]:
        """End what is open of a scope that is gone at the end of this minute."""
        return given_up(scope, minute) if scope.memory.incidents and self.is_gone(scope, minute) else []

    def lapse(self, memory: ScopeMemory, minute: int) -> None:
        """Before a minute with data: what was recent is not any more when a long silence lies behind."""
        if minute in self.parts:
            if memory.last_data is not None and minute - memory.last_data - 1 > self._gap:
                memory.lapse()
            memory.last_data = minute

    def judged(self, scope: JudgedScope, minute: int) -> Judged:
        """Judge a minute with what the parts hold of it, and end what is open of a scope that is gone."""
        self.lapse(scope.memory, minute)
        judged = judge(scope, minute, self.parts.total_at(minute), blind=self.watch.is_blind(minute))
        over = self.given_up(scope, minute)
        return replace(judged, steps=judged.steps + over) if over else judged

    def relived(self, scope: JudgedScope, minute: int) -> list[tuple[Transition, Incident]]:
        """The same of a minute in which no rule has found anything, without asking one; the steps of incidents."""
        self.lapse(scope.memory, minute)
        steps = relive(scope, minute, self.parts.total_at(minute), blind=self.watch.is_blind(minute))
        return steps + self.given_up(scope, minute)
