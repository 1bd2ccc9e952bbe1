"""A channel that keeps what it gets, and what it is told of."""

from collections.abc import Callable, Sequence

from sinks.delivery.channel import Terms
from sinks.protocol import Busy, Entry, Partition, Record, Trouble
from tests.sinks.sink_kit import ALERTS, AT_MS, Bench, plain

OTHER = Partition("alerts", 1)
MINUTE_MS = 60_000


def said(offset: int, lane: str, word: str = "more", age_min: int = 0, partition: Partition = ALERTS) -> Record:
    """A message: `first`, `more` or `last` of its lane, of so many minutes ago."""
    return plain(offset, f"{lane} {word} {AT_MS - age_min * MINUTE_MS}".encode(), partition)


class Told:
    """A channel that keeps what it gets. `answers` are raised by the next tries of a lane, one each."""

    name = "told"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.answers: dict[str, list[Exception]] = {}
        self.always: dict[str, Exception] = {}
        self.got: list[str] = []
        self.tried: list[str] = []
        self.unwanted: set[str] = set()
        self.while_sending: Callable[[], object] = lambda: None

    def read(self, record: Record) -> Entry[str] | None:
        if record.value is None:
            return None
        lane, word, at = record.value.decode().split()
        return Entry(record, f"{lane} {word} {record.offset}", int(at))

    def lane(self, entry: Entry[str]) -> str:
        return entry.data.split()[0]

    def begins(self, entry: Entry[str]) -> bool:
        return entry.data.split()[1] == "first"

    def ends(self, entry: Entry[str]) -> bool:
        return entry.data.split()[1] == "last"

    def wants(self, entry: Entry[str]) -> bool:
        return self.lane(entry) not in self.unwanted

    def send(self, entry: Entry[str]) -> None:
        self.while_sending()
        lane = self.lane(entry)
        self.tried.append(lane)
        if answers := self.answers.get(lane):
            raise answers.pop(0)
        if lane in self.always:
            raise self.always[lane]
        self.got.append(entry.data)

    def sent(self, entry: Entry[str]) -> None:
        pass

    def summary(self, over: Sequence[Entry[str]]) -> str:
        return f"summary of {len(over)}"

    def close(self) -> None:
        pass

    def lanes(self) -> list[str]:
        return [text.split()[0] for text in self.got]


def down(retry_after_s: float | None = None) -> Busy:
    return Busy(Trouble.SERVER_ERROR, "it answered 500", retry_after_s)


def refused() -> Busy:
    return Busy(Trouble.REFUSED, "it answered 401: check the credentials")


def until(bench: Bench, met: Callable[[], bool], most: int = 5_000) -> None:
    """Have the loop stop as soon as it waits and `met` is true."""
    waits = iter(range(most))
    bench.source.on_hold = lambda: bench.stop.set() if met() or next(waits, None) is None else None
