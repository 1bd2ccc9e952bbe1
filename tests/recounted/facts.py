"""What was written, as a person would read it off the topics: the last word on each minute and on each incident."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean as mean_of
from typing import Final, Protocol, TypeVar

RANKS: Final = ("info", "warning", "critical")
HOUR: Final = 3600
DAY: Final = 86_400
K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MinuteFact:
    """The last revision of a minute of a series; `at` and `hour` are epoch seconds, `known_ms` when it was said."""

    at: int
    scope: str
    dimension: str
    key: str
    count: int
    total: int
    amount: int
    share: float | None
    expected: float | None
    low: float | None
    high: float | None
    z: float | None
    score: float
    verdict: str
    rules: tuple[str, ...]
    revision: int
    version: int
    known_ms: int

    @property
    def hour(self) -> int:
        return self.at - self.at % HOUR

    @property
    def is_odd(self) -> bool:
        return self.verdict in ("warning", "critical")


@dataclass(frozen=True, slots=True)
class Word:
    """One statement of the judge on an incident; instants are epoch seconds, `known_ms` is when it was said."""

    id: str
    version: int
    revision: int
    state: str
    severity: str
    scope: str
    dimension: str
    key: str
    at: int
    since: int
    last_seen: int
    observed: int
    expected: float | None
    score: float
    rules: tuple[str, ...]
    loss: Mapping[str, float]
    by: str | None
    taken_at: int | None
    until: int | None
    inhibited_by: str
    attribution: str
    summary: str
    runbook: str
    known_ms: int

    @property
    def is_over(self) -> bool:
        return self.state in ("resolved", "withdrawn")


class Incident:
    """All that was said of one incident, and what that comes to."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = list({(word.version, word.revision): word for word in words}.values())
        self.last = max(self.words, key=lambda word: (word.version, word.revision))
        self.opened_at = min(word.at for word in self.words) + 60
        self.peak_severity = max((word.severity for word in self.words), key=RANKS.index)
        self.peak_observed = max(word.observed for word in self.words)
        self.resolved_at = self.last.at + 60 if self.last.is_over else None
        self.seconds_to_open = self.opened_at - self.last.since
        self.seconds_to_resolve = None if self.resolved_at is None else self.resolved_at - self.last.since
        self.seconds_of_evidence = self.last.last_seen + 60 - self.last.since
        loss = self.last.loss
        self.loss, self.loss_amount = loss.get("transactions", 0.0), loss.get("amount", 0.0)
        self.net_loss = loss.get("net_transactions", self.loss)
        self.net_amount = loss.get("net_amount", self.loss_amount)

    @property
    def seconds_to_acknowledge(self) -> int | None:
        taken = [word.taken_at for word in self.words if word.taken_at is not None]
        told_ms = min(word.known_ms for word in self.words)
        return max(0, min(taken) - told_ms // 1000) if taken and told_ms >= 365 * DAY * 1000 else None


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did about an incident; `at_ms` in epoch milliseconds, `until` in seconds."""

    id: str
    incident_id: str
    event: str
    source: str
    by: str
    at_ms: int
    severity: str
    scope: str
    summary: str
    note: str
    assignee: str
    until: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter; `known_ms` is when it was written."""

    reason: str
    field: str
    sink: str
    bytes: int
    known_ms: int


class Receipt(Protocol):
    """As `sinks.notify.receipts.DeliveryReceipt` has it."""

    notification: str
    number: int
    channel: str
    team: str
    kind: str
    what: str
    incidents: list[str]
    severity: str
    owed_ms: int
    at_ms: int
    event_ms: int
    drill: bool


@dataclass(frozen=True)
class Facts:
    """All of it. Minutes and words may be there more than once, and in any order: the last version counts."""

    said: list[MinuteFact]
    words: list[Word]
    deeds: list[Deed]
    receipts: Sequence[Receipt]
    letters: Sequence[Letter] = ()

    @cached_property
    def minutes(self) -> list[MinuteFact]:
        """The last revision of each minute of each series, known since it was first said."""
        last: dict[tuple[str, str, str, int], MinuteFact] = {}
        for fact in self.said:
            place = (fact.scope, fact.dimension, fact.key, fact.at)
            if place not in last or (fact.version, -fact.known_ms) > (last[place].version, -last[place].known_ms):
                last[place] = fact
        return sorted(last.values(), key=lambda m: (m.at, m.scope, m.dimension, m.key))

    @cached_property
    def incidents(self) -> list[Incident]:
        """Every incident, withdrawn ones too."""
        return [Incident(words) for words in by(self.words, lambda word: word.id).values()]

    def of(self, dimension: str = "status", scope: str | None = None) -> list[MinuteFact]:
        """The minutes of a dimension, of a scope or of all."""
        return [m for m in self.minutes if m.dimension == dimension and scope in (None, m.scope)]


def by(items: Iterable[T], of: Callable[[T], K]) -> dict[K, list[T]]:
    """The items by what each is of, in order of that."""
    found: dict[K, list[T]] = defaultdict(list)
    for item in items:
        found[of(item)].append(item)
    return {key: found[key] for key in sorted(found)}  # type: ignore[type-var]


def count(minutes: Iterable[MinuteFact], *keys: str) -> int:
    """Transactions of these keys, or of all."""
    return sum(m.count for m in minutes if not keys or m.key in keys)


def rate(minutes: Iterable[MinuteFact], *keys: str) -> float | None:
    """The part that these keys have; None of nothing."""
    mine = list(minutes)
    return count(mine, *(keys or ("approved",))) / count(mine) if count(mine) else None


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that are there."""
    known = [value for value in values if value is not None]
    return mean_of(known) if known else None


def quantile(values: Iterable[float], part: float) -> float | None:
    """As `quantileExact` has it: the value at that place."""
    known = sorted(values)
    return known[min(int(part * len(known)), len(known) - 1)] if known else None


def runs(ats: Iterable[int], step: int) -> Iterator[list[int]]:
    """Instants one directly after the other, together."""
    run: list[int] = []
    for at in sorted(ats):
        if run and at != run[-1] + step:
            yield run
            run = []
        run.append(at)
    if run:
        yield run
